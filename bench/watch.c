#include "bench.h"

#include <time.h>

#include "base/pool.h"

/* A run that takes longer is not repeated. */
static const double long_run_s = 5;

static double cpu_now(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void tw_bench_start(tw_bench_watch *watch) {
    watch->cpu_start = cpu_now();
    watch->start = tw_seconds();
}

bool tw_bench_stop(tw_bench_watch *watch, const tw_bench_options *options) {
    const double seconds = tw_seconds() - watch->start, cpu = cpu_now() - watch->cpu_start;
    if (watch->runs == 0 || seconds < watch->seconds)
        watch->seconds = seconds;
    if (watch->runs == 0 || cpu < watch->cpu_seconds)
        watch->cpu_seconds = cpu;
    return ++watch->runs < options->repeat && seconds < long_run_s;
}
