#include "api/media_type.h"

#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

bool media_type_is(const char *header, const char *type)
{
    const size_t n = strlen(type);
    if (header == NULL || strncasecmp(header, type, n) != 0) return false;
    const char *rest = header + n + strspn(header + n, blanks);
    return *rest == 0 || *rest == ';';
}

/* A value off the front of *at, quoted or not. False: malformed or too long. */
static bool take_value(const char **at, char *out, size_t size)
{
    const char *p = *at;
    const bool  quoted = *p == '"';
    size_t      n = 0;
    for (p += quoted; *p != 0; p++) {
        if (quoted ? *p == '"' : *p == ';' || strchr(blanks, *p) != NULL) break;
        if (quoted && *p == '\\' && p[1] != 0) p++;
        if (n + 1 == size) return false;
        out[n++] = *p;
    }
    out[n] = 0;
    if (quoted && *p != '"') return false;
    *at = p + quoted;
    return n > 0;
}

bool media_type_parameter(const char *header, const char *name, char *out, size_t size)
{
    const size_t n = strlen(name);
    const char  *at = header == NULL ? NULL : strchr(header, ';');
    while (at != NULL && *at == ';') {
        at++;
        at += strspn(at, blanks);
        const bool wanted = strncasecmp(at, name, n) == 0 && at[n] == '=';
        at = strchr(at, '=');
        if (at == NULL) return false;
        at++;
        if (!take_value(&at, out, size)) return false;
        if (wanted) return true;
        at += strspn(at, blanks);
    }
    return false;
}

bool media_type_is_utf8(const char *header)
{
    char charset[16];
    if (strcasestr(header, "charset") == NULL) return true;
    return media_type_parameter(header, "charset", charset, sizeof charset) &&
           strcasecmp(charset, "utf-8") == 0;
}
