#include "ledger/block_state.h"

#include <string.h>

static const char file_head[] = "guzheng/block-state/v1\n";
static_assert(sizeof file_head == BLOCK_STATE_SIZE - 2 * 8 - 3 * HASH_SIZE);

static void add_u64(struct hasher *h, uint64_t v)
{
    uint8_t be[8];
    write_be64(be, v);
    hasher_add(h, BYTES_OF(be));
}

struct block_state block_state_begin(enum suite suite)
{
    struct merkle empty;
    merkle_init(&empty, suite);
    return (struct block_state){.root = merkle_root(&empty)};
}

void block_state_add(enum suite suite, struct block_state *s, const struct ledger_execution *e)
{
    struct hasher h;
    hasher_init(&h, suite);
    hasher_add(&h, BYTES_LIT("guzheng/history/v1\n"));
    hasher_add(&h, BYTES_OF(s->history.b));
    hasher_add(&h, e->org);
    hasher_add(&h, BYTES_LIT("\n"));
    add_u64(&h, e->seq);
    add_u64(&h, e->first_index);
    hasher_add(&h, BYTES_OF(e->body_hash.b));
    s->history = hasher_end(&h);
}

void block_state_add_governance(enum suite suite, struct block_state *s, const struct hash *state)
{
    struct hasher h;
    hasher_init(&h, suite);
    hasher_add(&h, BYTES_LIT("guzheng/history-governance/v1\n"));
    hasher_add(&h, BYTES_OF(s->history.b));
    hasher_add(&h, BYTES_OF(state->b));
    s->history = hasher_end(&h);
}

struct hash block_state_app_hash(enum suite suite, const struct block_state *s)
{
    struct hasher h;
    hasher_init(&h, suite);
    hasher_add(&h, BYTES_LIT("guzheng/app/v1\n"));
    add_u64(&h, s->size);
    hasher_add(&h, BYTES_OF(s->root.b));
    hasher_add(&h, BYTES_OF(s->history.b));
    return hasher_end(&h);
}

/* The NUL behind the head is written too, and so stands apart from what follows. */
enum gz_err block_state_encode(enum suite suite, const struct block_state *s, struct buf *out)
{
    uint8_t  wire[BLOCK_STATE_SIZE];
    uint8_t *at = wire + sizeof file_head;
    memcpy(wire, file_head, sizeof file_head);
    write_be64(at, s->height);
    write_be64(at + 8, s->size);
    memcpy(at + 16, s->root.b, HASH_SIZE);
    memcpy(at + 16 + HASH_SIZE, s->history.b, HASH_SIZE);
    const struct hash sum = hash_of(suite, (struct bytes){wire, sizeof wire - HASH_SIZE});
    memcpy(wire + sizeof wire - HASH_SIZE, sum.b, HASH_SIZE);
    return buf_add(out, BYTES_OF(wire));
}

enum gz_err block_state_decode(enum suite suite, struct bytes wire, struct block_state *out)
{
    const uint8_t *at = wire.p + sizeof file_head;
    if (wire.n != BLOCK_STATE_SIZE) return GZ_MALFORMED;
    const struct hash sum = hash_of(suite, bytes_slice(wire, 0, wire.n - HASH_SIZE));
    if (memcmp(wire.p, file_head, sizeof file_head) != 0) return GZ_MALFORMED;
    if (memcmp(wire.p + wire.n - HASH_SIZE, sum.b, HASH_SIZE) != 0) return GZ_MALFORMED;
    out->height = read_be64(at);
    out->size = read_be64(at + 8);
    memcpy(out->root.b, at + 16, HASH_SIZE);
    memcpy(out->history.b, at + 16 + HASH_SIZE, HASH_SIZE);
    return GZ_OK;
}
