"""An encoder beside the runtime that the same model would otherwise be run with; prints both times and the ratio.

    python benches/peers/encode.py tract|ort MODEL.onnx LEADS SAMPLES [TAP…] [--windows 1750] [--threads 2]
    LIBTORCH=… python benches/peers/encode.py torch MODEL.pt LEADS SAMPLES [TAP…] [--windows 64] [--threads 2]

ONNX files are held against onnxruntime with the taps as further outputs, TorchScript files against PyTorch's own TorchScript,
which gives its output only. The peer is timed at the best of several batch sizes (of one, with --batch); both are the
fastest of several passes over the same windows, taken in turns. The ratio is the encoder's throughput over the peer's.

The Ribeiro ResNet at its published size: `python tests/models/make.py --full-size FOLDER`, input 12 4096.
"""

import argparse
import json
import pathlib
import subprocess
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = {"tract": "time_encode", "ort": "time_ort", "torch": "time_torch"}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("plugin", choices=EXAMPLES)
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("leads", type=int)
parser.add_argument("samples", type=int)
parser.add_argument("taps", nargs="*")
parser.add_argument("--windows", type=int, default=1750)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, action="append", help="only these batch sizes of the peer")
options = parser.parse_args()
windows = np.sin(np.arange(options.windows * options.leads * options.samples) * 0.37).astype(np.float32)
windows = windows.reshape(options.windows, options.leads, options.samples)


def ours():
    command = ["cargo", "run", "--quiet", "--release", "-p", f"ecg-audit-{options.plugin}"]
    command += ["--example", EXAMPLES[options.plugin], "--", str(options.model.resolve())]
    sizes = [options.windows, options.leads, options.samples, options.threads]
    answer = subprocess.run(
        command + [str(size) for size in sizes] + options.taps,
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )
    return float(answer.stdout)


def onnxruntime_peer():
    import onnx
    import onnxruntime

    graph = onnx.load(options.model)
    known = {output.name for output in graph.graph.output}
    graph.graph.output.extend(onnx.ValueInfoProto(name=tap) for tap in options.taps if tap not in known)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(graph.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})


def torchscript_peer():
    import torch

    torch.set_num_threads(options.threads)
    script = torch.jit.load(options.model).eval()

    def run(batch):
        with torch.inference_mode():
            script(torch.from_numpy(batch)).numpy()

    for _ in range(2):  # the executor profiles, then optimises
        run(windows[:1])
    return run


peer = torchscript_peer() if options.plugin == "torch" else onnxruntime_peer()
batches = options.batch or [1, 8, 32, 128]


def theirs(size):
    start = time.perf_counter()
    for first in range(0, options.windows, size):
        peer(windows[first:first + size])
    return time.perf_counter() - start


ours()  # builds
peers, mine = {size: [] for size in batches}, []
for _ in range(3):
    mine.append(ours())
    for size in batches:
        peers[size] += [theirs(size), theirs(size)]
best = min(batches, key=lambda size: min(peers[size]))
print(json.dumps({
    "plugin": options.plugin,
    "windows": options.windows,
    "threads": options.threads,
    "plugin_seconds": round(min(mine), 3),
    "peer": "PyTorch" if options.plugin == "torch" else "onnxruntime",
    "peer_seconds": round(min(peers[best]), 3),
    "peer_batch": best,
    "ratio": round(min(peers[best]) / min(mine), 3),
}))
