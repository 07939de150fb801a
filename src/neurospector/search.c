#include "neurospector/search.h"

#include <math.h>

#include "base/pool.h"

/* What a flexible search may choose for one buffer. */
static size_t choices(const ns_accelerator *accelerator, ns_buffer_id id, bool flexible,
                      ns_dataflow out[NS_DATA]) {
    const ns_buffer *buffer = &accelerator->buffers[id];
    const bool fixed = !flexible || buffer->keeps_dataflow || buffer->dataflow == NS_NONE ||
                       ns_row_is_virtual(accelerator, ns_row_of_buffer(id));
    size_t count = 0;
    for (int d = 0; d < NS_DATA && !fixed; d++)
        if (!(buffer->bypass & 1U << d))
            out[count++] = (ns_dataflow)(NS_IS + d);
    if (count == 0)
        out[count++] = buffer->dataflow;
    return count;
}

size_t ns_dataflow_combinations(const ns_accelerator *accelerator, bool flexible,
                                ns_dataflows out[NS_MAX_COMBINATIONS]) {
    ns_dataflow options[NS_BUFFERS][NS_DATA];
    size_t counts[NS_BUFFERS], total = 1;
    for (int b = NS_REG; b < NS_DRAM; b++) {
        counts[b] = choices(accelerator, (ns_buffer_id)b, flexible, options[b]);
        total *= counts[b];
    }
    for (size_t i = 0; i < total; i++) {
        size_t rest = i;
        out[i] = ns_own_dataflows(accelerator);
        for (int b = NS_REG; b < NS_DRAM; b++) {
            out[i].of[b] = options[b][rest % counts[b]];
            rest /= counts[b];
        }
    }
    return total;
}

size_t ns_distinct_combinations(const ns_accelerator *accelerator, bool flexible,
                                ns_dataflows out[NS_MAX_COMBINATIONS],
                                ns_dataflow inner[NS_MAX_COMBINATIONS],
                                ns_dataflow outer[NS_MAX_COMBINATIONS]) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const size_t count = ns_dataflow_combinations(accelerator, flexible, all);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        inner[kept] = ns_dataflow_in_force(accelerator, &all[i], NS_LB);
        outer[kept] = ns_dataflow_in_force(accelerator, &all[i], NS_GB);
        size_t same = 0;
        while (inner[same] != inner[kept] || outer[same] != outer[kept])
            same++;
        if (same == kept)
            out[kept++] = all[i];
    }
    return kept;
}

tw_status ns_why_stop(tw_ctx *ctx, const ns_search_options *options, double start_s,
                      uint64_t evaluated, bool look) {
    tw_status why = TW_OK;
    if (options->work_limit && evaluated >= options->work_limit)
        why = TW_LIMIT;
    if (look && options->time_limit_s > 0 && tw_seconds() - start_s > options->time_limit_s)
        why = TW_LIMIT;
    return look && tw_is_cancelled(ctx) ? TW_CANCELLED : why;
}

double ns_space_log10(const ns_accelerator *accelerator, const ns_layer *layer) {
    unsigned rows = 0;
    for (int r = 0; r < NS_ROWS; r++)
        rows += !ns_row_is_virtual(accelerator, (ns_row)r);
    double sum = 0;
    for (int c = 0; c < NS_COLUMNS; c++) {
        uint64_t rest = layer->size[c];
        for (uint64_t p = 2; rest > 1; p = p * p > rest ? rest : p + 1) {
            unsigned exponent = 0;
            for (; rest % p == 0; rest /= p)
                exponent++;
            for (unsigned i = 1; i <= exponent; i++) /* choose(exponent + rows - 1, exponent) */
                sum += log10((double)(rows - 1 + i) / i);
        }
    }
    return sum;
}
