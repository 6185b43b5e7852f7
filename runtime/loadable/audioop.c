/* audioop: fragments of sound, whose samples are signed numbers of 1 to 4 bytes in the machine's order.
 *
 * Most functions work on samples widened to 32 bits, their sign bit the word's (sample_wide), or on samples as they are (sample_at). The a-law and u-law
 * codes are those of ITU-T G.711; ADPCM is IMA's (Intel's and DVI's), "Recommended Practices for Enhancing Digital Audio Compatibility", 1992.
 * A fragment's bytes are the buffer's while the function runs; nothing is kept between calls.
 */
#include "runtime/bytes.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>

int module_init_audioop(Thread *t, Value module);

static Slot error_root;
static Ref fail(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_root)), "%s", message); }

/* ---- samples ---------------------------------------------------------------------------------------------------------------------------- */
static int32_t sample_wide(const uint8_t *p, int width) {
    uint32_t word = 0;
    memcpy((uint8_t *)&word + 4 - width, p, (size_t)width); /* little-endian, as the rest of Weft */
    return (int32_t)word;
}
static int32_t sample_at(const uint8_t *p, int width) { return sample_wide(p, width) >> (32 - 8 * width); }
static void sample_put_wide(uint8_t *p, int width, int32_t v) { memcpy(p, (uint8_t *)&v + 4 - width, (size_t)width); }
static void sample_put(uint8_t *p, int width, int32_t v) { memcpy(p, &v, (size_t)width); }
static double sample_least(int width) { return -ldexp(1, 8 * width - 1); }
/* Rounded down and kept within the range of a sample. */
static int32_t sample_clip(double v, int width) {
    double least = sample_least(width), most = -least - 1;
    v = v > most ? most : v < least + 1 ? least : v;
    return isnan(v) ? INT32_MIN : (int32_t)floor(v);
}

/* ---- arguments -------------------------------------------------------------------------------------------------------------------------- */
typedef struct Sound {
    Buffer view;
    const uint8_t *p;
    size_t bytes;
    int width;
} Sound;
static int sound_open(Thread *t, Value fragment, Value width, Sound *s) {
    if (buffer_get_snapshot(t, fragment, &s->view) < 0) return -1;
    s->p = s->view.data;
    s->bytes = (size_t)s->view.len;
    s->width = 1;
    if (value_is_null(width) || as_int(t, width, &s->width) == 0) return 0;
    buffer_release(t, &s->view);
    return -1;
}
static bool width_good(Thread *t, int width) {
    if (width >= 1 && width <= 4) return true;
    fail(t, "Size should be 1, 2, 3 or 4");
    return false;
}
/* `frame` samples stand together. */
static bool sound_good(Thread *t, const Sound *s, size_t frame) {
    if (!width_good(t, s->width)) return false;
    if (s->bytes % ((size_t)s->width * frame) == 0) return true;
    fail(t, "not a whole number of frames");
    return false;
}
static size_t sound_length(const Sound *s) { return s->bytes / (size_t)s->width; }
static int32_t sound_at(const Sound *s, size_t i) { return sample_at(s->p + i * (size_t)s->width, s->width); }
static int32_t sound_wide(const Sound *s, size_t i) { return sample_wide(s->p + i * (size_t)s->width, s->width); }
/* For functions that look at one fragment and change nothing: opens a[0] with width a[1], checks it, works, closes it. */
static Ref with_sound(Thread *t, const Value *a, Ref (*work)(Thread *t, const Sound *s)) {
    Sound s;
    if (sound_open(t, a[0], a[1], &s) < 0) return REF_NULL;
    Ref r = sound_good(t, &s, 1) ? work(t, &s) : REF_NULL;
    buffer_release(t, &s.view);
    return r;
}
/* Bytes for n samples of a width; MemoryError where they can't be counted. */
static Ref room_for(Thread *t, size_t n, size_t width) { return n > PTRDIFF_MAX / width ? err_no_memory(t) : bytes_new_uninit(t, n * width); }

/* ---- what a fragment is like ---------------------------------------------------------------------------------------------------------------- */
static Ref m_getsample(Thread *t, Value self, const Value *a) {
    Sound s;
    int64_t index;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (size_arg(t, a[2], &index) == 0 && sound_good(t, &s, 1))
        r = index < 0 || (size_t)index >= sound_length(&s) ? fail(t, "Index out of range") : ref_small_int(sound_at(&s, (size_t)index));
    buffer_release(t, &s.view);
    return r;
}
static Ref do_max(Thread *t, const Sound *s) {
    int64_t most = 0;
    for (size_t i = 0; i < sound_length(s); i++) {
        int64_t v = sound_at(s, i);
        if (v < 0) v = -v;
        if (v > most) most = v;
    }
    return ref_small_int(most);
}
static Ref do_minmax(Thread *t, const Sound *s) {
    int32_t least = INT32_MAX, most = INT32_MIN;
    for (size_t i = 0; i < sound_length(s); i++) {
        int32_t v = sound_at(s, i);
        if (v > most) most = v;
        if (v < least) least = v;
    }
    return tuple_from_steal(t, (Ref[]){ref_small_int(least), ref_small_int(most)}, 2);
}
static Ref do_avg(Thread *t, const Sound *s) {
    double sum = 0;
    size_t n = sound_length(s);
    for (size_t i = 0; i < n; i++) sum += sound_at(s, i);
    return ref_small_int(n == 0 ? 0 : (int64_t)floor(sum / (double)n));
}
static Ref do_rms(Thread *t, const Sound *s) {
    double sum = 0;
    size_t n = sound_length(s);
    for (size_t i = 0; i < n; i++) {
        double v = sound_at(s, i);
        sum += v * v;
    }
    return ref_small_int(n == 0 ? 0 : (int64_t)sqrt(sum / (double)n));
}
static Ref do_cross(Thread *t, const Sound *s) {
    int64_t crossings = -1;
    int before = -1; /* no sign yet */
    for (size_t i = 0; i < sound_length(s); i++) {
        int negative = sound_at(s, i) < 0;
        crossings += negative != before;
        before = negative;
    }
    return ref_small_int(crossings);
}
/* Runs of samples that rise or fall: where one ends is a peak. How far each peak is from the one before, summed up; their number; the farthest. */
typedef struct Peaks { double sum; size_t n; int64_t farthest; } Peaks;
static Peaks find_peaks(const Sound *s) {
    Peaks peaks = {0};
    size_t n = sound_length(s);
    if (n == 0) return peaks;
    bool any = false;
    int falling = -1; /* unknown */
    int64_t before = sound_at(s, 0), peak = 0;
    for (size_t i = 1; i < n; i++) {
        int64_t v = sound_at(s, i);
        if (v == before) continue;
        int falls = v < before;
        if (falling == !falls) {
            if (any) {
                int64_t distance = before < peak ? peak - before : before - peak;
                peaks.sum += (double)distance;
                peaks.n++;
                if (distance > peaks.farthest) peaks.farthest = distance;
            }
            any = true;
            peak = before;
        }
        before = v;
        falling = falls;
    }
    return peaks;
}
static Ref do_avgpp(Thread *t, const Sound *s) {
    Peaks peaks = find_peaks(s);
    return ref_small_int(peaks.n == 0 ? 0 : (int64_t)(peaks.sum / (double)peaks.n));
}
static Ref do_maxpp(Thread *t, const Sound *s) { return ref_small_int(find_peaks(s).farthest); }

/* ---- one fragment in another ------------------------------------------------------------------------------------------------------------------ */
/* These know 2-byte samples only. The sum of the products of n samples from a and b on. */
static double products(const Sound *a, size_t from, const Sound *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)sound_at(a, from + i) * (double)sound_at(b, i);
    return sum;
}
static double square(const Sound *s, size_t i) {
    double v = sound_at(s, i);
    return v * v;
}
static int open_pair(Thread *t, const Value *a, Sound pair[2]) {
    if (sound_open(t, a[0], VALUE_NULL, &pair[0]) < 0) return -1;
    if (sound_open(t, a[1], VALUE_NULL, &pair[1]) < 0) {
        buffer_release(t, &pair[0].view);
        return -1;
    }
    pair[0].width = pair[1].width = 2;
    if (pair[0].bytes % 2 == 0 && pair[1].bytes % 2 == 0) return 0;
    buffer_release(t, &pair[0].view);
    buffer_release(t, &pair[1].view);
    return err_int(fail(t, "Strings should be even-sized"));
}
static Ref find_fit(Thread *t, const Sound *s, const Sound *reference) {
    size_t n = sound_length(reference), starts = sound_length(s);
    if (starts < n) return fail(t, "First sample should be longer");
    double own = products(reference, 0, reference, n), energy = products(s, 0, s, n), both = products(s, 0, reference, n);
    double least = (own * energy - both * both) / energy;
    size_t best = 0;
    for (size_t i = 1; i <= starts - n; i++) {
        if (n > 0) energy += square(s, i + n - 1) - square(s, i - 1);
        both = products(s, i, reference, n);
        double rest = (own * energy - both * both) / energy;
        if (rest < least) {
            least = rest;
            best = i;
        }
    }
    return tuple_from_steal(t, (Ref[]){ref_small_int((int64_t)best), float_new(t, products(s, best, reference, n) / own)}, 2);
}
static Ref find_factor(Thread *t, const Sound *s, const Sound *reference) {
    size_t n = sound_length(s);
    if (n != sound_length(reference)) return fail(t, "Samples should be same size");
    return float_new(t, products(s, 0, reference, n) / products(reference, 0, reference, n));
}
static Ref with_pair(Thread *t, const Value *a, Ref (*work)(Thread *t, const Sound *s, const Sound *reference)) {
    Sound pair[2];
    if (open_pair(t, a, pair) < 0) return REF_NULL;
    Ref r = work(t, &pair[0], &pair[1]);
    buffer_release(t, &pair[0].view);
    buffer_release(t, &pair[1].view);
    return r;
}
static size_t loudest(const Sound *s, size_t n) {
    double energy = products(s, 0, s, n), most = energy;
    size_t best = 0;
    for (size_t i = 1; n > 0 && i <= sound_length(s) - n; i++) {
        energy += square(s, i + n - 1) - square(s, i - 1);
        if (energy > most) {
            most = energy;
            best = i;
        }
    }
    return best;
}
static Ref m_findmax(Thread *t, Value self, const Value *a) {
    Sound s;
    int64_t n;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], VALUE_NULL, &s) < 0) return r;
    s.width = 2;
    if (size_arg(t, a[1], &n) == 0) {
        if (s.bytes % 2 != 0) fail(t, "Strings should be even-sized");
        else if (n < 0 || sound_length(&s) < (size_t)n) fail(t, "Input sample should be longer");
        else r = ref_small_int((int64_t)loudest(&s, (size_t)n));
    }
    buffer_release(t, &s.view);
    return r;
}

/* ---- fragments of the same width --------------------------------------------------------------------------------------------------------------- */
static Ref m_mul(Thread *t, Value self, const Value *a) {
    Sound s;
    double factor;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (as_double(t, a[2], &factor) == 0 && sound_good(t, &s, 1) && !ref_is_null(r = bytes_new_uninit(t, s.bytes))) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < sound_length(&s); i++, out += s.width) sample_put(out, s.width, sample_clip(sound_at(&s, i) * factor, s.width));
    }
    buffer_release(t, &s.view);
    return r;
}
/* Opens a fragment with two factors, left and right. */
static int open_stereo(Thread *t, const Value *a, Sound *s, size_t frame, double *left, double *right) {
    if (sound_open(t, a[0], a[1], s) < 0) return -1;
    if (as_double(t, a[2], left) == 0 && as_double(t, a[3], right) == 0 && sound_good(t, s, 1) && sound_good(t, s, frame)) return 0;
    buffer_release(t, &s->view);
    return -1;
}
static Ref m_tomono(Thread *t, Value self, const Value *a) {
    Sound s;
    double left, right;
    if (open_stereo(t, a, &s, 2, &left, &right) < 0) return REF_NULL;
    Ref r = bytes_new_uninit(t, s.bytes / 2);
    if (!ref_is_null(r)) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < sound_length(&s); i += 2, out += s.width) {
            double first = sound_at(&s, i), second = sound_at(&s, i + 1);
            sample_put(out, s.width, sample_clip(first * left + second * right, s.width));
        }
    }
    buffer_release(t, &s.view);
    return r;
}
static Ref m_tostereo(Thread *t, Value self, const Value *a) {
    Sound s;
    double left, right;
    if (open_stereo(t, a, &s, 1, &left, &right) < 0) return REF_NULL;
    Ref r = room_for(t, s.bytes, 2);
    if (!ref_is_null(r)) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < sound_length(&s); i++, out += 2 * s.width) {
            double v = sound_at(&s, i);
            sample_put(out, s.width, sample_clip(v * left, s.width));
            sample_put(out + s.width, s.width, sample_clip(v * right, s.width));
        }
    }
    buffer_release(t, &s.view);
    return r;
}
static Ref add(Thread *t, const Sound *s, const Sound *other) {
    if (!sound_good(t, s, 1)) return REF_NULL;
    if (s->bytes != other->bytes) return fail(t, "Lengths should be the same");
    Ref r = bytes_new_uninit(t, s->bytes);
    if (ref_is_null(r)) return r;
    uint8_t *out = bytes_data(ref_borrow(r));
    for (size_t i = 0; i < sound_length(s); i++, out += s->width)
        sample_put(out, s->width, sample_clip((double)sound_at(s, i) + (double)sample_at(other->p + i * (size_t)s->width, s->width), s->width));
    return r;
}
static Ref m_add(Thread *t, Value self, const Value *a) {
    Sound s, other;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], VALUE_NULL, &s) < 0) return r;
    if (sound_open(t, a[1], a[2], &other) == 0) {
        s.width = other.width;
        r = add(t, &s, &other);
        buffer_release(t, &other.view);
    }
    buffer_release(t, &s.view);
    return r;
}
static Ref m_bias(Thread *t, Value self, const Value *a) {
    Sound s;
    int bias;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (as_int(t, a[2], &bias) == 0 && sound_good(t, &s, 1) && !ref_is_null(r = bytes_new_uninit(t, s.bytes))) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < sound_length(&s); i++, out += s.width) sample_put(out, s.width, (int32_t)((uint32_t)sound_at(&s, i) + (uint32_t)bias));
    }
    buffer_release(t, &s.view);
    return r;
}
static Ref do_reverse(Thread *t, const Sound *s) {
    Ref r = bytes_new_uninit(t, s->bytes);
    if (ref_is_null(r)) return r;
    size_t width = (size_t)s->width;
    uint8_t *out = bytes_data(ref_borrow(r));
    for (size_t at = s->bytes; at > 0; at -= width, out += width) memcpy(out, s->p + at - width, width);
    return r;
}
static Ref do_byteswap(Thread *t, const Sound *s) {
    Ref r = bytes_new_uninit(t, s->bytes);
    if (ref_is_null(r)) return r;
    size_t width = (size_t)s->width;
    uint8_t *out = bytes_data(ref_borrow(r));
    for (size_t at = 0; at < s->bytes; at += width)
        for (size_t k = 0; k < width; k++) out[at + k] = s->p[at + width - 1 - k];
    return r;
}

/* ---- between widths and codes -------------------------------------------------------------------------------------------------------------------- */
static Ref m_lin2lin(Thread *t, Value self, const Value *a) {
    Sound s;
    int width;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (as_int(t, a[2], &width) == 0 && sound_good(t, &s, 1) && width_good(t, width) && !ref_is_null(r = room_for(t, sound_length(&s), (size_t)width))) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < sound_length(&s); i++, out += width) sample_put_wide(out, width, sound_wide(&s, i));
    }
    buffer_release(t, &s.view);
    return r;
}
/* The number of bits of v above the lowest `low` ones: a segment of the logarithmic codes, 0 to 8. */
static int segment(int v, int low) {
    int n = 0;
    for (v >>= low; v > 0 && n < 8; v >>= 1) n++;
    return n;
}
static uint8_t to_ulaw(int32_t wide) {
    int v = wide >> 18; /* 14 bits */
    uint8_t mask = v < 0 ? 0x7F : 0xFF;
    if (v < 0) v = -v;
    v = (v > 8159 ? 8159 : v) + 33;
    int n = segment(v, 6);
    return n >= 8 ? 0x7F ^ mask : (uint8_t)(n << 4 | (v >> (n + 1) & 15)) ^ mask;
}
static uint8_t to_alaw(int32_t wide) {
    int v = wide >> 19; /* 13 bits */
    uint8_t mask = v < 0 ? 0x55 : 0xD5;
    if (v < 0) v = -v - 1;
    int n = segment(v, 5);
    return n >= 8 ? 0x7F ^ mask : (uint8_t)(n << 4 | (v >> (n < 2 ? 1 : n) & 15)) ^ mask;
}
static int from_ulaw(uint8_t code) { /* 16 bits */
    code = (uint8_t)~code;
    int v = (((code & 15) << 3) + 0x84) << (code >> 4 & 7);
    return code & 0x80 ? 0x84 - v : v - 0x84;
}
static int from_alaw(uint8_t code) {
    code ^= 0x55;
    int n = code >> 4 & 7, v = ((code & 15) << 4) + (n == 0 ? 8 : 0x108);
    if (n > 1) v <<= n - 1;
    return code & 0x80 ? v : -v;
}
static Ref encode(Thread *t, const Sound *s, uint8_t (*code)(int32_t wide)) {
    Ref r = bytes_new_uninit(t, sound_length(s));
    if (ref_is_null(r)) return r;
    uint8_t *out = bytes_data(ref_borrow(r));
    for (size_t i = 0; i < sound_length(s); i++) *out++ = code(sound_wide(s, i));
    return r;
}
static Ref do_lin2ulaw(Thread *t, const Sound *s) { return encode(t, s, to_ulaw); }
static Ref do_lin2alaw(Thread *t, const Sound *s) { return encode(t, s, to_alaw); }
static Ref decode(Thread *t, const Value *a, int (*value)(uint8_t code)) {
    Sound s;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (width_good(t, s.width) && !ref_is_null(r = room_for(t, s.bytes, (size_t)s.width))) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < s.bytes; i++, out += s.width) sample_put_wide(out, s.width, (int32_t)((uint32_t)value(s.p[i]) << 16));
    }
    buffer_release(t, &s.view);
    return r;
}
static Ref m_ulaw2lin(Thread *t, Value self, const Value *a) { return decode(t, a, from_ulaw); }
static Ref m_alaw2lin(Thread *t, Value self, const Value *a) { return decode(t, a, from_alaw); }

/* ---- ADPCM: four bits for a sample, its difference from what was expected in steps that grow and shrink --------------------------------------------- */
static const int16_t steps[] = {
    7,    8,    9,    10,   11,   12,   13,   14,   16,   17,   19,   21,   23,   25,   28,   31,    34,    37,    41,    45,    50,    55,    60,    66,    73,    80,    88,    97,    107,   118,
    130,  143,  157,  173,  190,  209,  230,  253,  279,  307,  337,  371,  408,  449,  494,  544,   598,   658,   724,   796,   876,   963,   1060,  1166,  1282,  1411,  1552,  1707,  1878,  2066,
    2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493,  10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
};
enum { STEPS = sizeof steps / sizeof *steps };
typedef struct Adpcm { int expected, step; } Adpcm;
/* Takes the difference that `code` stands for: sign, then how many whole, half and quarter steps. */
static void adpcm_advance(Adpcm *state, int code) {
    static const int8_t change[8] = {-1, -1, -1, -1, 2, 4, 6, 8};
    int step = steps[state->step], difference = step >> 3;
    if (code & 4) difference += step;
    if (code & 2) difference += step >> 1;
    if (code & 1) difference += step >> 2;
    int v = code & 8 ? state->expected - difference : state->expected + difference;
    state->expected = v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v;
    int next = state->step + change[code & 7];
    state->step = next < 0 ? 0 : next >= STEPS ? STEPS - 1 : next;
}
static int adpcm_code(const Adpcm *state, int v) {
    int step = steps[state->step], code = v < state->expected ? 8 : 0, difference = abs(v - state->expected);
    for (int bit = 4; bit > 0; bit >>= 1, step >>= 1) {
        if (difference < step) continue;
        code |= bit;
        difference -= step;
    }
    return code;
}
/* An int within a state; messages as CPython's for tuples taken apart. */
static int state_int(Thread *t, Value v, int *out) {
    int64_t n;
    if (as_i64(t, v, &n) < 0) return -1;
    *out = (int)n;
    return n == *out ? 0 : err_int(err_set(t, E_OverflowError, n > 0 ? "signed integer is greater than maximum" : "signed integer is less than minimum"));
}
/* None or a pair of ints; zeros for None */
static int state_pair(Thread *t, const char *function, Value v, int *first, int *second) {
    *first = *second = 0;
    if (value_is_none(v)) return 0;
    if (!is_tuple(v)) return err_int(err_set(t, E_TypeError, "state must be a tuple or None"));
    if (tuple_size(v) != 2) return err_int(err_set(t, E_TypeError, "%s(): illegal state argument", function));
    return state_int(t, tuple_get(v, 0), first) < 0 ? -1 : state_int(t, tuple_get(v, 1), second);
}
static int adpcm_start(Thread *t, const char *function, Value v, Adpcm *state) {
    if (state_pair(t, function, v, &state->expected, &state->step) < 0) return -1;
    if (state->expected == (int16_t)state->expected && state->step >= 0 && state->step < STEPS) return 0;
    return err_int(err_set(t, E_ValueError, "bad state"));
}
static Ref adpcm_result(Thread *t, Ref bytes, const Adpcm *state) {
    return tuple_from_steal(t, (Ref[]){bytes, tuple_from_steal(t, (Ref[]){ref_small_int(state->expected), ref_small_int(state->step)}, 2)}, 2);
}
static Ref m_lin2adpcm(Thread *t, Value self, const Value *a) {
    Sound s;
    Adpcm state;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (sound_good(t, &s, 1) && adpcm_start(t, "lin2adpcm", a[2], &state) == 0 && !ref_is_null(r = bytes_new_uninit(t, sound_length(&s) / 2))) {
        uint8_t *out = bytes_data(ref_borrow(r));
        int high = 0;
        for (size_t i = 0; i < sound_length(&s); i++) {
            int code = adpcm_code(&state, sound_wide(&s, i) >> 16);
            adpcm_advance(&state, code);
            if (i % 2 == 0) high = code << 4;
            else *out++ = (uint8_t)(high | code);
        }
        r = adpcm_result(t, r, &state);
    }
    buffer_release(t, &s.view);
    return r;
}
static Ref m_adpcm2lin(Thread *t, Value self, const Value *a) {
    Sound s;
    Adpcm state;
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (width_good(t, s.width) && adpcm_start(t, "adpcm2lin", a[2], &state) == 0 && !ref_is_null(r = room_for(t, s.bytes, 2 * (size_t)s.width))) {
        uint8_t *out = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < 2 * s.bytes; i++, out += s.width) {
            adpcm_advance(&state, i % 2 == 0 ? s.p[i / 2] >> 4 : s.p[i / 2] & 15);
            sample_put_wide(out, s.width, (int32_t)((uint32_t)state.expected << 16));
        }
        r = adpcm_result(t, r, &state);
    }
    buffer_release(t, &s.view);
    return r;
}

/* ---- ratecv: another rate, by straight lines between frames ------------------------------------------------------------------------------------------ */
typedef struct Rates {
    int channels, in, out; /* rates: without common factors */
    double weight, weight_before;
    int position;          /* the state: how far the output is behind the input; then the last two samples of each channel */
    struct { int before, now; } *last;
} Rates;
static int greatest_divisor(int a, int b) {
    while (b > 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}
static int rates_start(Thread *t, Value v, Rates *rates) {
    rates->position = -rates->out;
    if (value_is_none(v)) return 0;
    if (!is_tuple(v)) return err_int(err_set(t, E_TypeError, "state must be a tuple or None"));
    if (tuple_size(v) != 2) return err_int(err_set(t, E_TypeError, "ratecv(): illegal state argument"));
    if (state_int(t, tuple_get(v, 0), &rates->position) < 0) return -1;
    Value samples = tuple_get(v, 1);
    if (!is_tuple(samples)) return err_int(err_set(t, E_TypeError, "ratecv(): illegal state argument"));
    if (tuple_size(samples) != (size_t)rates->channels) return err_int(fail(t, "illegal state argument"));
    for (int i = 0; i < rates->channels; i++) {
        Value pair = tuple_get(samples, (size_t)i);
        if (!is_tuple(pair)) return err_int(err_set(t, E_TypeError, "ratecv(): illegal state argument"));
        if (state_pair(t, "ratecv", pair, &rates->last[i].before, &rates->last[i].now) < 0) return -1;
    }
    return 0;
}
static Ref rates_state(Thread *t, const Rates *rates) {
    size_t n = (size_t)rates->channels;
    Ref samples = tuple_new_uninit(t, n);
    for (size_t i = 0; !ref_is_null(samples) && i < n; i++) {
        Ref pair = tuple_from_steal(t, (Ref[]){ref_small_int(rates->last[i].before), ref_small_int(rates->last[i].now)}, 2);
        if (ref_is_null(pair)) {
            ref_drop(t, samples);
            return pair;
        }
        tuple_init_item(samples, i, pair);
    }
    return tuple_from_steal(t, (Ref[]){ref_small_int(rates->position), samples}, 2);
}
/* Takes one frame in. */
static const uint8_t *rates_read(Rates *rates, const uint8_t *p, int width) {
    for (int i = 0; i < rates->channels; i++, p += width) {
        rates->last[i].before = rates->last[i].now;
        double now = sample_wide(p, width), before = rates->last[i].before;
        rates->last[i].now = (int)((rates->weight * now + rates->weight_before * before) / (rates->weight + rates->weight_before));
    }
    return p;
}
static Ref rates_convert(Thread *t, const Sound *s, Rates *rates) {
    ByteBuilder b = BYTE_BUILDER;
    const uint8_t *p = s->p, *end = s->p + s->bytes;
    for (;;) {
        for (; rates->position < 0; rates->position += rates->out) {
            if (p == end) return tuple_from_steal(t, (Ref[]){bytes_finish(t, &b), rates_state(t, rates)}, 2);
            p = rates_read(rates, p, s->width);
        }
        for (; rates->position >= 0; rates->position -= rates->in) {
            if (bytes_room(t, &b, (size_t)rates->channels * (size_t)s->width) < 0) {
                bytes_drop(&b);
                return REF_NULL;
            }
            for (int i = 0; i < rates->channels; i++, b.length += (size_t)s->width) {
                double before = rates->last[i].before, now = rates->last[i].now;
                double v = (before * rates->position + now * (rates->out - (double)rates->position)) / rates->out;
                sample_put_wide(b.data + b.length, s->width, v >= INT_MIN && v <= INT_MAX ? (int)v : INT_MIN);
            }
        }
    }
}
static Ref ratecv(Thread *t, const Sound *s, Rates *rates, const int weights[2], Value state) {
    if (!width_good(t, s->width)) return REF_NULL;
    if (rates->channels < 1) return fail(t, "# of channels should be >= 1");
    if (s->width > INT_MAX / rates->channels) return err_set(t, E_OverflowError, "width * nchannels too big for a C int");
    if (weights[0] < 1 || weights[1] < 0) return fail(t, "weightA should be >= 1, weightB should be >= 0");
    if (!sound_good(t, s, (size_t)rates->channels)) return REF_NULL;
    if (rates->in <= 0 || rates->out <= 0) return fail(t, "sampling rate not > 0");
    int divisor = greatest_divisor(rates->in, rates->out);
    rates->in /= divisor;
    rates->out /= divisor;
    divisor = greatest_divisor(weights[0], weights[1]);
    rates->weight = weights[0] / divisor;
    rates->weight_before = weights[1] / divisor;
    rates->last = mem_zalloc((size_t)rates->channels * sizeof *rates->last);
    if (rates->last == NULL) return err_no_memory(t);
    Ref r = rates_start(t, state, rates) < 0 ? REF_NULL : rates_convert(t, s, rates);
    mem_free(rates->last);
    return r;
}
static Ref m_ratecv(Thread *t, Value self, const Value *a) {
    Sound s;
    Rates rates;
    int weights[2] = {1, 0};
    Ref r = REF_NULL;
    if (sound_open(t, a[0], a[1], &s) < 0) return r;
    if (as_int(t, a[2], &rates.channels) == 0 && as_int(t, a[3], &rates.in) == 0 && as_int(t, a[4], &rates.out) == 0 &&
        (value_is_null(a[6]) || as_int(t, a[6], &weights[0]) == 0) && (value_is_null(a[7]) || as_int(t, a[7], &weights[1]) == 0))
        r = ratecv(t, &s, &rates, weights, a[5]);
    buffer_release(t, &s.view);
    return r;
}

/* ---- the module ---------------------------------------------------------------------------------------------------------------------------------------- */
#define LOOK(name) static Ref m_##name(Thread *t, Value self, const Value *a) { return with_sound(t, a, do_##name); }
LOOK(max) LOOK(minmax) LOOK(avg) LOOK(rms) LOOK(avgpp) LOOK(maxpp) LOOK(cross) LOOK(reverse) LOOK(byteswap) LOOK(lin2ulaw) LOOK(lin2alaw)
#undef LOOK
static Ref m_findfit(Thread *t, Value self, const Value *a) { return with_pair(t, a, find_fit); }
static Ref m_findfactor(Thread *t, Value self, const Value *a) { return with_pair(t, a, find_factor); }

#define FRAGMENT "($module, fragment, width, /)"
static NativeDef functions[] = {
    FN("add", "($module, fragment1, fragment2, width, /)", m_add, "The sum of two fragments of the same length; what is too loud is cut off."),
    FN("adpcm2lin", "($module, fragment, width, state, /)", m_adpcm2lin, "Decodes Intel/DVI ADPCM: (fragment, state for the next call)."),
    FN("alaw2lin", FRAGMENT, m_alaw2lin, "Decodes a-law."),
    FN("avg", FRAGMENT, m_avg, "The average of the samples."),
    FN("avgpp", FRAGMENT, m_avgpp, "The average distance between neighbouring peaks."),
    FN("bias", "($module, fragment, width, bias, /)", m_bias, "Adds a number to each sample; what overflows wraps around."),
    FN("byteswap", FRAGMENT, m_byteswap, "Reverses the order of the bytes of each sample."),
    FN("cross", FRAGMENT, m_cross, "How often the sign changes; -1 for an empty fragment."),
    FN("findfactor", "($module, fragment, reference, /)", m_findfactor, "The factor F for which rms(add(fragment, mul(reference, -F))) is least."),
    FN("findfit", "($module, fragment, reference, /)", m_findfit, "Where, and by which factor, reference fits best into fragment."),
    FN("findmax", "($module, fragment, length, /)", m_findmax, "Where the slice of that many samples with the most energy begins."),
    FN("getsample", "($module, fragment, width, index, /)", m_getsample, "One sample."),
    FN("lin2adpcm", "($module, fragment, width, state, /)", m_lin2adpcm, "Encodes as 4-bit Intel/DVI ADPCM: (fragment, state for the next call)."),
    FN("lin2alaw", FRAGMENT, m_lin2alaw, "Encodes as a-law."),
    FN("lin2lin", "($module, fragment, width, newwidth, /)", m_lin2lin, "The same sound in samples of another width."),
    FN("lin2ulaw", FRAGMENT, m_lin2ulaw, "Encodes as u-law."),
    FN("max", FRAGMENT, m_max, "The greatest absolute value of a sample."),
    FN("maxpp", FRAGMENT, m_maxpp, "The greatest distance between neighbouring peaks."),
    FN("minmax", FRAGMENT, m_minmax, "The least and the greatest sample."),
    FN("mul", "($module, fragment, width, factor, /)", m_mul, "Multiplies each sample; what is too loud is cut off."),
    FN("ratecv", "($module, fragment, width, nchannels, inrate, outrate, state,\n       weightA=1, weightB=0, /)", m_ratecv,
       "Converts to another frame rate: (fragment, state for the next call)."),
    FN("reverse", FRAGMENT, m_reverse, "The samples from the last to the first."),
    FN("rms", FRAGMENT, m_rms, "The root of the mean of the samples' squares."),
    FN("tomono", "($module, fragment, width, lfactor, rfactor, /)", m_tomono, "Joins the channels of a stereo fragment, each with a factor."),
    FN("tostereo", "($module, fragment, width, lfactor, rfactor, /)", m_tostereo, "Makes a stereo fragment, each channel with a factor."),
    FN("ulaw2lin", FRAGMENT, m_ulaw2lin, "Decodes u-law."),
    FN_END,
};
int module_init_audioop(Thread *t, Value module) {
    if (warn(t, E_DeprecationWarning, 7, "'audioop' is deprecated and slated for removal in Python 3.13") < 0) return -1;
    if (kit_exception_root(t, module, &error_root, "audioop", "error", ETYPE(Exception)) < 0) return -1;
    return module_add_functions(t, module, functions);
}
