#include "network/progress.h"

#include <math.h>
#include <time.h>

#include "base/pool.h"

enum { INTERVAL_NS = 100 * 1000 * 1000 };

static void *run_work(void *argument) {
    tw_monitor *monitor = argument;
    monitor->work(monitor->work_data);
    pthread_mutex_lock(&monitor->lock);
    monitor->done = true;
    pthread_cond_signal(&monitor->changed);
    pthread_mutex_unlock(&monitor->lock);
    return NULL;
}

/* Waits for the end of the work or of the interval; true at the end. */
static bool wait_interval(tw_monitor *monitor) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += INTERVAL_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    int late = 0;
    while (!monitor->done && late == 0)
        late = pthread_cond_timedwait(&monitor->changed, &monitor->lock, &until);
    return monitor->done;
}

static void listen(tw_monitor *monitor) {
    pthread_mutex_lock(&monitor->lock);
    while (!wait_interval(monitor)) {
        tw_progress now = monitor->now;
        now.seconds = tw_seconds() - monitor->began_s;
        pthread_mutex_unlock(&monitor->lock);
        monitor->ctx->progress(monitor->ctx->progress_user, &now);
        pthread_mutex_lock(&monitor->lock);
    }
    pthread_mutex_unlock(&monitor->lock);
}

static void init(tw_monitor *monitor, tw_ctx *ctx, uint64_t items_total, void (*work)(void *),
                 void *work_data) {
    *monitor =
        (tw_monitor){.ctx = ctx, .began_s = tw_seconds(), .work = work, .work_data = work_data};
    monitor->now =
        (tw_progress){.item = "", .items_total = items_total, .incumbent = NAN, .lower_bound = NAN};
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&monitor->lock, NULL);
    pthread_cond_init(&monitor->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void tw_monitor_run(tw_monitor *monitor, tw_ctx *ctx, uint64_t items_total, void (*work)(void *),
                    void *work_data) {
    pthread_t worker;
    init(monitor, ctx, items_total, work, work_data);
    if (ctx->progress && pthread_create(&worker, NULL, run_work, monitor) == 0) {
        listen(monitor);
        pthread_join(worker, NULL);
    } else {
        work(work_data);
    }
    pthread_cond_destroy(&monitor->changed);
    pthread_mutex_destroy(&monitor->lock);
}

static void count_evaluated(tw_task_progress *task, uint64_t evaluated) {
    if (evaluated > task->evaluated) {
        task->monitor->now.evaluated += evaluated - task->evaluated;
        task->evaluated = evaluated;
    }
}

void tw_monitor_report(void *task_progress, const tw_progress *progress) {
    tw_task_progress *task = task_progress;
    tw_monitor *monitor = task->monitor;
    pthread_mutex_lock(&monitor->lock);
    monitor->now.item = task->item;
    monitor->now.incumbent = progress->incumbent;
    monitor->now.lower_bound = progress->lower_bound;
    count_evaluated(task, progress->evaluated);
    pthread_mutex_unlock(&monitor->lock);
}

void tw_monitor_item_begun(tw_task_progress *task) {
    tw_monitor *monitor = task->monitor;
    pthread_mutex_lock(&monitor->lock);
    monitor->now.item = task->item;
    monitor->now.incumbent = monitor->now.lower_bound = NAN;
    pthread_mutex_unlock(&monitor->lock);
}

void tw_monitor_item_done(tw_task_progress *task, uint64_t evaluated) {
    tw_monitor *monitor = task->monitor;
    pthread_mutex_lock(&monitor->lock);
    count_evaluated(task, evaluated);
    monitor->now.items_done++;
    pthread_mutex_unlock(&monitor->lock);
}
