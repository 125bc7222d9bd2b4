#include "document/package_write.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "base/buf.h"
#include "host/file.h"

enum {
    NOON = 12 << 11,        /* as MS-DOS writes a time: no time zone turns it into another day */
    FIRST_DAY = 1 << 5 | 1, /* 1980-01-01 */
    REGULAR_FILE = 0100644,
};

static void discard(zip_t **zip)
{
    if (*zip != NULL) zip_discard(*zip);
}

static enum gz_err add(zip_t *zip, const char *name, zip_source_t *source)
{
    if (source == NULL) return GZ_IO;
    const zip_int64_t at = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        zip_source_free(source);
        return zip_error_code_zip(zip_get_error(zip)) == ZIP_ER_EXISTS ? GZ_MALFORMED : GZ_MEMORY;
    }
    const zip_uint64_t i = (zip_uint64_t)at;
    if (zip_set_file_compression(zip, i, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, i, NOON, FIRST_DAY, 0) != 0 ||
        zip_file_set_external_attributes(zip, i, 0, ZIP_OPSYS_UNIX,
                                         (zip_uint32_t)REGULAR_FILE << 16) != 0)
        return GZ_MEMORY;
    return GZ_OK;
}

static enum gz_err add_bytes(zip_t *zip, const char *name, struct bytes content)
{
    return add(zip, name, zip_source_buffer(zip, content.p, content.n, 0));
}

static enum gz_err add_original(zip_t *zip, const struct package_original *o)
{
    DEFER(buf_fini) struct buf name = {0};
    if (o->name[0] == 0 || strchr(o->name, '/') != NULL || strchr(o->name, '\\') != NULL ||
        strchr(o->name, ':') != NULL || strcmp(o->name, ".") == 0 || strcmp(o->name, "..") == 0)
        return GZ_MALFORMED;
    TRY(buf_addf(&name, "files/%s%c", o->name, 0));
    return add(zip, (const char *)name.p, zip_source_file(zip, o->path, 0, -1));
}

static enum gz_err add_all(zip_t *zip, const struct package_content *content)
{
    TRY(add_bytes(zip, "certificate.gzcert", content->gzcert));
    TRY(add_bytes(zip, "certificate.pdf", content->pdf));
    for (size_t i = 0; i < content->originals_n; i++)
        TRY(add_original(zip, &content->originals[i]));
    return GZ_OK;
}

static enum gz_err write_to(const char *path, const struct package_content *content)
{
    DEFER(discard) zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    if (zip == NULL) return GZ_IO;
    TRY(add_all(zip, content));
    if (zip_close(zip) != 0) return GZ_IO;
    zip = NULL;
    return GZ_OK;
}

static enum gz_err sync_path(const char *path)
{
    DEFER(file_close) int fd = -1;
    TRY(file_open(path, O_RDONLY, 0, &fd));
    return file_sync(fd);
}

static enum gz_err write_and_sync(const char *part, const struct package_content *content)
{
    TRY(write_to(part, content));
    return sync_path(part);
}

enum gz_err package_write(const char *path, const struct package_content *content)
{
    DEFER(buf_fini) struct buf part = {0};
    TRY(buf_addf(&part, "%s.part%c", path, 0));
    enum gz_err e = write_and_sync((const char *)part.p, content);
    if (e == GZ_OK) e = file_rename((const char *)part.p, path);
    if (e != GZ_OK) unlink((const char *)part.p);
    return e;
}
