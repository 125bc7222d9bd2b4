#include "node/checkpoint_store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/host.h"

/* A record: header = length of the note (4 bytes), kind (4), time (8), first 8 bytes of SM3 of the
 * note, first 8 bytes of SM3 of the 24 bytes before; then the note. Numbers big-endian. A later
 * record of the same size replaces the earlier. */
enum { HEADER_SIZE = 32, CHECK_SIZE = 8, FILE_MODE = 0644 };

struct item {
    uint64_t size, time, offset;
    bool     is_closing;
};
struct checkpoint_store {
    pthread_mutex_t      lock;
    int                  fd;
    const struct policy *policy;
    uint64_t             end;       /* where the next record goes */
    bool                 is_broken; /* a sync failed: nobody knows what is on the disk */
    struct item         *items;     /* ascending sizes */
    size_t               n, cap;
};
struct record {
    bool       is_closing;
    uint64_t   time;
    struct buf note;
};

static void record_fini(struct record *r)
{
    buf_fini(&r->note);
}

static void unlock(pthread_mutex_t **m)
{
    pthread_mutex_unlock(*m);
}
#define LOCKED(s)                                                                                  \
    DEFER(unlock) pthread_mutex_t *locked_ = &(s)->lock;                                           \
    pthread_mutex_lock(locked_)

/* --- the items in memory ---------------------------------------------------------------------- */

/* Position of the first item with a size of at least size. */
static size_t position(const struct checkpoint_store *s, uint64_t size)
{
    size_t from = 0, to = s->n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (s->items[middle].size < size) from = middle + 1;
        else to = middle;
    }
    return from;
}

static struct item *find(const struct checkpoint_store *s, uint64_t size)
{
    const size_t at = position(s, size);
    return at < s->n && s->items[at].size == size ? &s->items[at] : NULL;
}

static void drop(struct checkpoint_store *s, size_t at)
{
    memmove(s->items + at, s->items + at + 1, (s->n - at - 1) * sizeof *s->items);
    s->n--;
}

static enum gz_err make_room(struct checkpoint_store *s)
{
    if (s->n < s->cap) return GZ_OK;
    const size_t cap = s->cap == 0 ? 64 : s->cap * 2;
    struct item *items = realloc(s->items, cap * sizeof *items);
    if (items == NULL) return GZ_MEMORY;
    s->items = items;
    s->cap = cap;
    return GZ_OK;
}

/* Of one second the largest is kept. Neighbours suffice: times of a log do not fall as sizes grow,
 * and where clocks make them fall, one more is kept and nothing is lost. */
static void add_item(struct checkpoint_store *s, struct item added)
{
    size_t at = position(s, added.size);
    if (at < s->n && s->items[at].size == added.size) {
        added.is_closing |= s->items[at].is_closing;
        s->items[at] = added;
    } else {
        memmove(s->items + at + 1, s->items + at, (s->n - at) * sizeof *s->items);
        s->items[at] = added;
        s->n++;
    }
    if (at + 1 < s->n && s->items[at + 1].time == added.time && !added.is_closing) {
        drop(s, at);
        return;
    }
    while (at > 0 && s->items[at - 1].time == added.time && !s->items[at - 1].is_closing)
        drop(s, --at);
}

/* --- the file --------------------------------------------------------------------------------- */

static void write_check(struct bytes data, uint8_t out[CHECK_SIZE])
{
    const struct hash h = hash_of(SUITE_GM, data);
    memcpy(out, h.b, CHECK_SIZE);
}

static void encode_header(const struct record *r, uint8_t out[HEADER_SIZE])
{
    write_be32(out, (uint32_t)r->note.n);
    write_be32(out + 4, r->is_closing);
    write_be64(out + 8, r->time);
    write_check(buf_bytes(&r->note), out + 16);
    write_check((struct bytes){out, 24}, out + 24);
}

/* GZ_MISSING: the file ends early. GZ_CORRUPT: the header; GZ_MISMATCH: the note. */
static enum gz_err read_record(const struct checkpoint_store *s, uint64_t offset,
                               struct record *out)
{
    uint8_t header[HEADER_SIZE], check[CHECK_SIZE];
    TRY(file_read_all(s->fd, header, sizeof header, offset));
    write_check((struct bytes){header, 24}, check);
    if (memcmp(check, header + 24, CHECK_SIZE) != 0) return GZ_CORRUPT;
    const uint32_t n = read_be32(header);
    if (n > CHECKPOINT_NOTE_MAX) return GZ_CORRUPT;
    out->is_closing = read_be32(header + 4) != 0;
    out->time = read_be64(header + 8);
    TRY(buf_reserve(&out->note, n));
    TRY(file_read_all(s->fd, out->note.p, n, offset + HEADER_SIZE));
    out->note.n = n;
    write_check(buf_bytes(&out->note), check);
    return memcmp(check, header + 16, CHECK_SIZE) == 0 ? GZ_OK : GZ_MISMATCH;
}

static enum gz_err append(struct checkpoint_store *s, const struct record *r)
{
    DEFER(buf_fini) struct buf bytes = {0};
    uint8_t                    header[HEADER_SIZE];
    encode_header(r, header);
    TRY(buf_add(&bytes, BYTES_OF(header)));
    TRY(buf_add(&bytes, buf_bytes(&r->note)));
    const enum gz_err e = file_write_all(s->fd, bytes.p, bytes.n, s->end);
    if (e != GZ_OK && file_truncate(s->fd, s->end) != GZ_OK) s->is_broken = true;
    TRY(e);
    const enum gz_err synced = file_sync(s->fd);
    if (synced != GZ_OK) s->is_broken = true;
    return synced;
}

/* Only zeros from offset on: a file that had grown when the power went. */
static bool is_zero_tail(const struct checkpoint_store *s, uint64_t offset, uint64_t size)
{
    uint8_t byte;
    for (; offset < size; offset++)
        if (file_read_all(s->fd, &byte, 1, offset) != GZ_OK || byte != 0) return false;
    return true;
}

/* Is what stands at offset a record whose writing was cut short? */
static bool is_torn(const struct checkpoint_store *s, enum gz_err e, const struct record *r,
                    uint64_t size)
{
    if (e == GZ_MISSING) return true;
    if (e == GZ_MISMATCH) return s->end + HEADER_SIZE + r->note.n == size;
    return e == GZ_CORRUPT && is_zero_tail(s, s->end, size);
}

static enum gz_err load_one(struct checkpoint_store *s, const struct record *r)
{
    struct note       note;
    struct checkpoint c;
    if (note_decode(buf_bytes(&r->note), &note) != GZ_OK) return GZ_CORRUPT;
    if (checkpoint_decode(note.text, &c) != GZ_OK) return GZ_CORRUPT;
    TRY(make_room(s));
    add_item(s, (struct item){c.size, r->time, s->end, r->is_closing});
    return GZ_OK;
}

static enum gz_err load(struct checkpoint_store *s)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0) return GZ_IO;
    const uint64_t size = (uint64_t)st.st_size;
    while (s->end < size) {
        DEFER(record_fini) struct record r = {0};
        const enum gz_err                e = read_record(s, s->end, &r);
        if (e != GZ_OK && is_torn(s, e, &r, size)) break;
        if (e == GZ_MISMATCH) return GZ_CORRUPT;
        TRY(e);
        TRY(load_one(s, &r));
        s->end += HEADER_SIZE + r.note.n;
    }
    if (s->end == size) return GZ_OK;
    log_line(LOG_WARNING, "checkpoints", "torn tail cut offset=%llu bytes=%llu",
             (unsigned long long)s->end, (unsigned long long)(size - s->end));
    TRY(file_truncate(s->fd, s->end));
    return file_sync(s->fd);
}

static enum gz_err sync_folder_of(const char *path)
{
    char         folder[1024];
    const char  *slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    if (n >= sizeof folder) return GZ_LIMIT;
    memcpy(folder, path, n);
    folder[n] = 0;
    return folder_sync(n == 0 ? "." : folder);
}

enum gz_err checkpoint_store_open(const char *path, const struct policy *policy,
                                  struct checkpoint_store **out)
{
    DEFER(checkpoint_store_close) struct checkpoint_store *s = calloc(1, sizeof *s);
    if (s == NULL) return GZ_MEMORY;
    pthread_mutex_init(&s->lock, NULL);
    s->policy = policy;
    s->fd = -1;
    TRY(file_open(path, O_RDWR | O_CREAT, FILE_MODE, &s->fd));
    TRY(sync_folder_of(path));
    TRY(load(s));
    *out = s;
    s = NULL;
    return GZ_OK;
}

void checkpoint_store_close(struct checkpoint_store **s)
{
    if (*s == NULL) return;
    if ((*s)->fd >= 0) close((*s)->fd);
    pthread_mutex_destroy(&(*s)->lock);
    free((*s)->items);
    free(*s);
    *s = NULL;
}

/* --- putting ---------------------------------------------------------------------------------- */

static bool has_line_of(struct bytes lines, const struct note_line *wanted)
{
    struct note_line line;
    while (note_next_line(&lines, &line))
        if (bytes_eq(line.name, wanted->name) && memcmp(line.id, wanted->id, KEY_ID_SIZE) == 0)
            return true;
    return false;
}

/* The kept note, and of the new one the lines of keys that it does not have yet. */
static enum gz_err merge_lines(const struct note *kept, const struct note *added, struct buf *out)
{
    struct bytes     lines = added->lines;
    struct note_line line;
    TRY(buf_add(out, kept->text));
    TRY(buf_add_byte(out, '\n'));
    TRY(buf_add(out, kept->lines));
    for (const uint8_t *from = lines.p; note_next_line(&lines, &line); from = lines.p)
        if (!has_line_of(kept->lines, &line))
            TRY(buf_add(out, (struct bytes){from, (size_t)(lines.p - from)}));
    return GZ_OK;
}

/* What is to be written: the note itself, or the kept one with more lines. *is_news false: nothing.
 */
static enum gz_err compose(const struct checkpoint_store *s, struct bytes wire,
                           const struct note *note, uint64_t size, struct record *out,
                           bool *is_news)
{
    DEFER(record_fini) struct record old = {0};
    const struct item               *item = find(s, size);
    struct note                      kept;
    *is_news = true;
    if (item == NULL) return buf_add(&out->note, wire);
    TRY(read_record(s, item->offset, &old));
    TRY(note_decode(buf_bytes(&old.note), &kept));
    if (!bytes_eq(kept.text, note->text)) return GZ_CONFLICT;
    out->is_closing |= old.is_closing;
    out->time = old.time;
    TRY(merge_lines(&kept, note, &out->note));
    *is_news = out->note.n != old.note.n || out->is_closing != old.is_closing;
    return GZ_OK;
}

static enum gz_err judge(const struct checkpoint_store *s, struct record *r)
{
    struct note          note;
    struct policy_quorum quorum;
    const char          *why;
    if (s->policy == NULL) return GZ_OK;
    TRY(note_decode(buf_bytes(&r->note), &note));
    TRY(policy_check_note(s->policy, &note, &quorum, NULL, &why));
    if (quorum.time == 0) return GZ_MISMATCH;
    r->time = quorum.time;
    return GZ_OK;
}

enum gz_err checkpoint_store_put(struct checkpoint_store *s, struct bytes wire, uint64_t time,
                                 enum checkpoint_keep keep)
{
    DEFER(record_fini) struct record r = {.time = time, .is_closing = keep == CHECKPOINT_CLOSING};
    struct note                      note;
    struct checkpoint                c;
    bool                             is_news;
    if (wire.n > CHECKPOINT_NOTE_MAX) return GZ_LIMIT;
    TRY(note_decode(wire, &note));
    TRY(checkpoint_decode(note.text, &c));
    LOCKED(s);
    if (s->is_broken) return GZ_IO;
    TRY(compose(s, wire, &note, c.size, &r, &is_news));
    if (!is_news) return GZ_OK;
    TRY(judge(s, &r));
    TRY(make_room(s));
    TRY(append(s, &r));
    add_item(s, (struct item){c.size, r.time, s->end, r.is_closing});
    s->end += HEADER_SIZE + r.note.n;
    return GZ_OK;
}

/* --- getting ---------------------------------------------------------------------------------- */

static enum gz_err get(struct checkpoint_store *s, size_t at, struct buf *wire,
                       struct kept_checkpoint *out)
{
    DEFER(record_fini) struct record r = {0};
    struct note                      note;
    struct checkpoint                c;
    if (at >= s->n) return GZ_MISSING;
    TRY(read_record(s, s->items[at].offset, &r));
    TRY(note_decode(buf_bytes(&r.note), &note));
    TRY(checkpoint_decode(note.text, &c));
    if (wire != NULL) TRY(buf_add(wire, buf_bytes(&r.note)));
    if (out != NULL) *out = (struct kept_checkpoint){c.size, c.root, s->items[at].time};
    return GZ_OK;
}

enum gz_err checkpoint_store_newest(struct checkpoint_store *s, struct buf *note,
                                    struct kept_checkpoint *out)
{
    LOCKED(s);
    return get(s, s->n == 0 ? 0 : s->n - 1, note, out);
}

enum gz_err checkpoint_store_at(struct checkpoint_store *s, uint64_t size, struct buf *note,
                                struct kept_checkpoint *out)
{
    LOCKED(s);
    const struct item *item = find(s, size);
    return item == NULL ? GZ_MISSING : get(s, (size_t)(item - s->items), note, out);
}

enum gz_err checkpoint_store_covering(struct checkpoint_store *s, uint64_t index, struct buf *note,
                                      struct kept_checkpoint *out)
{
    LOCKED(s);
    return get(s, position(s, index + 1), note, out);
}

/* --- for fsck --------------------------------------------------------------------------------- */

static enum gz_err visit_one(const struct checkpoint_store *s, uint64_t *offset,
                             checkpoint_visitor visit, void *ctx)
{
    DEFER(record_fini) struct record r = {0};
    const enum gz_err                e = read_record(s, *offset, &r);
    if (e == GZ_MISSING || e == GZ_MISMATCH) return GZ_CORRUPT;
    TRY(e);
    const struct checkpoint_record told = {*offset, r.time, buf_bytes(&r.note)};
    TRY(visit(ctx, &told));
    *offset += HEADER_SIZE + r.note.n;
    return GZ_OK;
}

enum gz_err checkpoint_store_visit(const char *path, checkpoint_visitor visit, void *ctx,
                                   uint64_t *offset)
{
    DEFER(file_close) int   fd = -1;
    struct checkpoint_store s = {0}; /* read_record needs the file alone */
    struct stat             st;
    TRY(file_open(path, O_RDONLY, 0, &fd));
    if (fstat(fd, &st) != 0) return GZ_IO;
    s.fd = fd;
    *offset = 0;
    while (*offset < (uint64_t)st.st_size) TRY(visit_one(&s, offset, visit, ctx));
    return GZ_OK;
}
