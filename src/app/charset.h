/* Texts of a bank's systems to UTF-8, strictly: nothing is replaced, left out or guessed. */
#pragma once
#include "app/catalog.h"

struct charset_decoder;
/* GZ_IO: this machine's iconv does not know the charset (told in the log). */
enum gz_err charset_open(enum charset from, struct charset_decoder **out);
void        charset_close(struct charset_decoder **d); /* for DEFER */
/* The whole of text, which must end with a whole character. *out lies in the arena, or is text
 * itself. GZ_MALFORMED: no text in this charset. GZ_MEMORY: the arena holds less than 2 text.n. */
enum gz_err charset_decode(struct charset_decoder *d, struct bytes text, struct arena *arena,
                           struct bytes *out);
