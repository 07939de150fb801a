#include "cost/interval_union.h"

#include "base/checked.h"

static unsigned drop_trivial(tw_progression *p, unsigned count) {
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++)
        if (p[i].count > 1)
            p[kept++] = p[i];
    return kept;
}

static void sort_by_stride(tw_progression *p, unsigned count) {
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && p[j].stride < p[j - 1].stride; j--) {
            const tw_progression swap = p[j];
            p[j] = p[j - 1];
            p[j - 1] = swap;
        }
}

enum { NONE = 0 };

/* The smallest sum above `above`, or NONE. The last progression is solved directly, the others
 * are tried element by element. */
static uint64_t next_sum(const tw_progression *p, unsigned count, uint64_t base, uint64_t above) {
    if (count == 1) {
        const uint64_t index = base > above ? 0 : (above - base) / p[0].stride + 1;
        return index < p[0].count ? base + index * p[0].stride : NONE;
    }
    uint64_t best = NONE;
    for (uint64_t i = 0; i < p[count - 1].count; i++) {
        const uint64_t sum = next_sum(p, count - 1, base + i * p[count - 1].stride, above);
        if (sum != NONE && (best == NONE || sum < best))
            best = sum;
    }
    return best;
}

/* The general case: visits the starts in ascending order; each covers up to the next one. */
static uint64_t count_by_visiting(uint64_t length, tw_progression *p, unsigned count) {
    unsigned longest = 0;
    for (unsigned i = 1; i < count; i++)
        if (p[i].count > p[longest].count)
            longest = i;
    const tw_progression swap = p[0];
    p[0] = p[longest];
    p[longest] = swap;

    uint64_t covered = length, start = 0;
    for (uint64_t next; (next = next_sum(p, count, 0, start)) != NONE; start = next)
        covered += next - start < length ? next - start : length;
    return covered;
}

uint64_t tw_interval_union(uint64_t length, tw_progression *progressions, unsigned count,
                           bool *overflow) {
    count = drop_trivial(progressions, count);
    sort_by_stride(progressions, count);

    /* Progressions with a stride within the interval only lengthen it. */
    unsigned first = 0;
    while (first < count && progressions[first].stride <= length) {
        length = tw_add_u64(
            length, tw_mul_u64(progressions[first].stride, progressions[first].count - 1, overflow),
            overflow);
        first++;
    }
    /* Progressions that step over everything so far multiply it. */
    uint64_t covered = length, span = length;
    for (unsigned i = first; i < count; i++) {
        if (progressions[i].stride < span) {
            bool beyond = false;
            uint64_t total = length;
            for (unsigned j = first; j < count; j++)
                total = tw_mul_u64(total, progressions[j].count, &beyond);
            *overflow |= beyond;
            return beyond ? 0 : count_by_visiting(length, progressions + first, count - first);
        }
        covered = tw_mul_u64(covered, progressions[i].count, overflow);
        span = tw_add_u64(span,
                          tw_mul_u64(progressions[i].stride, progressions[i].count - 1, overflow),
                          overflow);
    }
    return covered;
}
