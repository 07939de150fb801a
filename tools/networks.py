#!/usr/bin/env python3
"""Writes the built-in networks, data/networks/*.yaml, from the definitions in their papers.

    tools/networks.py            writes the files
    tools/networks.py --check    exits 1 when a file differs from what would be written

A definition is a function that adds layers to a Network; shapes are carried along, so that a
layer that does not fit its input stops the script. Activations, normalisations, dropout and
concatenations cost no layer: they are fused into their neighbours or only move names.
"""
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "networks"


class Tensor:
    """What a layer gives: its producers (several after a concatenation) and its shape."""

    def __init__(self, names, channels, rows=1, columns=1):
        self.names, self.channels, self.rows, self.columns = names, channels, rows, columns


def concat(*tensors):
    first = tensors[0]
    assert all((t.rows, t.columns) == (first.rows, first.columns) for t in tensors)
    return Tensor([n for t in tensors for n in t.names], sum(t.channels for t in tensors),
                  first.rows, first.columns)


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def window(size, kernel, stride, pad):
    """Output positions; `pad` is a number, "same", or "ceil" (no padding, a last partial step)."""
    if pad == "same":
        return -(-size // stride)
    if pad == "ceil":
        return -(-(size - kernel) // stride) + 1
    return (size + 2 * pad - kernel) // stride + 1


class Network:
    def __init__(self, name, description, source, parameters=None):
        self.name, self.description, self.source = name, description, source
        self.parameters = parameters or {}
        self.inputs, self.layers, self.names = [], [], set()

    def input(self, name, channels, rows=1, columns=1):
        self.inputs.append((name, channels, rows, columns))
        self.names.add(name)
        return Tensor([name], channels, rows, columns)

    def layer(self, name, op, dims, inputs, **keys):
        assert name not in self.names, name
        self.names.add(name)
        self.layers.append((name, op, dims, inputs, keys))

    def conv(self, name, x, out, kernel, stride=1, pad="same", groups=1):
        (r, s), (sr, sc) = pair(kernel), pair(stride)
        pr, pc = (pad, pad) if isinstance(pad, str) else pair(pad)
        assert x.channels % groups == 0 and out % groups == 0, name
        p, q = window(x.rows, r, sr, pr), window(x.columns, s, sc, pc)
        dims = {"K": out // groups, "C": x.channels // groups, "P": p, "Q": q, "R": r, "S": s}
        keys = {"groups": groups} if groups > 1 else {}
        if (sr, sc) != (1, 1):
            keys["stride"] = sr if sr == sc else [sr, sc]
        self.layer(name, "conv", dims, x.names, **keys)
        return Tensor([name], out, p, q)

    def depthwise(self, name, x, kernel, stride=1, pad="same"):
        return self.conv(name, x, x.channels, kernel, stride, pad, groups=x.channels)

    def pool(self, name, x, kernel, stride=1, pad=0):
        p, q = window(x.rows, kernel, stride, pad), window(x.columns, kernel, stride, pad)
        dims = {"K": x.channels, "P": p, "Q": q, "R": kernel, "S": kernel}
        self.layer(name, "pool", dims, x.names, **({"stride": stride} if stride > 1 else {}))
        return Tensor([name], x.channels, p, q)

    def global_pool(self, name, x):
        dims = {"K": x.channels, "P": 1, "Q": 1, "R": x.rows, "S": x.columns}
        self.layer(name, "pool", dims, x.names)
        return Tensor([name], x.channels)

    def fc(self, name, x, out):
        self.layer(name, "gemm", {"K": out, "C": x.channels * x.rows * x.columns}, x.names)
        return Tensor([name], out)

    def add(self, name, *xs):
        first = xs[0]
        assert all((x.channels, x.rows, x.columns) == (first.channels, first.rows, first.columns)
                   and len(x.names) == 1 for x in xs), name
        dims = {"K": first.channels, "P": first.rows, "Q": first.columns}
        self.layer(name, "eltwise", dims, [n for x in xs for n in x.names])
        return Tensor([name], first.channels, first.rows, first.columns)

    def scale(self, name, x, factors):
        """x times one factor per channel, which is broadcast."""
        dims = {"K": x.channels, "P": x.rows, "Q": x.columns}
        self.layer(name, "eltwise", dims, x.names + factors.names, operands=1)
        return Tensor([name], x.channels, x.rows, x.columns)

    def matmul(self, name, inputs, rows, out, reduction, repeat=1):
        """rows x reduction times reduction x out."""
        keys = {"repeat": repeat} if repeat > 1 else {}
        self.layer(name, "gemm", {"B": rows, "K": out, "C": reduction}, inputs, **keys)
        return name

    def batched(self, name, inputs, count, rows, out, reduction, repeat=1):
        keys = {"repeat": repeat} if repeat > 1 else {}
        dims = {"G": count, "B": rows, "K": out, "C": reduction}
        self.layer(name, "bmm", dims, inputs, **keys)
        return name

    def add_rows(self, name, inputs, rows, channels, repeat=1):
        keys = {"repeat": repeat} if repeat > 1 else {}
        self.layer(name, "eltwise", {"B": rows, "K": channels, "P": 1, "Q": 1}, inputs, **keys)
        return name

    def text(self):
        lines = ["# Written by tools/networks.py.", "kind: network", f"name: {self.name}",
                 f'description: "{self.description}"', f'source: "{self.source}"', "batch: 1"]
        if self.parameters:
            lines.append("parameters: " + flow(self.parameters))
        if self.inputs:
            lines.append("inputs:")
        for name, channels, rows, columns in self.inputs:
            lines.append("  - " + flow({"name": name, "channels": channels, "rows": rows,
                                        "columns": columns}))
        lines.append("layers:")
        for name, op, dims, inputs, keys in self.layers:
            fields = {"name": name, "op": op, "dims": dims, **keys, "inputs": inputs}
            lines.append("  - " + flow(fields))
        return "\n".join(lines) + "\n"


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return str(value)


# ---- convolutional networks

def alexnet():
    net = Network("alexnet", "AlexNet with its two groups, 227 x 227",
                  "Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep Convolutional "
                  "Neural Networks, NIPS 2012; conv2, conv4 and conv5 are split in two groups")
    x = net.input("image", 3, 227, 227)
    x = net.conv("conv1", x, 96, 11, 4, 0)
    x = net.pool("pool1", x, 3, 2)
    x = net.conv("conv2", x, 256, 5, groups=2)
    x = net.pool("pool2", x, 3, 2)
    x = net.conv("conv3", x, 384, 3)
    x = net.conv("conv4", x, 384, 3, groups=2)
    x = net.conv("conv5", x, 256, 3, groups=2)
    x = net.pool("pool5", x, 3, 2)
    for name, out in (("fc6", 4096), ("fc7", 4096), ("fc8", 1000)):
        x = net.fc(name, x, out)
    return net


def vgg(name, depths):
    net = Network(name, f"VGG with {name[3:]} weight layers, 224 x 224",
                  "Simonyan, Zisserman, Very Deep Convolutional Networks for Large-Scale Image "
                  "Recognition, ICLR 2015, Table 1")
    x = net.input("image", 3, 224, 224)
    for stage, (depth, out) in enumerate(zip(depths, (64, 128, 256, 512, 512)), 1):
        for i in range(1, depth + 1):
            x = net.conv(f"conv{stage}_{i}", x, out, 3)
        x = net.pool(f"pool{stage}", x, 2, 2)
    for fc, out in (("fc6", 4096), ("fc7", 4096), ("fc8", 1000)):
        x = net.fc(fc, x, out)
    return net


def googlenet():
    net = Network("googlenet", "GoogLeNet (Inception v1) without its auxiliary classifiers, 224 x 224",
                  "Szegedy et al., Going Deeper with Convolutions, CVPR 2015, Table 1")

    def inception(name, x, b1, b3r, b3, b5r, b5, proj):
        one = net.conv(f"{name}_1x1", x, b1, 1)
        three = net.conv(f"{name}_3x3", net.conv(f"{name}_3x3_reduce", x, b3r, 1), b3, 3)
        five = net.conv(f"{name}_5x5", net.conv(f"{name}_5x5_reduce", x, b5r, 1), b5, 5)
        pooled = net.conv(f"{name}_pool_proj", net.pool(f"{name}_pool", x, 3, 1, 1), proj, 1)
        return concat(one, three, five, pooled)

    x = net.input("image", 3, 224, 224)
    x = net.conv("conv1", x, 64, 7, 2, 3)
    x = net.pool("pool1", x, 3, 2, "ceil")
    x = net.conv("conv2_reduce", x, 64, 1)
    x = net.conv("conv2", x, 192, 3)
    x = net.pool("pool2", x, 3, 2, "ceil")
    x = inception("inception_3a", x, 64, 96, 128, 16, 32, 32)
    x = inception("inception_3b", x, 128, 128, 192, 32, 96, 64)
    x = net.pool("pool3", x, 3, 2, "ceil")
    x = inception("inception_4a", x, 192, 96, 208, 16, 48, 64)
    x = inception("inception_4b", x, 160, 112, 224, 24, 64, 64)
    x = inception("inception_4c", x, 128, 128, 256, 24, 64, 64)
    x = inception("inception_4d", x, 112, 144, 288, 32, 64, 64)
    x = inception("inception_4e", x, 256, 160, 320, 32, 128, 128)
    x = net.pool("pool4", x, 3, 2, "ceil")
    x = inception("inception_5a", x, 256, 160, 320, 32, 128, 128)
    x = inception("inception_5b", x, 384, 192, 384, 48, 128, 128)
    x = net.global_pool("pool5", x)
    net.fc("fc", x, 1000)
    return net


def inception_v4():
    net = Network("inception-v4", "Inception-v4, 299 x 299",
                  "Szegedy, Ioffe, Vanhoucke, Alemi, Inception-v4, Inception-ResNet and the Impact "
                  "of Residual Connections on Learning, AAAI 2017, figures 3 to 9")

    def stem(x):
        x = net.conv("stem_conv1", x, 32, 3, 2, 0)
        x = net.conv("stem_conv2", x, 32, 3, 1, 0)
        x = net.conv("stem_conv3", x, 64, 3)
        x = concat(net.pool("stem_pool1", x, 3, 2), net.conv("stem_conv4", x, 96, 3, 2, 0))
        a = net.conv("stem_a_1x1", x, 64, 1)
        a = net.conv("stem_a_3x3", a, 96, 3, 1, 0)
        b = net.conv("stem_b_1x1", x, 64, 1)
        b = net.conv("stem_b_1x7", b, 64, (1, 7))
        b = net.conv("stem_b_7x1", b, 64, (7, 1))
        b = net.conv("stem_b_3x3", b, 96, 3, 1, 0)
        x = concat(a, b)
        return concat(net.conv("stem_conv5", x, 192, 3, 2, 0), net.pool("stem_pool2", x, 3, 2))

    def block_a(name, x):
        p = net.conv(f"{name}_pool_1x1", net.pool(f"{name}_pool", x, 3, 1, 1), 96, 1)
        a = net.conv(f"{name}_1x1", x, 96, 1)
        b = net.conv(f"{name}_b_3x3", net.conv(f"{name}_b_1x1", x, 64, 1), 96, 3)
        c = net.conv(f"{name}_c_3x3_1", net.conv(f"{name}_c_1x1", x, 64, 1), 96, 3)
        c = net.conv(f"{name}_c_3x3_2", c, 96, 3)
        return concat(p, a, b, c)

    def block_b(name, x):
        p = net.conv(f"{name}_pool_1x1", net.pool(f"{name}_pool", x, 3, 1, 1), 128, 1)
        a = net.conv(f"{name}_1x1", x, 384, 1)
        b = net.conv(f"{name}_b_1x1", x, 192, 1)
        b = net.conv(f"{name}_b_1x7", b, 224, (1, 7))
        b = net.conv(f"{name}_b_7x1", b, 256, (7, 1))
        c = net.conv(f"{name}_c_1x1", x, 192, 1)
        for i, (out, kernel) in enumerate(((192, (1, 7)), (224, (7, 1)), (224, (1, 7)),
                                           (256, (7, 1)))):
            c = net.conv(f"{name}_c_{kernel[0]}x{kernel[1]}_{i // 2 + 1}", c, out, kernel)
        return concat(p, a, b, c)

    def block_c(name, x):
        p = net.conv(f"{name}_pool_1x1", net.pool(f"{name}_pool", x, 3, 1, 1), 256, 1)
        a = net.conv(f"{name}_1x1", x, 256, 1)
        b = net.conv(f"{name}_b_1x1", x, 384, 1)
        b1 = net.conv(f"{name}_b_1x3", b, 256, (1, 3))
        b2 = net.conv(f"{name}_b_3x1", b, 256, (3, 1))
        c = net.conv(f"{name}_c_1x1", x, 384, 1)
        c = net.conv(f"{name}_c_1x3", c, 448, (1, 3))
        c = net.conv(f"{name}_c_3x1", c, 512, (3, 1))
        c1 = net.conv(f"{name}_c_1x3_out", c, 256, (1, 3))
        c2 = net.conv(f"{name}_c_3x1_out", c, 256, (3, 1))
        return concat(p, a, b1, b2, c1, c2)

    x = stem(net.input("image", 3, 299, 299))
    for i in range(1, 5):
        x = block_a(f"a{i}", x)
    k = net.conv("reduction_a_3x3_2", net.conv("reduction_a_3x3_1", net.conv(
        "reduction_a_1x1", x, 192, 1), 224, 3), 256, 3, 2, 0)
    x = concat(net.pool("reduction_a_pool", x, 3, 2),
               net.conv("reduction_a_3x3", x, 384, 3, 2, 0), k)
    for i in range(1, 8):
        x = block_b(f"b{i}", x)
    a = net.conv("reduction_b_a_3x3", net.conv("reduction_b_a_1x1", x, 192, 1), 192, 3, 2, 0)
    b = net.conv("reduction_b_b_1x1", x, 256, 1)
    b = net.conv("reduction_b_b_1x7", b, 256, (1, 7))
    b = net.conv("reduction_b_b_7x1", b, 320, (7, 1))
    b = net.conv("reduction_b_b_3x3", b, 320, 3, 2, 0)
    x = concat(net.pool("reduction_b_pool", x, 3, 2), a, b)
    for i in range(1, 4):
        x = block_c(f"c{i}", x)
    net.fc("fc", net.global_pool("pool", x), 1000)
    return net


def resnet_source(name):
    return (f"He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, CVPR 2016, Table 1 "
            f"({name})")


def resnet18():
    net = Network("resnet18", "ResNet-18, 224 x 224", resnet_source("18-layer"))
    x = net.input("image", 3, 224, 224)
    x = net.conv("conv1", x, 64, 7, 2, 3)
    x = net.pool("pool1", x, 3, 2, 1)
    for stage, out in enumerate((64, 128, 256, 512), 2):
        for block in "ab":
            name, stride = f"res{stage}{block}", 2 if stage > 2 and block == "a" else 1
            y = net.conv(f"{name}_3x3_1", x, out, 3, stride)
            y = net.conv(f"{name}_3x3_2", y, out, 3)
            if stride == 2:
                x = net.conv(f"{name}_shortcut", x, out, 1, 2)
            x = net.add(f"{name}_add", y, x)
    net.fc("fc", net.global_pool("pool5", x), 1000)
    return net


def resnet_bottleneck(layers, depths):
    net = Network(f"resnet{layers}", f"ResNet-{layers} (v1.5), 224 x 224",
                  resnet_source(f"{layers}-layer") + "; the stride of a stage's first block is in its "
                  "3x3 convolution (v1.5), not in its first 1x1")
    x = net.input("image", 3, 224, 224)
    x = net.conv("conv1", x, 64, 7, 2, 3)
    x = net.pool("pool1", x, 3, 2, 1)
    for stage, (depth, out) in enumerate(zip(depths, (64, 128, 256, 512)), 2):
        for i in range(1, depth + 1):
            name, stride = f"res{stage}_{i}", 2 if stage > 2 and i == 1 else 1
            y = net.conv(f"{name}_1x1_reduce", x, out, 1)
            y = net.conv(f"{name}_3x3", y, out, 3, stride)
            y = net.conv(f"{name}_1x1_expand", y, 4 * out, 1)
            if i == 1:
                x = net.conv(f"{name}_shortcut", x, 4 * out, 1, stride)
            x = net.add(f"{name}_add", y, x)
    net.fc("fc", net.global_pool("pool5", x), 1000)
    return net


def squeeze(net, name, x, reduced):
    """Squeeze and excitation: one factor per channel from the channels' means."""
    s = net.fc(f"{name}_se_reduce", net.global_pool(f"{name}_se_pool", x), reduced)
    return net.scale(f"{name}_se_scale", x, net.fc(f"{name}_se_expand", s, x.channels))


def mobilenet_v2():
    net = Network("mobilenet-v2", "MobileNetV2 of width 1.0, 224 x 224",
                  "Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR "
                  "2018, Table 2")
    x = net.conv("conv1", net.input("image", 3, 224, 224), 32, 3, 2)
    block = 0
    for expand, out, repeat, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                                        (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(repeat):
            block += 1
            name, y, step = f"block{block}", x, stride if i == 0 else 1
            if expand > 1:
                y = net.conv(f"{name}_expand", y, expand * x.channels, 1)
            y = net.depthwise(f"{name}_depthwise", y, 3, step)
            y = net.conv(f"{name}_project", y, out, 1)
            x = net.add(f"{name}_add", y, x) if step == 1 and x.channels == out else y
    x = net.conv("conv_last", x, 1280, 1)
    net.fc("fc", net.global_pool("pool", x), 1000)
    return net


def mobilenet_v3_small():
    net = Network("mobilenet-v3-small", "MobileNetV3-Small of width 1.0, 224 x 224",
                  "Howard et al., Searching for MobileNetV3, ICCV 2019, Table 2; the squeeze of a "
                  "block is a quarter of its expansion, rounded to a multiple of 8")
    x = net.conv("conv1", net.input("image", 3, 224, 224), 16, 3, 2)
    rows = ((3, 16, 16, True, 2), (3, 72, 24, False, 2), (3, 88, 24, False, 1), (5, 96, 40, True, 2),
            (5, 240, 40, True, 1), (5, 240, 40, True, 1), (5, 120, 48, True, 1),
            (5, 144, 48, True, 1), (5, 288, 96, True, 2), (5, 576, 96, True, 1),
            (5, 576, 96, True, 1))
    for block, (kernel, expand, out, se, stride) in enumerate(rows, 1):
        name, y = f"block{block}", x
        if expand != x.channels:
            y = net.conv(f"{name}_expand", y, expand, 1)
        y = net.depthwise(f"{name}_depthwise", y, kernel, stride)
        if se:
            y = squeeze(net, name, y, round8(expand / 4))
        y = net.conv(f"{name}_project", y, out, 1)
        x = net.add(f"{name}_add", y, x) if stride == 1 and x.channels == out else y
    x = net.conv("conv_last", x, 576, 1)
    x = net.fc("fc1", net.global_pool("pool", x), 1024)
    net.fc("fc2", x, 1000)
    return net


def round8(value):
    """The nearest multiple of 8 that is not more than a tenth below."""
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded


def efficientnet_b0():
    net = Network("efficientnet-b0", "EfficientNet-B0, 224 x 224",
                  "Tan, Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural "
                  "Networks, ICML 2019, Table 1; the squeeze is a quarter of a block's input")
    x = net.conv("conv1", net.input("image", 3, 224, 224), 32, 3, 2)
    block = 0
    for expand, kernel, out, repeat, stride in ((1, 3, 16, 1, 1), (6, 3, 24, 2, 2),
                                                (6, 5, 40, 2, 2), (6, 3, 80, 3, 2),
                                                (6, 5, 112, 3, 1), (6, 5, 192, 4, 2),
                                                (6, 3, 320, 1, 1)):
        for i in range(repeat):
            block += 1
            name, y, step = f"block{block}", x, stride if i == 0 else 1
            if expand > 1:
                y = net.conv(f"{name}_expand", y, expand * x.channels, 1)
            y = net.depthwise(f"{name}_depthwise", y, kernel, step)
            y = squeeze(net, name, y, x.channels // 4)
            y = net.conv(f"{name}_project", y, out, 1)
            x = net.add(f"{name}_add", y, x) if step == 1 and x.channels == out else y
    x = net.conv("conv_last", x, 1280, 1)
    net.fc("fc", net.global_pool("pool", x), 1000)
    return net


# ---- transformers: one block, repeated

def attention(net, x, tokens, keys, queries, heads, width, repeat):
    """Multi-head attention of `queries` over `keys` positions; returns the output projection."""
    size = width // heads
    for part in ("query", "key", "value"):
        net.matmul(f"attention_{part}", [x], tokens, width, width, repeat)
    net.batched("attention_scores", ["attention_query", "attention_key"], f"{heads}*$batch",
                queries, keys, size, repeat)
    net.batched("attention_context", ["attention_scores", "attention_value"], f"{heads}*$batch",
                queries, size, keys, repeat)
    return net.matmul("attention_output", ["attention_context"], tokens, width, width, repeat)


def encoder(net, x, tokens, positions, heads, width, hidden, repeat):
    """Attention and two fully connected layers, each with a residual sum."""
    y = attention(net, x, tokens, positions, positions, heads, width, repeat)
    x = net.add_rows("attention_add", [y, x], tokens, width, repeat)
    y = net.matmul("mlp_expand", [x], tokens, hidden, width, repeat)
    y = net.matmul("mlp_reduce", [y], tokens, width, hidden, repeat)
    return net.add_rows("mlp_add", [y, x], tokens, width, repeat)


def bert_base():
    net = Network("bert-base", "BERT-base encoder, 12 blocks of width 768",
                  "Devlin, Chang, Lee, Toutanova, BERT: Pre-training of Deep Bidirectional "
                  "Transformers, NAACL 2019 (L=12, H=768, A=12); without the embedding look-up and "
                  "task heads", {"seq": 128})
    net.input("embeddings", 768, "$seq")
    encoder(net, "embeddings", "$batch*$seq", "$seq", 12, 768, 3072, 12)
    return net


def gpt2():
    net = Network("gpt2", "GPT-2 small (124M), the whole sequence at once, with the output vocabulary",
                  "Radford et al., Language Models are Unsupervised Multitask Learners, 2019, Table 2 "
                  "(12 layers, width 768, vocabulary 50257); attention is counted unmasked",
                  {"seq": 1024})
    net.input("embeddings", 768, "$seq")
    x = encoder(net, "embeddings", "$batch*$seq", "$seq", 12, 768, 3072, 12)
    net.matmul("vocabulary", [x], "$batch*$seq", 50257, 768)
    return net


def vit_b16():
    net = Network("vit-b16", "ViT-B/16, 224 x 224: 196 patches and a class token",
                  "Dosovitskiy et al., An Image is Worth 16x16 Words, ICLR 2021, Table 1 (Base)")
    x = net.conv("patch_embedding", net.input("image", 3, 224, 224), 768, 16, 16, 0)
    x = encoder(net, x.names[0], "197*$batch", 197, 12, 768, 3072, 12)
    net.matmul("head", [x], "$batch", 1000, 768)
    return net


LLAMA = ("Touvron et al., LLaMA: Open and Efficient Foundation Language Models, 2023, Table 2 (7B: "
         "32 layers, width 4096, 32 heads), hidden size 11008, vocabulary 32000")


def llama(net, tokens, keys, queries, last):
    y = attention(net, "embeddings", tokens, keys, queries, 32, 4096, 32)
    x = net.add_rows("attention_add", [y, "embeddings"], tokens, 4096, 32)
    net.matmul("mlp_gate", [x], tokens, 11008, 4096, 32)
    net.matmul("mlp_up", [x], tokens, 11008, 4096, 32)
    y = net.add_rows("mlp_product", ["mlp_gate", "mlp_up"], tokens, 11008, 32)
    y = net.matmul("mlp_down", [y], tokens, 4096, 11008, 32)
    x = net.add_rows("mlp_add", [y, x], tokens, 4096, 32)
    net.matmul("vocabulary", [x], last, 32000, 4096)
    return net


def llama_prefill():
    net = Network("llama-7b-prefill", "LLaMA-7B reading a prompt of seq tokens, next token at its end",
                  LLAMA + "; attention is counted unmasked", {"seq": 512})
    net.input("embeddings", 4096, "$seq")
    return llama(net, "$batch*$seq", "$seq", "$seq", "$batch")


def llama_decode():
    net = Network("llama-7b-decode", "LLaMA-7B making one token, seq tokens in the key-value cache",
                  LLAMA, {"seq": 512})
    net.input("embeddings", 4096)
    return llama(net, "$batch", "$seq", 1, "$batch")


NETWORKS = (alexnet(), vgg("vgg16", (2, 2, 3, 3, 3)), vgg("vgg19", (2, 2, 4, 4, 4)), googlenet(),
            inception_v4(), resnet18(), resnet_bottleneck(50, (3, 4, 6, 3)),
            resnet_bottleneck(152, (3, 8, 36, 3)), mobilenet_v2(), mobilenet_v3_small(),
            efficientnet_b0(), bert_base(), gpt2(), vit_b16(), llama_prefill(), llama_decode())


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    different = []
    for net in NETWORKS:
        path = FOLDER / f"{net.name}.yaml"
        if check and (not path.exists() or path.read_text() != net.text()):
            different.append(path.name)
        elif not check:
            path.write_text(net.text())
    if different:
        sys.exit("not what tools/networks.py writes: " + ", ".join(different))


if __name__ == "__main__":
    main()
