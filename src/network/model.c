#include "network/model.h"

#include <string.h>

static const tw_model models[] = {
    {"loopnest", tw_evaluate},
};

const tw_model *tw_model_by_name(const char *name) {
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}
