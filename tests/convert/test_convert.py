#!/usr/bin/env python3
"""`tilewright convert` between the formats, on files written here by hand and on the built-ins.

usage: test_convert.py TILEWRIGHT [-v] [TEST...]
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
NETWORKS = ("alexnet", "bert-base", "efficientnet-b0", "gpt2", "googlenet", "mobilenet-v2",
            "resnet50", "vgg16", "vit-b16")
ACCELERATORS = ("edge-npu", "eyeriss", "eyeriss-isca", "nvdla-like", "simba", "tensor-core-like",
                "tpu-like")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name, text=None):
        path = os.path.join(self.folder.name, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def run_program(self, *arguments, status=0):
        result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False,
                                timeout=60)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout, result.stderr

    def convert(self, source, *options, name="out.yaml"):
        out = self.path(name)
        _, errors = self.run_program("convert", source, out, *options)
        with open(out, encoding="utf-8") as file:
            return file.read(), errors

    def fails(self, name, text, word, *options):
        _, errors = self.run_program("convert", self.path(name, text), self.path("out"), *options,
                                     status=3)
        self.assertIn(word, errors)
        self.assertFalse(os.path.exists(self.path("out")), "a failure leaves no file")

    def layers(self, native):
        """Everything of the layers but names and links, in the order of the file."""
        return [re.sub(r"name: (\"(\\.|[^\"])*\"|[^,]*), ", "", re.sub(r", inputs: .*", "}", line))
                for line in native.splitlines() if line.startswith("  - {name:") and "op:" in line]


class Native(Case):
    def test_networks_survive(self):
        for name in NETWORKS:
            once, _ = self.convert(name)
            again, _ = self.convert(self.path("once.yaml", once))
            self.assertEqual(once, again, name)
            dims = self.run_program("show", name)[0].splitlines()[1:]
            self.assertEqual(dims, self.run_program("show", self.path("once.yaml"))[0]
                             .splitlines()[1:])

    def test_accelerators_survive(self):
        for name in ACCELERATORS:
            once, _ = self.convert(name)
            again, _ = self.convert(self.path("once.yaml", once))
            self.assertEqual(once, again, name)
            self.assertEqual(self.run_program("show", name)[0],
                             self.run_program("show", self.path("once.yaml"))[0])

    def test_constraints_survive(self):
        text = self.path("a.yaml", """
kind: hierarchy
name: "true"
clock: 123.456MHz
word_bits: {input: 8, weight: 8, output: 24}
mac: {energy: 0.1pJ, leakage: 1uW}
levels:
  - {name: "a: b", energy: 200pJ}
  - name: B
    capacity: {input: 100 words, output: 3 KiB}
    keeps: [input]
    sliding_window: true
    energy: {input: {read: 1pJ, write: 2pJ}, output: 3pJ}
    bandwidth: {read: 3, output: 0.3333333333333333}
    fanout: {x: 4, y: 3, dims_x: [K, C], dims_y: [P], multicast: tiles, reduce: false, hops: 2.5}
    constraints: {temporal: {K: 2}, temporal_max: {C: 8}, spatial_x: {K: 4}, order: [C, K], stationary: output}
""")
        once, _ = self.convert(text)
        again, _ = self.convert(self.path("once.yaml", once))
        self.assertEqual(once, again)
        for part in ("temporal: {K: 2}", "temporal_max: {C: 8}", "spatial_x: {K: 4}", "order: [C, K]",
                     "stationary: output", "123.456MHz", "dims_x: [K, C]", "multicast: tiles",
                     "0.3333333333333333 words/cycle", "input: 100 words", "output: 24576 bits"):
            self.assertIn(part, once)

    def test_mappings(self):
        mapping = self.path("m.yaml", """
kind: mapping
layers:
  - name: conv1
    mapping:
      - {level: DRAM, temporal: [[K, 96], [C, 3], [P, 55], [Q, 55], [R, 11]]}
      - {level: GLOBAL_BUFFER, spatial: {x: [[S, 11]]}}
""")
        once, _ = self.convert(mapping, "--arch", "eyeriss", "--net", "alexnet")
        self.assertIn("spatial: {x: [[S, 11]]}", once)
        again, _ = self.convert(self.path("once.yaml", once), "--arch", "eyeriss", "--net",
                                "alexnet")
        self.assertEqual(once, again)

    def test_what_cannot_be_converted(self):
        self.fails("x.yaml", "a: 1\n", "no accelerator")
        self.run_program("convert", "no-such-thing", self.path("out"), status=3)
        self.run_program("convert", "eyeriss", self.path("out"), "--to", "zigzag", status=3)
        self.run_program("convert", "alexnet", self.path("out"), "--to", "zigzg", status=2)


SCALESIM = """Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1     ,224         ,224        ,11           ,11          ,3       ,96        ,4      ,

Conv2_dw, 16, 18, 3, 3, 1, 1, 2,#dw
FC, 1, 1, 1, 1, 1024, 1000, 1
"""


class ScaleSim(Case):
    def test_convolutions(self):
        native, _ = self.convert(self.path("t.csv", SCALESIM))
        # (224 - 11) / 4 + 1 = 54; (16 - 3) / 2 + 1 = 7; (18 - 3) / 2 + 1 = 8
        self.assertEqual(self.layers(native), [
            "  - {op: conv, dims: {B: 1, K: 96, C: 3, P: 54, Q: 54, R: 11, S: 11}, stride: 4}",
            "  - {op: conv, dims: {B: 1, K: 1, C: 1, P: 7, Q: 8, R: 3, S: 3}, stride: 2}",
            "  - {op: conv, dims: {B: 1, K: 1000, C: 1024, P: 1, Q: 1, R: 1, S: 1}}"])
        native, _ = self.convert(self.path("t.csv"), "--batch", "2")
        self.assertIn("B: 2, K: 96", native)

    def test_products(self):
        native, _ = self.convert(self.path("g.csv", "Layer,M,N,K,\nL0,196,192,384,\n"))
        self.assertEqual(self.layers(native), ["  - {op: gemm, dims: {B: 196, K: 192, C: 384}}"])

    def test_there_and_back(self):
        csv, errors = self.convert("resnet50", name="r.csv")
        self.assertIn("layer pool1 is left out", errors)
        back, _ = self.convert(self.path("r.csv"))
        first, _ = self.convert("resnet50")
        convs = [l for l in self.layers(first) if "op: conv" in l]
        self.assertEqual(self.layers(back)[:len(convs)], convs)
        self.assertEqual(len(csv.splitlines()), 1 + len(convs) + 1)
        self.run_program("convert", "resnet50", self.path("s.csv"), "--strict", status=3)

    def test_errors(self):
        head = SCALESIM.splitlines()[0] + "\n"
        self.fails("t.csv", head + "a,1,1,1\n", "t.csv:2:1: error: 4 columns")
        self.fails("t.csv", head + "a,1,x,1,1,1,1,1\n", "t.csv:2:5: error: IFMAP Width")
        self.fails("t.csv", head + "a,-1,1,1,1,1,1,1\n", "IFMAP Height")
        self.fails("t.csv", head + "a,4,4,5,5,1,1,1\n", "larger than the input")
        self.fails("t.csv", head + "a,99999999999999999999999,4,5,5,1,1,1\n", "IFMAP Height")
        self.fails("t.csv", head, "no layers")


ZIGZAG = """
- id: 0 # strided
  name: first
  operator_type: Conv
  equation: O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]
  dimension_relations: [ix=2*ox+1*fx, iy=2*oy+3*fy]
  loop_dims: [B, K, C, OY, OX, FY, FX]
  loop_sizes: [1, 64, 3, 112, 100, 7, 5]
  operand_precision: {W: 8, I: 8, O: 16, O_final: 8}
  operand_source: {I: 0, W: 0}
- id: 3
  operator_type: Pooling
  equation: O[b][g][oy][ox]+=W[fx][fy]*I[b][g][iy][ix]
  dimension_relations: [ix=2*ox+1*fx, iy=2*oy+1*fy]
  loop_dims: [B, G, OY, OX, FX, FY]
  loop_sizes: [1, 64, 56, 50, 2, 3]
  operand_source: {I: 0, W: 3}
- id: 4
  operator_type: Conv
  equation: O[b][g][oy][ox]+=W[g][fy][fx]*I[b][g][iy][ix]
  dimension_relations: [ix=1*ox+1*fx, iy=1*oy+1*fy]
  loop_dims: [B, G, OY, OX, FX, FY]
  loop_sizes: [1, 64, 56, 50, 3, 3]
  operand_source: {I: 3, W: 4}
- id: 5
  operator_type: Add
  equation: O[b][g][oy][ox]=W[b][g][oy][ox]+I[b][g][oy][ox]
  loop_dims: [B, G, OY, OX]
  loop_sizes: [1, 64, 56, 50]
  operand_source: {W: 3, I: 4}
- id: 6
  operator_type: Gemm
  equation: O[b][k]+=I[b][c]*W[c][k]
  dimension_relations: []
  loop_dims: [B, C, K]
  loop_sizes: [512, 256, 128]
  operand_source: {I: 6, W: 6}
"""


class ZigZag(Case):
    def test_operations(self):
        native, _ = self.convert(self.path("w.yaml", ZIGZAG))
        self.assertEqual(self.layers(native), [
            "  - {op: conv, dims: {B: 1, K: 64, C: 3, P: 112, Q: 100, R: 7, S: 5}, stride: 2, "
            "dilation: [3, 1]}",
            "  - {op: pool, dims: {B: 1, K: 64, P: 56, Q: 50, R: 3, S: 2}, stride: 2}",
            "  - {op: conv, dims: {G: 64, B: 1, K: 1, C: 1, P: 56, Q: 50, R: 3, S: 3}}",
            "  - {op: eltwise, dims: {B: 1, K: 64, P: 56, Q: 50}}",
            "  - {op: gemm, dims: {B: 512, K: 128, C: 256}}"])
        self.assertIn("inputs: [Conv_4, Pooling_3]", native)

    def test_there_and_back(self):
        for name in NETWORKS:
            first, _ = self.convert(name)
            self.run_program("convert", name, self.path("z.yaml"), "--to", "zigzag")
            back, _ = self.convert(self.path("z.yaml"))
            want = []
            for layer in self.layers(first):
                times = re.search(r", repeat: (\d+)", layer)
                plain = re.sub(r", (repeat|operands): \d+", "", layer)
                want += [plain] * (int(times[1]) if times else 1)
            have = [re.sub(r", operands: \d+", "", layer) for layer in self.layers(back)]
            self.assertEqual(have, want, name)

    def test_errors(self):
        layer = ZIGZAG.split("- id: 3")[0]
        self.fails("w.yaml", layer.replace("[k][c]", "[k][z]"), "index z")
        self.fails("w.yaml", layer.replace("+=", "~"), "no equation")
        self.fails("w.yaml", layer.replace("2*ox", "x*ox"), "no relation")
        self.fails("w.yaml", layer.replace(", 7, 5]", ", 7]"), "6 loop_sizes for 7")
        self.fails("w.yaml", layer.replace("1, 64, 3", "1, -64, 3"), "K")
        self.fails("w.yaml", layer.replace("{I: 0, W: 0}", "{I: 7, W: 0}"), "id 7")


PROBLEM = """
problem:
  shape:
    name: CNN_Layer
    dimensions: [C, M, R, S, N, P, Q]
    coefficients:
    - {name: Wstride, default: 1}
    - {name: Hstride, default: 1}
    - {name: Wdilation, default: 1}
    data-spaces:
    - name: Weights
      projection:
      - [[C]]
      - [[M]]
      - [[R]]
      - [[S]]
    - name: Inputs
      projection:
      - [[N]]
      - [[C]]
      - [[R, Wdilation], [P, Wstride]]
      - [[S], [Q, Hstride]]
    - name: Outputs
      projection:
      - [[N]]
      - [[M]]
      - [[Q]]
      - [[P]]
      read-write: True
  instance: {C: 3, M: 96, R: 11, S: 5, N: 2, P: 55, Q: 54, Wstride: 4, Hstride: 2, Wdilation: 3}
"""

ARCHITECTURE_03 = """
architecture:
  version: 0.3
  subtree:
    - name: system
      local:
        - name: DRAM
          class: DRAM
          attributes: {type: LPDDR4, width: 64, block-size: 4, word-bits: 16, vector_access_energy: 800}
      subtree:
        - name: chip
          attributes: {technology: 45nm}
          local:
            - name: glb
              class: smartbuffer_SRAM
              attributes: {memory_depth: 16384, memory_width: 64, block-size: 4, word-bits: 16,
                           read_bandwidth: 16, write_bandwidth: 8, vector_access_energy: 24}
            - {name: noc, class: XY_NoC, attributes: {datawidth: 16}}
            - name: DummyBuffer[0..13]
              class: regfile
              attributes: {depth: 16, width: 16, word-bits: 16, block-size: 1, meshX: 14}
          subtree:
          - name: PE[0..167]
            local:
              - name: spad
                class: smartbuffer_RF
                attributes: {memory_depth: 192, memory_width: 16, block-size: 1, word-bits: 16,
                             meshX: 14, vector_access_energy: 1.5}
              - {name: mac, class: intmac, attributes: {datawidth: 16, meshX: 14, energy_per_op: 0.5}}
constraints:
  targets:
  - {target: glb, type: bypass, keep: [Inputs, Outputs], bypass: [Weights]}
  - {target: glb, type: spatial, permutation: NCPRSQM, split: 7, factors: N=1 C=1 P=1 R=1 S=1}
  - {target: spad, type: temporal, permutation: MRS, factors: R=3 S<=4 Q=1}
"""

ARCHITECTURE_04 = """
architecture:
  version: 0.4
  nodes:
  - !Container
    name: system
  - !Component
    name: DRAM
    class: DRAM
    attributes: {width: 64, datawidth: 8, vector_access_energy: 512}
  - !Component
    name: buffer
    class: smartbuffer_sram
    attributes: {depth: 1024, width: 32, datawidth: 8, vector_access_energy: 8}
    constraints:
      dataspace: {keep: [Outputs], bypass: [Weights]}
  - !Container
    name: column
    spatial: {meshX: 14}
  - !Container
    name: PE
    spatial: {meshY: 12}
  - !Component
    name: reg
    class: storage
    attributes: {entries: 8, datawidth: 8, vector_access_energy: 0.25}
  - !Component
    name: mac
    class: intmac
    attributes: {energy_per_op: 0.1}
"""


class Timeloop(Case):
    def test_problem(self):
        native, _ = self.convert(self.path("p.yaml", PROBLEM))
        self.assertEqual(self.layers(native), [
            "  - {op: conv, dims: {B: 2, K: 96, C: 3, P: 55, Q: 54, R: 11, S: 5}, stride: [4, 2], "
            "dilation: [3, 1]}"])

    def test_problem_by_name(self):
        text = ("problem:\n  shape: cnn-layer\n"
                "  instance: {C: 3, K: 96, R: 11, S: 5, N: 2, P: 55, Q: 54, Wstride: 4}\n")
        native, _ = self.convert(self.path("p.yaml", text))
        self.assertIn("P: 55, Q: 54, R: 11, S: 5}, stride: [4, 1]", native)

    def test_there_and_back(self):
        for name, layer in (("alexnet", "conv1"), ("alexnet", "2"), ("bert-base", "mlp_add"),
                            ("bert-base", "attention_scores"), ("bert-base", "mlp_expand"),
                            ("mobilenet-v2", "2"), ("resnet50", "pool1")):
            first, _ = self.convert(name, "--layer", layer)
            self.run_program("convert", name, self.path("t.yaml"), "--to", "timeloop", "--layer",
                             layer)
            back, _ = self.convert(self.path("t.yaml"))
            want = re.sub(r", (repeat|operands): \d+", "", self.layers(first)[0])
            self.assertEqual(re.sub(r", operands: \d+", "", self.layers(back)[0]), want)

    def test_many_layers_are_an_error(self):
        self.run_program("convert", "alexnet", self.path("t.yaml"), "--to", "timeloop", status=3)

    def test_problem_errors(self):
        self.fails("p.yaml", PROBLEM.replace("read-write: True", ""), "0 data spaces are written")
        self.fails("p.yaml", PROBLEM.replace("[[M]]", "[[Z]]"), '"Z" is no dimension')
        self.fails("p.yaml", PROBLEM.replace("C: 3, ", ""), "how large C is")
        self.fails("p.yaml", PROBLEM.replace("C: 3, ", "C: -3, "), "C")
        self.fails("p.yaml", "problem: 3\n", "mapping")

    def levels(self, native):
        return dict(re.findall(r"  - name: (\S+)\n(.*?)(?=\n  - name|\Z)", native, re.S))

    def test_architecture_03(self):
        native, errors = self.convert(self.path("a.yaml", ARCHITECTURE_03))
        levels = self.levels(native)
        self.assertEqual(list(levels), ["DRAM", "glb", "DummyBuffer", "spad"])
        self.assertIn("capacity: 65536 words", levels["glb"])  # 16384 rows of four words
        self.assertIn("energy: 6pJ", levels["glb"])            # 24 pJ for four words
        self.assertIn("energy: 200pJ", levels["DRAM"])
        self.assertIn("may_keep: [input, output]", levels["glb"])
        self.assertIn("read: 16 words/cycle, write: 8 words/cycle", levels["glb"])
        self.assertIn("fanout: {x: 14, y: 1, dims_x: [G, K, Q], dims_y: [G]", levels["glb"])
        self.assertIn("fanout: {x: 1, y: 12,", levels["DummyBuffer"])
        self.assertIn("capacity: 192 words", levels["spad"])
        self.assertIn("temporal: {Q: 1, R: 3}, temporal_max: {S: 4}, order: [S, R, K]",
                      levels["spad"])
        self.assertIn("mac: {energy: 0.5pJ}", native)
        self.assertIn("noc is neither storage nor arithmetic", errors)
        self.assertIn("DummyBuffer has no vector_access_energy", errors)

    def test_architecture_04(self):
        native, _ = self.convert(self.path("a.yaml", ARCHITECTURE_04))
        levels = self.levels(native)
        self.assertEqual(list(levels), ["DRAM", "buffer", "reg"])
        self.assertIn("energy: 64pJ", levels["DRAM"])
        self.assertIn("capacity: 4096 words", levels["buffer"])
        self.assertIn("fanout: {x: 14, y: 12,", levels["buffer"])
        self.assertIn("must_keep: [output]", levels["buffer"])
        self.assertIn("word_bits: {input: 8, weight: 8, output: 8}", native)
        self.run_program("convert", self.path("a.yaml"), self.path("t.yaml"), "--to", "timeloop")
        again, _ = self.convert(self.path("t.yaml"))
        self.assertEqual(self.levels(again), levels)

    def test_containers_and_parallel_nodes(self):
        """A container's constraints count for its own axis; levels side by side pass the others'
        data by."""
        text = ARCHITECTURE_04.replace("    spatial: {meshX: 14}\n", """    spatial: {meshX: 14}
    constraints: {spatial: {permutation: [N, C, P, R, S, Q, M], factors: [N=1, C=1], split: 999}}
""").replace("    spatial: {meshY: 12}\n", """    spatial: {meshY: 12}
    constraints: {spatial: {split: 0, factors: [P=1, Q=1, S=3]}}
  - !Parallel
    nodes:
    - !Component
      name: ispad
      class: smartbuffer_RF
      attributes: {depth: 12, width: 16, datawidth: 8, vector_access_energy: 2}
      constraints: {dataspace: {keep: [Inputs]}}
    - !Component
      name: wspad
      class: smartbuffer_RF
      attributes: {depth: 100, width: 8, datawidth: 8, vector_access_energy: 2}
      constraints: {dataspace: {keep: [Weights]}}
""")
        native, _ = self.convert(self.path("p.yaml", text))
        levels = self.levels(native)
        self.assertEqual(list(levels), ["DRAM", "buffer", "ispad", "wspad", "reg"])
        self.assertIn("fanout: {x: 14, y: 12, dims_x: [G, K, P, Q, R, S], "
                      "dims_y: [G, B, K, C, R, S]", levels["buffer"])
        self.assertIn("spatial_y: {S: 3}", levels["buffer"])
        self.assertIn("may_keep: [input]", levels["ispad"])
        self.assertIn("capacity: 24 words", levels["ispad"])
        self.assertIn("may_keep: [weight]", levels["wspad"])
        self.fails("q.yaml", text.replace("keep: [Weights]}}\n", "keep: [Inputs]}}\n"),
                   "wspad of a !Parallel")

    def test_an_imported_architecture_maps(self):
        out, _ = self.run_program("show", self.path("a.yaml", ARCHITECTURE_04))
        self.assertIn("buffer", out)

    def test_duplicate_keys_warn(self):
        text = ARCHITECTURE_04.replace("    class: intmac\n", "    class: intmac\n    class: x\n")
        native, errors = self.convert(self.path("a.yaml", text))
        self.assertIn("warning", errors)
        self.assertIn("mac: {energy: 0.1pJ}", native)

    def test_architecture_errors(self):
        self.fails("a.yaml", ARCHITECTURE_04 + "  - !Parallel {nodes: [{name: a, nodes: []}]}\n",
                   "!Parallel")
        self.fails("a.yaml", ARCHITECTURE_04.replace("class: intmac", "class: adder"),
                   "no arithmetic units")
        self.fails("a.yaml", ARCHITECTURE_03.replace("PE[0..167]", "PE[0..166]"), "do not fit")
        self.fails("a.yaml", ARCHITECTURE_03.replace("type: bypass", "type: utilization"),
                   "utilization")
        self.fails("a.yaml", ARCHITECTURE_03.replace("[Weights]", "[Coffee]"), "Coffee")
        self.fails("a.yaml", ARCHITECTURE_03.replace("target: spad", "target: pad"), "pad")
        self.fails("a.yaml", ARCHITECTURE_03.replace("depth: 192", "depth: x*2"),
                   "expressions are not computed")
        self.fails("a.yaml", "architecture: []\n", "mapping")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
