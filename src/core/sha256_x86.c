#include "core/sha256.h"

#include <assert.h>

/* clang 14 cannot ask for this instruction set at run time. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>

bool sha256_has_instructions(void)
{
    return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1");
}

static inline __m128i load(const void *p)
{
    return _mm_loadu_si128(p);
}

/* The instructions want the words as (a b e f) and (c d g h). Four rounds take four words with
 * their constants; msg1 and msg2 make the next four words of the schedule of the last sixteen. */
__attribute__((target("sha,sse4.1"))) void sha256_block_x86(uint32_t      state[8],
                                                            const uint8_t block[64])
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i low = _mm_shuffle_epi32(load(state), 0xb1);
    const __m128i high = _mm_shuffle_epi32(load(state + 4), 0x1b);
    const __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
    __m128i       w[16], x = abef, y = cdgh;
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++) {
        if (i < 4) {
            w[i] = _mm_shuffle_epi8(load(block + 16 * i), big_endian);
        } else {
            const __m128i middle = _mm_alignr_epi8(w[i - 1], w[i - 2], 4);
            const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i - 4], w[i - 3]), middle);
            w[i] = _mm_sha256msg2_epu32(sum, w[i - 1]);
        }
        const __m128i k = _mm_add_epi32(w[i], load(sha256_k + (size_t)4 * i));
        y = _mm_sha256rnds2_epu32(y, x, k);
        x = _mm_sha256rnds2_epu32(x, y, _mm_shuffle_epi32(k, 0x0e));
    }
    x = _mm_shuffle_epi32(_mm_add_epi32(x, abef), 0x1b); /* f e b a */
    y = _mm_shuffle_epi32(_mm_add_epi32(y, cdgh), 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(x, y, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(y, x, 8));
}
#else
bool sha256_has_instructions(void)
{
    return false;
}

void sha256_block_x86(uint32_t state[8], const uint8_t block[64])
{
    (void)state, (void)block;
    assert(false);
}
#endif
