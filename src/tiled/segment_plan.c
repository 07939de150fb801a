#include "tiled/segment_plan.h"

/* One level of the depth-first search: runs that start at `first`, next to be tried with last
 * vertex `last`. */
typedef struct {
    int first, last;
} frame;

typedef struct {
    int first, last;
} run;

typedef struct {
    tw_ctx *ctx;
    const tw_tiled_dag *dag;
    frame *stack;
    unsigned depth;
    bool *done; /* all runs that start here are known */
    run *runs;
    size_t run_count, run_capacity;
    double max_degree;
} planner;

static unsigned members_of(const int *vertices, unsigned count, int first, int end) {
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++)
        n += vertices[i] >= first && vertices[i] < end;
    return n;
}

static bool reads_external(const tw_tiled_vertex *vertex) {
    return vertex->prev_count > 0 && vertex->prevs[0] < 0;
}

/* Whether `last` may join the run [first, last): shared data, and one producer at most. */
static bool can_join(const tw_tiled_dag *dag, int first, int last) {
    const tw_tiled_vertex *vertex = &dag->vertices[last];
    const unsigned producers = members_of(vertex->prevs, vertex->prev_count, first, last);
    if (first == last || producers == 1)
        return true;
    if (producers > 1)
        return false;
    for (unsigned i = 0; i < vertex->prev_count; i++) {
        const int prev = vertex->prevs[i];
        if (prev >= 0) {
            const tw_tiled_vertex *producer = &dag->vertices[prev];
            if (members_of(producer->nexts, producer->next_count, first, last))
                return true;
        }
    }
    if (reads_external(vertex))
        for (int v = first; v < last; v++)
            if (reads_external(&dag->vertices[v]))
                return true;
    return false;
}

/* Whether every vertex with readers in [first, last] has at most one outside. */
static bool is_closed(const tw_tiled_dag *dag, int first, int last) {
    for (int v = first; v <= last; v++) {
        const tw_tiled_vertex *vertex = &dag->vertices[v];
        const unsigned inside = members_of(vertex->nexts, vertex->next_count, first, last + 1);
        if (inside && vertex->next_count - inside > 1)
            return false;
    }
    return true;
}

static tw_status add_run(planner *plan, int first, int last) {
    if (last - first + 1 > plan->max_degree ||
        (first == last && plan->dag->vertices[first].layer_count == 1))
        return TW_OK;
    tw_ctx *ctx = plan->ctx;
    if (plan->run_count == plan->run_capacity) {
        const size_t capacity = plan->run_capacity ? 2 * plan->run_capacity : 64;
        run *grown = tw_resize(ctx, plan->runs, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(ctx);
        plan->runs = grown;
        plan->run_capacity = capacity;
    }
    plan->runs[plan->run_count++] = (run){first, last};
    return TW_OK;
}

/* Each vertex is pushed once at most: a frame on the stack is searched to its end before another
 * frame with the same first vertex could be pushed, and then the vertex is done. */
static tw_status find_runs(planner *plan) {
    const int vertex_count = (int)plan->dag->vertex_count;
    plan->stack[plan->depth++] = (frame){0, 0};
    while (plan->depth) {
        frame *top = &plan->stack[plan->depth - 1];
        const int first = top->first, last = top->last++;
        if (last == vertex_count || !can_join(plan->dag, first, last)) {
            plan->done[first] = true;
            plan->depth--;
        } else if (is_closed(plan->dag, first, last)) {
            TW_TRY(add_run(plan, first, last));
            if (last + 1 < vertex_count && !plan->done[last + 1])
                plan->stack[plan->depth++] = (frame){last + 1, last + 1};
        }
    }
    return TW_OK;
}

/* A stable counting sort by last vertex. */
static tw_status group_runs(tw_arena *arena, const planner *plan, tw_segment_plan *out) {
    const unsigned vertex_count = plan->dag->vertex_count;
    out->begin = tw_arena_array(arena, (size_t)vertex_count + 2, sizeof *out->begin);
    out->starts = tw_arena_array(arena, plan->run_count + 1, sizeof *out->starts);
    if (!out->begin || !out->starts)
        return tw_out_of_memory(arena->ctx);
    unsigned *fill = out->begin + 1;
    for (size_t i = 0; i < plan->run_count; i++)
        fill[plan->runs[i].last + 1]++;
    for (unsigned v = 1; v <= vertex_count; v++)
        fill[v] += fill[v - 1];
    for (size_t i = 0; i < plan->run_count; i++)
        out->starts[fill[plan->runs[i].last]++] = (unsigned)plan->runs[i].first;
    return TW_OK;
}

tw_status tw_segment_plan_make(tw_arena *arena, const tw_tiled_dag *dag, double max_degree,
                               tw_segment_plan *out) {
    tw_ctx *ctx = arena->ctx;
    planner plan = {.ctx = ctx, .dag = dag, .max_degree = max_degree};
    plan.stack = tw_alloc_array(ctx, (size_t)dag->vertex_count + 1, sizeof *plan.stack);
    plan.done = tw_alloc_array(ctx, (size_t)dag->vertex_count + 1, sizeof *plan.done);
    tw_status status = plan.stack && plan.done ? find_runs(&plan) : tw_out_of_memory(ctx);
    if (status == TW_OK)
        status = group_runs(arena, &plan, out);
    tw_free(ctx, plan.stack);
    tw_free(ctx, plan.done);
    tw_free(ctx, plan.runs);
    return status;
}
