/* Disclosures: names within limits; a file's disclosure is read without trouble. */
#include "core/entry.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t        space[256 * 1024];
    struct arena          arena = {space, 0, sizeof space};
    struct disclosure     disclosure;
    struct disclosed_file file;
    const char           *why = NULL;
    const enum gz_err e = disclosure_decode((struct bytes){data, size}, &arena, &disclosure, &why);
    if (e != GZ_OK) return 0;
    require(size <= DISCLOSURE_SIZE_MAX);
    require(disclosure.name.n >= 1 && disclosure.name.n <= DISCLOSURE_NAME_MAX);
    require(disclosure.value.n >= 1);
    if (bytes_starts(disclosure.name, BYTES_LIT("file/")))
        require(disclosed_file_decode(&disclosure, &file) == GZ_OK);
    return 0;
}
