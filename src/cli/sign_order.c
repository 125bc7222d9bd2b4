/* guzheng sign-order: an operator's signature under an order to destroy a matter. */
#include <getopt.h>
#include <stdio.h>

#include "app/destroy_order.h"
#include "cli/commands.h"
#include "cli/error_text.h"
#include "host/file.h"
#include "host/signer.h"

enum { STATUS_FAILED = 1, ORDER_MODE = 0600, ORDER_MEMORY = 4 * DESTROY_ORDER_MAX };

static const char usage[] =
    "usage: guzheng sign-order --suite gm|intl --name NAME --key K FILE\n"
    "  经办人在销毁指令 FILE 上签名：先核对格式并显示全文，再把签名写在文件末尾。\n"
    "  须由配置 operators 所列的两名不同经办人各签一次；签名之后不可再改内容。\n"
    "  --key   the operator's private key (guzheng keygen --purpose operator)\n"
    "  --name  the operator's name, as the key was made with\n"
    "exit status: 0 signed, 1 not signed (nothing was changed), 2 usage\n";

struct options {
    const char *name, *key, *file;
    bool        has_suite, help;
    enum suite  suite;
};

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"suite", required_argument, NULL, 's'},
                                          {"name", required_argument, NULL, 'n'},
                                          {"key", required_argument, NULL, 'k'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 's') o->has_suite = suite_decode(bytes_str(optarg), &o->suite) == GZ_OK;
        else if (c == 'n') o->name = optarg;
        else if (c == 'k') o->key = optarg;
        else if (c == 'h') o->help = true;
        else return false;
    }
    o->file = optind < argc ? argv[optind] : NULL;
    return o->help || (o->has_suite && o->name != NULL && o->key != NULL && optind + 1 == argc);
}

static enum gz_err refuse(const struct options *o, enum gz_err e, const char *what)
{
    fprintf(stderr, "guzheng sign-order: %s: %s\n", o->file, what);
    return e;
}

/* The text, with the lines of who has signed before. */
static enum gz_err read_order(const struct options *o, struct buf *wire, struct note *note)
{
    DEFER(buf_fini) struct buf memory = {0};
    struct destroy_order       order;
    const char                *why = "";
    enum gz_err                e = file_read(o->file, DESTROY_ORDER_MAX, wire);
    if (e != GZ_OK) return refuse(o, e, error_text(e));
    if (note_decode(buf_bytes(wire), note) != GZ_OK) *note = (struct note){buf_bytes(wire), {0}};
    TRY(buf_reserve(&memory, ORDER_MEMORY));
    struct arena arena = {.p = memory.p, .cap = ORDER_MEMORY};
    e = destroy_order_decode(note->text, &arena, &order, &why);
    return e == GZ_OK ? GZ_OK : refuse(o, e, why);
}

static enum gz_err add_signature(const struct options *o, const struct note *note,
                                 struct buf *signed_order)
{
    DEFER(signer_free) struct signer *s = NULL;
    const bool                        ends = note->text.p[note->text.n - 1] == '\n';
    const enum gz_err e = signer_open(o->key, o->suite, KEY_OPERATOR, bytes_str(o->name), &s);
    if (e != GZ_OK) return refuse(o, e, "私钥不可用，须为 --suite 的 PKCS#8 PEM，权限 0600");
    TRY(buf_add(signed_order, note->text));
    if (!ends) TRY(buf_add_byte(signed_order, '\n'));
    const size_t text_n = signed_order->n;
    TRY(buf_add_byte(signed_order, '\n'));
    TRY(buf_add(signed_order, note->lines));
    DEFER(buf_fini) struct buf text = {0};
    TRY(buf_add(&text, bytes_slice(buf_bytes(signed_order), 0, text_n)));
    return signer_sign_note(s, buf_bytes(&text), signed_order);
}

static enum gz_err run(const struct options *o)
{
    DEFER(buf_fini) struct buf wire = {0}, out = {0};
    struct note                note, made;
    TRY(read_order(o, &wire, &note));
    TRY(add_signature(o, &note, &out));
    if (note_decode(buf_bytes(&out), &made) != GZ_OK)
        return refuse(o, GZ_MALFORMED, "内容含有换行以外的控制字符，不能签名");
    const enum gz_err e = file_replace(o->file, buf_bytes(&out), ORDER_MODE);
    if (e != GZ_OK) return refuse(o, e, error_text(e));
    printf("%.*s已签名：%s\n", (int)note.text.n, (const char *)note.text.p, o->name);
    return GZ_OK;
}

int command_sign_order(int argc, char **argv)
{
    struct options o = {0};
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    return run(&o) == GZ_OK ? STATUS_OK : STATUS_FAILED;
}
