/* Symbolic constraints of the layers of a segment, and their simplification.
 *
 * Whether the first convolution of a chain holds its whole output in the buffers is one open
 * choice, on which many values depend. A slot is therefore a pair of terms: [0] if it does not,
 * [1] if it does. Terms are constants or symbols; the slots FULL_* are always constants 0 or 1. */
#ifndef TW_TILED_SEGMENT_SYMBOLS_H
#define TW_TILED_SEGMENT_SYMBOLS_H

#include "base/arena.h"

enum { TW_SYMBOL_NAME = 32 };
typedef struct {
    char name[TW_SYMBOL_NAME];
    unsigned count;
    const int64_t *values; /* ascending */
} tw_segment_symbol;

/* A symbol when symbol >= 0, else the constant. */
typedef struct {
    int symbol;
    int64_t constant;
} tw_segment_term;

typedef enum {
    TW_SLOT_TOPBAT,
    TW_SLOT_TOPIFM,
    TW_SLOT_TOPOFM,
    TW_SLOT_FULL_IFM, /* the layer's whole input map is held */
    TW_SLOT_FULL_OFM, /* and its whole output map: the outermost loop over it is 1 */
    TW_SLOTS
} tw_slot_kind;

/* `set` is more than "has a value": an unset slot is free, whatever it would evaluate to. */
typedef struct {
    bool set;
    tw_segment_term when[2];
} tw_slot;

typedef struct {
    tw_slot slot[TW_SLOTS];
} tw_layer_slots;

typedef struct {
    tw_arena *arena;
    unsigned layer_count;
    tw_layer_slots *layers;
    unsigned symbol_count, symbol_capacity;
    tw_segment_symbol *symbols;
    bool *live;
    unsigned *uses;   /* slots that contain the symbol; scratch of simplification */
    bool choice_open; /* the pairs may still differ */
} tw_symbol_table;

tw_status tw_symbols_init(tw_arena *arena, unsigned layer_count, unsigned symbol_capacity,
                          tw_symbol_table *out) TW_NODISCARD;
/* A symbol whose values are 1 and the divisors of `number` up to `limit`; its index in *out. */
tw_status tw_symbols_add(tw_symbol_table *table, int64_t number, double limit, int *out,
                         const char *name_format, ...) TW_NODISCARD
    __attribute__((format(printf, 5, 6)));

static inline tw_slot tw_slot_constants(int64_t without, int64_t with) {
    return (tw_slot){true, {{-1, without}, {-1, with}}};
}
static inline tw_slot tw_slot_symbol(int symbol) {
    return (tw_slot){true, {{symbol, 0}, {symbol, 0}}};
}
/* Whether both terms are this constant; what an unset slot holds counts as 0. */
bool tw_slot_is(const tw_slot *slot, int64_t constant);

/* To the fixed point of: a full map frees the group count of that map; a zero FULL slot is unset;
 * a symbol (or the open choice) in at most one slot binds nothing and becomes 0; a symbol with a
 * single value becomes that value. */
void tw_symbols_simplify(tw_symbol_table *table);
/* Closes the open choice. */
void tw_symbols_choose(tw_symbol_table *table, bool with);

#endif
