/* JSON into memory of the caller. Names are NULL for the items of an array. */
#pragma once
#include "base/bytes.h"

struct writer {
    uint8_t *p;
    size_t   n, cap;
    bool     is_full;  /* something did not fit; nothing is written any more */
    bool     has_item; /* the open object or array has one, so the next needs a comma */
};

void write_raw(struct writer *w, struct bytes text);
void write_name(struct writer *w, struct bytes name); /* its value comes by write_raw */
void write_open(struct writer *w, const char *name, const char *bracket);
void write_close(struct writer *w, const char *bracket);
/* Texts are well-formed UTF-8. */
void write_text(struct writer *w, const char *name, struct bytes text);
void write_str(struct writer *w, const char *name, const char *s); /* NULL: null */
void write_number(struct writer *w, const char *name, int64_t v);
