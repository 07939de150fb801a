#include "reference/original_defects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tiled/divisors.h"
#include "tiled/hop_ranges.h"
#include "tiled/schedule_cache.h"

/* ---- Memories that forget what was used longest ago ---- */

enum { CAPACITY = 1024, MEMORIES = TW_DATAS + 1 };

typedef struct {
    uint64_t a, b; /* two hashes, so that a collision is out of the question */
} digest;

typedef struct {
    digest key;
    uint64_t used;
    int64_t hops[TW_DATAS];
} memory_entry;

typedef struct {
    unsigned count;
    memory_entry entries[CAPACITY];
} memory;

struct original_defects {
    uint64_t now;
    memory memories[MEMORIES]; /* of each category, then of all three together */
};

original_defects *original_defects_new(void) {
    return calloc(1, sizeof(original_defects));
}

void original_defects_free(original_defects *defects) {
    free(defects);
}

static memory_entry *recall(original_defects *d, int which, digest key, bool *known) {
    memory *m = &d->memories[which];
    memory_entry *oldest = NULL;
    *known = true;
    d->now++;
    for (unsigned i = 0; i < m->count; i++) {
        memory_entry *e = &m->entries[i];
        if (e->key.a == key.a && e->key.b == key.b) {
            e->used = d->now;
            return e;
        }
        if (!oldest || e->used < oldest->used)
            oldest = e;
    }
    *known = false;
    memory_entry *e = m->count < CAPACITY ? &m->entries[m->count++] : oldest;
    *e = (memory_entry){.key = key, .used = d->now};
    return e;
}

static void mix(digest *d, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++) {
        d->a = (d->a ^ at[i]) * UINT64_C(1099511628211);
        d->b = (d->b + at[i] + 1) * UINT64_C(6364136223846793005) + 1442695040888963407u;
        d->b ^= d->b >> 29;
    }
}

static void mix_layout(digest *d, const tw_layout_piece *pieces, unsigned count) {
    mix(d, &count, sizeof count);
    mix(d, pieces, count * sizeof *pieces);
}

/* ---- The sets of ranges and node lists of a partition ---- */

typedef struct {
    tw_span spans[TW_FMAP_AXES];
    digest nodes; /* in index order */
} range_nodes;

typedef struct {
    unsigned count;
    range_nodes items[TW_MAX_NODES];
} range_list;

static void add_node(range_list *list, const tw_span spans[TW_FMAP_AXES], tw_dim2 at) {
    unsigned i = 0;
    while (i < list->count && memcmp(list->items[i].spans, spans, sizeof list->items[i].spans) != 0)
        i++;
    if (i == list->count) {
        memcpy(list->items[i].spans, spans, sizeof list->items[i].spans);
        list->items[i].nodes = (digest){1, 2};
        list->count++;
    }
    mix(&list->items[i].nodes, &at, sizeof at);
}

/* Order does not count: elements are hashed one by one and added up. */
static void mix_sets(digest *d, const range_list *list) {
    digest keys = {0, 0}, values = {0, 0};
    for (unsigned i = 0; i < list->count; i++) {
        digest one = {3, 5};
        mix(&one, list->items[i].spans, sizeof list->items[i].spans);
        keys.a += one.a;
        keys.b += one.b;
        values.a += list->items[i].nodes.a;
        values.b += list->items[i].nodes.b;
    }
    mix(d, &keys, sizeof keys);
    mix(d, &values, sizeof values);
}

/* Node by node in index order: outputs, positions, batch, inputs; rows before columns. */
static void list_ranges(tw_hop_counter *c, range_list lists[TW_DATAS]) {
    const tw_dim2 *p = c->part.pdims;
    for (int d = 0; d < TW_DATAS; d++)
        lists[d].count = 0;
    for (int o = 0; o < tw_dim2_size(p[TW_PAR_OUTP]); o++)
        for (int f = 0; f < tw_dim2_size(p[TW_PAR_OFMP]); f++)
            for (int b = 0; b < tw_dim2_size(p[TW_PAR_BATP]); b++)
                for (int i = 0; i < tw_dim2_size(p[TW_PAR_INPP]); i++) {
                    const tw_dim2 map = tw_index_pair(f, p[TW_PAR_OFMP]);
                    if (!c->used[TW_PAR_OUTP][o] || !c->used[TW_PAR_OFMP][map.h] ||
                        !c->used_columns[map.w] || !c->used[TW_PAR_BATP][b] ||
                        !c->used[TW_PAR_INPP][i])
                        continue;
                    tw_dim2 index[TW_PARS];
                    index[TW_PAR_OUTP] = tw_index_pair(o, p[TW_PAR_OUTP]);
                    index[TW_PAR_OFMP] = map;
                    index[TW_PAR_BATP] = tw_index_pair(b, p[TW_PAR_BATP]);
                    index[TW_PAR_INPP] = tw_index_pair(i, p[TW_PAR_INPP]);
                    const tw_dim2 at = tw_hop_place(&c->request.proc, &c->part, index);
                    const int channel = c->in.channel == TW_PAR_INPP ? i : o;
                    const tw_span in[] = {c->in.spans[0][b], c->in.spans[1][channel],
                                          c->in.spans[2][map.h], c->in.spans[3][map.w]};
                    const tw_span out[] = {c->out.spans[0][b], c->out.spans[1][o],
                                           c->out.spans[2][map.h], c->out.spans[3][map.w]};
                    const tw_span filters[] = {in[1], out[1], {0, 0}, {0, 0}};
                    add_node(&lists[TW_DATA_IFM], in, at);
                    add_node(&lists[TW_DATA_OFM], out, at);
                    if (tw_tiled_has_filters(&c->request.layer))
                        add_node(&lists[TW_DATA_FIL], filters, at);
                }
}

static int64_t stale_hops_of(original_defects *d, tw_hop_counter *c, int data, digest key,
                             const tw_partition *part, const tw_layout *inputs,
                             const tw_layout_piece *outputs) {
    bool known;
    memory_entry *e = recall(d, data, key, &known);
    if (!known)
        e->hops[0] = data == TW_DATA_FIL   ? tw_hops_filters(c, part)
                     : data == TW_DATA_IFM ? tw_hops_inputs(c, part, inputs)
                                           : tw_hops_outputs(c, part, outputs);
    return e->hops[0];
}

static tw_status stale_hops(void *user, tw_tiled_search *search, int layer,
                            const tw_tiled_resource *resource, const tw_partition *part,
                            const tw_layout *inputs, const tw_layout_piece *outputs,
                            int64_t hops[TW_DATAS]) {
    original_defects *d = user;
    tw_hop_counter *c = search->cache->hops;
    const tw_tiled_layer *l = &search->dag->layers[layer].layer;
    digest all = {7, 11}, keys[TW_DATAS] = {{13, 17}, {13, 17}, {13, 17}};
    bool known;
    mix(&all, l, sizeof *l);
    mix(&all, part, sizeof *part);
    mix(&all, &resource->proc, sizeof resource->proc);
    mix_layout(&all, inputs->pieces, inputs->count);
    mix_layout(&all, outputs, 1);
    memory_entry *e = recall(d, TW_DATAS, all, &known);
    if (!known) {
        range_list *lists = calloc(TW_DATAS, sizeof *lists);
        if (!lists)
            return TW_ERROR;
        tw_hop_prepare(c, part);
        list_ranges(c, lists);
        mix(&keys[TW_DATA_FIL], l, sizeof *l);
        mix_layout(&keys[TW_DATA_IFM], inputs->pieces, inputs->count);
        mix_layout(&keys[TW_DATA_OFM], outputs, 1);
        const bool stay = tw_region_equal(&outputs->region, &resource->proc) &&
                          memcmp(&outputs->part, part, sizeof *part) == 0;
        for (int data = 0; data < TW_DATAS; data++) {
            mix_sets(&keys[data], &lists[data]);
            e->hops[data] = data == TW_DATA_OFM && stay
                                ? 0
                                : stale_hops_of(d, c, data, keys[data], part, inputs, outputs);
        }
        free(lists);
    }
    memcpy(hops, e->hops, sizeof e->hops);
    return TW_OK;
}

/* ---- Selection with keys that cannot be compared ---- */

typedef struct {
    tw_blocking blocking;
    unsigned place;
} contender;

/* (NaN, cost) for valid ones, (inf, inf) for others; equal keys fall back to the place. */
static bool seems_less(const contender *a, const contender *b) {
    return !a->blocking.valid && !b->blocking.valid && a->place < b->place;
}

static void swap(contender *a, contender *b) {
    const contender keep = *a;
    *a = *b;
    *b = keep;
}

/* One step of CPython's heapify for the largest element first. */
static void sift(contender *heap, unsigned count, unsigned at) {
    const unsigned start = at;
    while (at < count / 2) {
        unsigned child = 2 * at + 1;
        if (child + 1 < count && !seems_less(&heap[child + 1], &heap[child]))
            child++;
        swap(&heap[at], &heap[child]);
        at = child;
    }
    while (at > start && seems_less(&heap[(at - 1) / 2], &heap[at])) {
        swap(&heap[(at - 1) / 2], &heap[at]);
        at = (at - 1) / 2;
    }
}

/* CPython's sort of a short list: the first run, then binary insertion. */
static void sort_short(contender *list, unsigned count) {
    unsigned run = count < 2 ? count : 2;
    const bool falling = run == 2 && seems_less(&list[1], &list[0]);
    while (run < count && seems_less(&list[run], &list[run - 1]) == falling)
        run++;
    for (unsigned i = 0; falling && i < run / 2; i++)
        swap(&list[i], &list[run - 1 - i]);
    for (; run < count; run++) {
        unsigned low = 0, high = run;
        while (low < high) {
            const unsigned middle = low + (high - low) / 2;
            if (seems_less(&list[run], &list[middle]))
                high = middle;
            else
                low = middle + 1;
        }
        for (unsigned i = run; i > low; i--)
            swap(&list[i], &list[i - 1]);
    }
}

typedef struct {
    const tw_blocking_context *c;
    const tw_nested_loop *nest;
    contender *group; /* at most top */
    unsigned group_count, best_count;
    tw_blocking *best;
} selection;

/* Properly, by time and cost; invalid ones take their places at the end. */
static bool comes_before(const tw_blocking *a, const tw_blocking *b) {
    if (a->valid != b->valid)
        return a->valid;
    return a->valid &&
           (a->time < b->time || (a->time == b->time && a->access_cost < b->access_cost));
}

static void end_group(selection *s) {
    const unsigned top = s->c->options->top;
    if (top > 1) {
        for (unsigned i = s->group_count / 2; i-- > 0;)
            sift(s->group, s->group_count, i);
        sort_short(s->group, s->group_count);
    }
    for (unsigned i = 0; i < s->group_count; i++) {
        const tw_blocking *b = &s->group[i].blocking;
        unsigned at = s->best_count;
        while (at > 0 && comes_before(b, &s->best[at - 1]))
            at--;
        if (at == top)
            continue;
        if (s->best_count < top)
            s->best_count++;
        for (unsigned k = s->best_count - 1; k > at; k--)
            s->best[k] = s->best[k - 1];
        s->best[at] = *b;
    }
    s->group_count = 0;
}

/* Adds the orders of one split; only the first candidates of a group have a chance. */
static void add_orders(selection *s, tw_loop_split *split) {
    static const int orders[6][TW_LOOPS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                            {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int p = 0; p < 36 && s->group_count < s->c->options->top; p++) {
        memcpy(split->order[0], orders[p / 6], sizeof split->order[0]);
        memcpy(split->order[1], orders[p % 6], sizeof split->order[1]);
        if ((s->nest->conv && tw_blocking_is_redundant(split)) ||
            !tw_blocking_meets(&s->c->top, split))
            continue;
        contender *next = &s->group[s->group_count];
        next->place = s->group_count++;
        tw_blocking_evaluate(s->c, s->nest, split, &next->blocking);
    }
}

/* Every split of a loop over three levels, in order. */
static unsigned list_splits(int64_t total, int64_t (*out)[3]) {
    int64_t divisors[TW_MAX_DIVISORS];
    const unsigned count = tw_divisors(total, divisors);
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < count; j++)
            if (total / divisors[i] % divisors[j] == 0) {
                out[n][0] = divisors[i];
                out[n][1] = divisors[j];
                out[n++][2] = total / divisors[i] / divisors[j];
            }
    return n;
}

enum { MOST_SPLITS = 8192 };

static tw_status select_with_nan(void *user, const tw_blocking_context *context,
                                 const tw_nested_loop *nest, tw_blocking *out, unsigned *count) {
    (void)user;
    int64_t(*splits[TW_LOOPS])[3] = {NULL};
    unsigned counts[TW_LOOPS] = {0};
    selection s = {context, nest, calloc(context->options->top, sizeof(contender)), 0, 0, out};
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        splits[lp] = calloc(MOST_SPLITS, sizeof *splits[lp]);
        if (splits[lp])
            counts[lp] = list_splits(nest->loopcnt[lp], splits[lp]);
    }
    for (unsigned i = 0; s.group && i < counts[0]; i++)
        for (unsigned o = 0; o < counts[1]; o++) {
            for (unsigned b = 0; b < counts[2] && s.group_count < context->options->top; b++) {
                tw_loop_split split;
                for (int bl = 0; bl < 3; bl++) {
                    split.t[bl][0] = splits[0][i][bl];
                    split.t[bl][1] = splits[1][o][bl];
                    split.t[bl][2] = splits[2][b][bl];
                }
                add_orders(&s, &split);
            }
            end_group(&s);
        }
    *count = 0;
    while (*count < s.best_count && out[*count].valid)
        ++*count;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        free(splits[lp]);
    free(s.group);
    return TW_OK;
}

void original_defects_hook(original_defects *defects, const tw_tiled_options *options,
                           tw_schedule_hooks *out) {
    *out = (tw_schedule_hooks){
        .user = defects,
        .block = options->goal == TW_GOAL_D ? select_with_nan : NULL,
        .hops = stale_hops,
    };
}
