/* One block of SM3 in each of SM3_LANES lanes, as SM3_FUNCTION, on vectors SM3_VECTOR of the
 * processor's SM3_TARGET. Included by hash_many.c alone, once for each width. */

/* state: eight words of each lane; blocks: one block of each lane, one behind the other. */
__attribute__((target(SM3_TARGET))) static void SM3_FUNCTION(SM3_VECTOR     state[8],
                                                             const uint8_t *blocks)
{
    SM3_VECTOR w[68], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4],
                      f = state[5], g = state[6], h = state[7];
    uint32_t words[16][SM3_LANES];
    for (unsigned lane = 0; lane < SM3_LANES; lane++)
        for (unsigned j = 0; j < 16; j++)
            words[j][lane] = read_be32(blocks + SM3_BLOCK * lane + 4 * j);
    memcpy(w, words, sizeof words);
    for (unsigned j = 0; j < 16; j += 4) {
        SM3_EXPAND(j);
        SM3_FOUR(j, SM3_XOR, SM3_XOR);
    }
    for (unsigned j = 16; j < 52; j += 4) {
        SM3_EXPAND(j);
        SM3_FOUR(j, SM3_MAJORITY, SM3_CHOICE);
    }
    for (unsigned j = 52; j < 64; j += 4) SM3_FOUR(j, SM3_MAJORITY, SM3_CHOICE);
    state[0] ^= a;
    state[1] ^= b;
    state[2] ^= c;
    state[3] ^= d;
    state[4] ^= e;
    state[5] ^= f;
    state[6] ^= g;
    state[7] ^= h;
}
