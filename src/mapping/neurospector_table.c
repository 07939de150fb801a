#include "mapping/neurospector_table.h"

#include <string.h>

const tw_dim ns_column_dims[NS_COLUMNS] = {
    [NS_K] = TW_DIM_K, [NS_B] = TW_DIM_B, [NS_P] = TW_DIM_P, [NS_Q] = TW_DIM_Q,
    [NS_C] = TW_DIM_C, [NS_R] = TW_DIM_R, [NS_S] = TW_DIM_S, [NS_G] = TW_DIM_G};

const ns_level_role *ns_level_roles(unsigned level_count) {
    static const ns_level_role two[] = {{NS_DRAM, NS_PE}, {NS_LB, NS_MAC}};
    static const ns_level_role three[] = {{NS_DRAM, NS_CHIP}, {NS_GB, NS_PE}, {NS_LB, NS_MAC}};
    return level_count == 2 ? two : three;
}

static bool is_still(int column, ns_dataflow flow) {
    static const char *const still[NS_DATAFLOWS] = {"", "K", "BPQ", "CRS"};
    return strchr(still[flow], ns_column_letters[column]) != NULL;
}

static void add_loops(const uint64_t factor[NS_COLUMNS], ns_dataflow flow, tw_level_mapping *out) {
    for (int inner = 0; inner < 2; inner++)
        for (int c = 0; c < NS_COLUMNS; c++)
            if (factor[c] > 1 && is_still(c, flow) == (inner == 1))
                out->loops[out->loop_count++] = (tw_loop){ns_column_dims[c], factor[c]};
}

static unsigned char stationary_of(ns_dataflow flow, bool given) {
    if (flow == NS_NONE)
        return given ? TW_NOTHING_STATIONARY : 0;
    return (unsigned char)flow; /* both count input, weight, output from 1 */
}

void ns_mapping_of(const tw_hierarchy *arch, const ns_table *table, const ns_dataflows *flows,
                   unsigned given, tw_mapping *out) {
    const ns_level_role *roles = ns_level_roles(arch->level_count);
    tw_mapping_init(arch, out);
    for (unsigned l = 0; l < arch->level_count; l++) {
        tw_level_mapping *level = &out->levels[l];
        const int x = 3 * (int)roles[l].array + 1;
        ns_dataflow flow = NS_NONE;
        if (l + 1 < arch->level_count) {
            const ns_buffer_id inner = roles[l + 1].buffer;
            flow = flows->of[inner];
            level->stationary = stationary_of(flow, given >> inner & 1);
        }
        add_loops(table->factor[ns_row_of_buffer(roles[l].buffer)], flow, level);
        for (int c = 0; c < NS_COLUMNS; c++) {
            level->spatial_x[ns_column_dims[c]] = table->factor[x][c];
            level->spatial_y[ns_column_dims[c]] = table->factor[x + 1][c];
        }
    }
}
