/* The log driven by blocks: the same result as the embedded log, whatever dies at whatever write.
 * The engine is played by the test, through the very messages that the engine sends. */
#include "node/block_log.h"

#include <pthread.h>
#include <sys/wait.h>

#include "base/text.h"
#include "chain_fixture.h"
#include "core/base64.h"
#include "folder_fixture.h"
#include "node/abci_app.h"

enum { TXS_MAX = 16, BLOCKS = 12, WAIT_MS = 20 * 1000 };

static struct block_log *open_log(const struct fixture *f)
{
    DEFER(buf_fini) struct buf     why = {0};
    struct block_log              *b = NULL;
    const struct block_log_options o = {.folder = in_folder("node"),
                                        .genesis = buf_bytes(&f->genesis)};
    if (block_log_open(&o, &b, &why) != GZ_OK)
        fail_msg("open: %.*s", (int)why.n, (const char *)why.p);
    struct block_head head;
    block_log_head(b, &head);
    /* What the engine says before the first block: here it names no validators. */
    if (head.state.height == 0) assert_ok(block_log_begin_governance(b, NULL, 0));
    return b;
}

static void refuse_open(const struct fixture *f, const char *says)
{
    DEFER(buf_fini) struct buf     why = {0};
    struct block_log              *b = NULL;
    const struct block_log_options o = {.folder = in_folder("node"),
                                        .genesis = buf_bytes(&f->genesis)};
    assert_err(block_log_open(&o, &b, &why), GZ_CORRUPT);
    assert_null(b);
    assert_true(contains(buf_bytes(&why), bytes_str(says)));
}

static struct block_head head_of(struct block_log *b)
{
    struct block_head h;
    block_log_head(b, &h);
    return h;
}

/* --- the engine's messages -------------------------------------------------------------------- */

static Abci__Response *ask(struct block_log *b, const Abci__Request *r)
{
    DEFER(buf_fini) struct buf out = {0};
    size_t                     head = 1;
    assert_ok(abci_app_answer(b, r, &out));
    while (out.p[head - 1] & 0x80) head++;
    Abci__Response *reply = abci__response__unpack(NULL, out.n - head, out.p + head);
    assert_non_null(reply);
    return reply;
}

/* Block `height` of these submissions: the codes, and the application hash. */
static struct hash finalize(struct block_log *b, uint64_t height, const struct buf *wires, size_t n,
                            uint32_t codes[TXS_MAX])
{
    Abci__Request              r = ABCI__REQUEST__INIT;
    Abci__RequestFinalizeBlock f = ABCI__REQUEST_FINALIZE_BLOCK__INIT;
    ProtobufCBinaryData        txs[TXS_MAX];
    struct hash                app_hash;
    for (size_t i = 0; i < n; i++) txs[i] = (ProtobufCBinaryData){wires[i].n, wires[i].p};
    f.height = (int64_t)height;
    f.n_txs = n;
    f.txs = txs;
    r.value_case = ABCI__REQUEST__VALUE_FINALIZE_BLOCK;
    r.finalize_block = &f;
    Abci__Response *reply = ask(b, &r);
    assert_int_equal(reply->value_case, ABCI__RESPONSE__VALUE_FINALIZE_BLOCK);
    assert_int_equal(reply->finalize_block->n_tx_results, n);
    for (size_t i = 0; i < n; i++) codes[i] = reply->finalize_block->tx_results[i]->code;
    assert_int_equal(reply->finalize_block->app_hash.len, HASH_SIZE);
    memcpy(app_hash.b, reply->finalize_block->app_hash.data, HASH_SIZE);
    abci__response__free_unpacked(reply, NULL);
    return app_hash;
}

static void commit(struct block_log *b)
{
    Abci__Request r = ABCI__REQUEST__INIT;
    Abci__Empty   empty = ABCI__EMPTY__INIT;
    r.value_case = ABCI__REQUEST__VALUE_COMMIT;
    r.commit = &empty;
    abci__response__free_unpacked(ask(b, &r), NULL);
}

static uint32_t check_tx(struct block_log *b, const struct buf *wire)
{
    Abci__Request        r = ABCI__REQUEST__INIT;
    Abci__RequestCheckTx c = ABCI__REQUEST_CHECK_TX__INIT;
    c.tx = (ProtobufCBinaryData){wire->n, wire->p};
    r.value_case = ABCI__REQUEST__VALUE_CHECK_TX;
    r.check_tx = &c;
    Abci__Response *reply = ask(b, &r);
    const uint32_t  code = reply->check_tx->code;
    abci__response__free_unpacked(reply, NULL);
    return code;
}

/* One submission a block. */
static uint32_t run_block(struct block_log *b, const struct buf *wire)
{
    uint32_t codes[TXS_MAX];
    (void)finalize(b, head_of(b).state.height + 1, wire, 1, codes);
    commit(b);
    return codes[0];
}

/* --- blocks of all kinds, the same ones at every run ------------------------------------------ */

struct blocks {
    size_t     n[BLOCKS];
    struct buf wires[BLOCKS][TXS_MAX];
};

static void make_blocks(const struct fixture *f, struct blocks *out)
{
    uint64_t bank = 1, court = 1;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < BLOCKS; i++) {
        struct buf *w = out->wires[i];
        size_t      n = 0;
        if (i % 4 == 3) continue;                                  /* an empty block */
        fixture_submission(&f->bank, bank + 1, 2, 0, -1, &w[n++]); /* waits within the block */
        fixture_submission(&f->bank, bank, 5 + (uint32_t)i, 0, i == 0 ? -1 : 0, &w[n++]);
        fixture_submission(&f->court, court, 1, 0, -1, &w[n++]);
        fixture_submission(&f->bank, bank, 3, 77, -1, &w[n++]);         /* another body */
        fixture_submission(&f->court, court, 1, 0, -1, &w[n++]);        /* a repeat */
        fixture_submission(&f->court, court + 40, 1, 0, -1, &w[n++]);   /* waits for nothing */
        fixture_submission(&f->bank, bank + 2, 1, 0, 1 << 20, &w[n++]); /* corrects nothing */
        assert_ok(buf_add_str(&w[n++], "no submission"));
        out->n[i] = n;
        bank += 2;
        court++;
    }
}

static void blocks_fini(struct blocks *b)
{
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t k = 0; k < TXS_MAX; k++) buf_fini(&b->wires[i][k]);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void both_drivers_reach_the_same_head(void **state)
{
    (void)state;
    static const uint32_t      expected[] = {LEDGER_WAITING,
                                             0,
                                             0,
                                             LEDGER_CONFLICT,
                                             LEDGER_REPEATED,
                                             LEDGER_WAITING,
                                             LEDGER_BAD_SUPERSEDES,
                                             LEDGER_MALFORMED};
    DEFER(buf_fini) struct buf why = {0}, left = {0}, right = {0};
    struct fixture             f;
    struct blocks              made;
    struct chain_files        *embedded = NULL;
    struct hash                root;
    fixture_init(&f, 0);
    make_blocks(&f, &made);
    assert_ok(folder_make(in_folder("embedded"), 0700));
    assert_ok(chain_open(in_folder("embedded"), buf_bytes(&f.genesis), &embedded, &why));
    struct block_log *b = open_log(&f);
    for (size_t i = 0; i < BLOCKS; i++) {
        uint32_t codes[TXS_MAX];
        for (size_t k = 0; k < made.n[i]; k++) {
            struct ledger_outcome o;
            assert_ok(chain_add(embedded, buf_bytes(&made.wires[i][k]), &o));
        }
        assert_ok(chain_commit(embedded));
        const struct hash app_hash = finalize(b, i + 1, made.wires[i], made.n[i], codes);
        commit(b);
        for (size_t k = 0; k < made.n[i]; k++) assert_int_equal(codes[k], expected[k]);
        assert_true(hash_eq(app_hash, head_of(b).app_hash));
        assert_int_equal(head_of(b).state.size, chain_size(embedded));
        assert_ok(chain_root(embedded, chain_size(embedded), &root));
        assert_true(hash_eq(head_of(b).state.root, root));
    }
    assert_ok(ledger_encode(chain_ledger(embedded), &left));
    assert_ok(ledger_encode(chain_ledger(block_log_chain(b)), &right));
    assert_true(bytes_eq(buf_bytes(&left), buf_bytes(&right)));
    chain_close(&embedded);
    block_log_close(&b);
    blocks_fini(&made);
    fixture_fini(&f);
}

static void an_empty_block_leaves_the_app_hash(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct fixture             f;
    uint32_t                   codes[TXS_MAX];
    fixture_init(&f, 0);
    struct block_log *b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &wire);
    assert_int_equal(run_block(b, &wire), 0);
    const struct block_head before = head_of(b);
    assert_true(hash_eq(finalize(b, 2, NULL, 0, codes), before.app_hash));
    commit(b);
    assert_int_equal(run_block(b, &wire), LEDGER_REPEATED);
    assert_true(hash_eq(head_of(b).app_hash, before.app_hash));
    assert_int_equal(head_of(b).state.height, 3);
    block_log_close(&b);
    b = open_log(&f);
    assert_int_equal(head_of(b).state.height, 3);
    assert_true(hash_eq(head_of(b).app_hash, before.app_hash));
    block_log_close(&b);
    fixture_fini(&f);
}

/* The engine may die between finalize and commit, and asks again. */
static void a_block_is_finalized_once(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0}, other = {0};
    struct fixture             f;
    uint32_t                   codes[TXS_MAX], again[TXS_MAX];
    enum ledger_result         results[1];
    struct hash                app_hash;
    fixture_init(&f, 0);
    struct block_log *b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &wire);
    fixture_submission(&f.bank, 1, 4, 9, -1, &other);
    const struct bytes tx = buf_bytes(&wire), other_tx = buf_bytes(&other);
    assert_err(block_log_commit(b), GZ_MISMATCH);
    assert_err(block_log_finalize(b, 2, &tx, 1, results, &app_hash), GZ_MISMATCH);
    const struct hash first = finalize(b, 1, &wire, 1, codes);
    assert_true(hash_eq(finalize(b, 1, &wire, 1, again), first));
    assert_int_equal(codes[0], 0);
    assert_int_equal(again[0], 0);
    assert_err(block_log_finalize(b, 1, &other_tx, 1, results, &app_hash), GZ_MISMATCH);
    assert_err(block_log_finalize(b, 1, NULL, 0, results, &app_hash), GZ_MISMATCH);
    assert_int_equal(head_of(b).state.height, 0);
    assert_int_equal(chain_size(block_log_chain(b)), 0);
    commit(b);
    assert_int_equal(head_of(b).state.size, 3);
    assert_err(block_log_finalize(b, 1, &tx, 1, results, &app_hash), GZ_MISMATCH);
    block_log_close(&b);
    fixture_fini(&f);
}

static void what_was_only_computed_is_gone_after_a_restart(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct fixture             f;
    uint32_t                   codes[TXS_MAX];
    fixture_init(&f, 0);
    struct block_log *b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &wire);
    const struct hash first = finalize(b, 1, &wire, 1, codes);
    block_log_close(&b);
    b = open_log(&f);
    assert_int_equal(head_of(b).state.height, 0);
    assert_true(hash_eq(finalize(b, 1, &wire, 1, codes), first));
    assert_int_equal(codes[0], 0); /* executed, not a repeat */
    commit(b);
    block_log_close(&b);
    fixture_fini(&f);
}

/* The n-th write, sync or rename of a block fails, for each n: the node ends, opens with the block
 * before or with this one, and replays to the same hash and the same codes. */
static void any_failing_write_is_replayed_to_the_same_head(void **state)
{
    (void)state;
    struct fixture f;
    struct blocks  made;
    fixture_init(&f, 0);
    make_blocks(&f, &made);
    for (uint64_t after = 0;; after++) {
        uint32_t          codes[TXS_MAX], replayed[TXS_MAX];
        struct block_log *b = open_log(&f);
        (void)finalize(b, 1, made.wires[0], made.n[0], codes);
        commit(b);
        const struct hash expected = finalize(b, 2, made.wires[1], made.n[1], codes);
        file_fault_set(FILE_FAULT_ANY, after, 28 /* ENOSPC */);
        const bool is_committed = block_log_commit(b) == GZ_OK;
        const bool is_untouched = file_fault_count() <= after;
        if (!is_committed) assert_err(block_log_commit(b), GZ_IO);
        block_log_close(&b);
        file_fault_set(FILE_FAULT_NONE, 0, 0);
        b = open_log(&f);
        const uint64_t height = head_of(b).state.height;
        assert_true(height == 2 || (!is_committed && height == 1));
        if (height == 1) {
            assert_true(hash_eq(finalize(b, 2, made.wires[1], made.n[1], replayed), expected));
            assert_memory_equal(codes, replayed, made.n[1] * sizeof *codes);
            commit(b);
        }
        assert_true(hash_eq(head_of(b).app_hash, expected));
        block_log_close(&b);
        char command[128];
        (void)snprintf(command, sizeof command, "rm -rf %s", in_folder("node"));
        assert_int_equal(system(command), 0);
        if (is_untouched) break;
    }
    blocks_fini(&made);
    fixture_fini(&f);
}

/* A process that appends blocks until it is killed. */
static void append_for_ever(const struct fixture *f, const struct blocks *made, int told)
{
    struct block_log *b = open_log(f);
    for (;;) {
        uint32_t       codes[TXS_MAX];
        const uint64_t height = head_of(b).state.height + 1;
        const size_t   i = (height - 1) % BLOCKS;
        (void)finalize(b, height, made->wires[i], made->n[i], codes);
        commit(b);
        if (write(told, &height, sizeof height) != sizeof height) _exit(1);
    }
}

static void kill_at_random_instants_leaves_a_whole_block(void **state)
{
    (void)state;
    struct fixture f;
    struct blocks  made;
    uint64_t       acknowledged = 0;
    fixture_init(&f, 0);
    make_blocks(&f, &made);
    srand(20261126);
    for (unsigned round = 0; round < 10; round++) {
        int told[2];
        assert_int_equal(pipe(told), 0);
        const pid_t child = fork();
        if (child == 0) append_for_ever(&f, &made, told[1]);
        uint64_t seen = 0; /* some blocks, then at any instant of the next ones */
        for (int blocks = rand() % 5 + 1; blocks > 0; blocks--)
            assert_int_equal(read(told[0], &seen, sizeof seen), sizeof seen);
        usleep((useconds_t)(rand() % 30000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(told[1]);
        acknowledged = seen;
        for (uint64_t height; read(told[0], &height, sizeof height) == sizeof height;)
            acknowledged = height;
        close(told[0]);
        struct block_log *b = open_log(&f);
        assert_true(head_of(b).state.height == acknowledged ||
                    head_of(b).state.height == acknowledged + 1);
        acknowledged = head_of(b).state.height;
        block_log_close(&b);
    }
    assert_true(acknowledged >= 10); /* a block in each round at least */
    blocks_fini(&made);
    fixture_fini(&f);
}

static void flip(const char *path, off_t at)
{
    uint8_t   byte;
    const int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void damage_keeps_the_node_from_opening(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf wire = {0};
    struct fixture             f;
    fixture_init(&f, 0);
    struct block_log *b = open_log(&f);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        fixture_submission(&f.bank, seq, 10, 0, -1, &wire);
        assert_int_equal(run_block(b, &wire), 0);
    }
    block_log_close(&b);
    flip(in_folder("node/block-state"), 30);
    refuse_open(&f, "block-state is damaged");
    flip(in_folder("node/block-state"), 30);
    /* Without the snapshot every submission is read again. */
    assert_int_equal(rename(in_folder("node/chain/state"), in_folder("state")), 0);
    flip(in_folder("node/chain/submissions"), 600);
    refuse_open(&f, "a broken record at offset");
    flip(in_folder("node/chain/submissions"), 600);
    assert_int_equal(truncate(in_folder("node/chain/submissions"), 900), 0);
    refuse_open(&f, "submissions");
    assert_int_equal(unlink(in_folder("node/block-state")), 0);
    refuse_open(&f, "block-state is missing");
    fixture_fini(&f);
}

static void the_engine_must_be_of_our_genesis(void **state)
{
    (void)state;
    struct fixture f;
    struct hash    app_hash;
    char           text[80] = "\"";
    fixture_init(&f, 0);
    struct block_log *b = open_log(&f);
    const struct hash h = hash_of(SUITE_INTL, buf_bytes(&f.genesis));
    text_to_hex(BYTES_OF(h.b), text + 1);
    assert_err(block_log_begin(b, bytes_str(text), &app_hash), GZ_MISMATCH);
    strcat(text, "\"");
    assert_ok(block_log_begin(b, bytes_str(text), &app_hash));
    assert_true(hash_eq(app_hash, head_of(b).app_hash));
    text[5] = text[5] == '0' ? '1' : '0';
    assert_err(block_log_begin(b, bytes_str(text), &app_hash), GZ_MISMATCH);
    block_log_close(&b);
    fixture_fini(&f);
}

/* The fixture's genesis with `continues`. */
static void continue_from(struct fixture *f, uint64_t size, struct hash root, const char *rest)
{
    DEFER(buf_fini) struct buf text = {0}, old = f->genesis;
    static const char          null_text[] = "\"continues\":null}";
    assert_ok(buf_add(&text, bytes_slice(buf_bytes(&old), 0, old.n - strlen(null_text))));
    assert_ok(
        buf_addf(&text, "\"continues\":{\"size\":%llu,\"root\":\"", (unsigned long long)size));
    assert_ok(base64_add(BASE64_STD_PADDED, BYTES_OF(root.b), &text));
    assert_ok(buf_addf(&text, "\",\"policy_version\":2,%s}}", rest));
    f->genesis = text;
    text = (struct buf){0};
}

/* A log of 8 entries, its last but one correcting the first, in the node's folder. */
static struct hash make_log(const struct fixture *f)
{
    DEFER(buf_fini) struct buf why = {0}, wire = {0};
    struct chain_files        *c = NULL;
    struct ledger_outcome      o;
    struct hash                root;
    assert_ok(folder_make(in_folder("node/chain"), 0700));
    assert_ok(chain_open(in_folder("node/chain"), buf_bytes(&f->genesis), &c, &why));
    fixture_submission(&f->bank, 1, 5, 0, -1, &wire);
    assert_ok(chain_add(c, buf_bytes(&wire), &o));
    fixture_submission(&f->court, 1, 1, 0, -1, &wire);
    assert_ok(chain_add(c, buf_bytes(&wire), &o));
    fixture_submission(&f->bank, 2, 2, 0, 0, &wire);
    assert_ok(chain_add(c, buf_bytes(&wire), &o));
    assert_ok(chain_commit(c));
    assert_ok(chain_root(c, 8, &root));
    chain_close(&c);
    /* Of another genesis now: only what was signed is imported. */
    char command[256];
    (void)snprintf(command, sizeof command,
                   "cd %s && mv submissions .. && rm * && mv ../submissions .",
                   in_folder("node/chain"));
    assert_int_equal(system(command), 0);
    return root;
}

static void a_chain_goes_on_from_a_log(void **state)
{
    (void)state;
    static const char good[] = "\"last_seq\":{\"ccb.sd\":2,\"court.sd\":1},\"supersedes\":[[0,6]]";
    DEFER(buf_fini) struct buf wire = {0};
    struct fixture             f;
    fixture_init(&f, 0);
    const struct hash root = make_log(&f);
    continue_from(&f, 8, root, good);
    struct block_log *b = open_log(&f);
    assert_int_equal(head_of(b).state.height, 0);
    assert_int_equal(head_of(b).state.size, 8);
    assert_true(hash_eq(head_of(b).state.root, root));
    fixture_submission(&f.bank, 2, 2, 0, 0, &wire);
    assert_int_equal(check_tx(b, &wire), LEDGER_REPEATED);
    fixture_submission(&f.bank, 3, 2, 0, 5, &wire); /* of the court */
    assert_int_equal(check_tx(b, &wire), LEDGER_BAD_SUPERSEDES);
    fixture_submission(&f.bank, 3, 2, 0, 6, &wire);
    assert_int_equal(run_block(b, &wire), 0);
    assert_int_equal(head_of(b).state.size, 10);
    block_log_close(&b);
    b = open_log(&f);
    assert_int_equal(head_of(b).state.size, 10);
    block_log_close(&b);
    fixture_fini(&f);
}

static void another_log_is_not_continued(void **state)
{
    (void)state;
    static const struct {
        uint64_t    size;
        bool        is_other_root;
        const char *rest, *says;
    } rows[] = {
        {9, false, "\"last_seq\":{\"ccb.sd\":2,\"court.sd\":1},\"supersedes\":[[0,6]]", "entries"},
        {8, true, "\"last_seq\":{\"ccb.sd\":2,\"court.sd\":1},\"supersedes\":[[0,6]]", "root"},
        {8, false, "\"last_seq\":{\"ccb.sd\":3,\"court.sd\":1},\"supersedes\":[[0,6]]",
         "last number"},
        {8, false, "\"last_seq\":{\"ccb.sd\":2},\"supersedes\":[[0,6]]", "last number"},
        {8, false, "\"last_seq\":{\"ccb.sd\":2,\"court.sd\":1},\"supersedes\":[]", "corrections"},
        {8, false, "\"last_seq\":{\"ccb.sd\":2,\"court.sd\":1},\"supersedes\":[[1,6]]",
         "corrections"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        char           command[128];
        fixture_init(&f, 0);
        struct hash root = make_log(&f);
        root.b[3] ^= rows[i].is_other_root;
        continue_from(&f, rows[i].size, root, rows[i].rest);
        refuse_open(&f, rows[i].says);
        (void)snprintf(command, sizeof command, "rm -rf %s", in_folder("node"));
        assert_int_equal(system(command), 0);
        refuse_open(&f, "not the one that the genesis continues"); /* nothing imported */
        assert_int_equal(system(command), 0);
        fixture_fini(&f);
    }
}

static void a_check_says_what_would_be_and_changes_nothing(void **state)
{
    (void)state;
    DEFER(buf_fini) struct buf one = {0}, two = {0}, far = {0}, other = {0};
    struct fixture             f;
    fixture_init(&f, 0);
    struct block_log *b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &one);
    fixture_submission(&f.bank, 2, 3, 0, -1, &two);
    fixture_submission(&f.bank, 66, 3, 0, -1, &far);
    fixture_submission(&f.bank, 1, 3, 5, -1, &other);
    const struct block_head before = head_of(b);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(check_tx(b, &one), 0);
        assert_int_equal(check_tx(b, &other), 0); /* whichever comes first */
        assert_int_equal(check_tx(b, &two), 0);
        assert_int_equal(check_tx(b, &far), LEDGER_BEYOND_WINDOW);
    }
    assert_int_equal(run_block(b, &two), LEDGER_WAITING);
    assert_true(hash_eq(head_of(b).app_hash, before.app_hash));
    assert_int_equal(run_block(b, &one), 0);
    assert_int_equal(head_of(b).state.size, 3); /* two was dropped with its block */
    assert_int_equal(check_tx(b, &one), LEDGER_REPEATED);
    assert_int_equal(check_tx(b, &other), LEDGER_CONFLICT);
    one.p[one.n - 1] ^= 1;
    assert_int_equal(check_tx(b, &one), LEDGER_DENIED);
    block_log_close(&b);
    fixture_fini(&f);
}

/* --- submitting ------------------------------------------------------------------------------- */

/* An engine that takes what it is given, and makes a block when it is told. */
struct engine {
    struct block_log *b;
    pthread_mutex_t   lock;
    size_t            n, sent;
    struct buf        wires[TXS_MAX];
};

static enum gz_err engine_take(void *ctx, struct bytes wire)
{
    struct engine *e = ctx;
    pthread_mutex_lock(&e->lock);
    assert_true(e->n < TXS_MAX);
    const enum gz_err r = buf_add(&e->wires[e->n++], wire);
    e->sent++;
    pthread_mutex_unlock(&e->lock);
    return r;
}

static void engine_block(struct engine *e)
{
    uint32_t codes[TXS_MAX];
    pthread_mutex_lock(&e->lock);
    (void)finalize(e->b, head_of(e->b).state.height + 1, e->wires, e->n, codes);
    commit(e->b);
    for (size_t i = 0; i < e->n; i++) buf_fini(&e->wires[i]);
    e->n = 0;
    pthread_mutex_unlock(&e->lock);
}

struct submitter {
    struct engine    *engine;
    struct buf        wire;
    unsigned          timeout_ms;
    struct log_answer answer;
    enum gz_err       error;
    pthread_t         thread;
    _Atomic bool      is_done;
};

static void *submit(void *ctx)
{
    struct submitter         *s = ctx;
    const struct block_sender sender = {s->engine, engine_take};
    s->error =
        block_log_submit(s->engine->b, sender, buf_bytes(&s->wire), s->timeout_ms, &s->answer);
    s->is_done = true;
    return NULL;
}

static void start(struct submitter *s, struct engine *e, unsigned timeout_ms)
{
    s->engine = e;
    s->timeout_ms = timeout_ms;
    assert_int_equal(pthread_create(&s->thread, NULL, submit, s), 0);
}

static void finish(struct submitter *s)
{
    pthread_join(s->thread, NULL);
    buf_fini(&s->wire);
}

static void until_sent(struct engine *e, size_t n)
{
    for (unsigned i = 0; i < WAIT_MS; i++) {
        pthread_mutex_lock(&e->lock);
        const bool is = e->sent >= n;
        pthread_mutex_unlock(&e->lock);
        if (is) return;
        usleep(1000);
    }
    fail_msg("never sent");
}

static void a_sender_is_answered_when_its_block_is_durable(void **state)
{
    (void)state;
    struct fixture   f;
    struct engine    e = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct submitter first = {0}, second = {0}, other = {0}, bad = {0};
    fixture_init(&f, 0);
    e.b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &first.wire);
    fixture_submission(&f.bank, 2, 4, 0, -1, &second.wire);
    start(&second, &e, WAIT_MS); /* its turn comes later */
    until_sent(&e, 1);
    engine_block(&e); /* in which it only waits: it is sent again */
    until_sent(&e, 2);
    assert_false(second.is_done);
    start(&first, &e, WAIT_MS);
    until_sent(&e, 3);
    assert_false(first.is_done);
    while (!first.is_done || !second.is_done) engine_block(&e);
    assert_ok(first.error);
    assert_ok(second.error);
    assert_int_equal(first.answer.result, LEDGER_EXECUTED);
    assert_int_equal(first.answer.index, 0);
    assert_int_equal(second.answer.index, 3);
    assert_int_equal(second.answer.count, 4);
    const size_t sent = e.sent;
    fixture_submission(&f.bank, 1, 3, 9, -1, &other.wire); /* another body: nothing is sent */
    start(&other, &e, WAIT_MS);
    fixture_submission(&f.bank, 3, 1, 0, 100, &bad.wire); /* corrects what is not there */
    start(&bad, &e, WAIT_MS);
    finish(&other);
    finish(&bad);
    assert_int_equal(other.answer.result, LEDGER_CONFLICT);
    assert_true(other.answer.has_stored);
    assert_int_equal(bad.answer.result, LEDGER_BAD_SUPERSEDES);
    assert_int_equal(e.sent, sent);
    finish(&first);
    finish(&second);
    block_log_close(&e.b);
    fixture_fini(&f);
}

/* An engine that dies forgets what was in its pool. */
static void what_the_engine_forgets_is_sent_again(void **state)
{
    (void)state;
    struct fixture   f;
    struct engine    e = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct submitter s = {0};
    fixture_init(&f, 0);
    e.b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &s.wire);
    start(&s, &e, WAIT_MS);
    until_sent(&e, 1);
    pthread_mutex_lock(&e.lock);
    buf_fini(&e.wires[0]);
    e.n = 0;
    pthread_mutex_unlock(&e.lock);
    until_sent(&e, 2);
    engine_block(&e);
    finish(&s);
    assert_ok(s.error);
    assert_int_equal(s.answer.result, LEDGER_EXECUTED);
    block_log_close(&e.b);
    fixture_fini(&f);
}

static void without_a_block_the_outcome_is_unknown(void **state)
{
    (void)state;
    struct fixture   f;
    struct engine    e = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct submitter s = {0}, again = {0};
    fixture_init(&f, 0);
    e.b = open_log(&f);
    fixture_submission(&f.bank, 1, 3, 0, -1, &s.wire);
    fixture_submission(&f.bank, 1, 3, 0, -1, &again.wire);
    start(&s, &e, 50);
    finish(&s);
    assert_err(s.error, GZ_BUSY);
    engine_block(&e); /* it was executed all the same */
    start(&again, &e, WAIT_MS);
    finish(&again);
    assert_ok(again.error);
    assert_int_equal(again.answer.result, LEDGER_EXECUTED);
    assert_int_equal(again.answer.index, 0);
    assert_int_equal(e.sent, 1);
    block_log_close(&e.b);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(both_drivers_reach_the_same_head),
        FOLDER_TEST(an_empty_block_leaves_the_app_hash),
        FOLDER_TEST(a_block_is_finalized_once),
        FOLDER_TEST(what_was_only_computed_is_gone_after_a_restart),
        FOLDER_TEST(any_failing_write_is_replayed_to_the_same_head),
        FOLDER_TEST(kill_at_random_instants_leaves_a_whole_block),
        FOLDER_TEST(damage_keeps_the_node_from_opening),
        FOLDER_TEST(the_engine_must_be_of_our_genesis),
        FOLDER_TEST(a_chain_goes_on_from_a_log),
        FOLDER_TEST(another_log_is_not_continued),
        FOLDER_TEST(a_check_says_what_would_be_and_changes_nothing),
        FOLDER_TEST(a_sender_is_answered_when_its_block_is_durable),
        FOLDER_TEST(what_the_engine_forgets_is_sent_again),
        FOLDER_TEST(without_a_block_the_outcome_is_unknown),
    };
    RUN_TESTS(tests);
}
