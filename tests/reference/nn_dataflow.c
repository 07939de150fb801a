#include "reference/nn_dataflow.h"

#include <math.h>
#include <string.h>

double nnd_number(const json_t *value) {
    const char *text = json_string_value(value);
    if (text)
        return strcmp(text, "inf") == 0 ? INFINITY : strcmp(text, "-inf") == 0 ? -INFINITY : NAN;
    return json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
}

int nnd_int(const json_t *array, size_t i) {
    return (int)json_integer_value(json_array_get(array, i));
}

static size_t flatten(const json_t *json, double *out, size_t room) {
    if (!json_is_array(json)) {
        if (room)
            *out = nnd_number(json);
        return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const size_t left = count < room ? room - count : 0;
        count += flatten(json_array_get(json, i), out + (left ? count : 0), left);
    }
    return count;
}

static bool same(double expected, double is) {
    return expected == is || (isnan(expected) && isnan(is)) ||
           fabs(expected - is) <= NND_TOLERANCE * fabs(expected);
}

void nnd_doubles(const nnd_case *c, const char *what, const json_t *json, const double *is,
                 size_t count) {
    double expected[64];
    const size_t found = flatten(json, expected, 64);
    if (found != count)
        reference_differs(c->run, c->id, "%s: expected %zu numbers, there are %zu", what, found,
                          count);
    for (size_t i = 0; found == count && i < count; i++)
        if (!same(expected[i], is[i]))
            reference_differs(c->run, c->id, "%s[%zu]: expected %.17g, is %.17g", what, i,
                              expected[i], is[i]);
}

void nnd_integers(const nnd_case *c, const char *what, const json_t *json, const int64_t *is,
                  size_t count) {
    double values[64];
    for (size_t i = 0; i < count; i++)
        values[i] = (double)is[i];
    nnd_doubles(c, what, json, values, count);
}

tw_dim2 nnd_dim2(const json_t *pair) {
    return (tw_dim2){nnd_int(pair, 0), nnd_int(pair, 1)};
}

tw_partition nnd_partition(const json_t *json) {
    tw_partition part;
    for (size_t p = 0; p < TW_PARS; p++) {
        part.order[p] = nnd_int(json_object_get(json, "order"), p);
        part.pdims[p] = nnd_dim2(json_array_get(json_object_get(json, "pdims"), p));
    }
    return part;
}
