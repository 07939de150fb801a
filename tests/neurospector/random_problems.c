#include "random_problems.h"

#include "neurospector/legality.h"

static uint64_t state;

static unsigned below(unsigned n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

static void random_buffer(ns_buffer *buffer, ns_buffer_id id) {
    static const double energies[] = {0, 0.25, 1, 3.5, 20, 128};
    static const double bandwidths[] = {8, 16, 24, 40, 64, 256};
    buffer->present = true;
    buffer->dataflow = (ns_dataflow)below(NS_DATAFLOWS);
    buffer->bandwidth_bits = bandwidths[below(6)];
    for (int d = 0; d < NS_DATA; d++) {
        buffer->access_pj[d] = energies[below(6)];
        buffer->static_mw[d] = below(3) * 0.001;
        buffer->unit_cycles[d] = below(4);
        if (below(4) == 0 && (int)buffer->dataflow != NS_IS + d)
            buffer->bypass |= 1U << d;
    }
    if (id == NS_DRAM)
        return;
    const double room = id == NS_GB ? 200 : 24;
    buffer->size_count = below(2) ? 1 : 3;
    for (unsigned d = 0; d < buffer->size_count; d++)
        buffer->size_bytes[d] = 4 + below((unsigned)room) * (buffer->size_count == 1 ? 3 : 1);
    if (below(12) == 0)
        buffer->size_count = 0;
}

static void random_accelerator(ns_accelerator *a) {
    *a = (ns_accelerator){.name = "random", .precision_bits = below(2) ? 8 : 16, .mac_pj = 1.5};
    a->frequency_mhz = 200;
    a->mac_static_mw = below(2) * 0.01;
    random_buffer(&a->buffers[NS_LB], NS_LB);
    random_buffer(&a->buffers[NS_DRAM], NS_DRAM);
    if (below(4))
        random_buffer(&a->buffers[NS_GB], NS_GB);
    for (int i = 0; i < NS_ARRAYS; i++)
        a->arrays[i] = (ns_array){below(3) > 0, 1 + below(4), 1 + below(3)};
    ns_accelerator_complete(a);
}

static void random_layer(ns_layer *layer) {
    static const uint64_t sizes[] = {1, 1, 2, 2, 3, 4, 6};
    uint64_t product = 1;
    *layer = (ns_layer){.name = "random", .stride = below(4)};
    for (int c = 0; c < NS_COLUMNS; c++) {
        layer->size[c] = product > 60 ? 1 : sizes[below(7)];
        product *= layer->size[c];
    }
}

void random_problem(unsigned long seed, ns_accelerator *accelerator, ns_layer *layer) {
    state = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    for (int skip = 0; skip < 8; skip++)
        below(2);
    random_accelerator(accelerator);
    random_layer(layer);
}

/* Every table, one factor at a time. */
typedef struct {
    ns_model model;
    const ns_layer *layer;
    const ns_dataflows *dataflows;
    visit_fn visit;
    void *user;
} enumeration;

static void enumerate(const enumeration *e, ns_table *table, int row, int column, uint64_t rest) {
    if (row == NS_ROW_DRAM) {
        table->factor[row][column] = rest;
        if (column + 1 < NS_COLUMNS) {
            enumerate(e, table, NS_ROW_REG, column + 1, e->layer->size[column + 1]);
        } else if (ns_table_is_valid(e->model.accelerator, e->layer, table)) {
            ns_cost cost;
            ns_evaluate(&e->model, e->layer, e->dataflows, table, &cost);
            e->visit(e->user, &cost);
        }
        return;
    }
    const bool is_virtual = ns_row_is_virtual(e->model.accelerator, (ns_row)row);
    for (uint64_t f = 1; f <= (is_virtual ? 1 : rest); f++)
        if (rest % f == 0) {
            table->factor[row][column] = f;
            enumerate(e, table, row + 1, column, rest / f);
        }
}

void visit_mappings(const ns_accelerator *accelerator, const ns_layer *layer,
                    const ns_dataflows *dataflows, visit_fn visit, void *user) {
    enumeration e = {.layer = layer, .dataflows = dataflows, .visit = visit, .user = user};
    ns_table table;
    ns_model_init(&e.model, accelerator, false);
    enumerate(&e, &table, NS_ROW_REG, 0, layer->size[0]);
}
