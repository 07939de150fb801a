#!/usr/bin/python3
"""Writes the seeds of fuzz_onnx: small models with every kind of operator and body.

usage: make_onnx_corpus.py FOLDER     (needs Debian's python3-onnx)
"""
import os
import sys

from onnx import TensorProto, helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def info(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def weight(name, *shape):
    return TensorProto(name=name, data_type=FLOAT, dims=shape)


def ints(name, *values):
    return helper.make_tensor(name, INT64, [len(values)], values)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def model(nodes, inputs, outputs, initializers=(), functions=()):
    graph = helper.make_graph(nodes, "g", inputs, [info(o, None) for o in outputs.split()],
                              list(initializers))
    return helper.make_model(graph, functions=list(functions))


def body(nodes, inputs, outputs, initializers=()):
    return helper.make_graph(nodes, "b", inputs, [info(o, None) for o in outputs.split()],
                             list(initializers))


def branch(name, width):
    return body([node("MatMul", f"x {name}", f"y{name}")], [], f"y{name}", [weight(name, 8, width)])


MODELS = {
    "conv": model([node("Conv", "x w", "a", pads=[1, 1, 1, 1], strides=[2, 2], group=2),
                   node("Relu", "a", "b"), node("MaxPool", "b", "c", kernel_shape=[2, 2]),
                   node("ConvTranspose", "c v", "d", strides=[3, 2], dilations=[1, 2]),
                   node("GlobalAveragePool", "d", "e"), node("Flatten", "e", "f"),
                   node("Gemm", "f u", "y", transB=1)],
                  [info("x", [1, 4, 9, 9])], "y",
                  [weight("w", 6, 2, 3, 3), weight("v", 6, 5, 3, 3), weight("u", 7, 5)]),
    "shapes": model([node("Shape", "x", "s"), node("Gather", "s i", "b", axis=0),
                     node("Concat", "b m", "t", axis=0), node("Reshape", "x t", "r"),
                     node("Transpose", "r", "p", perm=[1, 0]), node("Slice", "p st en", "q"),
                     node("Expand", "q ex", "z"), node("Softmax", "z", "y")],
                    [info("x", ["n", 3, 4])], "y",
                    [ints("i", 0), ints("m", -1), ints("st", 1), ints("en", -1), ints("ex", 1, 1)]),
    "matmul": model([node("MatMul", "a b", "c"), node("Add", "c d", "e"),
                     node("Einsum", "e e", "f", equation="gij,gkj->gik"),
                     node("ReduceMean", "f", "y", axes=[-1]), node("TopK", "f k", "v o")],
                    [info("a", [2, 3, 4]), info("b", [4, 5]), info("d", [5])], "y", [ints("k", 2)]),
    "if": model([node("If", "c", "y", then_branch=branch("w", 3), else_branch=branch("v", 5))],
                [info("x", [2, 8]), info("c", [], BOOL)], "y"),
    "loop": model([node("Loop", "n c x", "y s",
                        body=body([node("MatMul", "h w", "g"), node("Identity", "d", "e"),
                                   node("Relu", "g", "r")],
                                  [info("i", [], INT64), info("d", [], BOOL), info("h", [2, 8])],
                                  "e g r", [weight("w", 8, 8)]))],
                  [info("x", [2, 8])], "y s",
                  [helper.make_tensor("n", INT64, [], [5]), helper.make_tensor("c", BOOL, [], [1])]),
    "lstm": model([node("LSTM", "x w r", "y h c", hidden_size=4, direction="bidirectional")],
                  [info("x", [5, 2, 3])], "y", [weight("w", 2, 16, 3), weight("r", 2, 16, 4)]),
    "function": model([helper.make_node("F", ["x"], ["y"], domain="d", alpha=0.5)],
                      [info("x", [4])], "y", (),
                      [helper.make_function("d", "F", ["a"], ["b"],
                                            [node("Abs", "a", "t"), node("Add", "t a", "b")],
                                            [helper.make_opsetid("", 17)])]),
    "sequence": model([node("SplitToSequence", "x", "s", axis=0), node("SequenceAt", "s i", "a"),
                       helper.make_node("Resize", ["a", "", "", "z"], ["y"], mode="linear")],
                      [info("x", [4, 6])], "y",
                      [helper.make_tensor("i", INT64, [], [0]), ints("z", 2, 12)]),
    "quantised": model([node("QuantizeLinear", "x s z", "q"),
                        node("QLinearConv", "q s z w s z s z", "r"),
                        node("DequantizeLinear", "r s z", "y")],
                       [info("x", [1, 3, 5, 5])], "y",
                       [weight("s"), TensorProto(name="z", data_type=2),
                        TensorProto(name="w", data_type=2, dims=[2, 3, 3, 3])]),
}


if __name__ == "__main__":
    for name, made in MODELS.items():
        with open(os.path.join(sys.argv[1], name + ".onnx"), "wb") as file:
            file.write(made.SerializeToString())
