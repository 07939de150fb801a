/* Blockings of nests without filters: each datum is fetched once whatever the blocking, so all that
 * fit are equal, and the first ones of the enumeration are the result. */
#include <string.h>

#include "tiled/nest_search.h"

static void add_all_orders(tw_nest_search *s, tw_loop_split *split) {
    static const int orders[6][TW_LOOPS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                            {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int p = 0; p < 36 && s->best.count < s->context->options->top; p++) {
        memcpy(split->order[0], orders[p / 6], sizeof split->order[0]);
        memcpy(split->order[1], orders[p % 6], sizeof split->order[1]);
        if (tw_blocking_meets(&s->context->top, split))
            tw_best_blockings_add(&s->best, split);
    }
}

static bool fits_anywhere(const tw_nest_search *s, const tw_loop_split *split) {
    int64_t registers = 0, buffer = 0;
    for (int d = TW_DATA_IFM; d < TW_DATAS; d++) {
        const int64_t tile = split->t[2][TW_LOOP_OFM] * split->t[2][TW_LOOP_BAT];
        const int64_t rows = tile * split->t[1][TW_LOOP_OFM] * split->t[1][TW_LOOP_BAT];
        const int64_t room = rows * s->nest->usize_gbuf[d];
        registers += tile * s->nest->usize_regf[d];
        if (!s->context->options->gbuf_bypass[d])
            buffer += (room + s->cost.group_size[d] - 1) / s->cost.group_size[d];
    }
    return registers <= s->context->resource->regf_words &&
           buffer <= s->context->resource->gbuf_words;
}

/* Splits of the batch loop for one split of the output loop. */
static void walk_batch(tw_nest_search *s, tw_loop_split *split) {
    const int64_t total = s->nest->loopcnt[TW_LOOP_BAT];
    const int64_t *divisors = s->divisors[TW_LOOP_BAT];
    for (unsigned i = 0; i < s->divisor_count[TW_LOOP_BAT]; i++)
        for (unsigned j = 0; j < s->divisor_count[TW_LOOP_BAT]; j++) {
            if (total / divisors[i] % divisors[j] || s->best.count == s->context->options->top)
                continue;
            split->t[0][TW_LOOP_BAT] = divisors[i];
            split->t[1][TW_LOOP_BAT] = divisors[j];
            split->t[2][TW_LOOP_BAT] = total / divisors[i] / divisors[j];
            if (fits_anywhere(s, split))
                add_all_orders(s, split);
        }
}

void tw_nest_search_local(tw_nest_search *s) {
    const int64_t total = s->nest->loopcnt[TW_LOOP_OFM];
    const int64_t *divisors = s->divisors[TW_LOOP_OFM];
    tw_loop_split split;
    for (int bl = 0; bl < 3; bl++)
        split.t[bl][TW_LOOP_IFM] = 1;
    for (unsigned i = 0; i < s->divisor_count[TW_LOOP_OFM]; i++)
        for (unsigned j = 0; j < s->divisor_count[TW_LOOP_OFM]; j++) {
            if (total / divisors[i] % divisors[j] || s->best.count == s->context->options->top)
                continue;
            split.t[0][TW_LOOP_OFM] = divisors[i];
            split.t[1][TW_LOOP_OFM] = divisors[j];
            split.t[2][TW_LOOP_OFM] = total / divisors[i] / divisors[j];
            walk_batch(s, &split);
        }
}
