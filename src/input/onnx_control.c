/* If, Loop, Scan and SequenceMap: their bodies are walked in place of the node.
 *
 * A body is first rehearsed where a decision hangs on it: the walk then yields shapes and a count
 * of MACs but no layers. Branch: a known condition picks it; otherwise the branch with more MACs
 * is taken, which bounds the work from above. Loop: values that a body hands to itself keep what
 * of their shape survives an iteration. */
#include <string.h>

#include "base/checked.h"
#include "input/onnx_graph.h"
#include "input/onnx_rules.h"

static tw_onnx_value *blank_values(tw_onnx_node *node, unsigned count) {
    tw_onnx_value *values = tw_arena_array(&node->import->scratch, count + 1, sizeof *values);
    for (unsigned i = 0; values && i < count; i++) {
        values[i].rank = -1;
        values[i].channel_axis = -1;
    }
    return values;
}

/* Walks a body for its shapes alone; *macs is what it would run. */
static tw_status rehearse(tw_onnx_node *node, tw_bytes graph, unsigned input_count,
                          const tw_onnx_value *inputs, unsigned output_count,
                          tw_onnx_value *outputs, uint64_t *macs) {
    tw_onnx *import = node->import;
    const uint64_t before = import->rehearsed_macs;
    import->rehearsed_macs = 0;
    import->rehearsal++;
    const tw_status status = tw_onnx_body(node, graph, input_count, inputs, output_count, outputs);
    import->rehearsal--;
    *macs = import->rehearsed_macs;
    import->rehearsed_macs = before;
    return status;
}

/* What a body gave for one iteration, as a value over all of them: no content, same shape. */
static void hand_over(tw_onnx_value *to, const tw_onnx_value *from) {
    const tw_bytes name = to->name;
    *to = *from;
    to->name = name;
    to->constant = false;
    to->tensor = (tw_bytes){0};
    to->cells = NULL;
}

/* ---- If ------------------------------------------------------------------------------------- */

static tw_status check_arity(tw_onnx_node *node, tw_bytes graph, unsigned inputs_least,
                             unsigned outputs) {
    unsigned have_inputs = 0, have_outputs = 0;
    tw_onnx_body_arity(graph, &have_inputs, &have_outputs);
    if (have_inputs < inputs_least || have_outputs < outputs)
        return tw_onnx_fail(node, "its body has %u inputs and %u outputs, expected %u and %u",
                            have_inputs, have_outputs, inputs_least, outputs);
    return TW_OK;
}

typedef struct {
    uint64_t macs[2];
    bool runs[2]; /* false: its shapes do not fit, so it is not the branch that runs */
    tw_onnx_value *results[2];
} branch_trial;

/* A branch for another input size than the one at hand fails, which is no error of the model
 * unless both do. */
static tw_status try_branches(tw_onnx_node *node, const tw_bytes branches[2], branch_trial *t) {
    for (unsigned b = 0; b < 2; b++) {
        t->results[b] = blank_values(node, node->output_count);
        if (!t->results[b])
            return tw_out_of_memory(node->import->ctx);
        node->import->trial++;
        const tw_status status =
            rehearse(node, branches[b], 0, NULL, node->output_count, t->results[b], &t->macs[b]);
        node->import->trial--;
        if (status != TW_OK && status != TW_INVALID)
            return status;
        t->runs[b] = status == TW_OK;
    }
    return t->runs[0] || t->runs[1] ? TW_OK
                                    : rehearse(node, branches[0], 0, NULL, node->output_count,
                                               t->results[0], &t->macs[0]);
}

/* Both branches are rehearsed, the one with more work is walked, and the outputs keep what both
 * say of them. */
static tw_status either_branch(tw_onnx_node *node, const tw_bytes branches[2]) {
    tw_onnx *import = node->import;
    branch_trial t = {0};
    TW_TRY(try_branches(node, branches, &t));
    const bool both_run = t.runs[0] && t.runs[1];
    const unsigned taken = both_run ? t.macs[1] > t.macs[0] : t.runs[1];
    if (import->rehearsal) {
        bool overflow = false;
        import->rehearsed_macs = tw_add_u64(import->rehearsed_macs, t.macs[taken], &overflow);
        if (overflow)
            import->rehearsed_macs = UINT64_MAX;
        for (unsigned i = 0; i < node->output_count; i++)
            hand_over(&node->outputs[i], &t.results[taken][i]);
    } else {
        TW_TRY(tw_onnx_body(node, branches[taken], 0, NULL, node->output_count, node->outputs));
    }
    for (unsigned i = 0; i < node->output_count && both_run; i++) {
        const tw_onnx_shape a = tw_onnx_shape_of(&t.results[0][i]),
                            b = tw_onnx_shape_of(&t.results[1][i]);
        const tw_onnx_shape both = tw_onnx_shape_union(&a, &b);
        const tw_onnx_value branch = node->outputs[i];
        hand_over(&node->outputs[i], &branch);
        TW_TRY(tw_onnx_output(node, i, branch.element, &both));
    }
    if (!both_run)
        return tw_onnx_assume(node, "which branch runs depends on data: one does not fit the sizes "
                                    "of its inputs, the other is taken");
    return t.macs[0] == t.macs[1]
               ? TW_OK
               : tw_onnx_assume(node, "which branch runs depends on data: the one with more "
                                      "multiply-accumulates is taken");
}

tw_status tw_onnx_infer_if(tw_onnx_node *node) {
    tw_onnx_value *condition = NULL;
    tw_bytes branches[2];
    int64_t value = 0;
    size_t count = 0;
    TW_TRY(tw_onnx_require(node, 0, &condition));
    if (!tw_onnx_attribute_graph(node, "then_branch", &branches[0]) ||
        !tw_onnx_attribute_graph(node, "else_branch", &branches[1]))
        return tw_onnx_fail(node, "attribute then_branch or else_branch is missing");
    for (unsigned b = 0; b < 2; b++)
        TW_TRY(check_arity(node, branches[b], 0, node->output_count));
    if (tw_onnx_ints(node->import, condition, 1, &value, &count) && count == 1)
        TW_TRY(
            tw_onnx_body(node, branches[value == 0], 0, NULL, node->output_count, node->outputs));
    else
        TW_TRY(either_branch(node, branches));
    tw_onnx_expanded(node);
    return TW_OK;
}

/* ---- Loop and Scan -------------------------------------------------------------------------- */

typedef struct {
    tw_bytes body;
    unsigned lead;          /* body inputs before the carried values: 2 for Loop, 0 for Scan */
    unsigned carried;       /* values handed from an iteration to the next */
    unsigned scanned;       /* body inputs that are slices of tensors */
    unsigned lead_out;      /* body outputs before the carried values: 1 for Loop */
    int64_t trips;          /* -1 unknown */
    int64_t times;          /* how often the body runs; 0: as often as there are trips */
    tw_onnx_value *inputs;  /* of the body */
    tw_onnx_value *outputs; /* of the body, of one iteration */
    unsigned input_count, output_count;
} repetition;

/* Iterates the body's shapes until what it hands over stays as it is. Each round can only lose
 * knowledge, so a few suffice; what still moves then is unknown. */
static tw_status settle(tw_onnx_node *node, repetition *r) {
    enum { ROUNDS = 4 };
    for (unsigned round = 0; round <= ROUNDS; round++) {
        uint64_t macs = 0;
        bool stable = true;
        TW_TRY(
            rehearse(node, r->body, r->input_count, r->inputs, r->output_count, r->outputs, &macs));
        for (unsigned i = 0; i < r->carried; i++) {
            tw_onnx_value *in = &r->inputs[r->lead + i];
            const tw_onnx_shape a = tw_onnx_shape_of(in),
                                b = tw_onnx_shape_of(&r->outputs[r->lead_out + i]);
            tw_onnx_shape both = tw_onnx_shape_union(&a, &b);
            if (both.rank == a.rank &&
                (a.rank <= 0 || memcmp(both.dims, a.dims, (size_t)a.rank * sizeof *a.dims) == 0))
                continue;
            stable = false;
            if (round + 1 >= ROUNDS)
                both = tw_onnx_shape_unknown();
            in->rank = both.rank;
            for (int d = 0; d < both.rank; d++)
                in->dims[d] = both.dims[d];
        }
        if (stable)
            return TW_OK;
    }
    return TW_OK;
}

/* A value that changes from one iteration to the next: its own dims, no content. */
static tw_status carry(tw_onnx_node *node, tw_onnx_value *to, const tw_onnx_value *from) {
    hand_over(to, from);
    if (from->rank <= 0)
        return TW_OK;
    to->dims = tw_arena_array(&node->import->scratch, (size_t)from->rank, sizeof *to->dims);
    if (!to->dims)
        return tw_out_of_memory(node->import->ctx);
    memcpy(to->dims, from->dims, (size_t)from->rank * sizeof *to->dims);
    return TW_OK;
}

/* Walks the body once for all its iterations. */
static tw_status repeat_body(tw_onnx_node *node, repetition *r) {
    tw_onnx *import = node->import;
    const uint64_t repeat = import->repeat;
    const char *blocked = import->blocked;
    bool overflow = false;
    const int64_t times = r->times ? r->times : r->trips;
    if (times < 0 && !blocked)
        import->blocked = "it is in a loop whose number of iterations depends on data";
    if (times > 0)
        import->repeat = tw_mul_u64(repeat, (uint64_t)times, &overflow);
    if (overflow)
        return tw_onnx_fail(node, "it has more than 2^64 iterations");
    tw_status status = TW_OK;
    if (r->trips == 0) {
        uint64_t macs = 0; /* shapes only: it never runs */
        status =
            rehearse(node, r->body, r->input_count, r->inputs, r->output_count, r->outputs, &macs);
    } else {
        status =
            tw_onnx_body(node, r->body, r->input_count, r->inputs, r->output_count, r->outputs);
    }
    import->repeat = repeat;
    import->blocked = blocked;
    return status;
}

static tw_status prepare(tw_onnx_node *node, repetition *r) {
    tw_onnx_body_arity(r->body, &r->input_count, &r->output_count);
    const unsigned least_out = r->lead_out + node->output_count;
    if (r->input_count < r->lead + r->carried + r->scanned || r->output_count < least_out ||
        node->output_count < r->carried)
        return tw_onnx_fail(node,
                            "its body has %u inputs and %u outputs, which do not fit the "
                            "node's",
                            r->input_count, r->output_count);
    r->inputs = blank_values(node, r->input_count);
    r->outputs = blank_values(node, r->output_count);
    return r->inputs && r->outputs ? TW_OK : tw_out_of_memory(node->import->ctx);
}

/* Output k of the node: a carried value, or all iterations' values along a new axis. */
static tw_status take_result(tw_onnx_node *node, const repetition *r, unsigned k) {
    const tw_onnx_value *made = &r->outputs[r->lead_out + k];
    hand_over(&node->outputs[k], made);
    tw_onnx_shape shape = tw_onnx_shape_of(made);
    if (k < r->carried) {
        const tw_onnx_shape in = tw_onnx_shape_of(&r->inputs[r->lead + k]);
        if (made->kind == TW_ONNX_TENSOR) /* what a sequence gains, the body says */
            shape = tw_onnx_shape_union(&in, &shape);
        return tw_onnx_output(node, k, made->element, &shape);
    }
    if (shape.rank < 0)
        return TW_OK;
    if (shape.rank == TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "its output has more than 32 dimensions");
    int axis = 0;
    int64_t axes[256];
    size_t count = 0;
    if (r->lead == 0 && tw_onnx_attribute_ints(node, "scan_output_axes", 256, axes, &count) &&
        k - r->carried < count && count <= 256)
        TW_TRY(tw_onnx_axis(node, axes[k - r->carried], shape.rank + 1, &axis));
    memmove(&shape.dims[axis + 1], &shape.dims[axis],
            (size_t)(shape.rank - axis) * sizeof *shape.dims);
    shape.dims[axis] = r->trips;
    shape.rank++;
    node->outputs[k].channel_axis = -1;
    return tw_onnx_output(node, k, made->element, &shape);
}

static tw_status run(tw_onnx_node *node, repetition *r) {
    TW_TRY(repeat_body(node, r));
    for (unsigned k = 0; k < node->output_count; k++)
        TW_TRY(take_result(node, r, k));
    tw_onnx_expanded(node);
    return TW_OK;
}

static bool known_true(tw_onnx *import, tw_onnx_value *value) {
    int64_t truth = 0;
    size_t count = 0;
    return tw_onnx_ints(import, value, 1, &truth, &count) && count == 1 && truth != 0;
}

tw_status tw_onnx_infer_loop(tw_onnx_node *node) {
    repetition r = {.lead = 2, .lead_out = 1, .trips = -1};
    size_t count = 0;
    if (!tw_onnx_attribute_graph(node, "body", &r.body))
        return tw_onnx_fail(node, "attribute body is missing");
    r.carried = node->input_count > 2 ? node->input_count - 2 : 0;
    TW_TRY(prepare(node, &r));
    if (tw_onnx_input(node, 0) &&
        (!tw_onnx_ints(node->import, node->inputs[0], 1, &r.trips, &count) || count != 1))
        r.trips = -1;
    r.trips = r.trips < -1 ? 0 : r.trips;
    r.inputs[0].element = TW_ONNX_INT64;
    r.inputs[1].element = TW_ONNX_BOOL;
    r.inputs[0].rank = r.inputs[1].rank = 0;
    for (unsigned i = 0; i < r.carried; i++)
        if (node->inputs[i + 2])
            TW_TRY(carry(node, &r.inputs[i + 2], node->inputs[i + 2]));
    TW_TRY(settle(node, &r));
    tw_onnx_value *condition = tw_onnx_input(node, 1);
    const bool ends_early = (condition && !known_true(node->import, condition)) ||
                            !known_true(node->import, &r.outputs[0]);
    TW_TRY(run(node, &r));
    return ends_early && r.trips > 0 && condition
               ? tw_onnx_assume(node, "its condition depends on data: it runs to its trip count")
               : TW_OK;
}

/* Removes an axis of a value that has dims of its own. */
static void drop_axis(tw_onnx_value *value, int axis) {
    memmove(&value->dims[axis], &value->dims[axis + 1],
            (size_t)(value->rank - axis - 1) * sizeof *value->dims);
    value->rank--;
    value->channel_axis = -1;
}

/* One slice of a scanned input, as the body sees it. */
static tw_status scan_slice(tw_onnx_node *node, repetition *r, unsigned k) {
    int64_t axes[256];
    size_t count = 0;
    int axis = 0;
    tw_onnx_value *slice = &r->inputs[r->carried + k];
    if (slice->rank < 0)
        return TW_OK;
    const bool listed = tw_onnx_attribute_ints(node, "scan_input_axes", 256, axes, &count);
    TW_TRY(
        tw_onnx_axis(node, listed && k < count && count <= 256 ? axes[k] : 0, slice->rank, &axis));
    r->trips = slice->dims[axis];
    drop_axis(slice, axis);
    return TW_OK;
}

/* In version 8 every tensor has a leading batch axis, and lengths come before all others. */
static tw_status strip_batch(tw_onnx_node *node, tw_onnx_value *value, int64_t *batch) {
    if (value->rank < 0)
        return TW_OK;
    if (value->rank == 0)
        return tw_onnx_fail(node, "an input has no batch axis");
    *batch = value->dims[0];
    drop_axis(value, 0);
    return TW_OK;
}

static tw_status add_batch(tw_onnx_node *node, unsigned k, int64_t batch) {
    tw_onnx_shape shape = tw_onnx_shape_of(&node->outputs[k]);
    if (shape.rank < 0 || shape.rank == TW_ONNX_MAX_RANK)
        return TW_OK;
    memmove(&shape.dims[1], &shape.dims[0], (size_t)shape.rank * sizeof *shape.dims);
    shape.dims[0] = batch;
    shape.rank++;
    return tw_onnx_output(node, k, node->outputs[k].element, &shape);
}

tw_status tw_onnx_infer_scan(tw_onnx_node *node) {
    repetition r = {.trips = -1};
    unsigned body_inputs = 0, body_outputs = 0;
    int64_t batch = -1;
    if (!tw_onnx_attribute_graph(node, "body", &r.body))
        return tw_onnx_fail(node, "attribute body is missing");
    const int64_t scanned = tw_onnx_attribute_int(node, "num_scan_inputs", -1);
    tw_onnx_body_arity(r.body, &body_inputs, &body_outputs);
    const bool batched = body_inputs + 1 == node->input_count;
    if (scanned < 1 || scanned > (int64_t)node->input_count - batched)
        return tw_onnx_fail(node, "num_scan_inputs is %lld", (long long)scanned);
    r.scanned = (unsigned)scanned;
    r.carried = node->input_count - batched - r.scanned;
    TW_TRY(prepare(node, &r));
    for (unsigned i = 0; i < r.carried + r.scanned; i++) {
        tw_onnx_value *from = NULL;
        TW_TRY(tw_onnx_require(node, i + batched, &from));
        TW_TRY(carry(node, &r.inputs[i], from));
        if (batched)
            TW_TRY(strip_batch(node, &r.inputs[i], &batch));
        if (i >= r.carried)
            TW_TRY(scan_slice(node, &r, i - r.carried));
    }
    TW_TRY(settle(node, &r));
    const int64_t trips = r.trips;
    if (batched && trips >= 0 && (batch < 0 || __builtin_mul_overflow(trips, batch, &r.times)))
        r.times = -1;
    TW_TRY(run(node, &r));
    for (unsigned k = 0; batched && k < node->output_count; k++)
        TW_TRY(add_batch(node, k, batch));
    return TW_OK;
}

/* The body runs once for each element of a sequence, whose length is not known. */
tw_status tw_onnx_infer_sequence_map(tw_onnx_node *node) {
    repetition r = {.trips = -1};
    if (!tw_onnx_attribute_graph(node, "body", &r.body))
        return tw_onnx_fail(node, "attribute body is missing");
    r.scanned = node->input_count;
    TW_TRY(prepare(node, &r));
    for (unsigned i = 0; i < node->input_count; i++)
        if (node->inputs[i]) {
            TW_TRY(carry(node, &r.inputs[i], node->inputs[i]));
            r.inputs[i].kind = TW_ONNX_TENSOR;
        }
    TW_TRY(repeat_body(node, &r));
    for (unsigned k = 0; k < node->output_count; k++) {
        hand_over(&node->outputs[k], &r.outputs[k]);
        node->outputs[k].kind = TW_ONNX_SEQUENCE;
    }
    tw_onnx_expanded(node);
    return TW_OK;
}
