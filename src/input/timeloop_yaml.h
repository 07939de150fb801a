/* Timeloop's problem and architecture files, versions 0.2 to 0.4: docs/convert.md says which part
 * of them is read. What has a meaning that we cannot keep is an error; what only concerns other
 * tools is a warning. */
#ifndef TW_INPUT_TIMELOOP_YAML_H
#define TW_INPUT_TIMELOOP_YAML_H

#include "input/formats.h"

bool tw_timeloop_problem_recognise(const tw_input *input);
/* A network of one layer. */
tw_status tw_timeloop_problem_load(const tw_input *input, const tw_network_options *options,
                                   tw_network *out) TW_NODISCARD;
bool tw_timeloop_architecture_recognise(const tw_input *input);
tw_status tw_timeloop_architecture_load(const tw_input *input, tw_accelerator *out) TW_NODISCARD;

/* The value under `key`, written with dashes or underscores. */
tw_node *tw_timeloop_get(tw_node *mapping, const char *key);
/* Our dimension for Timeloop's usual letters (R S P Q C K M N G), or -1. */
int tw_timeloop_dim(const char *name);
/* Our role for the usual names of data spaces (Weights, Inputs, Outputs; A, B, Z), or -1. */
int tw_timeloop_role(const char *name);

#endif
