#include "network/model.h"

#include <string.h>

#include "neurospector/native.h"
#include "neurospector/native_offers.h"

static const tw_model models[] = {
    {.name = "loopnest",
     .search = tw_search,
     .evaluate = tw_evaluate,
     .offers = tw_search_offers,
     .choice = tw_loopnest_choice},
    {.name = "neurospector",
     .check = tw_neurospector_check,
     .search = tw_neurospector_search,
     .evaluate = tw_neurospector_evaluate,
     .machine = tw_neurospector_machine,
     .offers = tw_neurospector_offers,
     .choice = tw_neurospector_choice,
     .can_use = tw_neurospector_can_use,
     .meets = tw_neurospector_meets},
};

const tw_model *tw_model_by_name(const char *name) {
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

tw_status tw_model_of(tw_ctx *ctx, const tw_map_options *options, const tw_accelerator *accelerator,
                      const tw_model **out) {
    const tw_position at = {.file = accelerator->origin};
    if (accelerator->kind != TW_KIND_HIERARCHY)
        return tw_fail(ctx, TW_INVALID, &at,
                       "the model %s prices accelerators of kind hierarchy, this one is tiled",
                       options->model);
    *out = tw_model_by_name(options->model);
    if (!*out)
        return tw_fail(ctx, TW_USAGE, NULL, "the model %s cannot price native mappings",
                       options->model);
    return (*out)->check ? (*out)->check(ctx, &at, &accelerator->hierarchy, options) : TW_OK;
}
