/* Hash tables from names to values. A run of colliding slots longer than any that honest names
 * make is refused, so that names chosen to collide cannot make the import quadratic. */
#include "input/onnx_graph.h"

enum { FIRST_SLOTS = 64, LONGEST_RUN = 4096 };

void tw_onnx_scope_init(tw_onnx_scope *scope, tw_onnx *import, const tw_onnx_scope *outer) {
    *scope = (tw_onnx_scope){.import = import, .outer = outer, .call = outer ? outer->call : NULL};
}

void tw_onnx_scope_free(tw_onnx_scope *scope) {
    tw_free(scope->import->ctx, scope->slots);
    tw_free(scope->import->ctx, scope->declared);
}

const tw_onnx_node *tw_onnx_scope_call(const tw_onnx_scope *scope) {
    return scope->call;
}

/* FNV-1a, then a finaliser that spreads the high bits. */
static uint64_t hash(tw_bytes name) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.size; i++)
        h = (h ^ name.data[i]) * UINT64_C(1099511628211);
    h = (h ^ (h >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ (h >> 29);
}

/* The slot that holds the name or the empty one where it belongs; NULL after too long a run. */
static tw_onnx_value **slot_of(tw_onnx_value **slots, size_t capacity, tw_bytes name) {
    const uint64_t start = hash(name);
    for (size_t i = 0; i < LONGEST_RUN && i < capacity; i++) {
        tw_onnx_value **slot = &slots[(start + i) & (capacity - 1)];
        if (!*slot || tw_bytes_equal((*slot)->name, name))
            return slot;
    }
    return NULL;
}

static tw_status grow(tw_onnx *import, tw_onnx_value ***slots, size_t *capacity) {
    const size_t larger = *capacity ? *capacity * 2 : FIRST_SLOTS;
    tw_onnx_value **fresh = tw_alloc_array(import->ctx, larger, sizeof *fresh);
    if (!fresh)
        return tw_out_of_memory(import->ctx);
    for (size_t i = 0; i < *capacity; i++)
        if ((*slots)[i]) {
            tw_onnx_value **slot = slot_of(fresh, larger, (*slots)[i]->name);
            if (slot)
                *slot = (*slots)[i];
        }
    tw_free(import->ctx, *slots);
    *slots = fresh;
    *capacity = larger;
    return TW_OK;
}

static tw_status insert(tw_onnx *import, tw_onnx_value ***slots, size_t *count, size_t *capacity,
                        tw_onnx_value *value, bool *known) {
    const tw_position at = {.file = import->file};
    if (*count * 2 >= *capacity)
        TW_TRY(grow(import, slots, capacity));
    tw_onnx_value **slot = slot_of(*slots, *capacity, value->name);
    if (!slot)
        return tw_fail(import->ctx, TW_INVALID, &at, "the names of the graph's values collide");
    *known = *slot != NULL;
    if (!*known) {
        *slot = value;
        ++*count;
    }
    return TW_OK;
}

tw_status tw_onnx_scope_bind(tw_onnx_scope *scope, tw_onnx_value *value) {
    tw_onnx *import = scope->import;
    const tw_position at = {.file = import->file};
    bool known = false;
    TW_TRY(insert(import, &scope->slots, &scope->count, &scope->capacity, value, &known));
    if (known)
        return tw_fail(import->ctx, TW_INVALID, &at, "the value '%s' is made twice",
                       tw_onnx_text(import, value->name));
    return TW_OK;
}

tw_status tw_onnx_scope_declare(tw_onnx_scope *scope, tw_bytes name, tw_bytes type) {
    tw_onnx *import = scope->import;
    bool known = false;
    tw_onnx_value *value = tw_arena_alloc(&import->scratch, sizeof *value);
    if (!value)
        return tw_out_of_memory(import->ctx);
    value->name = name;
    value->tensor = type;
    return insert(import, &scope->declared, &scope->declared_count, &scope->declared_capacity,
                  value, &known);
}

tw_onnx_value *tw_onnx_scope_find(const tw_onnx_scope *scope, tw_bytes name) {
    for (; scope; scope = scope->outer) {
        tw_onnx_value **slot =
            scope->capacity ? slot_of(scope->slots, scope->capacity, name) : NULL;
        if (slot && *slot)
            return *slot;
    }
    return NULL;
}

bool tw_onnx_scope_declared(const tw_onnx_scope *scope, tw_bytes name, tw_bytes *type) {
    tw_onnx_value **slot =
        scope->declared_capacity ? slot_of(scope->declared, scope->declared_capacity, name) : NULL;
    if (slot && *slot)
        *type = (*slot)->tensor;
    return slot && *slot;
}
