/* What the WebAssembly module exports: the verification of src/core in memory that the host lays
 * out behind __heap_base. No import, no heap, no clock. index.js is the only caller. */
#pragma once
#include <stdint.h>

#include "core/verify.h"

/* Written by the host, read here, but for the last two. Pointers have 32 bits there. */
struct web_request {
    const uint8_t            *certificate;
    size_t                    certificate_n;
    const uint8_t            *policy;
    size_t                    policy_n;
    const struct verify_file *files;
    size_t                    files_n;
    uint8_t                  *memory; /* of at least web_memory bytes */
    size_t                    memory_n;
    const uint8_t            *text; /* of the result: JSON, or why the policy is unusable */
    size_t                    text_n;
};

/* Bytes of memory that are enough for inputs of these sizes. */
size_t      web_memory(size_t certificate_n, size_t policy_n);
/* The report in text, as report.h says. GZ_MALFORMED: the policy is unusable. GZ_MEMORY: too little
 * memory. */
enum gz_err web_verify(struct web_request *r);

/* A file's content, part by part. */
struct web_hashing {
    struct hasher sm3, sha256;
};
size_t web_hashing_size(void);
void   web_hashing_begin(struct web_hashing *h);
void   web_hashing_add(struct web_hashing *h, const uint8_t *part, size_t n);
/* *out: size, SM3, SHA-256, as web_request.files has them. */
void   web_hashing_end(struct web_hashing *h, struct verify_file *out);
