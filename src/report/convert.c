/* From any format that is read to any that is written. */
#include <string.h>
#include <sys/stat.h>

#include "input/built_in.h"
#include "input/formats.h"
#include "neurospector/write.h"
#include "report/foreign.h"
#include "report/native_yaml.h"
#include "report/report.h"

typedef enum {
    TO_NATIVE,
    TO_TIMELOOP,
    TO_ZIGZAG,
    TO_SCALESIM,
    TO_NEUROSPECTOR,
    TARGET_COUNT
} target;
static const char *const targets[TARGET_COUNT + 1] = {"native",    "timeloop",     "zigzag",
                                                      "scale-sim", "neurospector", NULL};

typedef struct {
    tw_ctx *ctx;
    const char *path;
    const tw_convert_options *options;
    target to;
    tw_text out;
} conversion;

const char *const *tw_convert_formats(void) {
    return targets;
}

static tw_status find_target(conversion *c) {
    if (!c->options->to)
        return TW_OK;
    for (int t = 0; t < TARGET_COUNT; t++)
        if (strcmp(targets[t], c->options->to) == 0) {
            c->to = (target)t;
            return TW_OK;
        }
    const char *close = tw_closest_word(c->options->to, targets, TARGET_COUNT);
    return tw_fail(c->ctx, TW_USAGE, NULL,
                   "format \"%.40s\" is not written, expected native, timeloop, zigzag, "
                   "scale-sim or neurospector%s%s%s",
                   c->options->to, close ? "; did you mean \"" : "", close ? close : "",
                   close ? "\"?" : "");
}

/* ---- What a file or built-in is ---------------------------------------------------------------
 */

static tw_status kind_of(conversion *c, tw_input_kind *kind) {
    struct stat info;
    tw_arena arena;
    tw_input input;
    if (strcmp(c->path, "-") == 0)
        return tw_fail(c->ctx, TW_USAGE, NULL, "standard input cannot be converted, give a file");
    if (stat(c->path, &info) == 0) {
        TW_TRY(tw_input_open(c->ctx, c->path, &input));
        *kind = tw_input_kind_of(&input);
        tw_input_close(&input);
        return TW_OK;
    }
    tw_arena_init(&arena, c->ctx);
    *kind = tw_data_path(c->ctx, &arena, "accelerators", c->path) ? TW_INPUT_ACCELERATOR
                                                                  : TW_INPUT_NETWORK;
    tw_arena_free(&arena);
    return TW_OK; /* loading it says what is wrong with another name */
}

/* ---- Accelerators ---------------------------------------------------------------------------- */

static tw_status convert_accelerator(conversion *c) {
    tw_accelerator *accelerator = NULL;
    if (c->to == TO_ZIGZAG || c->to == TO_SCALESIM)
        return tw_fail(c->ctx, TW_INVALID, NULL,
                       "%s is an accelerator, which can be written as native, timeloop or "
                       "neurospector",
                       c->path);
    TW_TRY(tw_accelerator_load(c->ctx, c->path, &accelerator));
    tw_status status = TW_OK;
    if (c->to == TO_TIMELOOP)
        status = tw_timeloop_architecture_write(&c->out, accelerator);
    else if (c->to == TO_NEUROSPECTOR)
        status = tw_neurospector_accelerator_write(&c->out, accelerator);
    else
        status = tw_native_accelerator_write(&c->out, accelerator);
    tw_accelerator_free(accelerator);
    return status;
}

/* ---- Networks ----------------------------------------------------------------------------------
 */

/* Leaves the one layer that was asked for, by name or number from 1. */
static tw_status choose_layer(conversion *c, tw_network *network) {
    const char *wanted = c->options->layer;
    char number[24];
    for (size_t i = 0; i < network->layer_count; i++) {
        snprintf(number, sizeof number, "%zu", i + 1);
        if (strcmp(network->layers[i].name, wanted) != 0 && strcmp(number, wanted) != 0)
            continue;
        network->layers[0] = network->layers[i];
        network->layers[0].source_count = 0;
        network->layer_count = 1;
        network->external_count = 0;
        return TW_OK;
    }
    return tw_fail(c->ctx, TW_INVALID, NULL, "network %s has no layer \"%.60s\"", network->name,
                   wanted);
}

static tw_status write_network(conversion *c, const tw_network *network) {
    switch (c->to) {
    case TO_TIMELOOP:
        return tw_timeloop_problem_write(&c->out, network);
    case TO_ZIGZAG:
        return tw_zigzag_write(&c->out, network, c->options->network_options.strict);
    case TO_SCALESIM:
        return tw_scalesim_write(&c->out, network, c->options->network_options.strict);
    case TO_NEUROSPECTOR:
        return tw_neurospector_network_write(&c->out, network, c->options->network_options.strict);
    case TO_NATIVE:
    case TARGET_COUNT:
        break;
    }
    return tw_native_network_write(&c->out, network);
}

static tw_status convert_network(conversion *c) {
    tw_network *network = NULL;
    TW_TRY(tw_network_load(c->ctx, c->path, &c->options->network_options, &network));
    tw_status status = c->options->layer ? choose_layer(c, network) : TW_OK;
    if (status == TW_OK)
        status = write_network(c, network);
    tw_network_free(network);
    return status;
}

/* ---- Mappings -----------------------------------------------------------------------------------
 */

static tw_status convert_mapping(conversion *c) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_mapping_set *mappings = NULL;
    if (c->to != TO_NATIVE && c->to != TO_NEUROSPECTOR)
        return tw_fail(c->ctx, TW_INVALID, NULL,
                       "%s has mappings, which can be written as native or neurospector", c->path);
    if (!c->options->accelerator || !c->options->network)
        return tw_fail(c->ctx, TW_USAGE, NULL,
                       "%s has mappings: say with --arch and --net what they are for", c->path);
    tw_status status = tw_accelerator_load(c->ctx, c->options->accelerator, &accelerator);
    if (status == TW_OK)
        status =
            tw_network_load(c->ctx, c->options->network, &c->options->network_options, &network);
    if (status == TW_OK)
        status = tw_mapping_set_load(c->ctx, c->path, accelerator, network, false, &mappings);
    if (status == TW_OK)
        status = c->to == TO_NEUROSPECTOR
                     ? tw_neurospector_mappings_write(&c->out, accelerator, network, mappings)
                     : tw_native_mappings_write(&c->out, &accelerator->hierarchy, mappings);
    tw_mapping_set_free(mappings);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    return status;
}

static tw_status convert(conversion *c) {
    tw_input_kind kind = TW_INPUT_UNKNOWN;
    TW_TRY(find_target(c));
    TW_TRY(kind_of(c, &kind));
    switch (kind) {
    case TW_INPUT_ACCELERATOR:
        return convert_accelerator(c);
    case TW_INPUT_NETWORK:
        return convert_network(c);
    case TW_INPUT_MAPPING:
    case TW_INPUT_RESULT:
        return convert_mapping(c);
    case TW_INPUT_CONSTRAINTS:
    case TW_INPUT_UNKNOWN:
        break;
    }
    const tw_position at = {.file = c->path};
    return tw_fail(
        c->ctx, TW_INVALID, &at,
        "this is no accelerator, network, mapping or result, which is what is converted");
}

tw_status tw_convert(tw_ctx *ctx, const char *path, const tw_convert_options *options, FILE *out) {
    static const tw_convert_options defaults;
    conversion c = {.ctx = ctx, .path = path, .options = options ? options : &defaults};
    tw_text_init(&c.out, ctx);
    const tw_status status = convert(&c);
    if (status == TW_OK)
        return tw_report_finish(ctx, &c.out, out);
    tw_text_free(&c.out);
    return status;
}
