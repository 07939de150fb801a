/* What every kind of reference check shares: the tally of cases and the differences it prints. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    bool verbose;    /* -v: a line for every case, not only for those that fail */
    bool as_table;   /* --table: rows of a Markdown table for the documentation instead */
    bool silent;     /* differences are counted, not printed */
    unsigned passed; /* cases */
    unsigned failed;
    unsigned differences; /* of the case at hand */
} reference_run;

/* A kind replays every case under `path`, a file or a folder. False when it cannot be read. */
typedef bool (*reference_kind_fn)(reference_run *run, const char *path);
bool check_loopnest(reference_run *run, const char *path);
bool check_timeloop(reference_run *run, const char *path);
bool check_neurospector(reference_run *run, const char *path);
bool check_nn_dataflow(reference_run *run, const char *path);

/* A case: begin, any number of differences, end. A case with a difference has failed. */
void reference_begin(reference_run *run);
void reference_differs(reference_run *run, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `outcome` is shown with -v when the case passed. */
void reference_end(reference_run *run, const char *id, const char *outcome);

/* Compares one count; `what` names it. */
void reference_count(reference_run *run, const char *id, const char *what, uint64_t expected,
                     uint64_t actual);
/* The same for doubles, relative difference at most `tolerance`. */
void reference_number(reference_run *run, const char *id, const char *what, double expected,
                      double actual, double tolerance);

/* Calls `check` for every JSON object in the file, or in every *.json file of the folder (sorted
 * by name; sub-folders are not entered): a file holds one object, an array of them, or one a line.
 */
typedef void (*reference_case_fn)(reference_run *run, const char *file, json_t *object);
bool reference_each(reference_run *run, const char *path, reference_case_fn check);

/* Members with a default for what is absent. */
uint64_t reference_u64(const json_t *object, const char *key, uint64_t fallback);
double reference_double(const json_t *object, const char *key, double fallback);
const char *reference_text(const json_t *object, const char *key);

#endif
