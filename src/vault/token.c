#include "vault/token.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/host.h"

#define ALTERED "it does not unwrap the master key: the file is altered"
enum { SLOTS_MAX = 64, LABEL_SIZE = 32, KEY_BYTES = 32 };

/* A session with the token, logged in. */
struct session {
    CK_FUNCTION_LIST *p11;
    bool              is_initialized, is_open;
    CK_SESSION_HANDLE handle;
};
static void session_fini(struct session *s)
{
    if (s->is_open) (void)s->p11->C_CloseSession(s->handle); /* logs out */
    if (s->is_initialized) (void)s->p11->C_Finalize(NULL);
}

static enum gz_err say(struct buf *why, enum gz_err e, const char *where, const char *what)
{
    TRY(buf_addf(why, "%s: %s\n", where, what));
    return e;
}

static enum gz_err say_code(struct buf *why, const char *where, const char *what, CK_RV code)
{
    TRY(buf_addf(why, "%s: %s (CKR 0x%lx)\n", where, what, (unsigned long)code));
    return GZ_IO;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Stays loaded: modules do not like to be taken out of a process. */
static enum gz_err load(const struct token *t, struct session *s, struct buf *why)
{
    union {
        void                *object;
        CK_C_GetFunctionList call;
    } get;
    void *library = dlopen(t->module, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return say(why, GZ_MISSING, t->module, "the module cannot be loaded");
    get.object = dlsym(library, "C_GetFunctionList");
    if (get.object == NULL || get.call(&s->p11) != CKR_OK)
        return say(why, GZ_MALFORMED, t->module, "this is no PKCS#11 module");
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    const CK_RV          code = s->p11->C_Initialize(&arguments);
    if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return say_code(why, t->module, "the module does not start", code);
    s->is_initialized = code == CKR_OK;
    return GZ_OK;
}

/* Labels are padded with spaces. */
static bool has_label(const CK_TOKEN_INFO *info, const char *label)
{
    uint8_t      padded[LABEL_SIZE];
    const size_t n = strlen(label);
    if (n > sizeof padded) return false;
    memset(padded, ' ', sizeof padded);
    memcpy(padded, label, n);
    return memcmp(info->label, padded, sizeof padded) == 0;
}

static enum gz_err find_slot(const struct token *t, const struct session *s, CK_SLOT_ID *out,
                             struct buf *why)
{
    CK_SLOT_ID  slots[SLOTS_MAX];
    CK_ULONG    n = SLOTS_MAX;
    const CK_RV code = s->p11->C_GetSlotList(CK_TRUE, slots, &n);
    if (code != CKR_OK) return say_code(why, t->module, "the slots cannot be listed", code);
    for (CK_ULONG i = 0; i < n; i++) {
        CK_TOKEN_INFO info;
        if (s->p11->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
        if (!has_label(&info, t->label)) continue;
        *out = slots[i];
        return GZ_OK;
    }
    return say(why, GZ_MISSING, t->label, "there is no token of this label: is it plugged in?");
}

static enum gz_err read_pin(const struct token *t, char pin[TOKEN_PIN_MAX + 2], size_t *n,
                            struct buf *why)
{
    DEFER(file_close) int fd = -1;
    struct stat           st;
    const enum gz_err     e = file_open(t->pin_path, O_RDONLY | O_NONBLOCK, 0, &fd);
    if (e != GZ_OK) return say(why, e, t->pin_path, "the PIN file cannot be opened");
    if (fstat(fd, &st)) return say(why, GZ_IO, t->pin_path, "cannot be examined");
    if ((st.st_mode & 0177) != 0 || st.st_uid != geteuid())
        return say(why, GZ_DENIED, t->pin_path, "the PIN file must be ours alone: chmod 600");
    if (!S_ISREG(st.st_mode) || st.st_size < 1 || st.st_size > TOKEN_PIN_MAX + 1)
        return say(why, GZ_MALFORMED, t->pin_path, "holds no PIN: 1 to 64 characters, LF");
    *n = (size_t)st.st_size;
    if (file_read_all(fd, pin, *n, 0) != GZ_OK) return say(why, GZ_IO, t->pin_path, "unreadable");
    if (pin[*n - 1] == '\n') (*n)--;
    return GZ_OK;
}

/* Tried once: a token locks itself after a few wrong ones. */
static enum gz_err log_in(const struct token *t, const struct session *s, struct buf *why)
{
    char   pin[TOKEN_PIN_MAX + 2];
    size_t n = 0;
    TRY(read_pin(t, pin, &n, why));
    const CK_RV code = s->p11->C_Login(s->handle, CKU_USER, (CK_UTF8CHAR *)pin, n);
    explicit_bzero(pin, sizeof pin);
    switch (code) {
    case CKR_OK:
    case CKR_USER_ALREADY_LOGGED_IN: return GZ_OK;
    case CKR_PIN_LOCKED: return say(why, GZ_DENIED, t->label, "the token's PIN is locked");
    case CKR_PIN_INCORRECT:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_INVALID: return say(why, GZ_DENIED, t->pin_path, "the token refuses this PIN");
    default: return say_code(why, t->label, "the token refuses the login", code);
    }
}

static enum gz_err open_session(const struct token *t, struct session *s, struct buf *why)
{
    CK_SLOT_ID slot;
    TRY(load(t, s, why));
    TRY(find_slot(t, s, &slot, why));
    const CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    const CK_RV    code = s->p11->C_OpenSession(slot, flags, NULL, NULL, &s->handle);
    if (code != CKR_OK) return say_code(why, t->label, "no session with the token", code);
    s->is_open = true;
    return log_in(t, s, why);
}

/* --- keys in it ------------------------------------------------------------------------------- */

#define ATTRIBUTE(type, value)                                                                     \
    {                                                                                              \
        (type), (void *)&(value), sizeof(value)                                                    \
    }

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE     generic_type = CKK_GENERIC_SECRET;
static CK_BBOOL        yes = CK_TRUE, no = CK_FALSE;
static CK_MECHANISM    wrapping = {CKM_AES_KEY_WRAP, NULL, 0};

static enum gz_err make_key(const struct token *t, const struct session *s,
                            uint8_t id[TOKEN_ID_SIZE], CK_OBJECT_HANDLE *out, struct buf *why)
{
    static char  label[] = "guzheng master";
    CK_ULONG     bytes = KEY_BYTES;
    CK_MECHANISM making = {CKM_AES_KEY_GEN, NULL, 0};
    CK_ATTRIBUTE attributes[] = {ATTRIBUTE(CKA_CLASS, secret_class),
                                 {CKA_ID, id, TOKEN_ID_SIZE},
                                 {CKA_LABEL, label, sizeof label - 1},
                                 ATTRIBUTE(CKA_VALUE_LEN, bytes),
                                 ATTRIBUTE(CKA_TOKEN, yes),
                                 ATTRIBUTE(CKA_PRIVATE, yes),
                                 ATTRIBUTE(CKA_SENSITIVE, yes),
                                 ATTRIBUTE(CKA_EXTRACTABLE, no),
                                 ATTRIBUTE(CKA_WRAP, yes),
                                 ATTRIBUTE(CKA_UNWRAP, yes)};
    random_bytes(id, TOKEN_ID_SIZE);
    const CK_RV code =
        s->p11->C_GenerateKey(s->handle, &making, attributes, COUNT_OF(attributes), out);
    return code == CKR_OK ? GZ_OK : say_code(why, t->label, "no key can be made", code);
}

static enum gz_err find_key(const struct token *t, const struct session *s,
                            const uint8_t id[TOKEN_ID_SIZE], CK_OBJECT_HANDLE *out, struct buf *why)
{
    uint8_t      copy[TOKEN_ID_SIZE];
    CK_ULONG     n = 0;
    CK_ATTRIBUTE attributes[] = {ATTRIBUTE(CKA_CLASS, secret_class), {CKA_ID, copy, sizeof copy}};
    memcpy(copy, id, sizeof copy);
    CK_RV code = s->p11->C_FindObjectsInit(s->handle, attributes, COUNT_OF(attributes));
    if (code == CKR_OK) code = s->p11->C_FindObjects(s->handle, out, 1, &n);
    (void)s->p11->C_FindObjectsFinal(s->handle);
    if (code != CKR_OK) return say_code(why, t->label, "its keys cannot be looked up", code);
    if (n == 1) return GZ_OK;
    return say(why, GZ_MISSING, t->label, "the token does not hold the key of this vault");
}

/* The secret as an object of the session, which ends with it. */
static enum gz_err put_secret(const struct token *t, const struct session *s,
                              const uint8_t secret[TOKEN_SECRET_SIZE], CK_OBJECT_HANDLE *out,
                              struct buf *why)
{
    uint8_t      copy[TOKEN_SECRET_SIZE];
    CK_ATTRIBUTE attributes[] = {
        ATTRIBUTE(CKA_CLASS, secret_class), ATTRIBUTE(CKA_KEY_TYPE, generic_type),
        ATTRIBUTE(CKA_TOKEN, no),           ATTRIBUTE(CKA_SENSITIVE, no),
        ATTRIBUTE(CKA_EXTRACTABLE, yes),    {CKA_VALUE, copy, sizeof copy}};
    memcpy(copy, secret, sizeof copy);
    const CK_RV code = s->p11->C_CreateObject(s->handle, attributes, COUNT_OF(attributes), out);
    explicit_bzero(copy, sizeof copy);
    return code == CKR_OK ? GZ_OK : say_code(why, t->label, "it takes no secret to wrap", code);
}

enum gz_err token_wrap(const struct token *t, const uint8_t secret[TOKEN_SECRET_SIZE],
                       struct token_wrapped *out, struct buf *why)
{
    DEFER(session_fini) struct session s = {0};
    struct token_wrapped               w = {0};
    CK_OBJECT_HANDLE                   key, object;
    CK_ULONG                           n = sizeof w.wrapped;
    TRY(open_session(t, &s, why));
    TRY(put_secret(t, &s, secret, &object, why));
    TRY(make_key(t, &s, w.id, &key, why));
    const CK_RV code = s.p11->C_WrapKey(s.handle, &wrapping, key, object, w.wrapped, &n);
    if (code != CKR_OK) return say_code(why, t->label, "it does not wrap", code);
    w.n = n;
    *out = w;
    return GZ_OK;
}

static enum gz_err unwrap(const struct token *t, const struct session *s,
                          const struct token_wrapped *w, CK_OBJECT_HANDLE *out, struct buf *why)
{
    struct token_wrapped copy = *w;
    CK_OBJECT_HANDLE     key;
    CK_ATTRIBUTE         a[] = {
                ATTRIBUTE(CKA_CLASS, secret_class), ATTRIBUTE(CKA_KEY_TYPE, generic_type),
                ATTRIBUTE(CKA_TOKEN, no),           ATTRIBUTE(CKA_SENSITIVE, no),
                ATTRIBUTE(CKA_EXTRACTABLE, yes),
    };
    TRY(find_key(t, s, w->id, &key, why));
    const CK_RV code =
        s->p11->C_UnwrapKey(s->handle, &wrapping, key, copy.wrapped, copy.n, a, COUNT_OF(a), out);
    if (code == CKR_OK) return GZ_OK;
    return say(why, GZ_MISMATCH, t->label, ALTERED);
}

enum gz_err token_unwrap(const struct token *t, const struct token_wrapped *w,
                         uint8_t secret[TOKEN_SECRET_SIZE], struct buf *why)
{
    DEFER(session_fini) struct session s = {0};
    uint8_t                            value[TOKEN_SECRET_SIZE] = {0};
    CK_ATTRIBUTE                       attribute = {CKA_VALUE, value, sizeof value};
    CK_OBJECT_HANDLE                   object;
    TRY(open_session(t, &s, why));
    TRY(unwrap(t, &s, w, &object, why));
    const CK_RV code = s.p11->C_GetAttributeValue(s.handle, object, &attribute, 1);
    const bool  is_whole = code == CKR_OK && attribute.ulValueLen == sizeof value;
    if (is_whole) memcpy(secret, value, sizeof value);
    explicit_bzero(value, sizeof value);
    return is_whole ? GZ_OK : say(why, GZ_MISMATCH, t->label, "what it unwraps is no master key");
}

enum gz_err token_destroy(const struct token *t, const uint8_t id[TOKEN_ID_SIZE], struct buf *why)
{
    DEFER(session_fini) struct session s = {0};
    DEFER(buf_fini) struct buf         unheard = {0};
    CK_OBJECT_HANDLE                   key;
    TRY(open_session(t, &s, why));
    const enum gz_err e = find_key(t, &s, id, &key, &unheard);
    if (e == GZ_MISSING) return GZ_OK;
    if (e != GZ_OK) return say(why, e, t->label, "its keys cannot be looked up");
    const CK_RV code = s.p11->C_DestroyObject(s.handle, key);
    return code == CKR_OK ? GZ_OK : say_code(why, t->label, "its key cannot be destroyed", code);
}
