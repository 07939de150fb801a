/* Files are opened without blocking and looked at before they are read, so that a FIFO or a
 * terminal cannot hang us. The content always ends in a NUL: in a mapping, a zero page is laid
 * under the file and shows after its last byte. */
#include "input/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAP_FROM_BYTES = 4 << 20, FIRST_READ_BYTES = 1 << 16 };

static tw_status fail_errno(tw_ctx *ctx, const char *path, const char *doing) {
    const tw_position at = {.file = path};
    return tw_fail(ctx, TW_ERROR, &at, "cannot %s: %s", doing, strerror(errno));
}

/* Reads until the end of the file; it may be longer or shorter than `expected`. */
static tw_status read_all(tw_input *in, int fd, size_t expected, size_t limit_bytes) {
    size_t capacity = expected + 1;
    while (true) {
        if (!in->owned || in->size + 1 >= capacity) {
            capacity = in->owned ? capacity * 2 : capacity;
            char *grown = tw_resize(in->ctx, in->owned, capacity);
            if (!grown)
                return tw_out_of_memory(in->ctx);
            in->owned = grown;
        }
        if (in->size > limit_bytes) {
            const tw_position at = {.file = in->path};
            return tw_fail(in->ctx, TW_INVALID, &at,
                           "the input is larger than %zu MiB, the limit for text",
                           limit_bytes >> 20);
        }
        const ssize_t got = read(fd, in->owned + in->size, capacity - 1 - in->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(in->ctx, in->path, "read");
        if (got == 0)
            break;
        in->size += (size_t)got;
    }
    in->owned[in->size] = '\0';
    in->bytes = in->owned;
    return TW_OK;
}

static tw_status map_file(tw_input *in, int fd, size_t size) {
    void *room = mmap(NULL, size + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return tw_out_of_memory(in->ctx);
    if (mmap(room, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        munmap(room, size + 1);
        return fail_errno(in->ctx, in->path, "map");
    }
    in->bytes = room;
    in->size = size;
    in->mapped = room;
    in->mapped_size = size + 1;
    return TW_OK;
}

static const char *file_type(mode_t mode) {
    return S_ISDIR(mode)                    ? "a directory"
           : S_ISFIFO(mode)                 ? "a FIFO"
           : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
           : S_ISSOCK(mode)                 ? "a socket"
                                            : "no regular file";
}

static tw_status open_regular(tw_ctx *ctx, const char *path, int *fd, struct stat *info) {
    const tw_position at = {.file = path};
    *fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0 && (errno == ENXIO || errno == EISDIR))
        return tw_fail(ctx, TW_INVALID, &at, "not a regular file");
    if (*fd < 0)
        return tw_fail(ctx, errno == EACCES ? TW_ERROR : TW_INVALID, &at, "cannot open: %s",
                       strerror(errno));
    if (fstat(*fd, info) == 0 && S_ISREG(info->st_mode))
        return TW_OK;
    close(*fd);
    return tw_fail(ctx, TW_INVALID, &at, "is %s, expected a regular file",
                   file_type(info->st_mode));
}

/* Editors on Windows begin UTF-8 with it. */
static void skip_byte_order_mark(tw_input *in) {
    static const char mark[] = "\xef\xbb\xbf";
    if (in->size < 3 || memcmp(in->bytes, mark, 3) != 0)
        return;
    in->bytes += 3;
    in->size -= 3;
}

tw_status tw_input_open(tw_ctx *ctx, const char *path, tw_input *out) {
    *out = (tw_input){.ctx = ctx, .path = path};
    tw_status status;
    if (strcmp(path, "-") == 0) {
        out->path = "<stdin>";
        status = read_all(out, STDIN_FILENO, FIRST_READ_BYTES, TW_MAX_TEXT_BYTES);
    } else {
        int fd = -1;
        struct stat info = {0};
        TW_TRY(open_regular(ctx, path, &fd, &info));
        const tw_position at = {.file = path};
        const uint64_t size = (uint64_t)info.st_size;
        if (size > TW_MAX_FILE_BYTES)
            status = tw_fail(ctx, TW_INVALID, &at, "the file has %llu bytes, the limit is %llu",
                             (unsigned long long)size, (unsigned long long)TW_MAX_FILE_BYTES);
        else if (size >= MAP_FROM_BYTES)
            status = map_file(out, fd, (size_t)size);
        else
            status = read_all(out, fd, (size_t)size, TW_MAX_TEXT_BYTES);
        close(fd);
    }
    if (status == TW_OK)
        skip_byte_order_mark(out);
    else
        tw_input_close(out);
    return status;
}

void tw_input_close(tw_input *input) {
    tw_free(input->ctx, input->owned);
    if (input->mapped_size)
        munmap(input->mapped, input->mapped_size);
    *input = (tw_input){.ctx = input->ctx, .path = input->path};
}

tw_status tw_file_read(tw_ctx *ctx, tw_arena *arena, const char *path, size_t limit_bytes,
                       char **bytes, size_t *size) {
    tw_input input;
    TW_TRY(tw_input_open(ctx, path, &input));
    const tw_position at = {.file = path};
    tw_status status = TW_OK;
    if (input.size > limit_bytes)
        status = tw_fail(ctx, TW_INVALID, &at, "the file has %zu bytes, the limit is %zu",
                         input.size, limit_bytes);
    else if (!(*bytes = tw_arena_strndup(arena, input.bytes, input.size)))
        status = tw_out_of_memory(ctx);
    *size = input.size;
    tw_input_close(&input);
    return status;
}
