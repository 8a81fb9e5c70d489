"""Encoding beside onnxruntime: the same model, windows and threads; prints both times and the ratio.

    python benches/peers/encode.py MODEL_FOLDER [--windows 1750] [--threads 2]

MODEL_FOLDER holds an ONNX file and its card.json (input_shape, taps). onnxruntime is timed at the best of several
batch sizes; both are the fastest of five passes, taken in turns.
"""

import argparse
import json
import pathlib
import subprocess
import time

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCHES = (1, 8, 32, 128)

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--windows", type=int, default=1750)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
card = json.loads((options.folder / "card.json").read_text())
model = next(options.folder.glob("*.onnx"))
_, leads, samples = card["input_shape"]


def ours():
    command = ["cargo", "run", "--quiet", "--release", "-p", "ecg-audit-tract", "--example", "time_encode", "--"]
    sizes = [options.windows, leads, samples, options.threads]
    answer = subprocess.run(
        command + [str(model.resolve())] + [str(size) for size in sizes] + card["taps"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    return float(answer.stdout)


graph = onnx.load(model)
for tap in card["taps"]:
    graph.graph.output.append(onnx.helper.make_tensor_value_info(tap, onnx.TensorProto.FLOAT, None))
settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = options.threads
session = onnxruntime.InferenceSession(graph.SerializeToString(), settings, providers=["CPUExecutionProvider"])
windows = np.sin(np.arange(options.windows * leads * samples) * 0.37).astype(np.float32)
windows = windows.reshape(options.windows, leads, samples)


def peer(batch):
    start = time.perf_counter()
    for first in range(0, options.windows, batch):
        session.run(None, {card["input"]: windows[first:first + batch]})
    return time.perf_counter() - start


ours()  # builds
peers, mine = {batch: [] for batch in BATCHES}, []
for _ in range(3):
    mine.append(ours())
    for batch in BATCHES:
        peers[batch] += [peer(batch), peer(batch)]
best = min(BATCHES, key=lambda batch: min(peers[batch]))
theirs = min(peers[best])
print(json.dumps({
    "windows": options.windows,
    "threads": options.threads,
    "tract_seconds": round(min(mine), 3),
    "onnxruntime_seconds": round(theirs, 3),
    "onnxruntime_batch": best,
    "ratio": round(min(mine) / theirs, 3),
}))
