#!/usr/bin/env python3
"""Writes data/networks/nn_dataflow: the networks of nn_dataflow's zoo, from the reference's
networks.json. Usage: tools/nn_dataflow_zoo.py NETWORKS.json FOLDER"""
import json
import os
import sys

SOURCES = {
    "alex_net": ("AlexNet, its two groups as layers of their own",
                 "Krizhevsky, Sutskever, Hinton, NIPS 2012"),
    "zfnet": ("ZFNet", "Zeiler, Fergus, ECCV 2014"),
    "vgg_net": ("VGG-16", "Simonyan, Zisserman, ICLR 2015"),
    "vgg19_net": ("VGG-19", "Simonyan, Zisserman, ICLR 2015"),
    "googlenet": ("GoogLeNet", "Szegedy et al., CVPR 2015"),
    "resnet50": ("ResNet-50", "He et al., CVPR 2016"),
    "resnet152": ("ResNet-152", "He et al., CVPR 2016"),
    "mlp_s": ("MLP-S", "Chi et al., PRIME, ISCA 2016"),
    "mlp_m": ("MLP-M", "Chi et al., PRIME, ISCA 2016"),
    "mlp_l": ("MLP-L", "Chi et al., PRIME, ISCA 2016"),
    "lstm_phoneme": ("LSTM for phoneme recognition, one step",
                     "Graves, Schmidhuber, Neural Networks 2005"),
    "lstm_showtell": ("LSTM of Show and Tell, one step", "Vinyals et al., CVPR 2015"),
    "lstm_gnmt": ("LSTM cells of Google's translation system, one step", "Wu et al., 2016"),
}


def pair(key, a, b):
    return f", {key}: {a}" if a == b else f", {key}: [{a}, {b}]"


def layer_line(layer):
    out = f"K: {layer['nofm']}"
    size = f"P: {layer['hofm']}, Q: {layer['wofm']}"
    kind = layer["type"]
    inputs = ", ".join("input" if p == "__INPUT__" else p for p in layer["prevs"])
    stride = pair("stride", layer["htrd"], layer["wtrd"]) if (layer["htrd"], layer["wtrd"]) != (1, 1) else ""
    if kind in ("ConvLayer", "FCLayer"):
        window = f"R: {layer['hfil']}, S: {layer['wfil']}"
        if kind == "FCLayer" and layer["hfil"] == layer["wfil"] == 1:
            return f"op: gemm, dims: {{{out}, C: {layer['nifm']}}}, inputs: [{inputs}]"
        return f"op: conv, dims: {{{out}, C: {layer['nifm']}, {size}, {window}}}{stride}, inputs: [{inputs}]"
    if kind == "EltwiseLayer":
        return f"op: eltwise, dims: {{{out}, {size}}}, inputs: [{inputs}]"
    assert kind == "PoolingLayer", kind
    return f"op: pool, dims: {{{out}, {size}, R: {layer['hreg']}, S: {layer['wreg']}}}{stride}, inputs: [{inputs}]"


def main():
    networks = json.load(open(sys.argv[1]))
    os.makedirs(sys.argv[2], exist_ok=True)
    for name, (description, source) in SOURCES.items():
        net = networks[name]
        lines = ["# Written by tools/nn_dataflow_zoo.py.", "kind: network", f"name: {name}",
                 f'description: "{description}"', f'source: "{source}; as nn_dataflow has it"', "batch: 1", "inputs:"]
        externals = [dict(net["input"], name="input")] + net["ext_layers"]
        for e in externals:
            lines.append(f"  - {{name: {e['name']}, channels: {e['nofm']}, rows: {e['hofm']}, columns: {e['wofm']}}}")
        lines.append("layers:")
        for layer in net["layers"]:
            lines.append(f"  - {{name: {layer['name']}, {layer_line(layer)}}}")
        with open(os.path.join(sys.argv[2], name + ".yaml"), "w") as f:
            f.write("\n".join(lines) + "\n")


main()
