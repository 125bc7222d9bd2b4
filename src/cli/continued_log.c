#include "cli/continued_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api/json_ref.h"
#include "core/base64.h"
#include "host/file.h"
#include "node/checkpoint_store.h"

enum { PATH_SIZE = 1024, FOLDER_MODE = 0700, FILE_MODE = 0600, COPY_SIZE = 1024 * 1024 };

void continued_log_fini(struct continued_log *l)
{
    chain_close(&l->chain);
    process_genesis_fini(&l->genesis);
    buf_fini(&l->closing);
}

static enum gz_err refuse(enum gz_err e, const char *what)
{
    fprintf(stderr, "guzheng: 不能接续这条日志：%s\n", what);
    return e;
}

/* Nobody may say later that it has seen more than the chain goes on from. */
static enum gz_err check_closing(struct continued_log *l)
{
    const struct policy *policy = l->genesis.genesis.policy;
    uint64_t             times[POLICY_MEMBERS_MAX] = {0};
    struct policy_quorum quorum;
    struct note          note;
    struct checkpoint    c;
    const char          *why = NULL;
    TRY(note_decode(buf_bytes(&l->closing), &note));
    TRY(checkpoint_decode(note.text, &c));
    TRY(policy_check_note(policy, &note, &quorum, times, &why));
    if (c.size != l->size || !hash_eq(c.root, l->root))
        return refuse(GZ_MISMATCH, "末检查点与账本不符 (the last checkpoint is of another tree)");
    for (size_t i = 0; i < policy_count_witnesses(policy); i++)
        if (times[i] == 0)
            return refuse(GZ_MISSING, "末检查点尚未由全部法院共签：待其共签后再停银行进程 "
                                      "(not cosigned by all)");
    return GZ_OK;
}

static void store_close(struct checkpoint_store **s)
{
    checkpoint_store_close(s);
}

static enum gz_err read_closing(const char *folder, struct continued_log *l)
{
    DEFER(store_close) struct checkpoint_store *store = NULL;
    char                                        path[PATH_SIZE];
    TRY(path_join(folder, "checkpoints", path, sizeof path));
    TRY(checkpoint_store_open(path, l->genesis.genesis.policy, &store));
    const enum gz_err e = checkpoint_store_at(store, l->size, &l->closing, NULL);
    if (e == GZ_MISSING)
        return refuse(e, "账本末端尚无达到门限的检查点 (no checkpoint covers its end)");
    TRY(e);
    return check_closing(l);
}

enum gz_err continued_log_read(const char *folder, const char *genesis, struct continued_log *out)
{
    DEFER(buf_fini) struct buf why = {0};
    char                       path[PATH_SIZE];
    TRY(process_read_genesis(genesis, &out->genesis));
    TRY(path_join(folder, "chain", path, sizeof path));
    const enum gz_err e = chain_open(path, buf_bytes(&out->genesis.wire), &out->chain, &why);
    if (e != GZ_OK) fprintf(stderr, "guzheng: %.*s\n", (int)why.n, (const char *)why.p);
    TRY(e);
    out->size = chain_size(out->chain);
    if (out->size == 0) return refuse(GZ_MISSING, "其中没有条目 (it is empty)");
    TRY(chain_root(out->chain, out->size, &out->root));
    return read_closing(folder, out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *last_seqs(const struct ledger *l)
{
    json_t *seqs = json_object();
    for (size_t i = 0; i < ledger_count_orgs(l); i++) {
        const struct bytes name = ledger_org_name(l, (uint16_t)i);
        char               text[SUBMISSION_ORG_MAX + 1];
        (void)snprintf(text, sizeof text, "%.*s", (int)name.n, (const char *)name.p);
        (void)json_object_set_new(seqs, text,
                                  json_integer((json_int_t)ledger_next_seq(l, (uint16_t)i) - 1));
    }
    return seqs;
}

static json_t *corrections(const struct ledger *l)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ledger_count_corrections(l); i++) {
        uint64_t index = 0, by = 0;
        ledger_correction_at(l, i, &index, &by);
        (void)json_array_append_new(list, json_pack("[I, I]", (json_int_t)index, (json_int_t)by));
    }
    return list;
}

json_t *continued_log_json(const struct continued_log *l)
{
    DEFER(buf_fini) struct buf root = {0};
    if (base64_add(BASE64_STD_PADDED, BYTES_OF(l->root.b), &root) != GZ_OK) return NULL;
    return json_pack("{s:I, s:s%, s:i, s:o, s:o}", "size", (json_int_t)l->size, "root",
                     (const char *)root.p, root.n, "policy_version", 2, "last_seq",
                     last_seqs(chain_ledger(l->chain)), "supersedes",
                     corrections(chain_ledger(l->chain)));
}

json_t *continued_log_rows(const struct continued_log *l)
{
    DEFER(json_unref)
    json_t *old = json_loadb((const char *)l->genesis.wire.p, l->genesis.wire.n, 0, NULL);
    json_t *rows = json_deep_copy(json_object_get(old, "organisations")), *row;
    size_t  i;
    json_array_foreach(rows, i, row)
    {
        const json_t *until = json_object_get(row, "until_index");
        if (json_is_null(until) || json_integer_value(until) > (json_int_t)l->size)
            (void)json_object_set_new(row, "until_index", json_integer((json_int_t)l->size));
    }
    return rows;
}

json_t *continued_log_history(const struct continued_log *l, const char *origin,
                              struct bytes policy)
{
    const struct bytes old = l->genesis.genesis.policy_text;
    json_t            *first =
        json_pack("{s:i, s:s%, s:i, s:I, s:s%, s:s}", "version", 1, "policy", (const char *)old.p,
                  old.n, "from_size", 0, "to_size", (json_int_t)l->size, "closing",
                  (const char *)l->closing.p, l->closing.n, "closed", "rotated");
    json_t *second =
        json_pack("{s:i, s:s%, s:I, s:n, s:n, s:n}", "version", 2, "policy", (const char *)policy.p,
                  policy.n, "from_size", (json_int_t)l->size, "to_size", "closing", "closed");
    return json_pack("{s:s, s:s, s:[o, o]}", "type", "guzheng/policy-history/v1", "origin", origin,
                     "versions", first, second);
}

/* --- import ----------------------------------------------------------------------------------- */

static enum gz_err copy_all(int from, int to, uint64_t size)
{
    DEFER(buf_fini) struct buf room = {0};
    TRY(buf_reserve(&room, COPY_SIZE));
    for (uint64_t at = 0; at < size;) {
        const size_t n = size - at < COPY_SIZE ? (size_t)(size - at) : COPY_SIZE;
        TRY(file_read_all(from, room.p, n, at));
        TRY(file_write_all(to, room.p, n, at));
        at += n;
    }
    return file_sync(to);
}

enum gz_err continued_log_import(const char *folder, const char *node_folder)
{
    DEFER(file_close) int from = -1;
    DEFER(file_close) int to = -1;
    char                  source[PATH_SIZE], chain[PATH_SIZE], target[PATH_SIZE];
    struct stat           st;
    TRY(path_join(folder, "chain/submissions", source, sizeof source));
    TRY(path_join(node_folder, "data/chain", chain, sizeof chain));
    TRY(path_join(chain, "submissions", target, sizeof target));
    from = open(source, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &st) != 0) return refuse(GZ_MISSING, source);
    TRY(folder_make(chain, FOLDER_MODE));
    TRY(file_open(target, O_WRONLY | O_CREAT | O_EXCL, FILE_MODE, &to));
    TRY(copy_all(from, to, (uint64_t)st.st_size));
    return folder_sync(chain);
}
