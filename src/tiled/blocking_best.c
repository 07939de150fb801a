#include "tiled/blocking_best.h"

static int permutation_rank(const int order[TW_LOOPS]) {
    return 2 * order[0] + (order[1] > order[2]);
}

static tw_ranked_blocking rank(const tw_loop_split *split, tw_goal_key key) {
    tw_ranked_blocking out = {.key = key, .split = *split};
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        out.rank[2 * lp] = split->t[0][lp];
        out.rank[2 * lp + 1] = split->t[1][lp];
    }
    out.rank[6] = permutation_rank(split->order[0]);
    out.rank[7] = permutation_rank(split->order[1]);
    return out;
}

static int compare_rank(const int64_t a[8], const int64_t b[8]) {
    for (int i = 0; i < 8; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool comes_before(const tw_ranked_blocking *a, const tw_ranked_blocking *b) {
    if (tw_goal_key_less(a->key, b->key))
        return true;
    return !tw_goal_key_less(b->key, a->key) && compare_rank(a->rank, b->rank) < 0;
}

void tw_best_blockings_add(tw_best_blockings *best, const tw_loop_split *split) {
    tw_blocking priced;
    tw_blocking_price(best->context, best->nest, split, &priced);
    if (!priced.valid)
        return;
    const tw_ranked_blocking new =
        rank(split,
             tw_goal_key_of(best->context->options->goal, priced.access_cost, (double)priced.time));
    unsigned at = best->count;
    if (at == best->context->options->top) {
        if (!comes_before(&new, &best->items[at - 1]))
            return;
        at--;
    } else {
        best->count++;
    }
    for (; at > 0 && comes_before(&new, &best->items[at - 1]); at--)
        best->items[at] = best->items[at - 1];
    best->items[at] = new;
}
