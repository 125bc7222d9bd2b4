/* Orders to destroy: what is accepted says everything that an order must say.
 * fuzz-with: src/app/destroy_order.c */
#include "app/destroy_order.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t       memory[4 * DESTROY_ORDER_MAX];
    struct arena         arena = {.p = memory, .cap = sizeof memory};
    struct note          note = {.text = {data, size}};
    struct destroy_order order;
    const char          *why = NULL;
    struct note          signed_note;
    if (note_decode(note.text, &signed_note) == GZ_OK) note = signed_note;
    if (destroy_order_decode(note.text, &arena, &order, &why) != GZ_OK) {
        require(why != NULL);
        return 0;
    }
    require((order.matter.n > 0) + (order.record.n > 0) <= 1);
    require(order.reason.n > 0 && order.reason.n <= DESTROY_ORDER_TEXT_MAX);
    require(order.ground.n > 0 && order.ground.n <= DESTROY_ORDER_TEXT_MAX);
    require(date_is_real(order.retention_until));
    DEFER(buf_fini) struct buf who = {0};
    require(destroy_order_verify(&note, NULL, 0, &who, &why) == GZ_DENIED);
    return 0;
}
