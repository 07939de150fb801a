/* Prepares a chain: its tensors as a search sees them, then its accounts and choices. */
#include "search/chain.h"

#include <string.h>

#include "search/accounts.h"
#include "search/axes.h"
#include "search/chain_choices.h"
#include "search/mirror.h"

static bool moves(const tw_problem *problem, const tw_axis *axis) {
    for (unsigned i = 0; i < axis->term_count; i++)
        if (problem->extent[axis->terms[i].dim] > 1)
            return true;
    return false;
}

static tw_status add_axis(tw_chain *c, const tw_axis *axis, tw_chain_tensor *out) {
    tw_axis_table table;
    TW_TRY(tw_axis_table_make(c, axis, &table));
    for (unsigned i = 0; i < axis->term_count; i++) {
        const tw_dim dim = axis->terms[i].dim;
        if (c->problem->extent[dim] <= 1)
            continue;
        out->relevant |= 1u << dim;
        if (!table.window)
            out->leaving |= 1u << dim;
    }
    out->window |= table.window;
    out->axes[out->axis_count++] = table;
    return TW_OK;
}

static tw_status make_tensor(tw_chain *c, unsigned t) {
    const tw_tensor *tensor = &c->problem->tensors[t];
    tw_chain_tensor *out = &c->tensors[t];
    out->role = tensor->role;
    out->output = tensor->role == TW_ROLE_OUTPUT;
    for (unsigned a = 0; a < tensor->axis_count; a++)
        if (moves(c->problem, &tensor->axes[a]))
            TW_TRY(add_axis(c, &tensor->axes[a], out));
    for (unsigned i = 0; i < c->lattice.active_count; i++)
        if (!(out->relevant >> c->lattice.active[i] & 1))
            out->irrelevant[out->irrelevant_count++] = c->lattice.active[i];
    uint16_t full[TW_DIM_COUNT];
    tw_tile_indices(&c->lattice, c->full, full);
    out->whole_words = tw_chain_volume(c, t, full);
    return TW_OK;
}

bool tw_window_may_return(const tw_chain *chain, const tw_axis_table *axis,
                          const uint16_t index[TW_DIM_COUNT]) {
    uint64_t step[2], rest[2];
    for (int i = 0; i < 2; i++) {
        const tw_divisors *dim = &chain->lattice.dims[axis->dims[i]];
        const uint64_t extent = dim->divisors[index[axis->dims[i]]];
        step[i] = axis->coefficients[i] * extent;
        rest[i] = axis->coefficients[i] * (dim->divisors[dim->count - 1] - extent);
    }
    return step[0] <= rest[1] && step[1] <= rest[0];
}

tw_status tw_chain_make(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_search_options *options, const tw_blend *sought, tw_chain *c) {
    memset(c, 0, sizeof *c);
    c->ctx = ctx;
    c->arch = arch;
    c->problem = problem;
    c->levels = arch->level_count;
    c->tensor_count = problem->tensor_count;
    c->output = problem->output;
    c->macs = (double)problem->macs;
    tw_arena_init(&c->arena, ctx);
    TW_TRY(tw_lattice_make(&c->arena, problem, &c->lattice));
    c->full = (tw_tile_id)(c->lattice.size - 1);
    c->mirrors = tw_mirror_holds(arch, problem);
    for (unsigned t = 0; t < c->tensor_count; t++) {
        TW_TRY(make_tensor(c, t));
        c->roles |= 1u << c->tensors[t].role;
    }
    if (c->tensors[c->output].window)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "the exact search has no rule for an output with a sliding window");
    tw_accounts_make(c, options->objective, sought);
    return tw_chain_choices_make(c, options->search_bypass);
}

void tw_chain_free(tw_chain *chain) {
    if (chain->ctx)
        tw_arena_free(&chain->arena);
}
