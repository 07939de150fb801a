#include "report/tiled.h"

#include <math.h>

#include "base/json_writer.h"

static const char *const mem_names[TW_MEMS] = {"dram", "global_buffer", "array", "register_file"};
static const char *const par_names[TW_PARS] = {"outputs", "positions", "batch", "inputs"};

static double utilization(const tw_tiled_result *r, const tw_layer_schedule *l) {
    return l->blocking.ops /
           ((double)l->blocking.proc_time * l->nodes * r->resource.array.h * r->resource.array.w);
}

static double memory_words(const tw_layer_schedule *l, int mem) {
    double words = 0;
    for (int d = 0; d < TW_DATAS; d++)
        words += l->blocking.access[mem][d] + (mem == TW_MEM_GBUF ? l->blocking.remote[d] : 0);
    return words;
}

static double hops(const tw_layer_schedule *l) {
    return l->total_nhops[0] + l->total_nhops[1] + l->total_nhops[2];
}

/* "positions 4x2, batch 1x2": the parallelisms that cut, outermost first. */
static void partition_words(const tw_partition *part, char out[160]) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < TW_PARS; i++) {
        const tw_dim2 dims = part->pdims[part->order[i]];
        if (tw_dim2_size(dims) > 1)
            used += (size_t)snprintf(out + used, 160 - used, "%s%s %dx%d", used ? ", " : "",
                                     par_names[part->order[i]], dims.h, dims.w);
    }
    if (!used)
        snprintf(out, 160, "none");
}

static void energy_lines(tw_text *out, const tw_tiled_result *r) {
    const double *unit = r->cost.mem_hier;
    tw_text_add(out, "\n  %-14s %12.4g pJ\n", "mac", r->mac_pj);
    for (int m = 0; m < TW_MEMS; m++)
        tw_text_add(out, "  %-14s %12.4g pJ  %.4g words\n", mem_names[m], unit[m] * r->access[m],
                    r->access[m]);
    tw_text_add(out, "  %-14s %12.4g pJ  %.4g word hops\n", "network", r->network_pj, r->hops);
    tw_text_add(out, "  %-14s %12.4g pJ\n", "static", r->total_static);
}

void tw_report_tiled_text(tw_text *out, const tw_result *result, const tw_write_options *options) {
    const tw_tiled_result *r = result->tiled;
    tw_text_add(out, "%s on %s, batch %llu\n\n", result->network_name, result->accelerator_name,
                (unsigned long long)result->batch);
    tw_text_add(out, "  %-20s %10s %10s %5s %6s %10s %10s  %s\n", "layer", "energy pJ", "cycles",
                "nodes", "use", "DRAM words", "word hops", "cut over the nodes");
    for (size_t i = 0; i < r->layer_count; i++) {
        const tw_layer_schedule *l = &r->schedules[i];
        char cut[160];
        partition_words(&l->part, cut);
        tw_text_add(out, "  %-20.20s %10.4g %10lld %5d %5.1f%% %10.4g %10.4g  %s\n", r->names[i],
                    l->cost, (long long)l->time, l->nodes, 100 * utilization(r, l),
                    memory_words(l, TW_MEM_DRAM), hops(l), cut);
    }
    tw_text_add(out, "\n  total: %.6g pJ, %lld cycles, %.6g MACs and operations\n", r->total_cost,
                (long long)r->total_time, r->ops);
    energy_lines(out, r);
    if (!options->no_timing)
        tw_text_add(out, "\n  %.3f s\n", result->seconds);
}

static void write_cut(tw_json *j, const tw_partition *part) {
    tw_json_array_row(j, "partition");
    for (int i = 0; i < TW_PARS; i++) {
        const int p = part->order[i];
        if (tw_dim2_size(part->pdims[p]) == 1)
            continue;
        tw_json_object_row(j, NULL);
        tw_json_text(j, "cut", par_names[p]);
        tw_json_u64(j, "rows", (uint64_t)part->pdims[p].h);
        tw_json_u64(j, "columns", (uint64_t)part->pdims[p].w);
        tw_json_end(j);
    }
    tw_json_end(j);
}

/* Loops of a level from the outermost inwards, without those of one iteration. */
static void write_loops(tw_json *j, const char *key, const tw_blocking *b, int level) {
    static const char *const names[TW_LOOPS] = {"inputs", "outputs", "batch"};
    tw_json_array_row(j, key);
    for (int place = TW_LOOPS - 1; place >= 0; place--)
        for (int lp = 0; lp < TW_LOOPS; lp++) {
            const int at = level < 2 ? b->order[level][lp] : lp;
            if (at != place || b->t[level][lp] == 1)
                continue;
            tw_json_array_row(j, NULL);
            tw_json_text(j, NULL, names[lp]);
            tw_json_u64(j, NULL, (uint64_t)b->t[level][lp]);
            tw_json_end(j);
        }
    tw_json_end(j);
}

static void write_words(tw_json *j, const tw_layer_schedule *l) {
    tw_json_object(j, "words");
    for (int m = 0; m < TW_MEMS; m++)
        tw_json_doubles(j, mem_names[m], l->blocking.access[m], TW_DATAS);
    tw_json_doubles(j, "remote_global_buffer", l->blocking.remote, TW_DATAS);
    tw_json_doubles(j, "hops", l->total_nhops, TW_DATAS);
    tw_json_end(j);
}

static void write_energy(tw_json *j, const tw_layer_schedule *l, const tw_tiled_cost *cost) {
    tw_json_object_row(j, "energy_breakdown_pj");
    tw_json_double(j, "mac", l->cost_op);
    for (int m = 0; m < TW_MEMS; m++)
        tw_json_double(j, mem_names[m], cost->mem_hier[m] * memory_words(l, m));
    tw_json_double(j, "network", l->cost_noc);
    tw_json_double(j, "static", l->cost_static);
    tw_json_end(j);
}

static void write_layer(tw_json *j, const tw_tiled_result *r, size_t i) {
    const tw_layer_schedule *l = &r->schedules[i];
    const tw_blocking *b = &l->blocking;
    const int64_t sequence[3] = {r->sequences[i][0], r->sequences[i][1], r->sequences[i][2]};
    tw_json_object(j, NULL);
    tw_json_text(j, "name", r->names[i]);
    tw_json_text(j, "status", "optimal");
    tw_json_double(j, "energy_pj", l->cost);
    tw_json_u64(j, "latency_cycles", (uint64_t)l->time);
    tw_json_double(j, "macs", b->ops);
    tw_json_double(j, "utilization", utilization(r, l));
    tw_json_u64(j, "nodes", (uint64_t)l->nodes);
    tw_json_i64s(j, "sequence", sequence, 3);
    write_cut(j, &l->part);
    write_loops(j, "loops_dram", b, 0);
    write_loops(j, "loops_global_buffer", b, 1);
    write_loops(j, "loops_register_file", b, 2);
    tw_json_array_row(j, "stored_in_global_buffer");
    for (int d = 0; d < TW_DATAS; d++)
        tw_json_bool(j, NULL, b->stored[d]);
    tw_json_end(j);
    write_words(j, l);
    write_energy(j, l, &r->cost);
    tw_json_end(j);
}

void tw_report_tiled_json(tw_text *out, const tw_result *result, const tw_write_options *options) {
    const tw_tiled_result *r = result->tiled;
    tw_json json, *j = &json;
    tw_json_init(j, out);
    tw_json_object(j, NULL);
    tw_json_text(j, "schema", "tilewright/tiled-result/1");
    tw_json_text(j, "version", tw_version());
    tw_json_text(j, "command", result->command);
    tw_json_text(j, "arch", result->accelerator_name);
    tw_json_text(j, "network", result->network_name);
    tw_json_u64(j, "batch", result->batch);
    tw_json_text(j, "model", result->model);
    tw_json_text(j, "objective", tw_objective_names[result->objective]);
    tw_json_array(j, "layers");
    for (size_t i = 0; i < r->layer_count; i++)
        write_layer(j, r, i);
    tw_json_end(j);
    tw_json_object(j, "total");
    tw_json_double(j, "energy_pj", r->total_cost);
    tw_json_u64(j, "latency_cycles", (uint64_t)r->total_time);
    tw_json_double(j, "edp", result->total.edp);
    tw_json_double(j, "macs", r->ops);
    tw_json_end(j);
    if (!options->no_timing) {
        tw_json_object_row(j, "timing");
        tw_json_double(j, "seconds", result->seconds);
        tw_json_u64(j, "threads", result->threads);
        tw_json_end(j);
    }
    tw_json_end(j);
}

void tw_report_tiled_csv(tw_text *out, const tw_result *result, const tw_write_options *options) {
    const tw_tiled_result *r = result->tiled;
    (void)options;
    tw_text_add(out, "layer,energy_pj,latency_cycles,macs,nodes,utilization,dram_words,"
                     "global_buffer_words,array_words,register_file_words,word_hops\n");
    for (size_t i = 0; i < r->layer_count; i++) {
        const tw_layer_schedule *l = &r->schedules[i];
        const double numbers[] = {l->cost,
                                  (double)l->time,
                                  l->blocking.ops,
                                  l->nodes,
                                  utilization(r, l),
                                  memory_words(l, TW_MEM_DRAM),
                                  memory_words(l, TW_MEM_GBUF),
                                  memory_words(l, TW_MEM_ITCN),
                                  memory_words(l, TW_MEM_REGF),
                                  hops(l)};
        tw_text_add(out, "\"%s\"", r->names[i]);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            char text[TW_DOUBLE_TEXT];
            tw_format_number(text, numbers[k]);
            tw_text_add(out, ",%s", text);
        }
        tw_text_add(out, "\n");
    }
}

void tw_show_tiled(tw_text *out, const tw_accelerator *accelerator) {
    const tw_tiled *t = accelerator->tiled;
    tw_text_add(out, "%s: %s\n\n", t->name,
                accelerator->hierarchy.description ? accelerator->hierarchy.description : "tiled");
    tw_text_add(out, "  %d x %d nodes, memory %s", t->node_rows, t->node_columns,
                t->stacked ? "stacked over every node" : "at the four corners");
    if (isfinite(t->memory_words))
        tw_text_add(out, ", %.6g words a cycle", t->memory_words);
    tw_text_add(out,
                "\n  each node: %d x %d processing elements, global buffer of %lld words\n"
                "  each element: register file of %lld words of %u bits\n",
                t->array_rows, t->array_columns, (long long)t->buffer_words,
                (long long)t->register_words, (unsigned)t->word_bits);
    if (t->bus_words)
        tw_text_add(out, "  array buses: %lld words a cycle for each kind of data\n",
                    (long long)t->bus_words);
    tw_text_add(
        out,
        "  energy in pJ: MAC %.6g, DRAM %.6g, global buffer %.6g, array %.6g, register file "
        "%.6g, hop %.6g, %.6g a cycle\n",
        t->mac_pj, t->dram_pj, t->buffer_pj, t->array_pj, t->register_pj, t->hop_pj,
        t->idle_pj_per_cycle);
    if (accelerator->hierarchy.source)
        tw_text_add(out, "\n  source: %s\n", accelerator->hierarchy.source);
}
