#include "search/frontier.h"

void tw_frontier_init(tw_frontier *frontier, tw_ctx *ctx) {
    *frontier = (tw_frontier){.ctx = ctx};
}

void tw_frontier_free(tw_frontier *frontier) {
    if (frontier->ctx)
        tw_free(frontier->ctx, frontier->entries);
    *frontier = (tw_frontier){0};
}

void tw_frontier_clear(tw_frontier *frontier) {
    frontier->count = 0;
}

static bool before(const tw_frontier_entry *a, const tw_frontier_entry *b) {
    if (a->bound != b->bound)
        return a->bound < b->bound;
    if (a->energy_pj != b->energy_pj)
        return a->energy_pj < b->energy_pj;
    return a->step != b->step ? a->step > b->step : a->label < b->label;
}

tw_status tw_frontier_push(tw_frontier *frontier, tw_frontier_entry entry) {
    if (frontier->count == frontier->capacity) {
        const size_t capacity = frontier->capacity ? 2 * frontier->capacity : 1024;
        tw_frontier_entry *grown =
            tw_resize(frontier->ctx, frontier->entries, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(frontier->ctx);
        frontier->entries = grown;
        frontier->capacity = capacity;
    }
    size_t i = frontier->count++;
    for (; i > 0 && before(&entry, &frontier->entries[(i - 1) / 2]); i = (i - 1) / 2)
        frontier->entries[i] = frontier->entries[(i - 1) / 2];
    frontier->entries[i] = entry;
    return TW_OK;
}

tw_frontier_entry tw_frontier_pop(tw_frontier *frontier) {
    const tw_frontier_entry first = frontier->entries[0];
    const tw_frontier_entry last = frontier->entries[--frontier->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= frontier->count)
            break;
        if (child + 1 < frontier->count &&
            before(&frontier->entries[child + 1], &frontier->entries[child]))
            child++;
        if (!before(&frontier->entries[child], &last))
            break;
        frontier->entries[i] = frontier->entries[child];
        i = child;
    }
    frontier->entries[i] = last;
    return first;
}
