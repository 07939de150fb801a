/* Replays NeuroSpector's results: tables with their costs (analyzer), bottom-up searches and
 * exhaustive optima. A file holds {"meta": ..., "cases": [...]}; the accelerators and networks that
 * the cases name are looked for in configs/ beside the file, else beside the known results. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/neurospector_cfg.h"
#include "neurospector/bottom_up.h"
#include "neurospector/exact.h"
#include "neurospector/legality.h"
#include "neurospector/print.h"
#include "reference/reference.h"

enum { PATH_BYTES = 4096, MOST_LOADED = 64 };

/* Inputs loaded so far; few, and used by hundreds of cases. */
static struct {
    tw_ctx *ctx;
    tw_arena arena;
    size_t accelerator_count, network_count;
    struct {
        char path[PATH_BYTES];
        ns_accelerator value;
    } accelerators[MOST_LOADED];
    struct {
        char path[PATH_BYTES];
        ns_network value;
    } networks[MOST_LOADED];
} loaded;

static bool config_path(const char *file, const char *folder, const char *name, char *path) {
    const char *slash = strrchr(file, '/');
    const int length = slash ? (int)(slash - file) + 1 : 0;
    snprintf(path, PATH_BYTES, "%.*sconfigs/%s/%s.cfg", length, file, folder, name);
    if (access(path, R_OK) == 0)
        return true;
    snprintf(path, PATH_BYTES, "%s/neurospector/configs/%s/%s.cfg", TW_TEST_REFERENCE_DIR, folder,
             name);
    return access(path, R_OK) == 0;
}

static const ns_accelerator *accelerator_of(const char *file, const json_t *object) {
    char path[PATH_BYTES];
    if (!config_path(file, "accelerators", reference_text(object, "accelerator"), path))
        return NULL;
    for (size_t i = 0; i < loaded.accelerator_count; i++)
        if (strcmp(loaded.accelerators[i].path, path) == 0)
            return &loaded.accelerators[i].value;
    const size_t n = loaded.accelerator_count;
    tw_input input;
    if (n == MOST_LOADED || tw_input_open(loaded.ctx, path, &input) != TW_OK)
        return NULL;
    strcpy(loaded.accelerators[n].path, path);
    input.path = loaded.accelerators[n].path;
    const tw_status status =
        ns_accelerator_read(&input, &loaded.arena, &loaded.accelerators[n].value);
    tw_input_close(&input);
    return status == TW_OK ? &loaded.accelerators[loaded.accelerator_count++].value : NULL;
}

static const ns_network *network_of(const char *file, const json_t *object) {
    char path[PATH_BYTES];
    if (!config_path(file, "networks", reference_text(object, "network"), path))
        return NULL;
    for (size_t i = 0; i < loaded.network_count; i++)
        if (strcmp(loaded.networks[i].path, path) == 0)
            return &loaded.networks[i].value;
    const size_t n = loaded.network_count;
    tw_input input;
    if (n == MOST_LOADED || tw_input_open(loaded.ctx, path, &input) != TW_OK)
        return NULL;
    strcpy(loaded.networks[n].path, path);
    input.path = loaded.networks[n].path;
    const tw_status status =
        ns_network_read(&input, &loaded.arena, NS_GROUPS_RAW, &loaded.networks[n].value);
    tw_input_close(&input);
    return status == TW_OK ? &loaded.networks[loaded.network_count++].value : NULL;
}

static bool read_table(const json_t *object, ns_table *table) {
    const json_t *rows = json_object_get(object, "table");
    for (size_t r = 0; r < NS_ROWS; r++)
        for (size_t c = 0; c < NS_COLUMNS; c++) {
            const json_t *value = json_array_get(json_array_get(rows, r), c);
            if (!json_is_integer(value))
                return false;
            table->factor[r][c] = (uint64_t)json_integer_value(value);
        }
    return true;
}

static ns_dataflows read_dataflows(const json_t *object, const ns_accelerator *accelerator) {
    ns_dataflows flows = ns_own_dataflows(accelerator);
    flows.of[NS_LB] = (ns_dataflow)reference_u64(object, "lb_dataflow", flows.of[NS_LB]);
    if (accelerator->buffers[NS_GB].present)
        flows.of[NS_GB] = (ns_dataflow)reference_u64(object, "gb_dataflow", flows.of[NS_GB]);
    return flows;
}

static void compare_values(reference_run *run, const char *id, const json_t *exact,
                           const ns_cost *c) {
    const struct {
        const char *key;
        double value;
    } fields[] = {
        {"mac_energy", c->mac_pj},
        {"lb_energy_upper", c->lb_upper_pj},
        {"lb_energy_lower", c->lb_lower_pj},
        {"local_buffer_energy", c->level_pj[NS_LEVEL_LB]},
        {"gb_energy_upper", c->gb_upper_pj},
        {"gb_energy_lower", c->gb_lower_pj},
        {"global_buffer_energy", c->level_pj[NS_LEVEL_GB]},
        {"dram_energy", c->level_pj[NS_LEVEL_DRAM]},
        {"total_energy", c->dynamic_pj},
        {"mac_static", c->mac_static_pj},
        {"local_buffer_static", c->level_static_pj[NS_LEVEL_LB]},
        {"global_buffer_static", c->level_static_pj[NS_LEVEL_GB]},
        {"dram_static", c->level_static_pj[NS_LEVEL_DRAM]},
        {"total_static_energy", c->static_pj},
        {"mac_cycle", c->mac_cycles},
        {"local_buffer_cycle", c->level_cycles[NS_LEVEL_LB]},
        {"global_buffer_cycle", c->level_cycles[NS_LEVEL_GB]},
        {"dram_cycle", c->level_cycles[NS_LEVEL_DRAM]},
        {"total_cycle", c->cycles},
        {"total_cost_energy", c->energy_pj},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (json_object_get(exact, fields[i].key))
            reference_number(run, id, fields[i].key, reference_double(exact, fields[i].key, 0),
                             fields[i].value, 1e-12);
}

static void compare_array(reference_run *run, const char *id, const char *key, const json_t *array,
                          const uint64_t *values, size_t count) {
    for (size_t i = 0; array && i < count; i++)
        reference_count(run, id, key, (uint64_t)json_integer_value(json_array_get(array, i)),
                        values[i]);
}

static void compare_counts(reference_run *run, const char *id, const json_t *exact,
                           const ns_cost *c) {
    static const char *const levels[NS_LEVELS] = {"lb", "gb", "dram"};
    for (int l = 0; l < NS_LEVELS; l++) {
        char key[64];
        snprintf(key, sizeof key, "%s_tile_size_send", levels[l]);
        compare_array(run, id, key, json_object_get(exact, key), c->send[l], NS_DATA);
        snprintf(key, sizeof key, "%s_tile_size_alloc", levels[l]);
        compare_array(run, id, key, json_object_get(exact, key), c->alloc[l], NS_DATA);
        snprintf(key, sizeof key, "%s_access_count", levels[l]);
        compare_array(run, id, key, json_object_get(exact, key), c->count[l], NS_COUNTS);
    }
    compare_array(run, id, "active", json_object_get(exact, "active"), c->active, NS_ARRAYS);
}

/* Every line "LABEL : value" of the listing against the original's, as texts. */
static void compare_listing(reference_run *run, const char *id, const json_t *printed,
                            const char *listing) {
    size_t lines = 0;
    for (const char *line = listing; *line; line += strcspn(line, "\n") + 1) {
        const char *colon = strstr(line, " : ");
        const size_t length = strcspn(line, "\n");
        if (!colon || (size_t)(colon - line) > length || line[0] == 'L')
            continue;
        const char *start = line + strspn(line, " ");
        char label[64];
        snprintf(label, sizeof label, "%.*s", (int)(colon - start), start);
        const char *expected = reference_text(printed, label);
        const int value_length = (int)(line + length - colon) - 3;
        lines++;
        if (strlen(expected) != (size_t)value_length ||
            strncmp(expected, colon + 3, (size_t)value_length) != 0)
            reference_differs(run, id, "%s: expected %s, printed %.*s", label, expected,
                              value_length, colon + 3);
    }
    if (lines != json_object_size(printed))
        reference_differs(run, id, "%zu lines printed, expected %zu", lines,
                          json_object_size(printed));
}

static void check_listing(reference_run *run, const char *id, const ns_accelerator *accelerator,
                          const ns_layer *layer, const ns_dataflows *flows, const ns_table *table,
                          const json_t *object) {
    ns_model single;
    ns_cost cost;
    char *listing = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&listing, &size);
    if (!out)
        return;
    ns_model_init(&single, accelerator, true);
    ns_evaluate(&single, layer, flows, table, &cost);
    ns_print_result(accelerator, layer, flows, table, &cost, NS_PRINT_TERMINAL, out);
    fclose(out);
    compare_listing(run, id, json_object_get(object, "printed"), listing);
    free(listing);
}

static bool read_layer(const json_t *object, ns_layer *layer) {
    const json_t *params = json_object_get(object, "params");
    *layer = (ns_layer){.name = reference_text(object, "layer_name"),
                        .stride = reference_u64(object, "stride", 1)};
    for (size_t c = 0; c < NS_COLUMNS; c++)
        layer->size[c] = (uint64_t)json_integer_value(json_array_get(params, c));
    return json_array_size(params) == NS_COLUMNS;
}

static void check_analyzer(reference_run *run, const char *id, const ns_accelerator *accelerator,
                           const json_t *object) {
    ns_layer layer;
    ns_table table;
    ns_model model;
    ns_cost cost;
    if (!read_layer(object, &layer) || !read_table(object, &table)) {
        reference_differs(run, id, "the case has no params or table");
        return;
    }
    const ns_dataflows flows = read_dataflows(object, accelerator);
    if (!ns_table_is_valid(accelerator, &layer, &table))
        reference_differs(run, id, "the table counts as invalid");
    ns_model_init(&model, accelerator, false);
    ns_evaluate(&model, &layer, &flows, &table, &cost);
    compare_values(run, id, json_object_get(object, "exact"), &cost);
    compare_counts(run, id, json_object_get(object, "exact"), &cost);
    /* Where the original's counts wrapped its numbers are not what we print. */
    if (json_object_get(object, "printed") &&
        reference_double(object, "max_rel_err_ns_vs_exact", 0) < 1e-5)
        check_listing(run, id, accelerator, &layer, &flows, &table, object);
}

static const ns_layer *numbered_layer(const ns_network *network, const json_t *object) {
    const uint64_t number = reference_u64(object, "layer", 0);
    return number >= 1 && number <= network->layer_count ? &network->layers[number - 1] : NULL;
}

static ns_metric metric_of(const json_t *object) {
    return strcmp(reference_text(object, "metric"), "cycle") == 0 ? NS_METRIC_CYCLE
                                                                  : NS_METRIC_ENERGY;
}

/* The 32-bit arithmetic of the original wrapped: its choice means nothing, its cost is a cost. */
static bool wrapped(const json_t *object) {
    const double exact = reference_double(object, "cost_exact", 0);
    return fabs(reference_double(object, "cost_f32", exact) - exact) > 1e-4 * exact;
}

/* The optimum has to be the one found by exhaustion: better is impossible, unless the exhaustive
 * search ran out of time. It compared 32-bit costs: its choice may cost up to their precision
 * more. */
static void check_optimum(reference_run *run, const char *id, const ns_accelerator *accelerator,
                          const ns_layer *layer, const json_t *object) {
    const double expected = reference_double(object, "cost_exact", 0);
    const ns_search_options options = {
        .metric = metric_of(object),
        .flexible = strcmp(reference_text(object, "dataflow"), "flexible") == 0};
    ns_search_result result;
    if (ns_exact(loaded.ctx, accelerator, layer, &options, &result) != TW_OK) {
        reference_differs(run, id, "the search failed");
        return;
    }
    if (!result.found || !result.proven || !ns_table_is_valid(accelerator, layer, &result.table))
        reference_differs(run, id, "no proven valid mapping");
    const bool open = json_is_true(json_object_get(object, "timeout")) || wrapped(object);
    if (result.value > expected * (1 + 1e-12) || (result.value < expected * (1 - 3e-7) && !open))
        reference_differs(run, id, "optimum: expected %.17g, is %.17g", expected, result.value);
}

/* Some mapping of the layer has counts beyond 32 bits, so that the original may have been led
 * astray on its way even where its result has none. */
static bool may_wrap(const ns_layer *layer) {
    double most = 2; /* partial sums go both ways */
    for (int c = 0; c < NS_COLUMNS; c++)
        most *= (double)layer->size[c];
    if (layer->stride > 1)
        most *= (double)(layer->stride * layer->stride);
    return most >= 4294967296.0;
}

static void print_tables(const ns_table *expected, const ns_table *actual) {
    for (int r = 0; r < NS_ROWS; r++) {
        printf("  %-16s", ns_row_section((ns_row)r));
        for (int c = 0; c < NS_COLUMNS; c++)
            printf(" %5llu", (unsigned long long)expected->factor[r][c]);
        printf("  |");
        for (int c = 0; c < NS_COLUMNS; c++)
            printf(" %5llu", (unsigned long long)actual->factor[r][c]);
        printf("\n");
    }
}

static void check_bottom_up(reference_run *run, const char *id, const ns_accelerator *accelerator,
                            const ns_layer *layer, const json_t *object) {
    ns_table expected;
    if (!read_table(object, &expected)) {
        reference_differs(run, id, "the case has no table");
        return;
    }
    const ns_search_options options = {
        .metric = metric_of(object),
        .flexible = strcmp(reference_text(object, "dataflow"), "flexible") == 0};
    ns_search_result result;
    if (ns_bottom_up(loaded.ctx, accelerator, layer, &options, &result) != TW_OK) {
        reference_differs(run, id, "the search failed");
        return;
    }
    if (wrapped(object) ||
        (may_wrap(layer) && result.value < reference_double(object, "cost_exact", 0)))
        return;
    if (!ns_table_equal(&result.table, &expected)) {
        reference_differs(run, id, "%s, expected %s, another table costs %.17g, expected %.17g",
                          result.strategy, reference_text(object, "strategy"), result.value,
                          reference_double(object, "cost_exact", 0));
        if (run->verbose)
            print_tables(&expected, &result.table);
    }
    reference_number(run, id, "cost", reference_double(object, "cost_exact", 0), result.value,
                     1e-12);
}

static void check_case(reference_run *run, const char *file, json_t *object) {
    char id[256];
    const ns_accelerator *accelerator = accelerator_of(file, object);
    const ns_network *network = network_of(file, object);
    snprintf(id, sizeof id, "%s %s %s%llu %s %s", reference_text(object, "accelerator"),
             reference_text(object, "network"), reference_text(object, "layer_name"),
             (unsigned long long)reference_u64(object, "layer", reference_u64(object, "id", 0)),
             reference_text(object, "dataflow"), reference_text(object, "metric"));
    reference_begin(run);
    if (!accelerator || !network)
        reference_differs(run, id, "its accelerator or network cannot be read");
    else if (json_object_get(object, "exact"))
        check_analyzer(run, id, accelerator, object);
    else if (!numbered_layer(network, object))
        reference_differs(run, id, "there is no such layer");
    else if (json_object_get(object, "timeout"))
        check_optimum(run, id, accelerator, numbered_layer(network, object), object);
    else if (json_object_get(object, "optimizer"))
        check_bottom_up(run, id, accelerator, numbered_layer(network, object), object);
    reference_end(run, id, "same");
}

static void check_file(reference_run *run, const char *file, json_t *object) {
    const json_t *cases = json_object_get(object, "cases");
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach(cases, i, item) check_case(run, file, item);
}

bool check_neurospector(reference_run *run, const char *path) {
    loaded.ctx = tw_ctx_new(NULL);
    if (!loaded.ctx)
        return false;
    tw_arena_init(&loaded.arena, loaded.ctx);
    const bool readable = reference_each(run, path, check_file);
    tw_diagnostics_print(loaded.ctx, stderr, false);
    tw_arena_free(&loaded.arena);
    tw_ctx_free(loaded.ctx);
    return readable;
}
