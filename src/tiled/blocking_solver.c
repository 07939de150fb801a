/* The analytical solver of nn_dataflow (Gao et al., ASPLOS 2017): one category stays in the
 * global buffer while the other two stream past it to the register files. */
#include <math.h>

#include "tiled/blocking.h"
#include "tiled/divisors.h"

/* Loops x, y index the resident category; z is the third. xy, yz, xz are the categories with these
 * loops. */
typedef struct {
    int x, y, z, xy, yz, xz;
} roles;

static const roles roles_of[TW_DATAS] = {
    [TW_DATA_FIL] = {TW_LOOP_IFM, TW_LOOP_OFM, TW_LOOP_BAT, TW_DATA_FIL, TW_DATA_OFM, TW_DATA_IFM},
    [TW_DATA_IFM] = {TW_LOOP_IFM, TW_LOOP_BAT, TW_LOOP_OFM, TW_DATA_IFM, TW_DATA_OFM, TW_DATA_FIL},
    [TW_DATA_OFM] = {TW_LOOP_OFM, TW_LOOP_BAT, TW_LOOP_IFM, TW_DATA_OFM, TW_DATA_IFM, TW_DATA_FIL},
};

typedef struct {
    const tw_nested_loop *nest;
    int64_t gbuf_words, regf_words;
    roles r;
    int64_t nx, ny, nz, sxy, syz, sxz; /* loop counts, register words of a unit */
} problem;

static int64_t min64(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Outer factors of x and y with the fewest words from memory. */
static bool solve_outer(const problem *p, int64_t *tx0, int64_t *ty0) {
    int64_t xs[TW_MAX_DIVISORS], ys[TW_MAX_DIVISORS];
    const unsigned x_count = tw_divisors(p->nx, xs), y_count = tw_divisors(p->ny, ys);
    const int64_t *g = p->nest->usize_gbuf;
    const double f_xy = p->r.xy == TW_DATA_OFM ? 2 : 1, f_yz = p->r.yz == TW_DATA_OFM ? 2 : 1;
    double least = INFINITY;
    for (unsigned i = 0; i < x_count; i++)
        for (unsigned j = 0; j < y_count; j++) {
            const int64_t x = p->nx / xs[i], y = p->ny / ys[j];
            if (x * y * g[p->r.xy] > p->gbuf_words ||
                min64(x * (p->sxy + p->sxz) + p->syz, y * (p->sxy + p->syz) + p->sxz) >
                    p->regf_words)
                continue;
            const double words = (double)(p->nx * p->ny * g[p->r.xy]) * f_xy +
                                 (double)(p->ny * p->nz * g[p->r.yz]) * f_yz * (double)xs[i] +
                                 (double)(p->nx * p->nz * g[p->r.xz]) * (double)ys[j];
            if (words < least) {
                least = words;
                *tx0 = xs[i];
                *ty0 = ys[j];
            }
        }
    return least < INFINITY;
}

/* The most of z that the registers hold beside x and y units: a divisor of nz, or 0. */
static int64_t room_for_z(const problem *p, int64_t tx2, int64_t ty2) {
    const double room =
        (double)(p->regf_words - tx2 * ty2 * p->sxy) / (double)(ty2 * p->syz + tx2 * p->sxz);
    int64_t zs[TW_MAX_DIVISORS], best = 0;
    const unsigned count = tw_divisors(p->nz, zs);
    for (unsigned i = 0; i < count && (double)zs[i] <= room; i++)
        best = zs[i];
    return best;
}

static void set_loop(tw_loop_split *split, int lp, int64_t t0, int64_t t1, int64_t t2) {
    split->t[0][lp] = t0;
    split->t[1][lp] = t1;
    split->t[2][lp] = t2;
}

tw_solved tw_blocking_solve(const tw_nested_loop *nest, int64_t gbuf_words, int64_t regf_words,
                            tw_data reside, tw_loop_split *out) {
    const roles r = roles_of[reside];
    const problem p = {nest,
                       gbuf_words,
                       regf_words,
                       r,
                       nest->loopcnt[r.x],
                       nest->loopcnt[r.y],
                       nest->loopcnt[r.z],
                       nest->usize_regf[r.xy],
                       nest->usize_regf[r.yz],
                       nest->usize_regf[r.xz]};
    int64_t tx0 = 1, ty0 = 1;
    if (!solve_outer(&p, &tx0, &ty0))
        return TW_SOLVER_GBUF_TOO_SMALL;
    int64_t tx2 = p.nx / tx0, ty2 = p.ny / ty0, tz2 = room_for_z(&p, tx2, ty2);
    if (tz2 == 0) {
        const int64_t few_x = room_for_z(&p, 1, ty2), few_y = room_for_z(&p, tx2, 1);
        if (few_x >= few_y)
            tx2 = 1;
        else
            ty2 = 1;
        tz2 = few_x >= few_y ? few_x : few_y;
    }
    if (tz2 == 0)
        return TW_SOLVER_REGF_TOO_SMALL;
    const int64_t tz0 = p.nz / tz2;
    int64_t tx1 = p.nx / tx0 / tx2, ty1 = p.ny / ty0 / ty2;
    out->order[1][r.z] = 2;
    out->order[1][r.x] = tx1 > 1 ? 0 : 1;
    out->order[1][r.y] = tx1 > 1 ? 1 : 0;
    out->order[0][r.x] = 2;
    out->order[0][r.y] = 1;
    out->order[0][r.z] = 0;
    if (tz0 == 1) { /* nothing streams: the two levels are one */
        tx0 *= tx1;
        ty0 *= ty1;
        tx1 = ty1 = 1;
        memcpy(out->order[0], out->order[1], sizeof out->order[0]);
    }
    set_loop(out, r.x, tx0, tx1, tx2);
    set_loop(out, r.y, ty0, ty1, ty2);
    set_loop(out, r.z, tz0, 1, tz2);
    return TW_SOLVED;
}
