/* A catalogue of one kind and one mapping that a test writes itself. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/catalog.h"
#include "check.h"
#include "host/file.h"

/* kind_name: as in the text of kind. */
static inline enum gz_err catalog_of(const char *kind_name, const char *kind, const char *mapping,
                                     struct catalog **out, struct buf *why)
{
    char folder[] = "/tmp/guzheng-catalog-XXXXXX", kind_path[128], mapping_path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(kind_path, sizeof kind_path, "%s/kinds/%s.yaml", folder, kind_name);
    (void)snprintf(mapping_path, sizeof mapping_path, "%s/mappings/m.yaml", folder);
    char kinds[64], mappings[64];
    (void)snprintf(kinds, sizeof kinds, "%s/kinds", folder);
    (void)snprintf(mappings, sizeof mappings, "%s/mappings", folder);
    assert_ok(folder_make(kinds, 0700));
    assert_ok(folder_make(mappings, 0700));
    assert_ok(file_replace(kind_path, bytes_str(kind), 0600));
    assert_ok(file_replace(mapping_path, bytes_str(mapping), 0600));
    const enum gz_err e = catalog_open(kinds, mappings, out, why);
    (void)unlink(kind_path), (void)unlink(mapping_path);
    (void)rmdir(kinds), (void)rmdir(mappings), (void)rmdir(folder);
    return e;
}
