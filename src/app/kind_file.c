#include "app/kind_file.h"

#include <stdlib.h>
#include <string.h>

#include "app/kind_field.h"

/* Is the file's name <kind>.yaml? */
static bool is_named(const char *path, struct bytes kind)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return strlen(name) == kind.n + 5 && memcmp(name, kind.p, kind.n) == 0 &&
           strcmp(name + kind.n, ".yaml") == 0;
}

bool kind_file_is_common(const char *path)
{
    return is_named(path, BYTES_LIT("common"));
}

static enum gz_err read_optional(struct yaml_form *f, const struct yaml_node *map, const char *name,
                                 size_t max, struct bytes *out)
{
    return yaml_get(map, name) == NULL ? GZ_OK : yaml_form_text(f, map, name, max, out);
}

/* --- the ground ------------------------------------------------------------------------------- */

/* A consent and its particulars stand together, or none of them. */
static enum gz_err check_consent(struct yaml_form *f, const struct yaml_node *root,
                                 const struct kind *k)
{
    static const char *const particulars[] = {"consent_version", "consent_purpose",
                                              "contract_carries"};
    const bool               needs = k->consent.agreement != AGREEMENT_NONE;
    if (needs != (k->basis == BASIS_CONSENT))
        TRY(yaml_form_say(f, root->line, "consent", "stands with basis consent, and only there"));
    for (size_t i = 0; i < COUNT_OF(particulars) && !needs; i++) {
        const struct yaml_node *node = yaml_get(root, particulars[i]);
        if (node != NULL) TRY(yaml_form_say(f, node->line, particulars[i], "of no consent"));
    }
    const struct bytes version = k->consent.version;
    if (version.n > 0 && !consent_version_reaches(version, version))
        TRY(yaml_form_say(f, yaml_get(root, "consent_version")->line, "consent_version",
                          "must be numbers apart by points"));
    return GZ_OK;
}

static enum gz_err read_ground(struct yaml_form *f, const struct yaml_node *root, struct kind *k)
{
    static const char *const bases[] = {[BASIS_NONE] = "none",
                                        [BASIS_CONSENT] = "consent",
                                        [BASIS_CONTRACT] = "contract",
                                        [BASIS_DUTY] = "duty"};
    size_t                   basis = COUNT_OF(bases), agreement = AGREEMENTS;
    TRY(yaml_form_text(f, root, "legal_ground", KIND_GROUND_MAX, &k->legal_ground));
    TRY(yaml_form_word(f, root, "basis", bases, COUNT_OF(bases), YAML_REQUIRED, &basis));
    TRY(yaml_form_word(f, root, "consent", agreement_words, AGREEMENTS, YAML_REQUIRED, &agreement));
    TRY(read_optional(f, root, "consent_version", KIND_VERSION_MAX, &k->consent.version));
    TRY(read_optional(f, root, "consent_purpose", KIND_PURPOSE_MAX, &k->consent.purpose));
    TRY(yaml_form_bool(f, root, "contract_carries", YAML_OPTIONAL, &k->consent.contract_carries));
    if (basis == COUNT_OF(bases) || agreement == AGREEMENTS) return GZ_OK;
    k->basis = (enum kind_basis)basis;
    k->consent.agreement = (enum agreement)agreement;
    return check_consent(f, root, k);
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum gz_err join_common(struct yaml_form *f, const struct yaml_node *root,
                               const struct kind_file *common, struct kind_file *out)
{
    bool wants = false;
    TRY(yaml_form_bool(f, root, "common", YAML_OPTIONAL, &wants));
    if (!wants) return GZ_OK;
    const unsigned line = yaml_get(root, "common")->line;
    if (common == NULL) return yaml_form_say(f, line, "common", "there is no common.yaml");
    return common->usable ? kind_fields_join(f, line, common, out) : GZ_OK;
}

/* Consents are kept by subject: an item that names none could be recorded under anybody's. */
static enum gz_err check_subject(struct yaml_form *f, const struct yaml_node *root,
                                 const struct kind *k)
{
    static const char *const subjects[] = {"subject.id_number", "subject.credit_code"};
    if (k->basis != BASIS_CONSENT || k->consent.agreement == AGREEMENT_NONE) return GZ_OK;
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        const size_t field = kind_find(k, bytes_str(subjects[i]));
        if (field < k->fields_n && k->fields[field].required) return GZ_OK;
    }
    return yaml_form_say(f, yaml_get(root, "consent")->line, "consent",
                         "needs a required field subject.id_number or subject.credit_code");
}

static enum gz_err check_name(struct yaml_form *f, const struct yaml_node *root, struct bytes name)
{
    if (name.n == 0) return GZ_OK;
    const unsigned line = yaml_get(root, "kind")->line;
    if (!kind_name_is_dotted(name, 2))
        return yaml_form_say(f, line, "kind", "must be a-z 0-9 _ in two or more parts");
    return is_named(f->path, name)
               ? GZ_OK
               : yaml_form_say(f, line, "kind", "the file must be named <kind>.yaml");
}

enum gz_err kind_file_decode(struct bytes text, const char *path, const struct kind_file *common,
                             struct kind_file *out, struct buf *why)
{
    static const char *const names[] = {
        "kind",    "label",           "basis",           "legal_ground",     "late_after",
        "consent", "consent_version", "consent_purpose", "contract_carries", "retention_days",
        "common",  "fields"};
    struct yaml_form        f = {.path = path, .why = why};
    struct kind            *k = &out->kind;
    const struct yaml_node *root;
    *out = (struct kind_file){0};
    TRY(yaml_form_open(&f, text, &out->tree, &root));
    if (root == NULL) return GZ_OK;
    TRY(yaml_form_names(&f, root, names, COUNT_OF(names)));
    TRY(yaml_form_text(&f, root, "kind", KIND_NAME_MAX, &k->name));
    TRY(yaml_form_text(&f, root, "label", KIND_LABEL_MAX, &k->label));
    TRY(read_ground(&f, root, k));
    TRY(yaml_form_integer(&f, root, "late_after", KIND_LATE_MAX_S, &k->late_after_s));
    TRY(yaml_form_integer(&f, root, "retention_days", KIND_RETENTION_MAX_DAYS, &k->retention_days));
    TRY(kind_fields_read(&f, root, out));
    TRY(join_common(&f, root, common, out));
    TRY(check_subject(&f, root, k));
    TRY(check_name(&f, root, k->name));
    out->usable = !f.refused;
    return GZ_OK;
}

enum gz_err kind_common_decode(struct bytes text, const char *path, struct kind_file *out,
                               struct buf *why)
{
    static const char *const names[] = {"fields"};
    struct yaml_form         f = {.path = path, .why = why};
    const struct yaml_node  *root;
    *out = (struct kind_file){0};
    TRY(yaml_form_open(&f, text, &out->tree, &root));
    if (root == NULL) return GZ_OK;
    TRY(yaml_form_names(&f, root, names, COUNT_OF(names)));
    TRY(kind_fields_read(&f, root, out));
    for (size_t i = 0; i < out->kind.fields_n; i++)
        if (out->fields[i].type == FIELD_FILE)
            TRY(yaml_form_say(&f, root->line, "fields", "a file stands in its own kind"));
    out->usable = !f.refused;
    return GZ_OK;
}

void kind_file_fini(struct kind_file *k)
{
    free(k->fields);
    free(k->choices);
    yaml_tree_free(&k->tree);
    *k = (struct kind_file){0};
}
