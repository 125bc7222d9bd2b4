/* Error codes of the library: each says what the caller should do. C11 and later. */
#pragma once

#if defined(__STDC_VERSION__) && __STDC_VERSION__ > 201710L
#define GZ_NODISCARD [[nodiscard]]
#else
#define GZ_NODISCARD
#endif

/* X(name, number, HTTP status, what to do). Numbers are frozen; new rows go to the end. */
#define GZ_ERR_TABLE(X)                                                                            \
    X(GZ_OK, 0, 200, "done")                                                                       \
    X(GZ_MALFORMED, 1, 400, "the input does not have the required form: correct it")               \
    X(GZ_LIMIT, 2, 413, "the input is over a stated limit: send less")                             \
    X(GZ_MISMATCH, 3, 422, "a hash, proof or signature does not fit: do not trust the input")      \
    X(GZ_DENIED, 4, 403, "not allowed for this caller or key")                                     \
    X(GZ_MISSING, 5, 404, "it is not there")                                                       \
    X(GZ_CONFLICT, 6, 409, "something else is already recorded under this number")                 \
    X(GZ_BUSY, 7, 503, "cannot be done now: try again later")                                      \
    X(GZ_MEMORY, 8, 503, "out of memory: free some, then try again")                               \
    X(GZ_IO, 9, 500, "a file, database or connection failed: repair it, then try again")           \
    X(GZ_CORRUPT, 10, 500, "stored data are damaged: stop, run guzheng fsck")                      \
    X(GZ_ERASED, 11, 410, "destroyed by order: what was published of it stays valid")

enum GZ_NODISCARD gz_err {
#define GZ_ERR_ENUM(name, number, status, text) name = number,
    GZ_ERR_TABLE(GZ_ERR_ENUM)
#undef GZ_ERR_ENUM
};
