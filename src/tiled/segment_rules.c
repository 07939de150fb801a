#include "tiled/segment_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Channel groups smaller than this share of a node's buffer are not worth trying. */
static const double MIN_GROUP_SHARE = 0.05;

typedef struct {
    const tw_segment_context *context;
    const tw_segment *segment;
    tw_symbol_table table;
    int topbat;    /* symbol */
    int *chain;    /* of each share: length of the chain of shares from share 0; 0: on none */
    int last_conv; /* number of the last layer with filters seen, or -1 */
    bool pending;  /* the group before the next convolution must take `pending_full` */
    tw_slot pending_full;
    tw_slot groups; /* channel groups of the current share's outputs */
} derivation;

static const tw_tiled_layer *layer_of(const derivation *d, unsigned k) {
    return &d->context->dag->layers[d->segment->layers[k].layer].layer;
}

static tw_slot *slot_of(derivation *d, unsigned k, tw_slot_kind kind) {
    return &d->table.layers[k].slot[kind];
}

/* The most groups into which it is worth to cut a map of so many words. */
static double most_groups(const derivation *d, int64_t words) {
    return (double)words / (MIN_GROUP_SHARE * (double)d->context->resource->gbuf_words);
}

static tw_status add_output_groups(derivation *d, unsigned k, bool whole_share, int *symbol) {
    const tw_segment_layer *at = &d->segment->layers[k];
    const tw_tiled_layer *layer = layer_of(d, k);
    const double limit = most_groups(d, tw_tiled_ofmap_words(layer, d->context->batch));
    return whole_share ? tw_symbols_add(&d->table, layer->channels_out, limit, symbol,
                                        "topofm_%d_s", at->spatial)
                       : tw_symbols_add(&d->table, layer->channels_out, limit, symbol,
                                        "topofm_%d_%d", at->spatial, at->temporal);
}

/* The slot's values, with those of an unset slot replaced. */
static tw_slot value_or(const tw_slot *slot, int64_t otherwise) {
    return slot->set ? *slot : tw_slot_constants(otherwise, otherwise);
}

/* A pair that takes `held` where the producer holds its outputs and `streamed` elsewhere. */
static tw_slot select_by(const tw_slot *full, const tw_slot *held, const tw_slot *streamed) {
    tw_slot out = {.set = true};
    for (int c = 0; c < 2; c++)
        out.when[c] = full->when[c].constant ? held->when[c] : streamed->when[c];
    return out;
}

static void settle_pending(derivation *d, unsigned k) {
    if (d->pending) {
        const int share = d->segment->layers[d->last_conv].spatial;
        const unsigned target =
            d->segment->layers[k].spatial == share ? k - 1 : d->segment->share_begin[share + 1] - 1;
        *slot_of(d, target, TW_SLOT_FULL_OFM) = d->pending_full;
    }
    d->pending = false;
}

/* A convolution that reads another share: it takes its producer's stream in the same groups and
 * holds its own output, or takes held data and streams on. */
static void couple_convolution(derivation *d, unsigned k, unsigned source) {
    tw_slot *source_full = slot_of(d, source, TW_SLOT_FULL_OFM);
    if (!d->context->options->pipeline_opt)
        *source_full = tw_slot_constants(1, 1);
    const tw_slot full = value_or(source_full, 0), zero = tw_slot_constants(0, 0),
                  one = tw_slot_constants(1, 1);
    *slot_of(d, k, TW_SLOT_FULL_IFM) = full;
    *slot_of(d, k, TW_SLOT_FULL_OFM) = select_by(&full, &zero, &one);
    *slot_of(d, k, TW_SLOT_TOPIFM) = select_by(&full, &zero, slot_of(d, source, TW_SLOT_TOPOFM));
    d->pending = true;
    d->pending_full = *slot_of(d, k, TW_SLOT_FULL_OFM);
}

static tw_status constrain_convolution(derivation *d, unsigned k) {
    const tw_segment_layer *at = &d->segment->layers[k];
    settle_pending(d, k);
    int symbol = -1;
    TW_TRY(add_output_groups(d, k, false, &symbol));
    d->groups = tw_slot_symbol(symbol);
    *slot_of(d, k, TW_SLOT_TOPOFM) = d->groups;
    if (d->last_conv >= 0 && d->segment->layers[d->last_conv].spatial == at->spatial) {
        const tw_slot one = tw_slot_constants(1, 1);
        *slot_of(d, k, TW_SLOT_FULL_IFM) = one;
        *slot_of(d, (unsigned)d->last_conv, TW_SLOT_FULL_OFM) = one;
        *slot_of(d, k - 1, TW_SLOT_FULL_OFM) = one;
    } else if (at->source >= 0) {
        couple_convolution(d, k, (unsigned)at->source);
    } else if (d->last_conv < 0) {
        d->pending = true;
        d->pending_full = tw_slot_constants(0, 1);
        *slot_of(d, k, TW_SLOT_FULL_OFM) = d->pending_full;
    }
    d->last_conv = (int)k;
    return TW_OK;
}

/* A layer without filters works through its outputs in the groups in which they come, and so do
 * the layers of its share since the last convolution. */
static void constrain_local_region(derivation *d, unsigned k) {
    const tw_segment_layer *at = &d->segment->layers[k];
    if (at->source >= 0) {
        const unsigned source = (unsigned)at->source;
        const tw_slot full = value_or(slot_of(d, source, TW_SLOT_FULL_OFM), 0);
        d->groups = select_by(&full, &d->groups, slot_of(d, source, TW_SLOT_TOPOFM));
        const int since = d->last_conv < 0 ? 0 : d->segment->layers[d->last_conv].temporal;
        for (int turn = since; turn < at->temporal; turn++)
            *slot_of(d, d->segment->share_begin[at->spatial] + (unsigned)turn, TW_SLOT_TOPOFM) =
                d->groups;
    }
    *slot_of(d, k, TW_SLOT_TOPOFM) = d->groups;
}

static void extend_chain(derivation *d, unsigned k) {
    const tw_segment_layer *at = &d->segment->layers[k];
    if (at->source < 0)
        return;
    const int before = d->chain[d->segment->layers[at->source].spatial];
    if (before > 0 && before + 1 > d->chain[at->spatial])
        d->chain[at->spatial] = before + 1;
}

static tw_status constrain_layers(derivation *d) {
    for (unsigned k = 0; k < d->segment->layer_count; k++)
        *slot_of(d, k, TW_SLOT_TOPBAT) = tw_slot_symbol(d->topbat);
    for (unsigned k = 0; k < d->segment->layer_count; k++) {
        const bool conv = tw_tiled_has_filters(layer_of(d, k));
        if (d->segment->layers[k].temporal == 0 && !conv) {
            int symbol = -1;
            TW_TRY(add_output_groups(d, k, true, &symbol));
            d->groups = tw_slot_symbol(symbol);
        }
        extend_chain(d, k);
        if (conv)
            TW_TRY(constrain_convolution(d, k));
        else
            constrain_local_region(d, k);
        if (tw_segment_is_last_turn(d->segment, k) && !d->segment->layers[k].feeds_share)
            slot_of(d, k, TW_SLOT_FULL_OFM)->set = false;
    }
    return TW_OK;
}

static bool is_full(const derivation *d, unsigned k, tw_slot_kind kind, int with) {
    const tw_slot *slot = &d->table.layers[k].slot[kind];
    return slot->set && slot->when[with].constant;
}

/* Marks the shares on the longest chain; of equal ones, on that which ends last. */
static void mark_longest_chain(const derivation *d, bool *on_chain) {
    unsigned end = 0;
    for (unsigned s = 0; s < d->segment->share_count; s++)
        if (d->chain[s] >= d->chain[end])
            end = s;
    for (;;) {
        on_chain[end] = true;
        int producer = -1;
        for (unsigned k = d->segment->share_begin[end]; k < d->segment->share_begin[end + 1]; k++)
            if (d->segment->layers[k].source >= 0)
                producer = d->segment->layers[d->segment->layers[k].source].spatial;
        if (d->chain[end] <= 1 || producer < 0)
            return;
        end = (unsigned)producer;
    }
}

/* Buffered stages on the chain and the most words that a share holds, for one sample, if held maps
 * fit the share's buffers. */
static bool price_choice(const derivation *d, const bool *on_chain, int with, int *stages,
                         int64_t *words) {
    *stages = 0;
    *words = 0;
    for (unsigned s = 0; s < d->segment->share_count; s++) {
        int64_t most = 0;
        unsigned k = d->segment->share_begin[s];
        for (; k < d->segment->share_begin[s + 1]; k++) {
            const tw_tiled_layer *layer = layer_of(d, k);
            const int64_t held =
                (is_full(d, k, TW_SLOT_FULL_OFM, with) ? tw_tiled_ofmap_words(layer, 1) : 0) +
                (is_full(d, k, TW_SLOT_FULL_IFM, with) ? tw_tiled_ifmap_words(layer, 1) : 0);
            most = held > most ? held : most;
        }
        const int nodes = tw_dim2_size(d->segment->regions[s].dim);
        if ((double)most > (double)nodes * (double)d->context->resource->gbuf_words)
            return false;
        *words = most > *words ? most : *words;
        *stages += on_chain[s] && is_full(d, k - 1, TW_SLOT_FULL_OFM, with);
    }
    return true;
}

/* Decides how holding begins. False when neither way fits. */
static bool choose_holding(derivation *d, const bool *on_chain, int *stages) {
    int best = -1;
    int64_t best_words = 0;
    for (int with = 0; with <= (d->table.choice_open ? 1 : 0); with++) {
        int n = 0;
        int64_t words = 0;
        if (!price_choice(d, on_chain, with, &n, &words))
            continue;
        if (best < 0 || n < *stages || (n == *stages && words < best_words)) {
            best = with;
            *stages = n;
            best_words = words;
        }
    }
    if (best >= 0)
        tw_symbols_choose(&d->table, best == 1);
    return best >= 0;
}

/* Layers that share a fetch from memory must also agree on how they walk their inputs. */
static tw_status constrain_shared_fetch(derivation *d, unsigned leader) {
    bool bound = false;
    for (unsigned k = 0; k < d->segment->layer_count; k++)
        if (d->segment->layers[k].leader == (int)leader) {
            const tw_slot *full = slot_of(d, k, TW_SLOT_FULL_OFM);
            const tw_slot *groups = slot_of(d, k, TW_SLOT_TOPOFM);
            bound |= !tw_slot_is(full, 0) || !tw_slot_is(groups, 0);
        }
    int symbol = -1;
    const tw_tiled_layer *layer = layer_of(d, leader);
    if (!bound)
        TW_TRY(tw_symbols_add(&d->table, layer->channels_in,
                              most_groups(d, tw_tiled_ifmap_words(layer, d->context->batch)),
                              &symbol, "topifm_%d", d->segment->layers[leader].spatial));
    for (unsigned k = 0; k < d->segment->layer_count; k++)
        if (d->segment->layers[k].leader == (int)leader) {
            if (bound)
                *slot_of(d, k, TW_SLOT_FULL_IFM) = tw_slot_constants(1, 1);
            else
                *slot_of(d, k, TW_SLOT_TOPIFM) = tw_slot_symbol(symbol);
        }
    return TW_OK;
}

static tw_status constrain_shared_fetches(derivation *d) {
    for (unsigned k = 0; k < d->segment->layer_count; k++)
        if (d->segment->layers[k].leader == (int)k)
            TW_TRY(constrain_shared_fetch(d, k));
    tw_symbols_simplify(&d->table);
    return TW_OK;
}

/* The symbol of a slot, or -1. */
static int symbol_in(const derivation *d, unsigned k, tw_slot_kind kind) {
    const tw_slot *slot = &d->table.layers[k].slot[kind];
    return slot->set ? slot->when[0].symbol : -1;
}

/* The one convolution whose output groups are this symbol, or -1 when other convolutions depend
 * on it too. */
static int sole_convolution(const derivation *d, int symbol) {
    int conv = -1;
    for (unsigned k = 0; k < d->segment->layer_count; k++) {
        if (!tw_tiled_has_filters(layer_of(d, k)))
            continue;
        const bool out = symbol_in(d, k, TW_SLOT_TOPOFM) == symbol;
        if (!out && symbol_in(d, k, TW_SLOT_TOPIFM) != symbol)
            continue;
        if (conv >= 0)
            return -1;
        if (out)
            conv = (int)k;
    }
    return conv;
}

/* Groups that only layers without filters take over from a convolution need no enumeration: the
 * convolution is free, and they follow. */
static void make_lazy(derivation *d, int symbol, tw_layer_rule *layers) {
    const int conv = sole_convolution(d, symbol);
    bool followed = false;
    for (unsigned k = conv < 0 ? d->segment->layer_count : (unsigned)conv + 1;
         k < d->segment->layer_count; k++)
        if (!tw_tiled_has_filters(layer_of(d, k)) && symbol_in(d, k, TW_SLOT_TOPOFM) == symbol) {
            slot_of(d, k, TW_SLOT_TOPOFM)->set = false;
            layers[k].follows = conv;
            followed = true;
        }
    if (followed) {
        slot_of(d, (unsigned)conv, TW_SLOT_TOPOFM)->set = false;
        d->table.live[symbol] = false;
    }
}

static int compare_symbols(const void *a, const void *b) {
    return strcmp(((const tw_segment_symbol *)a)->name, ((const tw_segment_symbol *)b)->name);
}

/* The live symbols by name. The table's own array is sorted, so terms are looked up by name. */
static tw_status list_symbols(derivation *d, tw_segment_rules *out, int *renamed) {
    tw_segment_symbol *list = tw_arena_array(d->table.arena, d->table.symbol_count, sizeof *list);
    if (!list)
        return tw_out_of_memory(d->table.arena->ctx);
    for (unsigned s = 0; s < d->table.symbol_count; s++)
        if (d->table.live[s])
            list[out->symbol_count++] = d->table.symbols[s];
    qsort(list, out->symbol_count, sizeof *list, compare_symbols);
    for (unsigned i = 0; i < out->symbol_count; i++)
        for (unsigned s = 0; s < d->table.symbol_count; s++)
            if (strcmp(list[i].name, d->table.symbols[s].name) == 0)
                renamed[s] = (int)i;
    out->symbols = list;
    return TW_OK;
}

static tw_segment_term final_term(const derivation *d, unsigned k, tw_slot_kind kind,
                                  const int *renamed) {
    const tw_slot *slot = &d->table.layers[k].slot[kind];
    tw_segment_term term = slot->set ? slot->when[0] : (tw_segment_term){-1, 0};
    if (term.symbol >= 0)
        term.symbol = renamed[term.symbol];
    return term;
}

static tw_status finish(derivation *d, tw_segment_rules *out) {
    const unsigned layer_count = d->segment->layer_count;
    int *renamed = tw_arena_array(d->table.arena, d->table.symbol_capacity, sizeof *renamed);
    out->layers = tw_arena_array(d->table.arena, layer_count, sizeof *out->layers);
    if (!renamed || !out->layers)
        return tw_out_of_memory(d->table.arena->ctx);
    for (unsigned k = 0; k < layer_count; k++)
        out->layers[k].follows = -1;
    for (unsigned s = 0; s < d->table.symbol_count; s++)
        if (d->table.live[s])
            make_lazy(d, (int)s, out->layers);
    TW_TRY(list_symbols(d, out, renamed));
    const tw_segment_term one = {-1, 1};
    for (unsigned k = 0; k < layer_count; k++) {
        tw_layer_rule *rule = &out->layers[k];
        rule->topbat = final_term(d, k, TW_SLOT_TOPBAT, renamed);
        rule->topifm =
            is_full(d, k, TW_SLOT_FULL_IFM, 0) ? one : final_term(d, k, TW_SLOT_TOPIFM, renamed);
        rule->topofm =
            is_full(d, k, TW_SLOT_FULL_OFM, 0) ? one : final_term(d, k, TW_SLOT_TOPOFM, renamed);
    }
    return TW_OK;
}

tw_status tw_segment_rules_make(tw_arena *arena, const tw_segment_context *context,
                                const tw_segment *segment, tw_segment_rules *out, bool *valid) {
    derivation d = {.context = context, .segment = segment, .last_conv = -1};
    *out = (tw_segment_rules){0};
    *valid = false;
    const unsigned capacity = 1 + segment->layer_count + 2 * segment->share_count;
    TW_TRY(tw_symbols_init(arena, segment->layer_count, capacity, &d.table));
    d.chain = tw_arena_array(arena, segment->share_count, sizeof *d.chain);
    bool *on_chain = tw_arena_array(arena, segment->share_count, sizeof *on_chain);
    if (!d.chain || !on_chain)
        return tw_out_of_memory(arena->ctx);
    d.chain[0] = 1;
    TW_TRY(tw_symbols_add(&d.table, context->batch, INFINITY, &d.topbat, "topbat_shr"));
    TW_TRY(constrain_layers(&d));
    tw_symbols_simplify(&d.table);
    mark_longest_chain(&d, on_chain);
    *valid = choose_holding(&d, on_chain, &out->buffered_stages);
    if (!*valid)
        return TW_OK;
    TW_TRY(constrain_shared_fetches(&d));
    return finish(&d, out);
}

bool tw_segment_value_allowed(const tw_segment_rules *rules, unsigned symbol, int64_t value,
                              double max_overhead) {
    if (strcmp(rules->symbols[symbol].name, "topbat_shr") != 0)
        return true;
    return max_overhead > 0 ? (double)value >= rules->buffered_stages / max_overhead
                            : rules->buffered_stages == 0;
}

static int64_t evaluate(tw_segment_term term, const int64_t *values) {
    return term.symbol >= 0 ? values[term.symbol] : term.constant;
}

tw_top_constraint tw_segment_constraint(const tw_segment_rules *rules, unsigned layer,
                                        const int64_t *values) {
    const tw_layer_rule *rule = &rules->layers[layer];
    return (tw_top_constraint){
        .topbat = evaluate(rule->topbat, values),
        .topifm = evaluate(rule->topifm, values),
        .topofm = evaluate(rule->topofm, values),
    };
}
