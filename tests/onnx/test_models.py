#!/usr/bin/python3
"""Models made here with onnx.helper, against numbers worked by hand and the built-in networks.

usage: test_models.py ONNX_DUMP [-v] [TEST...]     exit status 77: python3-onnx is not installed
"""
import os
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import onnx
    from onnx import TensorProto, helper
except ImportError:
    print("SKIPPED: python3-onnx is not installed")
    sys.exit(77)

DUMP = os.path.abspath(sys.argv.pop(1))
DIMS = "GBKCPQRS"


def dump(path, *options):
    """(status, layers, account, stderr); a layer is a dict."""
    result = subprocess.run([DUMP, *options, path], capture_output=True, check=True, timeout=60)
    status, layers, account = None, [], None
    for line in result.stdout.decode("utf-8", "replace").splitlines():
        words = line.split()
        if words[0] == "layer":
            numbers = [int(n) for n in words[3:17]]
            layers.append({"name": words[1], "op": words[2], **dict(zip(DIMS, numbers)),
                           "stride": numbers[8:10], "dilation": numbers[10:12],
                           "repeat": numbers[12], "macs": numbers[13],
                           "from": [w[1:] for w in words[17:]]})
        elif words[0] == "status":
            status = int(words[1])
        elif words[0] == "account":
            account = [int(n) for n in words[1:]]
    return status, layers, account, result.stderr.decode("utf-8", "replace")


def sizes(layer, dims=DIMS):
    return {d: layer[d] for d in dims if layer[d] != 1}


class Graph:
    """Collects nodes; weights are sparse on disk: only their shape is written."""

    def __init__(self):
        self.nodes, self.inputs, self.outputs, self.initializers = [], [], [], []
        self.count = 0

    def input(self, name, shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def weight(self, *shape):
        """An initializer whose data lies in another file, which nobody may open."""
        self.count += 1
        tensor = TensorProto(name=f"w{self.count}", data_type=TensorProto.FLOAT, dims=shape,
                             data_location=TensorProto.EXTERNAL)
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "../../does/not/exist"
        self.initializers.append(tensor)
        return tensor.name

    def ints(self, *values):
        self.count += 1
        self.initializers.append(helper.make_tensor(f"c{self.count}", TensorProto.INT64,
                                                    [len(values)], values))
        return f"c{self.count}"

    def scalar(self, value, kind=TensorProto.INT64):
        self.count += 1
        self.initializers.append(helper.make_tensor(f"c{self.count}", kind, [], [value]))
        return f"c{self.count}"

    def node(self, op, *inputs, outputs=1, name="", domain="", **attributes):
        made = []
        for _ in range(outputs):
            self.count += 1
            made.append(f"t{self.count}")
        self.nodes.append(helper.make_node(op, list(inputs), made, name=name, domain=domain,
                                           **attributes))
        return made[0] if outputs == 1 else made

    def graph(self, *outputs, kind=TensorProto.FLOAT):
        return helper.make_graph(
            self.nodes, "test", self.inputs,
            [helper.make_tensor_value_info(o, kind, None) for o in outputs], self.initializers)

    def save(self, path, *outputs):
        model = helper.make_model(self.graph(*outputs))
        with open(path, "wb") as file:
            file.write(model.SerializeToString())


class ModelCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "model.onnx")

    def tearDown(self):
        self.folder.cleanup()

    def load(self, graph, *outputs, options=(), status=0):
        graph.save(self.path, *outputs)
        got, layers, account, errors = dump(self.path, *options)
        self.assertEqual(got, status, errors)
        return layers, account, errors

    def one(self, graph, output, options=()):
        layers, _, errors = self.load(graph, output, options=options)
        self.assertEqual(len(layers), 1, errors)
        return layers[0]


class Operators(ModelCase):
    def test_conv_groups_dilation_padding(self):
        g = Graph()
        x = g.input("x", [2, 8, 20, 21])
        y = g.node("Conv", x, g.weight(12, 4, 3, 5), group=2, strides=[2, 1], dilations=[2, 3],
                   pads=[1, 2, 3, 4])
        layer = self.one(g, y)
        # rows: (20 + 1 + 3 - 5) / 2 + 1 = 10; columns: 21 + 2 + 4 - 13 + 1 = 15
        self.assertEqual(sizes(layer), dict(G=2, B=2, K=6, C=4, P=10, Q=15, R=3, S=5))
        self.assertEqual((layer["stride"], layer["dilation"]), ([2, 1], [2, 3]))
        self.assertEqual(layer["macs"], 2 * 2 * 6 * 4 * 10 * 15 * 15)
        self.assertEqual(layer["from"], ["x"])

    def test_auto_pad(self):
        for mode, rows in (("SAME_UPPER", 5), ("SAME_LOWER", 5), ("VALID", 4)):
            g = Graph()
            x = g.input("x", [1, 1, 9, 9])
            y = g.node("Conv", x, g.weight(1, 1, 3, 3), auto_pad=mode, strides=[2, 2])
            self.assertEqual(self.one(g, y)["P"], rows)

    def test_conv_1d(self):
        g = Graph()
        x = g.input("x", [1, 16, 100])
        y = g.node("Conv", x, g.weight(32, 16, 3), pads=[1, 1])
        self.assertEqual(sizes(self.one(g, y)), dict(K=32, C=16, P=100, R=3))

    def test_depthwise(self):
        g = Graph()
        x = g.input("x", [1, 32, 14, 14])
        y = g.node("Conv", x, g.weight(32, 1, 3, 3), group=32, pads=[1, 1, 1, 1])
        self.assertEqual(sizes(self.one(g, y)), dict(G=32, P=14, Q=14, R=3, S=3))

    def test_conv_transpose_macs_are_exact(self):
        """N * C * M/g * H * W * kernel: every input position meets every tap once."""
        for kernel, stride, dilation, group in ((4, 2, 1, 1), (3, 2, 1, 1), (2, 2, 1, 2),
                                                (5, 3, 1, 1), (3, 1, 1, 1), (3, 2, 2, 1),
                                                (3, 4, 2, 1), (1, 2, 1, 1), (7, 6, 4, 2)):
            g = Graph()
            x = g.input("x", [2, 8, 6, 5])
            y = g.node("ConvTranspose", x, g.weight(8, 3, kernel, kernel), strides=[stride] * 2,
                       dilations=[dilation] * 2, group=group)
            layers, _, _ = self.load(g, y)
            macs = 2 * 8 * 3 * 6 * 5 * kernel * kernel
            self.assertEqual(sum(l["macs"] for l in layers), macs, (kernel, stride, dilation))
            weights = sum(l["G"] * l["K"] * l["C"] * l["R"] * l["S"] for l in layers)
            self.assertEqual(weights, 8 * 3 * kernel * kernel)

    def test_conv_transpose_phases(self):
        g = Graph()
        x = g.input("x", [1, 8, 6, 5])
        y = g.node("ConvTranspose", x, g.weight(8, 3, 4, 4), strides=[2, 2], pads=[1, 1, 1, 1])
        layer = self.one(g, y)
        self.assertEqual(sizes(layer), dict(K=12, C=8, P=6, Q=5, R=2, S=2))

    def test_matmul_broadcasting(self):
        for a, b, want in (
                ([2, 12, 128, 64], [2, 12, 64, 100], dict(op="bmm", G=24, B=128, K=100, C=64)),
                ([2, 12, 128, 64], [12, 64, 100], dict(op="bmm", G=12, B=256, K=100, C=64)),
                ([5, 128, 64], [64, 10], dict(op="bmm", B=640, K=10, C=64)),
                ([128, 64], [7, 64, 10], dict(op="bmm", B=128, K=70, C=64)),
                ([2, 1, 8, 4], [1, 3, 4, 5], dict(op="bmm", B=16, K=15, C=4)),
                ([64], [64, 10], dict(op="bmm", K=10, C=64)),
                ([3, 5, 64], [64], dict(op="bmm", B=15, C=64))):
            g = Graph()
            y = g.node("MatMul", g.input("a", a), g.input("b", b))
            layer = self.one(g, y)
            self.assertEqual(dict(op=layer["op"], **sizes(layer)), want)
            self.assertEqual(layer["from"], ["a", "b"])

    def test_matmul_weight_on_the_left(self):
        g = Graph()
        y = g.node("MatMul", g.weight(10, 64), g.input("x", [64, 7]))
        layer = self.one(g, y)
        self.assertEqual((layer["op"], sizes(layer)), ("gemm", dict(B=7, K=10, C=64)))

    def test_gemm_transposed(self):
        g = Graph()
        y = g.node("Gemm", g.input("x", [64, 3]), g.weight(10, 64), g.weight(10), transA=1,
                   transB=1)
        self.assertEqual(sizes(self.one(g, y)), dict(B=3, K=10, C=64))

    def test_einsum(self):
        g = Graph()
        y = g.node("Einsum", g.input("q", [2, 128, 12, 64]), g.input("k", [2, 96, 12, 64]),
                   equation="bqhd,bkhd->bhqk")
        layer = self.one(g, y)
        self.assertEqual((layer["op"], sizes(layer)), ("bmm", dict(G=24, B=128, K=96, C=64)))

    def test_pools(self):
        g = Graph()
        x = g.input("x", [1, 8, 7, 9])
        y = g.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        self.assertEqual(sizes(self.one(g, y)), dict(K=8, P=3, Q=4, R=3, S=3))
        g = Graph()
        y = g.node("GlobalAveragePool", g.input("x", [1, 8, 7, 9]))
        self.assertEqual(sizes(self.one(g, y)), dict(K=8, R=7, S=9))

    def test_quantised(self):
        g = Graph()
        x = g.input("x", [1, 3, 8, 8], TensorProto.UINT8)
        s, z = g.scalar(0.1, TensorProto.FLOAT), g.scalar(3, TensorProto.UINT8)
        y = g.node("QLinearConv", x, s, z, g.weight(4, 3, 3, 3), s, z, s, z)
        self.assertEqual(sizes(self.one(g, y)), dict(K=4, C=3, P=6, Q=6, R=3, S=3))
        g = Graph()
        a = g.input("x", [5, 64], TensorProto.UINT8)
        s, z = g.scalar(0.1, TensorProto.FLOAT), g.scalar(3, TensorProto.UINT8)
        y = g.node("QLinearMatMul", a, s, z, g.weight(64, 7), s, z, s, z)
        self.assertEqual(sizes(self.one(g, y)), dict(B=5, K=7, C=64))

    def test_elementwise_operands(self):
        """Full-size inputs are operands; a broadcast one is only named; parameters are neither."""
        g = Graph()
        x, gate = g.input("x", [1, 8, 6, 6]), g.input("gate", [1, 8, 1, 1])
        y = g.node("Mul", gate, x)
        layers, account, _ = self.load(g, g.node("Add", y, g.weight(8, 1, 1)))
        self.assertEqual([l["from"] for l in layers], [["x", "gate"], ["t1"]])
        self.assertEqual(account, [2, 0, 0])

    def test_concat_is_folded(self):
        g = Graph()
        x = g.input("x", [1, 8, 6, 6])
        a = g.node("Conv", x, g.weight(4, 8, 1, 1), name="a")
        b = g.node("Conv", x, g.weight(6, 8, 1, 1), name="b")
        y = g.node("Conv", g.node("Concat", a, b, axis=1), g.weight(2, 10, 1, 1), name="c")
        layers, account, _ = self.load(g, y)
        self.assertEqual(layers[2]["from"], ["a", "b"])
        self.assertEqual(account, [3, 1, 0])

    def test_lstm(self):
        g = Graph()
        x = g.input("x", [10, 2, 16])
        y = g.node("LSTM", x, g.weight(2, 128, 16), g.weight(2, 128, 32), hidden_size=32,
                   direction="bidirectional", outputs=3)
        layers, _, _ = self.load(g, y[0])
        macs = sum(l["macs"] * l["repeat"] for l in layers if l["op"] == "gemm")
        self.assertEqual(macs, 2 * 10 * 2 * 128 * (16 + 32))

    def test_loop_repeats_its_body(self):
        body = Graph()
        body.count = 100
        body.input("i", [], TensorProto.INT64)
        body.input("c", [], TensorProto.BOOL)
        body.input("state", [4, 16])
        out = body.node("MatMul", "state", body.weight(16, 16), name="step")
        same = body.node("Identity", "c")
        g = Graph()
        g.input("x", [4, 16])
        y = g.node("Loop", g.scalar(7), g.scalar(1, TensorProto.BOOL), "x",
                   body=body.graph(same, out))
        layer = self.one(g, y)
        self.assertEqual((layer["name"], layer["repeat"], sizes(layer)),
                         ("step", 7, dict(B=4, K=16, C=16)))

    def branch(self, start, width):
        body = Graph()
        body.count = start
        return body.graph(body.node("MatMul", "x", body.weight(16, width), name=f"m{width}"))

    def test_if(self):
        for value, want in ((1, "m8"), (0, "m32"), (None, "m32")):
            g = Graph()
            g.input("x", [4, 16])
            condition = g.input("cond", [], TensorProto.BOOL)
            y = g.node("If", condition, then_branch=self.branch(100, 8),
                       else_branch=self.branch(200, 32))
            options = () if value is None else ("--dim", f"cond={value}")
            layers, _, errors = self.load(g, y, options=options)
            self.assertEqual([l["name"] for l in layers], [want])
            self.assertEqual("depends on data" in errors, value is None)

    def test_function(self):
        function = helper.make_function(
            "mine", "Twice", ["a", "w"], ["b"],
            [helper.make_node("MatMul", ["a", "w"], ["t"]),
             helper.make_node("MatMul", ["t", "w"], ["b"])],
            [helper.make_opsetid("", 17)])
        g = Graph()
        g.input("x", [4, 16])
        y = g.node("Twice", "x", g.weight(16, 16), domain="mine")
        model = helper.make_model(g.graph(y), functions=[function])
        with open(self.path, "wb") as file:
            file.write(model.SerializeToString())
        status, layers, _, errors = dump(self.path)
        self.assertEqual((status, len(layers)), (0, 2), errors)

    def test_not_modelled_is_listed_and_strict(self):
        g = Graph()
        x = g.input("x", [4, 16])
        values, _ = g.node("TopK", x, g.ints(3), outputs=2, name="best")
        y = g.node("Relu", values)
        layers, account, errors = self.load(g, y)
        self.assertEqual((len(layers), account), (1, [1, 0, 1]))
        self.assertIn("1 TopK node (first 'best') not modelled", errors)
        _, _, errors = self.load(g, y, options=["--strict"], status=3)
        self.assertIn("best", errors)

    def test_unknown_operator(self):
        g = Graph()
        y = g.node("Frobnicate", g.input("x", [4]), domain="x.y", name="odd")
        z = g.node("Relu", g.input("z", [4]))
        _, account, errors = self.load(g, y, z)
        self.assertEqual(account, [1, 0, 1])
        self.assertIn("unknown", errors)


class Dimensions(ModelCase):
    def model(self):
        g = Graph()
        x = g.input("x", ["batch", "seq", 16])
        return g, g.node("MatMul", x, g.weight(16, 8))

    def test_missing_are_named(self):
        g, y = self.model()
        _, _, errors = self.load(g, y, status=3)
        self.assertIn("batch, seq", errors)
        _, _, errors = self.load(g, y, options=["--dim", "batch=2"], status=3)
        self.assertIn("value: seq;", errors)

    def test_given(self):
        g, y = self.model()
        layers, _, _ = self.load(g, y, options=["--dim", "batch=2", "--dim", "seq=5"])
        self.assertEqual(sizes(layers[0]), dict(B=10, K=8, C=16))

    def test_wrong_name(self):
        g, y = self.model()
        _, _, errors = self.load(g, y, options=["--dim", "bach=2"], status=3)
        self.assertIn("bach", errors)

    def test_nameless(self):
        g = Graph()
        x = g.input("x", [None, 16])
        y = g.node("MatMul", x, g.weight(16, 8))
        _, _, errors = self.load(g, y, status=3)
        self.assertIn("x.0", errors)
        layers, _, _ = self.load(g, y, options=["--dim", "x.0=3"])
        self.assertEqual(layers[0]["B"], 3)


def conv_bn(g, x, channels, filters, kernel, stride, relu=True):
    pad = (kernel - 1) // 2
    y = g.node("Conv", x, g.weight(filters, channels, kernel, kernel), strides=[stride] * 2,
               pads=[pad] * 4)
    return g.node("Relu", y) if relu else y


def resnet50(g):
    x = g.input("image", ["N", 3, 224, 224])
    x = conv_bn(g, x, 3, 64, 7, 2)
    x = g.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 64
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            y = conv_bn(g, x, channels, width, 1, 1)
            y = conv_bn(g, y, width, width, 3, stride)
            y = conv_bn(g, y, width, 4 * width, 1, 1, relu=False)
            if not block:
                x = conv_bn(g, x, channels, 4 * width, 1, stride, relu=False)
            channels = 4 * width
            x = g.node("Relu", g.node("Add", y, x))
    x = g.node("Flatten", g.node("GlobalAveragePool", x))
    return g.node("Gemm", x, g.weight(1000, 2048), g.weight(1000), transB=1)


def bert(g, blocks, hidden, heads, inner):
    """As PyTorch writes it: sizes taken from the tensors themselves with Shape, Gather, Concat."""
    x = g.input("embeddings", ["batch", "seq", hidden])
    for _ in range(blocks):
        batch = g.node("Gather", g.node("Shape", x), g.scalar(0), axis=0)
        seq = g.node("Gather", g.node("Shape", x), g.scalar(1), axis=0)
        depth = g.node("Div", g.scalar(hidden), g.scalar(heads))
        parts = [g.node("Unsqueeze", p, g.ints(0)) for p in (batch, seq, depth)]
        split = g.node("Concat", parts[0], parts[1], g.ints(heads), parts[2], axis=0)
        joined = g.node("Concat", parts[0], parts[1], g.ints(-1), axis=0)
        q, k, v = (g.node("Add", g.node("MatMul", x, g.weight(hidden, hidden)), g.weight(hidden))
                   for _ in range(3))
        q, v = (g.node("Transpose", g.node("Reshape", t, split), perm=[0, 2, 1, 3])
                for t in (q, v))
        k = g.node("Transpose", g.node("Reshape", k, split), perm=[0, 2, 3, 1])
        scores = g.node("Softmax", g.node("MatMul", q, k), axis=-1)
        context = g.node("Transpose", g.node("MatMul", scores, v), perm=[0, 2, 1, 3])
        context = g.node("Reshape", context, joined)
        out = g.node("MatMul", context, g.weight(hidden, hidden))
        x = g.node("LayerNormalization", g.node("Add", out, x), g.weight(hidden), axis=-1)
        y = g.node("Gelu", g.node("MatMul", x, g.weight(hidden, inner)), domain="com.microsoft")
        y = g.node("MatMul", y, g.weight(inner, hidden))
        x = g.node("LayerNormalization", g.node("Add", y, x), g.weight(hidden), axis=-1)
    return x


class BuiltIns(ModelCase):
    """Layer by layer the same sizes, padded inputs and MACs as the built-in networks."""

    def built_in(self, name, *options):
        status, layers, _, errors = dump(name, *options)
        self.assertEqual(status, 0, errors)
        return layers

    @staticmethod
    def totals(layers, ops):
        table = {}
        for layer in layers:
            if layer["op"] not in ops:
                continue
            rows = (layer["P"] - 1) * layer["stride"][0] + layer["R"]
            columns = (layer["Q"] - 1) * layer["stride"][1] + layer["S"]
            key = (layer["op"], tuple(layer[d] for d in DIMS), rows, columns)
            table[key] = table.get(key, 0) + layer["repeat"]
        return table, sum(l["macs"] * l["repeat"] for l in layers if l["op"] in ops)

    def test_resnet50(self):
        g = Graph()
        layers, account, errors = self.load(g, resnet50(g), options=["--dim", "N=1"])
        ops = ("conv", "gemm", "pool")
        self.assertEqual(self.totals(layers, ops), self.totals(self.built_in("resnet50"), ops))
        self.assertEqual(self.totals(layers, ("conv", "gemm"))[1], 4089184256, errors)
        self.assertEqual(account, [121, 1, 0])

    def test_bert_base(self):
        g = Graph()
        layers, account, _ = self.load(g, bert(g, 12, 768, 12, 3072),
                                       options=["--dim", "batch=1", "--dim", "seq=128"])
        ops = ("gemm", "bmm")
        self.assertEqual(self.totals(layers, ops),
                         self.totals(self.built_in("bert-base", "--dim", "seq=128"), ops))
        # 12 * (128 * (4 * 768^2 + 2 * 768 * 3072) + 2 * 128^2 * 768)
        self.assertEqual(self.totals(layers, ops)[1],
                         12 * (128 * (4 * 768**2 + 2 * 768 * 3072) + 2 * 128**2 * 768))
        self.assertEqual(account[2], 0)


class Hostile(ModelCase):
    """A clear error in bounded time and memory, whatever the bytes."""

    def fails(self, data, word):
        with open(self.path, "wb") as file:
            file.write(data)
        status, _, _, errors = dump(self.path)
        self.assertEqual(status, 3, errors)
        self.assertIn(word, errors)

    def raw(self, *nodes, inputs=(), initializers=(), outputs=()):
        graph = helper.make_graph(nodes, "g", list(inputs), list(outputs), list(initializers))
        return helper.make_model(graph).SerializeToString()

    def x(self, *shape):
        return helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))

    def test_garbage(self):
        self.fails(b"", "no graph")
        self.fails(b"\xff" * 100, "malformed")
        self.fails(b"\x3a\xff\xff\xff\xff\x0f", "malformed")
        self.fails(b"#!/bin/sh\necho\n", "malformed")

    def test_truncations(self):
        data = self.raw(helper.make_node("Conv", ["x", "w"], ["y"]), inputs=[self.x(1, 3, 8, 8)],
                        initializers=[helper.make_tensor("w", TensorProto.FLOAT, [1, 3, 3, 3],
                                                         [0.0] * 27)])
        for size in range(0, len(data), 7):
            with open(self.path, "wb") as file:
                file.write(data[:size])
            self.assertIn(dump(self.path)[0], (0, 3))

    def test_cycle(self):
        self.fails(self.raw(helper.make_node("Relu", ["b"], ["a"]),
                            helper.make_node("Relu", ["a"], ["b"])), "cycle")

    def test_made_by_nothing_or_twice(self):
        self.fails(self.raw(helper.make_node("Relu", ["b"], ["a"])), "nothing makes")
        self.fails(self.raw(helper.make_node("Relu", ["x"], ["a"]),
                            helper.make_node("Relu", ["x"], ["a"]), inputs=[self.x(1)]), "twice")

    def test_wrong_ranks(self):
        weight = [helper.make_tensor("w", TensorProto.FLOAT, [1, 3, 3], [0.0] * 9)]
        self.fails(self.raw(helper.make_node("Conv", ["x", "w"], ["y"], name="c"),
                            inputs=[self.x(1, 3, 8, 8)], initializers=weight), "node 'c' (Conv)")
        self.fails(self.raw(helper.make_node("Conv", ["x", "w"], ["y"]), inputs=[self.x(3)],
                            initializers=weight), "rank")
        self.fails(self.raw(helper.make_node("Gemm", ["x", "x"], ["y"]),
                            inputs=[self.x(1, 2, 3)]), "cannot be multiplied")

    def test_dimensions(self):
        self.fails(self.raw(helper.make_node("Relu", ["x"], ["y"]), inputs=[self.x(-5, 3)]),
                   "negative")
        self.fails(self.raw(helper.make_node("Relu", ["x"], ["y"]),
                            inputs=[self.x(2**40, 2**40)]), "2^62")
        tensor = TensorProto(name="w", data_type=1, dims=[-1, 3])
        self.fails(self.raw(initializers=[tensor]), "negative")
        self.fails(self.raw(helper.make_node("Relu", ["x"], ["y"]), inputs=[self.x(2**41)]),
                   "2^40")

    def test_windows(self):
        weight = [helper.make_tensor("w", TensorProto.FLOAT, [1, 3, 3, 3], [0.0] * 27)]
        for attributes, word in (({"strides": [0, 1]}, "strides"), ({"pads": [-1] * 4}, "pads"),
                                 ({"strides": [1, 1, 1]}, "strides"), ({"group": 0}, "group"),
                                 ({"dilations": [2**40, 1]}, "dilations"),
                                 ({"auto_pad": "SOME"}, "auto_pad"), ({"group": 3}, "channels"),
                                 ({"dilations": [9, 1]}, "window spans")):
            self.fails(self.raw(helper.make_node("Conv", ["x", "w"], ["y"], **attributes),
                                inputs=[self.x(1, 3, 8, 8)], initializers=weight), word)

    def test_names_are_printable_and_unique(self):
        nasty = "a\n\x1b[31m</script>\"'\u00e9\x00 b"
        nodes = [helper.make_node("Relu", ["x"], ["a"], name=nasty),
                 helper.make_node("Relu", ["a"], ["b"], name=nasty),
                 helper.make_node("Relu", ["b"], ["c"], name="n" * 5000)]
        with open(self.path, "wb") as file:
            file.write(self.raw(*nodes, inputs=[self.x(4)]))
        status, layers, _, errors = dump(self.path)
        self.assertEqual((status, len(layers)), (0, 3), errors)
        names = [l["name"] for l in layers]
        self.assertEqual(len(set(names)), 3)
        for name in names:
            self.assertTrue(name.isascii() and name.isprintable() and len(name) < 120, name)

    def test_deep_bodies(self):
        graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y0"])], "b", [],
                                  [helper.make_tensor_value_info("y0", 1, None)])
        for depth in range(1, 40):
            node = helper.make_node("If", ["c"], [f"y{depth}"], then_branch=graph,
                                    else_branch=graph)
            if depth > 8:  # the file would double with every level
                node = helper.make_node("Loop", ["n", "c"], [f"y{depth}"], body=graph)
            graph = helper.make_graph([node], "b", [],
                                      [helper.make_tensor_value_info(f"y{depth}", 1, None)])
        graph.input.extend([self.x(4), helper.make_tensor_value_info("c", TensorProto.BOOL, []),
                            helper.make_tensor_value_info("n", TensorProto.INT64, [])])
        begin = time.monotonic()
        self.fails(helper.make_model(graph).SerializeToString(), "body")
        self.assertLess(time.monotonic() - begin, 20)

    def test_exploding_functions(self):
        """Each function calls the next twice: 2^40 nodes, refused after a bounded number."""
        functions = [helper.make_function(
            "f", f"f{i}", ["a"], ["b"],
            [helper.make_node(f"f{i + 1}" if i < 20 else "Relu", ["a"], ["t"],
                              domain="f" if i < 20 else ""),
             helper.make_node(f"f{i + 1}" if i < 20 else "Relu", ["t"], ["b"],
                              domain="f" if i < 20 else "")],
            [helper.make_opsetid("f", 1), helper.make_opsetid("", 17)]) for i in range(21)]
        graph = helper.make_graph([helper.make_node("f0", ["x"], ["y"], domain="f")], "g",
                                  [self.x(4)], [])
        self.fails(helper.make_model(graph, functions=functions).SerializeToString(), "more than")

    def test_a_million_nodes(self):
        """Written by hand: onnx.helper takes a minute for it."""
        def field(number, data):
            size, prefix = len(data), bytes([number << 3 | 2])
            while size > 127:
                prefix += bytes([size & 127 | 128])
                size >>= 7
            return prefix + bytes([size]) + data
        nodes = b"".join(field(1, field(1, b"%d" % i) + field(2, b"%d" % (i + 1)) +
                               field(4, b"Identity")) for i in range(1000000))
        info = self.x(4)
        info.name = "0"
        relu = field(1, field(1, b"1000000") + field(2, b"y") + field(4, b"Relu"))
        with open(self.path, "wb") as file:
            file.write(b"\x08\x08" + field(7, nodes + relu + field(11, info.SerializeToString())))
        begin = time.monotonic()
        status, layers, account, errors = dump(self.path)
        self.assertEqual((status, len(layers), account), (0, 1, [1, 1000000, 0]), errors)
        self.assertLess(time.monotonic() - begin, 30)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
