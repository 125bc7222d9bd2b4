"""The five authorisations that go with a loan contract: what is agreed, in which version, and the
digest of the text that was shown."""
import hashlib
from dataclasses import dataclass
from functools import cached_property

from loans import LENDER


@dataclass
class Agreement:
    code: str       # for numbers and file names
    name: str
    version: str
    scope: str      # which data
    purposes: str
    receivers: str
    sensitive: bool  # asks for a consent of its own (单独同意)
    personal: bool   # given by the person; else by the enterprise
    clauses: tuple

    @property
    def template(self):
        return f"XWKD-{self.code}-{self.version}"

    @cached_property
    def digest(self):
        """SM3 of the text as it was shown, without the particulars of the person."""
        text = "\n".join([self.name, self.version, self.scope, self.purposes, *self.clauses])
        return hashlib.new("sm3", text.encode()).hexdigest()


ENDING = (
    "授权期限自签署之日起至借款合同项下债务全部结清之日止；法律法规对保存期限另有规定的，从其规定。",
    "授权人可随时通过手机银行“我的授权”或营业网点撤回本授权。撤回不影响撤回前已进行的处理，也不影响履行借款合同"
    "所必需的放款、还款、催收记录的处理。",
    "授权人已阅读全部条款，被授权人已就有关条款作出说明，授权人理解并同意。")

BUSINESS = Agreement(
    "YW", "业务授权", "2026.1", "身份信息、联系方式、账户信息、交易流水、借款与还款记录",
    "业务受理、身份核验、贷后管理、电子数据存证", "本行；存证节点（仅接收数字指纹）", False, True, (
        f"授权人授权{LENDER}（下称被授权人）为办理小微企业快捷贷款处理授权人的上述信息。",
        "被授权人可将业务环节形成的电子数据计算数字指纹并在证据链上固定；上链内容不含可识别个人的明文信息。",
        *ENDING))
SENSITIVE = Agreement(
    "MG", "敏感个人信息授权", "2026.1", "身份证件影像、金融账户、用于核验的面部活体检测结果",
    "身份核验、反欺诈", "本行", True, True, (
        "处理上述敏感个人信息对于核实借款人本人真实意愿是必要的；不提供将无法在线办理，可改到网点柜面办理。",
        "被授权人只保存核验的方法、结果、阈值与时间，不保存面部样本或特征模板。",
        "因涉及敏感个人信息，本授权须单独同意。", *ENDING))
ENTITY = Agreement(
    "JY", "经营实体信息授权", "2026.1", "营业执照、纳税与开票信息、经营流水、用电信息",
    "授信审批、贷后管理", "本行", False, False, (
        "授权人授权被授权人向有权机关及合法数据提供方查询、核实经营实体的上述信息。", *ENDING))
ENTERPRISE_CREDIT = Agreement(
    "QZ", "企业征信授权", "2026.1", "企业信用报告",
    "授信审批、贷后管理", "本行；金融信用信息基础数据库", False, False, (
        "授权人授权被授权人向金融信用信息基础数据库查询授权人的企业信用信息，并依法报送信贷信息。", *ENDING))
PERSONAL_CREDIT = Agreement(
    "GZ", "个人征信授权", "2026.1", "个人信用报告",
    "授信审批、贷后管理、担保资格审查", "本行；金融信用信息基础数据库", False, True, (
        "授权人授权被授权人向金融信用信息基础数据库查询授权人的个人信用信息，并依法报送信贷信息；"
        "报送不良信息的，事先告知授权人。", *ENDING))

AGREEMENTS = [BUSINESS, SENSITIVE, ENTITY, ENTERPRISE_CREDIT, PERSONAL_CREDIT]
