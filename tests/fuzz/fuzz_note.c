/* Notes and checkpoints: an accepted checkpoint encodes to the bytes that it was read from. */
#include "core/note.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct note       note;
    struct note_line  line;
    struct checkpoint checkpoint;
    if (note_decode((struct bytes){data, size}, &note) != GZ_OK) return 0;
    require(note.text.n + note.lines.n < size);
    struct bytes rest = note.lines;
    size_t       lines = 0;
    while (note_next_line(&rest, &line)) lines++;
    require(lines >= 1 && lines <= NOTE_LINES_MAX);
    if (checkpoint_decode(note.text, &checkpoint) != GZ_OK) return 0;
    DEFER(buf_fini) struct buf again = {0};
    require(checkpoint_encode(&checkpoint, &again) == GZ_OK);
    require(bytes_eq(buf_bytes(&again), note.text));
    return 0;
}
