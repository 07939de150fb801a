#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static tw_status fail_path(tw_ctx *ctx, const char *path) {
    return cli_fail(ctx, TW_ERROR, "cannot write %s: %s", path, strerror(errno));
}

static bool is_standard(const char *path) {
    return !path || strcmp(path, "-") == 0;
}

/* The folder of a path, for which there is always a place in `folder`. */
static void folder_of(const char *path, char folder[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        snprintf(folder, PATH_MAX, ".");
    else
        snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

tw_status cli_output_check(tw_ctx *ctx, const char *path) {
    struct stat info;
    char folder[PATH_MAX];
    if (is_standard(path))
        return TW_OK;
    if (strlen(path) >= PATH_MAX - 16) {
        errno = ENAMETOOLONG;
        return fail_path(ctx, path);
    }
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode)) {
            errno = EISDIR;
            return fail_path(ctx, path);
        }
        return access(path, W_OK) == 0 ? TW_OK : fail_path(ctx, path);
    }
    folder_of(path, folder);
    return access(folder, W_OK | X_OK) == 0 ? TW_OK : fail_path(ctx, path);
}

/* Devices and pipes; without a reader a pipe is refused instead of waited for. */
static tw_status open_special(tw_ctx *ctx, const char *path, cli_output *out) {
    const int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fail_path(ctx, path);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    out->stream = fdopen(fd, "w");
    return out->stream ? TW_OK : fail_path(ctx, path);
}

static tw_status open_temporary(tw_ctx *ctx, const char *path, mode_t mode, cli_output *out) {
    char *real = realpath(path, NULL); /* follows links; NULL for a new file */
    out->target = real ? real : strdup(path);
    const size_t size = out->target ? strlen(out->target) + 8 : 0;
    out->temporary = size ? malloc(size) : NULL;
    if (!out->temporary)
        return cli_fail(ctx, TW_ERROR, "out of memory");
    snprintf(out->temporary, size, "%s.XXXXXX", out->target);
    const int fd = mkstemp(out->temporary);
    out->stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (out->stream && fchmod(fd, mode) == 0)
        return TW_OK;
    const tw_status status = fail_path(ctx, path);
    if (fd < 0)
        out->temporary[0] = '\0';
    return status;
}

tw_status cli_output_open(tw_ctx *ctx, const char *path, cli_output *out) {
    struct stat info;
    *out = (cli_output){.stream = stdout};
    if (is_standard(path))
        return TW_OK;
    out->path = path;
    out->stream = NULL;
    const bool exists = stat(path, &info) == 0;
    if (exists && !S_ISREG(info.st_mode))
        return open_special(ctx, path, out);
    const mode_t mask = umask(0);
    umask(mask);
    return open_temporary(ctx, path, exists ? info.st_mode & 07777 : 0666 & ~mask, out);
}

tw_status cli_output_close(tw_ctx *ctx, cli_output *output, bool keep) {
    tw_status status = TW_OK;
    const char *path = output->path ? output->path : "standard output";
    if (output->stream) {
        const bool failed = fflush(output->stream) != 0 || ferror(output->stream);
        const bool closed = !output->path || fclose(output->stream) == 0;
        if (keep && (failed || !closed))
            status = fail_path(ctx, path);
    }
    const bool written = output->temporary && output->temporary[0];
    if (written && keep && status == TW_OK && rename(output->temporary, output->target) != 0)
        status = fail_path(ctx, path);
    if (written && (!keep || status != TW_OK))
        unlink(output->temporary);
    free(output->temporary);
    free(output->target);
    return status;
}
