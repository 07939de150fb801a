#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

enum { MAX_THREADS = 256 };

typedef struct {
    tw_task_fn task;
    void *shared;
    size_t count;
    atomic_size_t next;
} job;

typedef struct {
    job *job;
    unsigned index;
} worker;

unsigned tw_thread_count(unsigned threads) {
    if (threads == 0) {
        cpu_set_t set;
        threads = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
    }
    return threads > MAX_THREADS ? MAX_THREADS : threads;
}

static void run_tasks(job *shared_job, unsigned index) {
    for (;;) {
        const size_t i = atomic_fetch_add(&shared_job->next, 1);
        if (i >= shared_job->count)
            return;
        shared_job->task(shared_job->shared, i, index);
    }
}

static void *worker_main(void *argument) {
    const worker *self = argument;
    run_tasks(self->job, self->index);
    return NULL;
}

tw_status tw_parallel_for(tw_ctx *ctx, unsigned threads, size_t count, tw_task_fn task,
                          void *shared) {
    (void)ctx;
    job shared_job = {.task = task, .shared = shared, .count = count};
    atomic_init(&shared_job.next, 0);
    threads = tw_thread_count(threads);
    if (threads > count)
        threads = count ? (unsigned)count : 1;

    pthread_t handles[MAX_THREADS];
    worker workers[MAX_THREADS];
    unsigned started = 1;
    for (; started < threads; started++) {
        workers[started] = (worker){&shared_job, started};
        if (pthread_create(&handles[started], NULL, worker_main, &workers[started]) != 0)
            break; /* fewer threads do the same work */
    }
    run_tasks(&shared_job, 0);
    for (unsigned i = 1; i < started; i++)
        pthread_join(handles[i], NULL);
    return TW_OK;
}

double tw_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
