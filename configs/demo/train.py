"""Trains the demo model: a small 1D residual network on the project's own synthetic ECGs.

Two data sets of different seeds, neither of them the demo's (7):

    cargo run --release -p ecg-audit-ecg --example synth_dir -- target/synth-train --records 6000 --seed 101
    cargo run --release -p ecg-audit-ecg --example synth_dir -- target/synth-test --records 2000 --seed 202
    python configs/demo/train.py target/synth-train target/synth-test

Writes demo.onnx and card.json beside this file. Needs torch, numpy, scipy, scikit-learn, onnx and
onnxruntime. The model sees the clean labels, so that in an audit of data with wrong labels it disagrees with them.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from scipy.signal import butter, filtfilt
from sklearn.metrics import roc_auc_score
from torch import nn

HERE = Path(__file__).resolve().parent
CLASSES = ["NORM", "MI", "STTC", "CD", "HYP"]
LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]
RATE = 100
BANDPASS = {"order": 3, "hz": [0.5, 40.0]}
TAPS = ["block1", "block2", "block3"]
OPSET = 13


def load(folder):
    """Signals in millivolts [records, 12, 1000], clean labels and given labels [records, 5]."""
    signals, clean, given = [], [], []
    with open(folder / "ptbxl_database.csv", newline="") as database, open(
        folder / "truth" / "labels.csv", newline=""
    ) as truth:
        for row, labels in zip(csv.DictReader(database), csv.DictReader(truth), strict=True):
            assert row["ecg_id"] == labels["record"]
            raw = np.fromfile(folder / f"{row['filename_lr']}.dat", dtype="<i2")
            signals.append(raw.reshape(-1, len(LEADS)).T.astype(np.float32) / 1000)
            clean.append([c in labels["clean_labels"].split(";") for c in CLASSES])
            given.append([c in labels["given_labels"].split(";") for c in CLASSES])
    return np.stack(signals), np.array(clean, np.float32), np.array(given, np.float32)


def filtered(signals):
    b, a = butter(BANDPASS["order"], BANDPASS["hz"], btype="bandpass", fs=RATE)
    return filtfilt(b, a, signals.astype(np.float64), axis=-1).astype(np.float32)


class Block(nn.Module):
    """Two convolutions and a strided shortcut; the audit taps what leaves the last ReLU."""

    def __init__(self, inputs, outputs, kernel=7):
        super().__init__()
        self.conv1 = nn.Conv1d(inputs, outputs, kernel, stride=2, padding=kernel // 2, bias=False)
        self.norm1 = nn.BatchNorm1d(outputs)
        self.conv2 = nn.Conv1d(outputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.norm2 = nn.BatchNorm1d(outputs)
        self.shortcut = nn.Sequential(nn.Conv1d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm1d(outputs))
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        y = self.drop(self.relu1(self.norm1(self.conv1(x))))
        return self.relu2(self.norm2(self.conv2(y)) + self.shortcut(x))


class Demo(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(12, 24, 11, stride=2, padding=5, bias=False), nn.BatchNorm1d(24), nn.ReLU()
        )
        self.block1 = Block(24, 32)  # a step of 40 ms
        self.block2 = Block(32, 48)  # 80 ms
        self.block3 = Block(48, 64)  # 160 ms
        self.head = nn.Linear(64, len(CLASSES))

    def forward(self, x):
        return self.head(self.block3(self.block2(self.block1(self.stem(x)))).mean(-1))


def train(model, x, y, epochs, batch, rate):
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    steps = epochs * (len(x) // batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    loss_of = nn.BCEWithLogitsLoss()
    model.train()
    for epoch in range(epochs):
        start, total = time.time(), 0.0
        order = torch.randperm(len(x))[: len(x) // batch * batch].view(-1, batch)
        for rows in order:
            optimizer.zero_grad()
            loss = loss_of(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / len(order):.4f}, {time.time() - start:.0f} s", flush=True)


def export(model, path):
    """ONNX by the TorchScript exporter, with the taps under plain names."""
    model.eval()
    torch.onnx.export(
        model,
        torch.zeros(1, 12, 1000),
        path,
        input_names=["ecg"],
        output_names=["logits"],
        dynamic_axes={"ecg": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    graph = onnx.load(path)
    names = {f"/{tap}/relu2/Relu_output_0": tap for tap in TAPS}
    found = set()
    for node in graph.graph.node:
        for values in (node.input, node.output):
            for i, value in enumerate(values):
                if value in names:
                    values[i] = names[value]
                    found.add(names[value])
    assert found == set(TAPS), f"the exporter named the taps differently: found {sorted(found)}"
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def probabilities(path, x):
    session = onnxruntime.InferenceSession(path)
    logits = np.concatenate([session.run(["logits"], {"ecg": x[i : i + 64]})[0] for i in range(0, len(x), 64)])
    return 1 / (1 + np.exp(-logits.astype(np.float64)))


def metrics(p, y):
    """As the audit counts: accuracy per label at 0.5, and the mean over classes of the AUROC."""
    auroc = roc_auc_score(y, p, average=None)
    return {
        "accuracy": round(float(((p >= 0.5) == (y > 0.5)).mean()), 4),
        "auroc_soft": round(float(auroc.mean()), 4),
        "auroc_hard": round(float(roc_auc_score(y, p >= 0.5)), 4),
        "auroc_soft_by_class": {c: round(float(v), 4) for c, v in zip(CLASSES, auroc)},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1, help="more threads, other rounding")
    args = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)

    signals, clean, _ = load(args.train)
    x = filtered(signals)
    mean, std = 0.0, round(float(x.std()), 4)
    model = Demo()
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{len(x)} records, {parameters} parameters, standard deviation {std} mV", flush=True)
    train(model, (x - mean) / std, clean, args.epochs, 64, 4e-3)

    path = HERE / "demo.onnx"
    export(model, path)
    signals, clean, _ = load(args.test)
    held_out = metrics(probabilities(path, (filtered(signals) - mean) / std), clean)
    print(json.dumps(held_out, indent=1))
    card = {
        "name": "ecg-audit demo: 1D residual network, 3 blocks",
        "licence": "MIT OR Apache-2.0",
        "task": "diagnostic superclasses of synthetic ECGs, multi-label; not for real ECGs",
        "parameters": parameters,
        "classes": CLASSES,
        "input": "ecg",
        "input_shape": ["batch", 12, 1000],
        "sampling_rate_hz": RATE,
        "unit": "mV",
        "lead_order": LEADS,
        "bandpass": {"type": "butterworth, zero-phase (forward-backward)", **BANDPASS},
        "mean": mean,
        "std": std,
        "output": "logits",
        "activation": "sigmoid",
        "taps": [
            {"name": tap, "channels": c, "steps": n, "step_ms": ms}
            for tap, c, n, ms in zip(TAPS, [32, 48, 64], [250, 125, 63], [40, 80, 160])
        ],
        "training": {
            "script": "train.py",
            "data": f"{len(x)} synthetic records, seed 101, clean labels",
            "epochs": args.epochs,
            "seed": 1,
        },
        "held_out": {"data": f"{len(signals)} synthetic records, seed 202, clean labels", **held_out},
    }
    (HERE / "card.json").write_text(json.dumps(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
