/* Kind nn-dataflow: results of the original tool, whole networks and single functions. */
#include <string.h>

#include "reference/nn_dataflow.h"

static void check_file(reference_run *run, const char *file, json_t *object) {
    if (nnd_check_unit(run, file, object))
        return;
}

bool check_nn_dataflow(reference_run *run, const char *path) {
    return reference_each(run, path, check_file);
}
