/* What is measured, and the targets: ResNet-50 on Eyeriss in a quarter of a second, other networks
 * within one, deep machines within a second a layer, a large matrix product in ten milliseconds,
 * three million evaluations a second and core. Targets are for two cores. */
#include "bench.h"

#define NETWORK(arch, net, what, target)                                                           \
    {                                                                                              \
        .name = arch "/" net "/" what, .run = tw_bench_map, .accelerator = arch, .network = net,   \
        .objective = what, .target_seconds = (target)                                              \
    }
#define LAYERS(arch, net, what, target)                                                            \
    {                                                                                              \
        .name = arch "/" net "/" what "/slowest-layer", .run = tw_bench_layers,                    \
        .accelerator = arch, .network = net, .objective = what, .target_seconds = (target)         \
    }
#define GEMM(arch, m, n, k, what, target)                                                          \
    {                                                                                              \
        .name = arch "/gemm-" #m "x" #n "x" #k "/" what, .run = tw_bench_layers,                   \
        .accelerator = arch, .gemm = {m, n, k}, .objective = what, .target_seconds = (target)      \
    }

const tw_bench_case tw_bench_cases[] = {
    {.name = "eyeriss/resnet50/evaluate",
     .run = tw_bench_evaluate,
     .accelerator = "eyeriss",
     .network = "resnet50",
     .target_rate = 3e6},
    NETWORK("eyeriss", "resnet50", "energy", 0.25),
    NETWORK("eyeriss", "resnet50", "latency", 0),
    NETWORK("eyeriss", "resnet50", "edp", 0),
    NETWORK("eyeriss", "resnet50", "pareto", 0),
    NETWORK("eyeriss", "vgg16", "energy", 1),
    NETWORK("eyeriss", "bert-base", "energy", 1),
    LAYERS("simba", "resnet50", "energy", 1),
    LAYERS("simba", "bert-base", "energy", 1),
    GEMM("eyeriss", 2048, 4096, 4096, "energy", 0.010),
    GEMM("tpu-like", 2048, 4096, 4096, "energy", 0.010),
};
const size_t tw_bench_case_count = sizeof tw_bench_cases / sizeof *tw_bench_cases;
