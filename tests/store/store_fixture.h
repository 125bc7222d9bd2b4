/* A database in a temporary folder, and rows to put into it. */
#pragma once
#include "folder_fixture.h"
#include "store/batch.h"
#include "store/event.h"
#include "store/matter.h"
#include "store/outbox.h"
#include "store/record.h"

static struct db *db;

static inline enum gz_err open_code(const char *path, struct db **out)
{
    DEFER(buf_fini) struct buf why = {0};
    const enum gz_err          e = db_open(path, out, &why);
    assert_true((e == GZ_OK) == (why.n == 0)); /* a refusal says why */
    return e;
}

static inline void reopen(void)
{
    db_close(&db);
    assert_ok(open_code(in_folder("db"), &db));
}

static int store_set_up(void **state)
{
    if (folder_set_up(state)) return 1;
    reopen();
    return 0;
}

static int store_tear_down(void **state)
{
    db_close(&db);
    return folder_tear_down(state);
}
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

static inline void assert_sound(void)
{
    DEFER(buf_fini) struct buf why = {0};
    assert_ok(db_check(db, &why));
    assert_int_equal(why.n, 0);
}

/* The n-th value of a kind of hash: distinct, and known again. */
static inline struct hash hash_n(uint64_t n)
{
    struct hash h = {{0}};
    write_be64(h.b, n + 1);
    write_be64(h.b + 24, ~n);
    return h;
}

static inline struct matter matter_n(uint64_t n)
{
    struct matter m = {.wrapped_key_n = 45};
    (void)snprintf(m.handle, sizeof m.handle, "handle%016llu", (unsigned long long)n);
    memset(m.wrapped_key, (int)(n + 1), m.wrapped_key_n);
    return m;
}

static inline void add_matter(uint64_t n, struct matter *out)
{
    *out = matter_n(n);
    assert_ok(matter_add(db, hash_n(n).b, out));
}

static inline const char *uuid_n(uint64_t n)
{
    static char uuid[ENTRY_ID_SIZE + 1];
    (void)snprintf(uuid, sizeof uuid, "01a2130e-8d8d-7471-9915-%012llu", (unsigned long long)n);
    return uuid;
}

/* The n-th record; seq is its place in matter. The caller's: record_fini. */
static inline struct record record_n(uint64_t n, int64_t matter_id, uint64_t seq)
{
    struct record r = {.matter_id = matter_id,
                       .seq = seq,
                       .fingerprint = hash_n(n),
                       .received_ms = (int64_t)(1000 + n),
                       .kind = "loan.contract"};
    memcpy(r.uuid, uuid_n(n), sizeof r.uuid);
    assert_ok(buf_addf(&r.entry, "{\"entry\":%llu}", (unsigned long long)n));
    assert_ok(buf_addf(&r.sealed, "sealed %llu\n", (unsigned long long)n));
    return r;
}

/* Record, outbox row, event and the matter's step, as one intake does; m: the matter. */
static inline enum gz_err take_in(uint64_t n, struct matter *m, int64_t *id)
{
    DEFER(record_fini) struct record r = record_n(n, m->id, m->last_seq + 1);
    struct event                     e = {BYTES_LIT("core"), bytes_str(r.uuid), {0}};
    memcpy(e.content, r.fingerprint.b, HASH_SIZE);
    TRY(record_add(db, &r));
    TRY(outbox_add(db, r.id));
    TRY(event_add(db, &e, r.id));
    TRY(matter_advance(db, m, r.fingerprint));
    if (id != NULL) *id = r.id;
    return GZ_OK;
}

/* count records from the first on, committed, in a new matter. */
static inline void take_in_many(uint64_t first, uint64_t count)
{
    struct matter m;
    assert_ok(db_begin(db));
    add_matter(first, &m);
    for (uint64_t n = first; n < first + count; n++) assert_ok(take_in(n, &m, NULL));
    assert_ok(db_commit(db));
}

static inline uint64_t count_records(void)
{
    struct record_counts c;
    assert_ok(record_count(db, 0, &c));
    return c.total;
}
