/* Instructions as a code object and compiled files keep them: without cache words, and of each word only the bytes that aren't zero. See code.h.
 */
#include "vm/code.h"

/* A byte tells by its bits which bytes of the word follow, the lowest first. */
size_t instructions_pack(const uint64_t *words, uint32_t size, uint8_t *out) {
    size_t n = 0;
    for (uint32_t i = 0; i < size; i += 1 + op_info[INSTR_OP(words[i])].cache) {
        size_t mask_at = n++;
        uint8_t mask = 0;
        for (int k = 0; k < 8; k++) {
            uint8_t byte = (uint8_t)(words[i] >> 8 * k);
            if (byte == 0) continue;
            mask |= (uint8_t)(1 << k);
            if (out != NULL) out[n] = byte;
            n++;
        }
        if (out != NULL) out[mask_at] = mask;
    }
    return n;
}

const uint8_t *instruction_next(const uint8_t *at, const uint8_t *end, uint64_t *word) {
    if (at == end) return NULL;
    uint64_t w = 0;
    for (unsigned mask = *at++; mask != 0; mask &= mask - 1) {
        if (at == end) return NULL;
        w |= (uint64_t)*at++ << 8 * __builtin_ctz(mask);
    }
    *word = w;
    return at;
}

int64_t instructions_size(const uint8_t *packed, size_t n) {
    const uint8_t *end = packed + n;
    uint64_t word;
    int64_t size = 0;
    for (; packed != end; size += 1 + op_info[INSTR_OP(word)].cache) {
        packed = instruction_next(packed, end, &word);
        if (packed == NULL || INSTR_OP(word) >= OPCODE_COUNT) return -1;
    }
    return size;
}

void instructions_unpack(const uint8_t *packed, size_t n, uint64_t *words) {
    for (const uint8_t *end = packed + n; packed != end;) {
        packed = instruction_next(packed, end, words);
        for (unsigned cache = op_info[INSTR_OP(*words++)].cache; cache > 0; cache--) *words++ = 0;
    }
}
