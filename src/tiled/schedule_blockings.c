#include "base/pool.h"
#include "tiled/schedule_cache.h"

/* All that the blockings of a nest depend on; compared as bytes. */
typedef struct {
    int64_t loopcnt[TW_LOOPS], usize_gbuf[TW_DATAS], usize_regf[TW_DATAS], unit_time;
    double unit_access[TW_MEMS][TW_DATAS], unit_ops;
    tw_top_constraint top;
    int64_t conv, src, dst, pinnable, nodes;
    int64_t groups[TW_DATAS][2];
    double neighbour[TW_DATAS][2];
} blockings_key;

static void make_key(const tw_tiled_options *options, const tw_blocking_question *q,
                     blockings_key *key) {
    const tw_nested_loop *n = q->nest;
    memset(key, 0, sizeof *key);
    memcpy(key->loopcnt, n->loopcnt, sizeof key->loopcnt);
    memcpy(key->usize_gbuf, n->usize_gbuf, sizeof key->usize_gbuf);
    memcpy(key->usize_regf, n->usize_regf, sizeof key->usize_regf);
    memcpy(key->unit_access, n->unit_access, sizeof key->unit_access);
    key->unit_time = n->unit_time;
    key->unit_ops = n->unit_ops;
    key->top = q->context.top;
    key->conv = n->conv;
    key->src = q->context.src;
    key->dst = q->context.dst;
    key->pinnable = q->context.resource->no_time_mux;
    key->nodes = q->context.nodes;
    for (int d = 0; d < TW_DATAS; d++) {
        if (!options->access_forwarding && !options->gbuf_sharing)
            continue;
        key->groups[d][0] = q->context.sharing->dims[d].h;
        key->groups[d][1] = q->context.sharing->dims[d].w;
        if (options->gbuf_sharing)
            memcpy(key->neighbour[d], q->context.sharing->neighbour[d], sizeof key->neighbour[d]);
    }
}

/* The solver's blockings, one for each category that may stay in the buffer while the others pass
 * it by; neither sorted nor cut. */
static tw_solved solve(const tw_blocking_question *q, tw_blockings *out) {
    const tw_blocking_context *c = &q->context;
    for (int reside = 0; reside < TW_DATAS; reside++) {
        bool others_bypass = true;
        for (int d = 0; d < TW_DATAS; d++)
            others_bypass &= d == reside || c->options->gbuf_bypass[d];
        if (!others_bypass)
            continue;
        tw_loop_split split;
        const tw_solved solved = tw_blocking_solve(
            q->nest, c->resource->gbuf_words, c->resource->regf_words, (tw_data)reside, &split);
        if (solved != TW_SOLVED)
            return solved;
        if (!tw_blocking_meets(&c->top, &split))
            continue;
        tw_blocking_evaluate(c, q->nest, &split, &out->items[out->count]);
        out->count += out->items[out->count].valid;
    }
    return TW_SOLVED;
}

typedef struct {
    const tw_blocking_question *question;
    tw_blockings *answer;
    tw_status status;
    tw_solved solved;
} job;

typedef struct {
    job *jobs;
    tw_ctx **contexts; /* one for each worker */
    const tw_schedule_hooks *hooks;
    bool solver;
} job_list;

static void run_job(void *shared, size_t index, unsigned worker) {
    const job_list *list = shared;
    job *j = &list->jobs[index];
    if (list->solver && j->question->nest->conv)
        j->solved = solve(j->question, j->answer);
    else if (list->hooks && list->hooks->block)
        j->status = list->hooks->block(list->hooks->user, &j->question->context, j->question->nest,
                                       j->answer->items, &j->answer->count);
    else
        j->status = tw_blocking_search(list->contexts[worker], &j->question->context,
                                       j->question->nest, j->answer->items, &j->answer->count);
}

static tw_status run_jobs(tw_tiled_search *search, job_list *list, size_t count) {
    enum { MOST_WORKERS = 64 };
    tw_ctx *contexts[MOST_WORKERS] = {search->ctx};
    unsigned workers = count > 1 ? tw_thread_count(search->options.threads) : 1;
    workers = workers < MOST_WORKERS ? workers : MOST_WORKERS;
    for (unsigned w = 1; w < workers; w++) {
        contexts[w] = tw_ctx_child(search->ctx);
        if (!contexts[w])
            workers = w;
    }
    list->contexts = contexts;
    const tw_status status = tw_parallel_for(search->ctx, workers, count, run_job, list);
    for (unsigned w = 1; w < workers; w++)
        tw_ctx_join(search->ctx, contexts[w]);
    return status;
}

/* The original ends here with an exception for the whole search. */
static tw_status report(tw_tiled_search *search, int layer, const job *j) {
    if (j->status != TW_OK || j->solved == TW_SOLVED)
        return j->status;
    const char *name = search->dag->layers[layer].name;
    const tw_nested_loop *n = j->question->nest;
    const tw_tiled_resource *r = j->question->context.resource;
    if (j->solved == TW_SOLVER_GBUF_TOO_SMALL)
        return tw_fail(
            search->ctx, TW_INFEASIBLE, NULL,
            "layer %s: the solver finds no blocking for a global buffer of %lld words and "
            "register files of %lld words",
            name, (long long)r->gbuf_words, (long long)r->regf_words);
    return tw_fail(search->ctx, TW_INFEASIBLE, NULL,
                   "layer %s: register files of %lld words are too small for the solver: one unit "
                   "takes %lld filter, %lld input and %lld output words",
                   name, (long long)r->regf_words, (long long)n->usize_regf[TW_DATA_FIL],
                   (long long)n->usize_regf[TW_DATA_IFM], (long long)n->usize_regf[TW_DATA_OFM]);
}

tw_status tw_blockings_of(tw_tiled_search *search, int layer, const tw_blocking_question *questions,
                          size_t count, const tw_blockings **out) {
    job_list list = {.hooks = search->hooks, .solver = search->options.solve_loopblocking};
    const size_t room = search->options.top > TW_DATAS ? search->options.top : TW_DATAS;
    size_t jobs = 0;
    list.jobs = tw_alloc_array(search->ctx, count + 1, sizeof(job));
    tw_status status = list.jobs ? TW_OK : tw_out_of_memory(search->ctx);
    for (size_t i = 0; i < count && status == TW_OK; i++) {
        blockings_key key;
        make_key(&search->options, &questions[i], &key);
        tw_memo_slot *slot = tw_memo_find(&search->cache->blockings, &key, sizeof key);
        if (slot && !slot->value) {
            tw_blockings *made = tw_arena_alloc(&search->arena, sizeof *made);
            slot->value = made;
            if (made && (made->items = tw_arena_array(&search->arena, room, sizeof *made->items)))
                list.jobs[jobs++] = (job){.question = &questions[i], .answer = made};
            else
                slot = NULL;
        }
        if (slot)
            out[i] = slot->value;
        else
            status = tw_out_of_memory(search->ctx);
    }
    if (status == TW_OK && jobs)
        status = run_jobs(search, &list, jobs);
    for (size_t j = 0; j < jobs && status == TW_OK; j++)
        status = report(search, layer, &list.jobs[j]);
    tw_free(search->ctx, list.jobs);
    return status;
}
