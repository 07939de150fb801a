/* Weights are never touched: a model of 700 MiB, as a sparse file, is imported in less than 50 ms
 * and 32 MiB. The model is written here field by field: `layers` fully connected layers of 4096 x
 * 4096 numbers, whose data are a hole in the file. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/pool.h"
#include "input/onnx_read.h"

enum { LAYERS = 11, SIDE = 4096 };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MOST_MEBIBYTES = 1 << 20 }; /* sanitizers have a memory of their own */
#else
enum { MOST_MEBIBYTES = 32 };
#endif
#define WEIGHT_BYTES ((uint64_t)SIDE * SIDE * 4)

static size_t put_varint(unsigned char *out, uint64_t value) {
    size_t count = 0;
    for (; value > 127; value >>= 7)
        out[count++] = (unsigned char)(value | 128);
    out[count++] = (unsigned char)value;
    return count;
}

static size_t put_bytes(unsigned char *out, unsigned number, const void *data, size_t size) {
    size_t count = put_varint(out, number << 3 | 2);
    count += put_varint(out + count, size);
    memcpy(out + count, data, size);
    return count + size;
}

static size_t put_text(unsigned char *out, unsigned number, const char *text) {
    return put_bytes(out, number, text, strlen(text));
}

static size_t put_number(unsigned char *out, unsigned number, uint64_t value) {
    const size_t count = put_varint(out, number << 3);
    return count + put_varint(out + count, value);
}

/* Everything of weight i but its raw data, whose header comes last. */
static size_t tensor_head(unsigned char *out, int i) {
    char name[16];
    snprintf(name, sizeof name, "w%d", i);
    size_t size = put_number(out, 1, SIDE);
    size += put_number(out + size, 1, SIDE);
    size += put_number(out + size, 2, TW_ONNX_FLOAT);
    size += put_text(out + size, 8, name);
    size += put_varint(out + size, 9 << 3 | 2);
    return size + put_varint(out + size, WEIGHT_BYTES);
}

static size_t node(unsigned char *out, int i) {
    unsigned char body[128];
    char input[16], weight[16], output[16];
    snprintf(input, sizeof input, "t%d", i);
    snprintf(weight, sizeof weight, "w%d", i);
    snprintf(output, sizeof output, "t%d", i + 1);
    size_t size = put_text(body, 1, input);
    size += put_text(body + size, 1, weight);
    size += put_text(body + size, 2, output);
    size += put_text(body + size, 4, "MatMul");
    return put_bytes(out, 1, body, size);
}

/* ValueInfoProto of t0: a float tensor [1, 4096]. */
static size_t graph_input(unsigned char *out) {
    unsigned char dim[2][16], shape[64], tensor[96], type[128], info[160];
    const uint64_t extents[2] = {1, SIDE};
    size_t size = 0;
    for (int i = 0; i < 2; i++)
        size += put_bytes(shape + size, 1, dim[i], put_number(dim[i], 1, extents[i]));
    size_t tensor_size = put_number(tensor, 1, TW_ONNX_FLOAT);
    tensor_size += put_bytes(tensor + tensor_size, 2, shape, size);
    const size_t type_size = put_bytes(type, 1, tensor, tensor_size);
    size_t info_size = put_text(info, 1, "t0");
    info_size += put_bytes(info + info_size, 2, type, type_size);
    return put_bytes(out, 11, info, info_size);
}

static bool write_model(int fd) {
    unsigned char small[4096], head[128], front[64];
    size_t size = graph_input(small);
    uint64_t graph_size;
    for (int i = 0; i < LAYERS; i++)
        size += node(small + size, i);
    graph_size = size;
    for (int i = 0; i < LAYERS; i++) {
        const uint64_t tensor = tensor_head(head, i) + WEIGHT_BYTES;
        graph_size += put_varint(front, 5 << 3 | 2) + put_varint(front, tensor) + tensor;
    }
    size_t count = put_number(front, 1, 8);
    count += put_varint(front + count, 7 << 3 | 2);
    count += put_varint(front + count, graph_size);
    if (write(fd, front, count) != (ssize_t)count || write(fd, small, size) != (ssize_t)size)
        return false;
    for (int i = 0; i < LAYERS; i++) {
        const size_t head_size = tensor_head(head, i);
        count = put_varint(front, 5 << 3 | 2);
        count += put_varint(front + count, head_size + WEIGHT_BYTES);
        if (write(fd, front, count) != (ssize_t)count ||
            write(fd, head, head_size) != (ssize_t)head_size ||
            lseek(fd, (off_t)WEIGHT_BYTES, SEEK_CUR) < 0)
            return false;
    }
    return ftruncate(fd, lseek(fd, 0, SEEK_CUR)) == 0;
}

static tw_status import(tw_ctx *ctx, const char *path, tw_network **out, double *seconds) {
    const double begin = tw_seconds();
    const tw_status status = tw_network_load(ctx, path, NULL, out);
    *seconds = tw_seconds() - begin;
    return status;
}

int main(void) {
    char path[] = "/tmp/tilewright-big-XXXXXX.onnx";
    struct rusage usage;
    const int fd = mkstemps(path, 5);
    if (fd < 0 || !write_model(fd))
        return 1;
    const off_t bytes = lseek(fd, 0, SEEK_END);
    close(fd);
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network *network = NULL;
    double seconds = 0;
    const tw_status status = ctx ? import(ctx, path, &network, &seconds) : TW_ERROR;
    unlink(path);
    if (ctx)
        tw_diagnostics_print(ctx, stderr, false);
    const size_t layers = network ? tw_network_layer_count(network) : 0;
    tw_network_free(network);
    tw_ctx_free(ctx);
    getrusage(RUSAGE_SELF, &usage);
    printf("%lld MiB: %zu layers, %.2f ms, %ld MiB resident\n", (long long)bytes >> 20, layers,
           seconds * 1e3, usage.ru_maxrss >> 10);
    /* The time is printed for people: a busy machine must not fail the test. */
    return status == TW_OK && layers == LAYERS && bytes >> 20 >= 700 &&
                   usage.ru_maxrss >> 10 < MOST_MEBIBYTES
               ? 0
               : 1;
}
