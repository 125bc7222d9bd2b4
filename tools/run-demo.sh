#!/bin/bash
# The demonstration consortium: a bank and three courts as four processes on loopback, a day's
# batch, certificates, one of them verified, altered copies that are caught. `make run` calls it.
#   SUITE=intl      SHA-256 and Ed25519 in place of SM3 and SM2, under var/demo-intl
#   BASE_PORT=N     four ports from N on (18080; 18090 with SUITE=intl)
#   ONCE=1          ends with the status of the main job; else it stays until Ctrl-C
# A second start keeps everything and takes seconds.
set -uo pipefail
cd "$(dirname "$0")/.."

suite=${SUITE:-gm}
case "$suite" in
    gm) folder=var/demo default_port=18080 ;;
    intl) folder=var/demo-intl default_port=18090 ;;
    *) echo "SUITE 只能是 gm 或 intl" >&2; exit 2 ;;
esac
program=${GUZHENG:-build/guzheng}
children=()

bold= plain=
[ -t 1 ] && bold=$'\033[1m' plain=$'\033[0m'
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
fail() { echo "错误：$*" >&2; exit 1; }

# Children end first with SIGTERM and get ten seconds to sync and close.
stop() {
    trap - EXIT INT TERM
    [ ${#children[@]} -eq 0 ] && return
    kill -TERM "${children[@]}" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 "${children[@]}" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "${children[@]}" 2>/dev/null
    wait "${children[@]}" 2>/dev/null
}
trap stop EXIT
trap 'echo; say "正在停止……"; stop; exit 0' INT TERM

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_port() {
    local kept=
    [ -f "$folder/base-port" ] && kept=$(cat "$folder/base-port")
    base_port=${BASE_PORT:-${kept:-$default_port}}
    [[ "$base_port" =~ ^[0-9]+$ ]] && [ "$base_port" -ge 1024 ] && [ "$base_port" -le 65500 ] ||
        fail "BASE_PORT 须是 1024 到 65500 的整数"
    if [ -n "$kept" ] && [ "$kept" != "$base_port" ]; then
        fail "$folder 建立时用的端口是 $kept；请用 BASE_PORT=$kept，或先执行 make clean-data"
    fi
    for n in 0 1 2 3 4; do
        port_is_taken $((base_port + n)) || continue
        fail "端口 $((base_port + n)) 已被占用（另一份演示在运行?）。" \
            "请换一段：make clean-data && make run BASE_PORT=$((base_port + 100))"
    done
}

# Only one of us in a folder: two would share keys and files.
lock() {
    mkdir -p "$folder"
    exec 9>"$folder/.lock"
    flock -n 9 || fail "这个目录里的演示已在运行（$folder)"
}

prepare() {
    if [ ! -f "$folder/policy" ]; then
        say "一、建立演示联盟：银行一家，高级、中级、基层法院各一（密码套件 $suite)"
        "$program" init-demo --suite "$suite" --folder "$folder" --base-port "$base_port" ||
            fail "不能建立演示联盟"
        tools/demo/electronic_signature.py "$folder/signer" &&
            cp "$folder/signer/root.pem" "$folder/bank/roots/" || fail "不能建立演示签章"
        echo "$base_port" >"$folder/base-port"
    else
        say "一、演示联盟已在 $folder，继续使用"
    fi
}

start() { # name command…
    local name=$1
    shift
    mkdir -p "$folder/log"
    "$@" >>"$folder/log/$name.log" 2>&1 9>&- &
    children+=($!)
    echo "  $name  进程 $!  日志 $folder/log/$name.log"
}

wait_for() { # what, command…: until it succeeds, at most 30 s, and all children live
    local what=$1
    shift
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return
        for child in "${children[@]}"; do
            kill -0 "$child" 2>/dev/null && continue
            tail -5 "$folder"/log/*.log >&2
            fail "一个进程没有启动起来，见上"
        done
        sleep 0.1
    done
    tail -5 "$folder"/log/*.log >&2
    fail "等候超时：$what"
}

start_all() {
    say "二、启动四个进程（仅本机回环地址，端口 $base_port 起）"
    for court in $courts; do
        start "$court" "$program" witness --config "$folder/$court/config.yaml"
    done
    start bank "$program" bank --config "$folder/bank/config.yaml"
    wait_for "银行就绪" "$program" status --socket "$socket"
}

load() {
    say "三、载入二十四笔虚构贷款的批量文件（授权、征信查询、影像、核验、合同、放款、计划、还款、催收；GB 18030)"
    if [ ! -d "$folder/batch" ]; then
        rm -rf "$folder/batch.new"
        tools/demo/make_portfolio.py --now "$(date +%s)" --signer "$folder/signer" \
            "$folder/batch.new" &&
            mv "$folder/batch.new" "$folder/batch" || fail "不能生成演示批量文件"
    fi
    "$program" submit --socket "$socket" --wait "$folder/batch" || fail "批量文件没有全部载入"
}

certify() {
    say "四、出具存证证书（原件放在旁边）"
    "$program" certificate --socket "$socket" --all --every -o "$folder/certificates" ||
        fail "不能出具证书"
}

# The contract that was signed last: its number, which names its file, begins with the day.
pick() {
    original=$(find "$folder/certificates/files" -name '1-LS*.pdf' -printf '%f %p\n' |
        sort | tail -1)
    original=${original#* }
    [ -n "$original" ] || fail "没有带合同文件的证书"
    identity=$(basename "$(dirname "$original")")
    certificate=$folder/certificates/$identity.gzcert
    contract=$(basename "$original" .pdf)
    contract=${contract#1-}
}

verify() { # expected status, then the arguments of verify
    local expected=$1
    shift
    echo "\$ $program verify --policy $folder/policy $*"
    "$program" verify --policy "$folder/policy" "$@"
    local status=$?
    echo "（退出码 $status)"
    [ "$status" -eq "$expected" ] || fail "应为退出码 $expected"
}

show() {
    pick
    say "五、离线核验其中一份：只需策略、证书、原件，不必信任银行"
    verify 0 "$certificate" "$original"

    local altered=$folder/altered
    mkdir -p "$altered"
    say "六、改一改看：把证书里的金额添一个零"
    tools/demo/alter.py "$certificate" "$altered/amount.gzcert" || fail "不能改动副本"
    verify 1 "$altered/amount.gzcert" "$original"

    say "七、再改：合同原件只改一个字节"
    tools/demo/flip-byte.py "$original" "$altered/contract.pdf" || fail "不能改动副本"
    verify 1 "$certificate" "$altered/contract.pdf"
}

# What needs nothing that runs.
next_offline() {
    local digest=sm3
    [ "$suite" = intl ] && digest=sha256
    say "可以接着试："
    cat <<EOF
  $program verify --policy $folder/policy $folder/certificates        # 整个文件夹，逐份核验并互相比对
  $program verify --policy $folder/policy --lang en $certificate $original
  $program verify --policy $folder/policy --json $certificate $original
  openssl dgst -$digest $original
EOF
}

# What asks the bank or a court.
next_online() {
    cat <<EOF
  $program status --socket $socket
  $program find --socket $socket --contract $contract          # 这笔贷款的全部记录
  $program history --socket $socket --id $identity             # 这条记录的来历
  $program find --socket $socket --file $original              # 按原件查找
  $program certificate --socket $socket --all --pdf --package -o $folder/one.gzcert $identity
  $program receipt --socket $socket -o $folder/one.gzreceipt $identity   # 银行签名的回执
  $program verify --policy $folder/policy --genesis $folder/genesis.json \\
      $folder/one.gzreceipt $certificate
  $program reconcile --socket $socket                          # 库、日志与各法院副本逐条比对
  $program submit --socket $socket $folder/batch               # 再交一次：都认得，不会重复
  curl -s http://127.0.0.1:$base_port/checkpoint               # 法院共签的检查点
  curl -s http://127.0.0.1:$((base_port + 4))/v1/kinds         # 推送接口：类别与字段；说明见 /docs
EOF
}

courts="court-high court-intermediate court-basic"
socket=$folder/bank/bank.sock

[ -x "$program" ] || fail "没有 $program：请先执行 make build"
lock
choose_port
prepare
start_all
load
certify
show
next_offline
if [ "${ONCE:-}" = 1 ]; then
    echo "  make run                                                     # 进程留着，可查询、出证、对账"
    say "完成。"
    exit 0
fi
next_online
say "四个进程继续运行；按 Ctrl-C 停止。"
while :; do
    wait -n
    for child in "${children[@]}"; do
        kill -0 "$child" 2>/dev/null || fail "进程 $child 已退出，见 $folder/log"
    done
done
