/* The public load and free functions: find the file, open it, let its format fill the object. */
#include "input/formats.h"

#include <string.h>
#include <sys/stat.h>

#include "input/built_in.h"

/* What to say of a name that is not there: a built-in of the other kind, or a close name. */
static tw_status fail_unknown(tw_ctx *ctx, tw_arena *arena, const char *folder, const char *path) {
    const bool accelerator = strcmp(folder, "accelerators") == 0;
    const char **names = NULL;
    size_t count = 0;
    TW_TRY(tw_data_list(ctx, arena, folder, &names, &count));
    const char *close = tw_closest_word(path, names, count);
    char hint[96] = "";
    if (tw_data_path(ctx, arena, accelerator ? "networks" : "accelerators", path))
        snprintf(hint, sizeof hint, ", but %s is", accelerator ? "a network" : "an accelerator");
    else if (close)
        snprintf(hint, sizeof hint, ", did you mean \"%s\"?", close);
    if (atomic_load(&ctx->out_of_memory))
        return TW_ERROR;
    return tw_fail(ctx, TW_INVALID, NULL, "no file and no built-in %s is called \"%s\"%s",
                   accelerator ? "accelerator" : "network", path, hint);
}

/* The path to read: the file itself if there is one, else the built-in of that name. */
static tw_status resolve(tw_ctx *ctx, tw_arena *arena, const char *folder, const char *path,
                         const char **found) {
    struct stat info;
    *found = path;
    if (strcmp(path, "-") == 0 || (stat(path, &info) == 0 && S_ISREG(info.st_mode)))
        return TW_OK;
    const char *built_in = tw_data_path(ctx, arena, folder, path);
    if (atomic_load(&ctx->out_of_memory))
        return TW_ERROR;
    if (built_in)
        *found = built_in;
    if (built_in || strchr(path, '/') || strchr(path, '.') || stat(path, &info) == 0)
        return TW_OK; /* without a built-in, opening it says what is wrong */
    return fail_unknown(ctx, arena, folder, path);
}

/* Resolves and opens; *origin and the input's path lie in the arena, so that positions of what is
 * read may keep them. */
static tw_status open_input(tw_ctx *ctx, tw_arena *arena, const char *folder, const char *path,
                            const char **origin, tw_input *input) {
    const char *found = NULL;
    TW_TRY(resolve(ctx, arena, folder, path, &found));
    const char *real = tw_arena_strdup(arena, found);
    *origin = tw_arena_strdup(arena, path);
    if (!*origin || !real)
        return tw_out_of_memory(ctx);
    return tw_input_open(ctx, real, input);
}

static tw_accelerator *new_accelerator(tw_ctx *ctx) {
    tw_accelerator *accelerator = tw_alloc(ctx, sizeof *accelerator);
    if (!accelerator)
        return NULL;
    accelerator->ctx = ctx;
    tw_arena_init(&accelerator->arena, ctx);
    return accelerator;
}

/* Hands over what was loaded, or frees it. */
static tw_status give_accelerator(tw_status status, tw_accelerator *accelerator,
                                  tw_accelerator **out) {
    if (status == TW_OK)
        *out = accelerator;
    else
        tw_accelerator_free(accelerator);
    return status;
}

tw_status tw_accelerator_load(tw_ctx *ctx, const char *path, tw_accelerator **out) {
    *out = NULL;
    tw_accelerator *accelerator = new_accelerator(ctx);
    if (!accelerator)
        return tw_out_of_memory(ctx);
    tw_input input;
    tw_status status =
        open_input(ctx, &accelerator->arena, "accelerators", path, &accelerator->origin, &input);
    if (status == TW_OK) {
        status = tw_accelerator_format_of(&input)->load(&input, accelerator);
        tw_input_close(&input);
    }
    return give_accelerator(status, accelerator, out);
}

tw_status tw_accelerator_from_input(const tw_input *input, tw_accelerator **out) {
    *out = NULL;
    tw_accelerator *accelerator = new_accelerator(input->ctx);
    if (!accelerator)
        return tw_out_of_memory(input->ctx);
    accelerator->origin = input->path;
    return give_accelerator(tw_accelerator_format_of(input)->load(input, accelerator), accelerator,
                            out);
}

void tw_accelerator_free(tw_accelerator *accelerator) {
    if (!accelerator)
        return;
    tw_arena_free(&accelerator->arena);
    tw_free(accelerator->ctx, accelerator);
}

const char *tw_accelerator_name(const tw_accelerator *accelerator) {
    return accelerator->hierarchy.name;
}

static tw_network *new_network(tw_ctx *ctx) {
    tw_network *network = tw_alloc(ctx, sizeof *network);
    if (!network)
        return NULL;
    network->ctx = ctx;
    tw_arena_init(&network->arena, ctx);
    return network;
}

static tw_status give_network(tw_status status, tw_network *network, tw_network **out) {
    if (status == TW_OK)
        *out = network;
    else
        tw_network_free(network);
    return status;
}

static tw_status load_network(const tw_input *input, const tw_network_options *options,
                              tw_network *out) {
    static const tw_network_options defaults;
    return tw_network_format_of(input)->load(input, options ? options : &defaults, out);
}

tw_status tw_network_load(tw_ctx *ctx, const char *path, const tw_network_options *options,
                          tw_network **out) {
    *out = NULL;
    tw_network *network = new_network(ctx);
    if (!network)
        return tw_out_of_memory(ctx);
    tw_input input;
    tw_status status = open_input(ctx, &network->arena, "networks", path, &network->origin, &input);
    if (status == TW_OK) {
        status = load_network(&input, options, network);
        tw_input_close(&input);
    }
    return give_network(status, network, out);
}

tw_status tw_network_from_input(const tw_input *input, const tw_network_options *options,
                                tw_network **out) {
    *out = NULL;
    tw_network *network = new_network(input->ctx);
    if (!network)
        return tw_out_of_memory(input->ctx);
    network->origin = input->path;
    return give_network(load_network(input, options, network), network, out);
}

void tw_network_free(tw_network *network) {
    if (!network)
        return;
    tw_arena_free(&network->arena);
    tw_free(network->ctx, network);
}

const char *tw_network_name(const tw_network *network) {
    return network->name;
}

size_t tw_network_layer_count(const tw_network *network) {
    return network->layer_count;
}

tw_status tw_mapping_set_load(tw_ctx *ctx, const char *path, const tw_accelerator *accelerator,
                              const tw_network *network, bool partial, tw_mapping_set **out) {
    *out = NULL;
    tw_mapping_set *set = tw_alloc(ctx, sizeof *set);
    if (!set)
        return tw_out_of_memory(ctx);
    set->ctx = ctx;
    set->partial = partial;
    tw_arena_init(&set->arena, ctx);
    tw_input input;
    set->origin = tw_arena_strdup(&set->arena, path);
    tw_status status = set->origin ? tw_input_open(ctx, set->origin, &input) : TW_ERROR;
    if (status == TW_OK) {
        status = tw_mapping_format_of(&input)->load(&input, accelerator, network, partial, set);
        tw_input_close(&input);
    }
    if (status == TW_OK)
        *out = set;
    else
        tw_mapping_set_free(set);
    return status;
}
