/* What the parts of the nn_dataflow check share. */
#ifndef TESTS_REFERENCE_NN_DATAFLOW_H
#define TESTS_REFERENCE_NN_DATAFLOW_H

#include "reference/reference.h"
#include "tiled/scheme.h"

enum { NND_ID = 512 };
#define NND_TOLERANCE 1e-9

/* Where a value is compared: the run, the case and what it is called. */
typedef struct {
    reference_run *run;
    const char *id;
} nnd_case;

/* Numbers; "inf", "-inf" and "nan" are strings in the files. */
double nnd_number(const json_t *value);
int nnd_int(const json_t *array, size_t i);
/* json must be an array of `count` numbers equal to `is`, nested ones flattened. */
void nnd_doubles(const nnd_case *c, const char *what, const json_t *json, const double *is,
                 size_t count);
void nnd_integers(const nnd_case *c, const char *what, const json_t *json, const int64_t *is,
                  size_t count);
tw_dim2 nnd_dim2(const json_t *pair);
tw_partition nnd_partition(const json_t *part);

/* True when `file` (or the folder it lies in) has the unit rows of this or a sibling file, which
 * then have been checked. */
bool nnd_check_unit(reference_run *run, const char *file, const json_t *object);

/* The network of a run: from networks.json beside its folder, or from the reference's. */
bool nnd_load_network(tw_ctx *ctx, const char *file, const char *name, tw_tiled_dag **out);
/* The command line of a run, without what is not the tool's; how many words. */
enum { NND_ARGUMENTS = 64 };
int nnd_arguments(const json_t *object, const char *out[NND_ARGUMENTS]);

/* A run of nn_dataflow 1.5. */
void nnd_replay_v15(const nnd_case *c, tw_ctx *ctx, const char *file, const json_t *object);

#endif
