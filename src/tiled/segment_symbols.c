#include "tiled/segment_symbols.h"

#include <stdarg.h>
#include <stdio.h>

tw_status tw_symbols_init(tw_arena *arena, unsigned layer_count, unsigned symbol_capacity,
                          tw_symbol_table *out) {
    *out = (tw_symbol_table){
        .arena = arena,
        .layer_count = layer_count,
        .layers = tw_arena_array(arena, layer_count, sizeof *out->layers),
        .symbol_capacity = symbol_capacity,
        .symbols = tw_arena_array(arena, symbol_capacity, sizeof *out->symbols),
        .live = tw_arena_array(arena, symbol_capacity, sizeof *out->live),
        .uses = tw_arena_array(arena, symbol_capacity, sizeof *out->uses),
        .choice_open = true,
    };
    const bool done = out->layers && out->symbols && out->live && out->uses;
    return done ? TW_OK : tw_out_of_memory(arena->ctx);
}

/* 1 and the divisors of `number` up to `limit`, ascending. */
static tw_status list_divisors(tw_arena *arena, int64_t number, double limit, int64_t **values,
                               unsigned *count) {
    unsigned small = 0;
    for (int64_t v = 1; v * v <= number; v++)
        small += number % v == 0;
    *values = tw_arena_array(arena, 2 * (size_t)small, sizeof **values);
    if (!*values)
        return tw_out_of_memory(arena->ctx);
    *count = 0;
    for (int64_t v = 1; v * v <= number; v++)
        if (number % v == 0)
            (*values)[(*count)++] = v;
    for (unsigned i = small; i-- > 0;)
        if ((*values)[i] * (*values)[i] != number)
            (*values)[(*count)++] = number / (*values)[i];
    while (*count > 1 && (double)(*values)[*count - 1] > limit)
        --*count;
    return TW_OK;
}

tw_status tw_symbols_add(tw_symbol_table *table, int64_t number, double limit, int *out,
                         const char *name_format, ...) {
    const unsigned index = table->symbol_count;
    tw_segment_symbol *symbol = &table->symbols[index];
    va_list args;
    va_start(args, name_format);
    vsnprintf(symbol->name, sizeof symbol->name, name_format, args);
    va_end(args);

    int64_t *values = NULL;
    TW_TRY(list_divisors(table->arena, number, limit, &values, &symbol->count));
    symbol->values = values;
    table->live[index] = true;
    table->symbol_count++;
    *out = (int)index;
    return TW_OK;
}

static bool term_is(tw_segment_term term, int64_t constant) {
    return term.symbol < 0 && term.constant == constant;
}

bool tw_slot_is(const tw_slot *slot, int64_t constant) {
    return slot->set ? term_is(slot->when[0], constant) && term_is(slot->when[1], constant)
                     : constant == 0;
}

static void drop_implied(tw_layer_slots *layer, tw_slot_kind full, tw_slot_kind groups) {
    if (!layer->slot[full].set)
        return;
    if (tw_slot_is(&layer->slot[full], 1))
        layer->slot[groups].set = false;
    if (tw_slot_is(&layer->slot[full], 0))
        layer->slot[full].set = false;
}

static bool depends_on_choice(const tw_slot *slot) {
    const tw_segment_term a = slot->when[0], b = slot->when[1];
    return a.symbol != b.symbol || (a.symbol < 0 && a.constant != b.constant);
}

/* Fills table->uses; returns the number of slots that depend on the open choice. */
static unsigned count_uses(tw_symbol_table *table) {
    unsigned choice_uses = 0;
    for (unsigned s = 0; s < table->symbol_count; s++)
        table->uses[s] = 0;
    for (unsigned k = 0; k < table->layer_count; k++)
        for (int i = 0; i < TW_SLOTS; i++) {
            const tw_slot *slot = &table->layers[k].slot[i];
            if (!slot->set)
                continue;
            const int a = slot->when[0].symbol, b = slot->when[1].symbol;
            if (a >= 0)
                table->uses[a]++;
            if (b >= 0 && b != a)
                table->uses[b]++;
            choice_uses += depends_on_choice(slot);
        }
    return choice_uses;
}

/* Replaces symbols that are no longer live (`uses` has their values), and closes pairs when
 * `chosen` says how (-1: not yet). */
static void substitute(tw_symbol_table *table, int chosen) {
    for (unsigned k = 0; k < table->layer_count; k++)
        for (int i = 0; i < TW_SLOTS; i++) {
            tw_slot *slot = &table->layers[k].slot[i];
            if (chosen >= 0)
                slot->when[!chosen] = slot->when[chosen];
            for (int c = 0; c < 2; c++) {
                tw_segment_term *term = &slot->when[c];
                if (term->symbol >= 0 && !table->live[term->symbol])
                    *term = (tw_segment_term){-1, table->uses[term->symbol] > 1
                                                      ? table->symbols[term->symbol].values[0]
                                                      : 0};
            }
        }
}

void tw_symbols_simplify(tw_symbol_table *table) {
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned k = 0; k < table->layer_count; k++) {
            drop_implied(&table->layers[k], TW_SLOT_FULL_IFM, TW_SLOT_TOPIFM);
            drop_implied(&table->layers[k], TW_SLOT_FULL_OFM, TW_SLOT_TOPOFM);
        }
        const bool free_choice = count_uses(table) <= 1 && table->choice_open;
        if (free_choice) {
            table->choice_open = false;
            changed = true;
        }
        for (unsigned s = 0; s < table->symbol_count; s++)
            if (table->live[s] && (table->uses[s] <= 1 || table->symbols[s].count == 1)) {
                table->live[s] = false;
                changed = true;
            }
        if (changed)
            substitute(table, free_choice ? 0 : -1);
    }
}

void tw_symbols_choose(tw_symbol_table *table, bool with) {
    table->choice_open = false;
    count_uses(table);
    substitute(table, with);
    tw_symbols_simplify(table);
}
