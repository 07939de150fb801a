#include "search/chain_choices.h"

#include <stdlib.h>
#include <string.h>

static void make_keep_choices(tw_chain *c, bool search_bypass) {
    for (unsigned l = 0; l < c->levels; l++) {
        const tw_level *level = &c->arch->levels[l];
        const bool fixed = !search_bypass || l == 0;
        for (tw_role_mask keeps = 0; keeps <= TW_ALL_ROLES; keeps++) {
            const tw_role_mask wanted = level->keeps & c->roles;
            if (keeps & ~c->roles)
                continue;
            if (fixed ? keeps != wanted
                      : (keeps & ~(level->may_keep | level->must_keep)) ||
                            (level->must_keep & c->roles & ~keeps))
                continue;
            c->keep_choices[l][c->keep_choice_count[l]++] = keeps;
        }
    }
}

/* Walks outwards from level l over the levels that may keep the tensor, up to the first that
 * always does. */
static void find_next_keeper(tw_chain *c, unsigned l, unsigned t) {
    const tw_role role = c->tensors[t].role;
    unsigned candidates = 0;
    c->next_keeper[l][t] = -1;
    c->next_keeper_pj[l][t] = 0;
    for (unsigned p = l; p-- > 0;) {
        bool may = false, must = true;
        for (unsigned k = 0; k < c->keep_choice_count[p]; k++) {
            may |= c->keep_choices[p][k] >> role & 1;
            must &= c->keep_choices[p][k] >> role & 1;
        }
        if (!may)
            continue;
        const double word_pj = c->tensors[t].output ? c->arch->levels[p].write_pj[role]
                                                    : c->arch->levels[p].read_pj[role];
        if (candidates++ == 0 || word_pj < c->next_keeper_pj[l][t])
            c->next_keeper_pj[l][t] = word_pj;
        c->next_keeper[l][t] = candidates == 1 ? (int)p : -1;
        if (must)
            return;
    }
}

static void add_mask(uint32_t *masks, unsigned *count, uint32_t mask) {
    for (unsigned i = 0; i < *count; i++)
        if (masks[i] == mask)
            return;
    if (*count < 64)
        masks[(*count)++] = mask;
}

static tw_dim_mask active_dims(const tw_chain *c) {
    tw_dim_mask active = 0;
    for (unsigned i = 0; i < c->lattice.active_count; i++)
        active |= 1u << c->lattice.active[i];
    return active;
}

static tw_status make_classes(tw_chain *c) {
    c->classes = tw_arena_array(&c->arena, TW_MAX_ORDER_CLASSES, sizeof *c->classes);
    if (!c->classes)
        return tw_out_of_memory(c->ctx);
    const tw_order_request request = {
        .problem = c->problem, .loops = active_dims(c), .open = (1u << c->tensor_count) - 1};
    c->class_count = tw_order_classes(&request, c->classes);
    for (unsigned l = 0; l < c->levels; l++)
        c->constrained_order[l] = c->arch->levels[l].constraints.order_count > 0 ||
                                  c->arch->levels[l].constraints.stationary >= 0;
    return TW_OK;
}

static void find_survivors(tw_chain *c) {
    for (unsigned i = 0; i < c->class_count; i++) {
        uint32_t open = 0;
        for (unsigned t = 0; t < c->tensor_count; t++)
            if (!(c->tensors[t].relevant & c->classes[i].groups[0]))
                open |= 1u << t;
        add_mask(c->survivors, &c->survivor_count, open);
    }
    c->single_survivors = true;
    for (unsigned i = 0; i < c->survivor_count; i++)
        c->single_survivors &= (c->survivors[i] & (c->survivors[i] - 1)) == 0;
}

/* Every subset of the tensors that an order leaves open, windows always among them. */
static void find_vertices(tw_chain *c) {
    uint32_t windows = 0;
    for (unsigned t = 0; t < c->tensor_count; t++)
        windows |= (uint32_t)c->tensors[t].window << t;
    for (unsigned i = 0; i < c->survivor_count; i++) {
        const uint32_t shrinking = c->survivors[i] | windows;
        for (uint32_t subset = shrinking;; subset = (subset - 1) & shrinking) {
            add_mask(c->vertices, &c->vertex_count, subset);
            if (subset == 0)
                break;
        }
    }
}

/* Few units mean many compute steps: with time in the accounts, those with most come first. */
static int by_descending_units(const void *a, const void *b) {
    const tw_unrolling *x = a, *y = b;
    if (x->units != y->units)
        return x->units > y->units ? -1 : 1;
    return memcmp(x->index, y->index, sizeof x->index);
}

static tw_status make_unrollings(tw_chain *c) {
    c->units_outside[0] = 1;
    for (unsigned l = 0; l < c->levels; l++) {
        tw_unrollings *all = &c->unrollings[l];
        TW_TRY(tw_unrollings_make(&c->arena, c->arch, &c->lattice, l, all));
        if (c->account_count > 1 && all->count > 0)
            qsort(all->items, all->count, sizeof *all->items, by_descending_units);
        double most = 1;
        for (size_t i = 0; i < all->count; i++)
            if (all->items[i].units > most)
                most = all->items[i].units;
        c->units_outside[l + 1] = c->units_outside[l] * most;
    }
    return TW_OK;
}

tw_status tw_chain_choices_make(tw_chain *c, bool search_bypass) {
    make_keep_choices(c, search_bypass);
    for (unsigned l = 0; l <= c->levels; l++)
        for (unsigned t = 0; t < c->tensor_count; t++)
            find_next_keeper(c, l, t);
    TW_TRY(make_classes(c));
    find_survivors(c);
    find_vertices(c);
    return make_unrollings(c);
}
