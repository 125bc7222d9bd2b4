/* Evidence packages: what is accepted holds a certificate, and every file's name is inside files/.
 * fuzz-with: src/document/package_read.c src/document/pdf_read.c -lqpdf -lzip -lz */
#include "document/package_read.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct package    p = {0};
    const char       *why = NULL;
    const enum gz_err e = package_read_bytes((struct bytes){data, size}, &p, &why);
    require(e == GZ_OK || why != NULL);
    for (size_t i = 0; e == GZ_OK && i < p.files_n; i++) {
        require(strncmp(p.names[i], "files/", 6) == 0 && p.names[i][6] != 0);
        require(strstr(p.names[i], "/../") == NULL && strchr(p.names[i], '\\') == NULL);
        require(strlen(p.names[i]) <= PACKAGE_NAME_MAX);
    }
    package_fini(&p);
    return 0;
}
