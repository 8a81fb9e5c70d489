"""The audit of one network through tract, ONNX Runtime and libtorch: figures and timelines side by side.

    python benches/peers/runtimes.py SHARED [--program target/release/ecg-audit] [--out FOLDER]

SHARED holds data/ptb-xl and models/ecgresnet-ptbxl. The network comes as ONNX; for libtorch its graph is built again in PyTorch
from the same weights, and traced. Needs onnx, torch (the version of libtorch) and pyarrow.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import pyarrow.parquet as pq
import torch
from onnx import numpy_helper
from torch.nn import functional as F

TAPS = {
    "onnx": [
        "/stem/stem.3/MaxPool_output_0",
        "/blocks/blocks.0/act2/Relu_output_0",
        "/blocks/blocks.1/act2/Relu_output_0",
    ],
    "torch": ["nodes.2", "nodes.7", "nodes.13"],
}


class Node(torch.nn.Module):
    """One operator of the graph, as a module, so that it can be tapped."""

    def __init__(self, node, weights):
        super().__init__()
        self.kind = node.op_type
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        self.stride = attributes.get("strides", [1])[0]
        pads = attributes.get("pads", [0, 0])
        assert pads[0] == pads[1], pads
        self.pad = pads[0]
        self.kernel = attributes.get("kernel_shape", [1])[0]
        self.transposed = bool(attributes.get("transB", 0))
        for i, name in enumerate(node.input[1:]):
            if name in weights and weights[name].dtype == np.float32:
                setattr(self, f"w{i}", torch.nn.Parameter(torch.tensor(weights[name])))

    def forward(self, *x):
        match self.kind:
            case "Conv":
                return F.conv1d(x[0], self.w0, self.w1, self.stride, self.pad)
            case "Relu":
                return torch.relu(x[0])
            case "MaxPool":
                return F.max_pool1d(x[0], self.kernel, self.stride, self.pad)
            case "Add":
                return x[0] + x[1]
            case "GlobalAveragePool":
                return x[0].mean(-1, keepdim=True)
            case "Squeeze":
                return x[0].squeeze(-1)
            case "Gemm":
                return F.linear(x[0], self.w0 if self.transposed else self.w0.T, self.w1)
        raise NotImplementedError(self.kind)


class Graph(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        weights = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.input = graph.input[0].name
        nodes = [node for node in graph.node if node.op_type != "Constant"]
        self.wiring = [([name for name in node.input], node.output[0]) for node in nodes]
        self.nodes = torch.nn.ModuleList(Node(node, weights) for node in nodes)

    def forward(self, x):
        known = {self.input: x}
        for (inputs, output), node in zip(self.wiring, self.nodes):
            known[output] = x = node(*[known[name] for name in inputs if name in known])
        return x


def traced(onnx_path, out):
    model = Graph(onnx_path).eval()
    for number, (_, output) in enumerate(model.wiring):
        if output in TAPS["onnx"]:
            assert f"nodes.{number}" in TAPS["torch"], (number, output)
    torch.jit.trace(model, torch.randn(2, 12, 300)).save(out)


def audit(program, shared, plugin, model, taps, out):
    settings = {
        "data.path": shared / "data/ptb-xl",
        "encoder.plugin": plugin,
        "encoder.params.model": model,
        "encoder.params.taps": json.dumps(taps),
    }
    root = pathlib.Path(__file__).parents[2]
    command = [program, "run", root / "configs/ptb-xl.toml", "--out", out]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    if plugin == "torch":
        command = with_text_output(command)
    start = time.perf_counter()
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return json.loads((out / "audit.json").read_text()), time.perf_counter() - start


def with_text_output(command):
    """TorchScript has one output; the configuration names ONNX's."""
    text = (pathlib.Path(command[2])).read_text().replace('output = "logits"\n', "")
    copy = pathlib.Path(tempfile.mkdtemp()) / "audit.toml"
    copy.write_text(text)
    return [*command[:2], copy, *command[3:]]


def timelines(out):
    table = pq.read_table(out / "timeline.parquet").to_pydict()
    return np.array([-1 if c is None else c for c in table["cluster"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, default="target/release/ecg-audit")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    args.shared = args.shared.resolve()
    out = (args.out or pathlib.Path(tempfile.mkdtemp())).resolve()
    out.mkdir(parents=True, exist_ok=True)
    model = args.shared / "models/ecgresnet-ptbxl/ecgresnet.onnx"
    script = out / "ecgresnet.pt"
    traced(model, script)
    runs = {}
    for plugin, path, taps in [
        ("tract", model, TAPS["onnx"]),
        ("ort", model, TAPS["onnx"]),
        ("torch", script, TAPS["torch"]),
    ]:
        found, seconds = audit(args.program.resolve(), args.shared, plugin, path, taps, out / plugin)
        runs[plugin] = (found, timelines(out / plugin))
        encode = next(s["seconds"] for s in found["timing"]["stages"] if s["name"] == "encode")
        fidelity = found["surrogates"][0]["vs_model"]
        print(
            f"{plugin:6} agreement {fidelity['agreement']['mean']:.4f}  AUROC {fidelity['auroc_soft']:.4f}  "
            f"accuracy {found['model_vs_truth']['accuracy']:.4f}  uncertainty {found['uncertainty']['mean']:.4f}  "
            f"encode {encode:.2f} s  all {seconds:.1f} s"
        )
    first = runs["tract"][1]
    for plugin in ["ort", "torch"]:
        other = runs[plugin][1]
        assert len(first) == len(other)
        print(f"timestamps with the same cluster, tract and {plugin}: {100 * (first == other).mean():.4f} %")


if __name__ == "__main__":
    main()
