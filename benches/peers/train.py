"""One epoch of the full-size network beside PyTorch: random 12 x 4096 records, the same batch, threads and losses.

    python benches/peers/train.py target/release/ecg-audit-train [records] [threads]

Needs torch (the version of libtorch) and numpy. Both train the same number of windows; the trainer's figure is the one of its card.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

program, records, threads = sys.argv[1], int((sys.argv[2:] or [96])[0]), int((sys.argv[3:] or [1])[0])
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np
import torch
from torch import nn

CHANNELS, LENGTHS, KERNEL, DROPOUT, BATCH, CLASSES = [64, 128, 196, 256, 320], [4096, 1024, 256, 64, 16], 17, 0.8, 32, 5


class Block(nn.Module):
    def __init__(self, wide, out, stride):
        super().__init__()
        self.conv1 = nn.Conv1d(wide, out, KERNEL, padding=KERNEL // 2, bias=False)
        self.bn1, self.bn2, self.drop = nn.BatchNorm1d(out), nn.BatchNorm1d(out), nn.Dropout(DROPOUT)
        self.conv2 = nn.Conv1d(out, out, KERNEL, stride, (KERNEL + 1 - stride) // 2, bias=False)
        skip = [nn.MaxPool1d(stride)] if stride > 1 else []
        skip += [nn.Conv1d(wide, out, 1, bias=False)] if wide != out else []
        self.skip = nn.Sequential(*skip)

    def forward(self, x, y):
        y = self.conv2(self.drop(self.bn1(self.conv1(x)).relu())) + self.skip(y)
        return self.drop(self.bn2(y).relu()), y


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv1d(12, 64, KERNEL, padding=8, bias=False), nn.BatchNorm1d(64)
        wide, length, blocks = 64, 4096, []
        for out, shorter in zip(CHANNELS, LENGTHS):
            blocks.append(Block(wide, out, length // shorter))
            wide, length = out, shorter
        self.blocks, self.lin = nn.ModuleList(blocks), nn.Linear(wide * length, CLASSES)

    def forward(self, x):
        x = y = self.bn1(self.conv1(x))
        for block in self.blocks:
            x, y = block(x, y)
        return self.lin(x.flatten(1))


def peer(signals, labels, train):
    torch.set_num_threads(threads)
    net = Net().train()
    adam = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.0)
    order = np.random.default_rng(0).permutation(train)
    start = time.perf_counter()
    for first in range(0, len(order), BATCH):
        rows = order[first : first + BATCH]
        adam.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(net(signals[rows]), labels[rows])
        loss.backward()
        adam.step()
        loss.item()
    return len(order) / (time.perf_counter() - start)


rng = np.random.default_rng(1)
signals = rng.standard_normal((records, 12, 4096), dtype=np.float32)
labels = rng.integers(0, 2, (records, CLASSES))
folds = np.arange(records) % 16  # 14 of 16 folds are trained on
folds[folds > 2] = 2
with tempfile.TemporaryDirectory() as folder:
    np.savez(f"{folder}/x.npz", signals=signals, labels=labels, folds=folds.astype(np.int64))
    classes = [f"c{i}" for i in range(CLASSES)]
    leads = "I II III AVR AVL AVF V1 V2 V3 V4 V5 V6".split()
    with open(f"{folder}/x.toml", "w") as file:
        file.write(
            f'[train]\nname = "bench"\nepochs = 1\nbatch = {BATCH}\nfolds = [0]\nthreads = {threads}\nfold_threads = {threads}\n'
            f'[data]\nreader = "npz"\npath = "x.npz"\nsampling_rate = 400\nclasses = {json.dumps(classes)}\n'
            f"leads = {json.dumps(leads)}\n"
        )
    subprocess.run([program, f"{folder}/x.toml", "--out", f"{folder}/out", "--quiet"], check=True)
    card = json.load(open(f"{folder}/out/fold0.json"))
own = card["timing"]["windows_per_second"]
other = peer(torch.from_numpy(signals), torch.from_numpy(labels.astype(np.float32)), np.where(folds == 2)[0])
print(f"{card['records']['training']} windows of 12 x 4096, batch {BATCH}, {threads} threads, {card['parameters']} parameters")
print(f"ecg-audit-train {own:.2f} windows/s, PyTorch {other:.2f}, ratio {own / other:.2f}")
