/* guzheng certificate: fetch certificates (and originals) from the running bank. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/bank_client.h"
#include "cli/commands.h"
#include "host/file.h"

enum { PATH_SIZE = 1024, CERTIFICATE_MODE = 0644, FOLDER_MODE = 0755 };

static const char usage[] =
    "usage: guzheng certificate [--socket PATH] [--disclose a,b|--all] [-o FILE] ID\n"
    "       guzheng certificate [--socket PATH] [--disclose a,b|--all] --every -o FOLDER\n"
    "  ID is the evidence number (UUID) of a published record.\n"
    "  --disclose  the fields that the holder may see (default: none); --all: every field\n"
    "  -o FILE     where to write (default: standard output); with a file or folder, disclosed\n"
    "              originals are written beside it, in files/<ID>/\n"
    "  --every     all published records, one file each\n"
    "exit status: 0 done, 1 not published or unknown, 2 usage, 4 the bank did not answer\n";

struct options {
    const char *socket, *disclose, *out, *id;
    bool        all, every, help;
};

static void decref(json_t **j)
{
    json_decref(*j);
}

static enum gz_err write_out(const char *path, struct bytes content)
{
    const enum gz_err e = file_replace(path, content, CERTIFICATE_MODE);
    if (e != GZ_OK) fprintf(stderr, "guzheng certificate: cannot write %s\n", path);
    return e;
}

/* The originals that this certificate discloses, into <folder>/files/<id>/<n>-<name>. */
static enum gz_err write_originals(struct bank_client *bank, const char *folder, const char *id,
                                   json_t *files)
{
    size_t  i;
    json_t *file;
    json_array_foreach(files, i, file)
    {
        DEFER(buf_fini) struct buf content = {0};
        char                       from[PATH_SIZE], into[PATH_SIZE], path[PATH_SIZE];
        const char                *name = json_string_value(json_object_get(file, "name"));
        const long long            n = (long long)json_integer_value(json_object_get(file, "n"));
        if (name == NULL || strchr(name, '/') != NULL) return GZ_MALFORMED;
        snprintf(from, sizeof from, "/control/originals/%s/%lld", id, n);
        snprintf(into, sizeof into, "%s/files/%s", folder, id);
        if ((size_t)snprintf(path, sizeof path, "%s/%lld-%s", into, n, name) >= sizeof path)
            return GZ_LIMIT;
        TRY(bank_client_get(bank, from, &content));
        TRY(folder_make(into, FOLDER_MODE));
        TRY(write_out(path, buf_bytes(&content)));
    }
    return GZ_OK;
}

static enum gz_err fetch(struct bank_client *bank, const struct options *o, const char *id,
                         json_t **answer)
{
    DEFER(decref) json_t *request = json_pack("{s:s, s:b}", "id", id, "all", o->all);
    if (o->disclose != NULL) json_object_set_new(request, "disclose", json_string(o->disclose));
    return bank_client_call(bank, "/control/certificates", request, answer);
}

static enum gz_err write_one(struct bank_client *bank, const struct options *o, const char *id,
                             const char *folder, const char *path)
{
    DEFER(decref) json_t *answer = NULL;
    TRY(fetch(bank, o, id, &answer));
    const char *text = json_string_value(json_object_get(answer, "certificate"));
    if (text == NULL) return GZ_MALFORMED;
    if (path == NULL) return fputs(text, stdout) < 0 ? GZ_IO : GZ_OK;
    /* Last: a certificate that is there has its originals. */
    TRY(write_originals(bank, folder, id, json_object_get(answer, "files")));
    return write_out(path, bytes_str(text));
}

/* One page of the published records; those whose file is there already are left alone. */
static enum gz_err write_page(struct bank_client *bank, const struct options *o, json_t *records,
                              size_t *written)
{
    const bool terminal = isatty(STDERR_FILENO) != 0;
    size_t     i;
    json_t    *record;
    json_array_foreach(records, i, record)
    {
        char        path[PATH_SIZE];
        const char *id = json_string_value(json_object_get(record, "id"));
        if (id == NULL) return GZ_MALFORMED;
        if ((size_t)snprintf(path, sizeof path, "%s/%s.gzcert", o->out, id) >= sizeof path)
            return GZ_LIMIT;
        if (access(path, F_OK) != 0) TRY(write_one(bank, o, id, o->out, path));
        if (terminal) fprintf(stderr, "\r证书 %zu", ++*written);
        else ++*written;
    }
    return GZ_OK;
}

static enum gz_err write_every(struct bank_client *bank, const struct options *o)
{
    char   path[PATH_SIZE] = "/control/records";
    size_t written = 0;
    TRY(folder_make(o->out, FOLDER_MODE));
    for (bool more = true; more;) {
        DEFER(decref) json_t *page = NULL;
        TRY(bank_client_call(bank, path, NULL, &page));
        TRY(write_page(bank, o, json_object_get(page, "records"), &written));
        const json_t *next = json_object_get(page, "next");
        more = json_is_integer(next);
        snprintf(path, sizeof path, "/control/records?after=%lld",
                 (long long)json_integer_value(next));
    }
    if (isatty(STDERR_FILENO)) fputc('\n', stderr);
    printf("%zu 份存证证书: %s\n", written, o->out);
    return GZ_OK;
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"disclose", required_argument, NULL, 'd'},
        {"all", no_argument, NULL, 'a'},          {"every", no_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "o:", longs, NULL)) != -1;) {
        if (c == 's') o->socket = optarg;
        else if (c == 'd') o->disclose = optarg;
        else if (c == 'a') o->all = true;
        else if (c == 'e') o->every = true;
        else if (c == 'h') o->help = true;
        else if (c == 'o') o->out = optarg;
        else return false;
    }
    if (o->help) return true;
    o->id = optind < argc ? argv[optind] : NULL;
    if (o->all && o->disclose != NULL) return false;
    return o->every ? o->out != NULL && optind == argc : optind + 1 == argc;
}

/* "a/b/c.gzcert" → "a/b"; "c.gzcert" → ".". */
static void folder_of(const char *path, char out[PATH_SIZE])
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    snprintf(out, PATH_SIZE, "%.*s", slash == NULL ? 1 : (int)(slash - path),
             slash == NULL ? "." : path);
}

int command_certificate(int argc, char **argv)
{
    DEFER(bank_client_close) struct bank_client *bank = NULL;
    struct options                               o = {0};
    char                                         folder[PATH_SIZE];
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    if (o.help) return fputs(usage, stdout) < 0;
    folder_of(o.out, folder);
    if (bank_client_open(o.socket, &bank) != GZ_OK) return 4;
    const enum gz_err e =
        o.every ? write_every(bank, &o) : write_one(bank, &o, o.id, folder, o.out);
    if (e == GZ_OK) return 0;
    return e == GZ_MISSING || e == GZ_BUSY ? 1 : 4;
}
