"""Writes the small networks that the encoders are held against, with PyTorch's own answers.

    python tests/models/make.py                     all files of this folder (torch 2.13, onnx, onnxscript, onnxruntime)
    python tests/models/make.py plain ribeiro       these networks only
    python tests/models/make.py --full-size FOLDER  the Ribeiro ResNet at its published size, for benches

All weights are random (seeded) and all batch-norm statistics non-trivial. Per network NAME:

NAME.scripted.pt, NAME.traced.pt              TorchScript, eval mode
NAME.ts.onnx, NAME.ts.dynamic.onnx            exporter by TorchScript, batch 1 and any batch
NAME.dynamo.onnx, NAME.dynamo.dynamic.onnx    exporter by dynamo, batch 1 and any batch
NAME.values.npz                               float32: `input` [2, leads, samples], `output` [2, 3] (raw outputs),
                                              `tap.PATH` [2, C, L], `cam.PATH` [2, 3, L]: the Grad-CAM maps of each class
NAME.values.json                              {"taps": [{"path", "onnx": {FILE: tensor name}}]}, from shallow to deep

`NAME.values.npz` is not compressed. A tensor of an ONNX file is named by numeric match against the tap.
A tap whose submodule returns a tuple (`resblock1d_*`) is the first of its elements.

Also: `features.scripted.pt` (exports `forward_features`), `tuple.scripted.pt` (`forward` returns logits and features),
checkpoints of the Ribeiro ResNet (`ribeiro*/`), and broken files (`bad/`). See the functions below.
"""

import argparse
import json
import os
import pathlib
import pickle
import warnings
import zipfile
from typing import Dict, Tuple

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

HERE = pathlib.Path(__file__).parent
CLASSES = 3


# ---- networks --------------------------------------------------------------------------------------------------------


class RibeiroBlock(nn.Module):
    """Two branches: x is what the next convolution reads, y what the next sum reads. Named as in ecg-age-prediction."""

    def __init__(self, wide_in, wide_out, factor, kernel):
        super().__init__()
        self.conv1 = nn.Conv1d(wide_in, wide_out, kernel, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(wide_out)
        self.relu = nn.ReLU()
        self.dropout1 = nn.Dropout(0.8)
        self.conv2 = nn.Conv1d(wide_out, wide_out, kernel, factor, max(0, (kernel - factor + 1) // 2), bias=False)
        self.bn2 = nn.BatchNorm1d(wide_out)
        self.dropout2 = nn.Dropout(0.8)
        skip = [nn.MaxPool1d(factor, factor)] if factor > 1 else []
        skip += [nn.Conv1d(wide_in, wide_out, 1, bias=False)] if wide_in != wide_out else []
        self.skip_connection = nn.Sequential(*skip) if skip else None

    def forward(self, x, y) -> Tuple[Tensor, Tensor]:
        if self.skip_connection is not None:
            y = self.skip_connection(y)
        y = self.conv2(self.dropout1(self.relu(self.bn1(self.conv1(x))))) + y
        return self.dropout2(self.relu(self.bn2(y))), y


class RibeiroBase(nn.Module):
    def __init__(self, leads, samples, blocks, kernel=17, classes=CLASSES):
        super().__init__()
        wide, length = blocks[0]
        factor = samples // length
        self.conv1 = nn.Conv1d(leads, wide, kernel, factor, max(0, (kernel - factor + 1) // 2), bias=False)
        self.bn1 = nn.BatchNorm1d(wide)
        for i, (wide_out, length_out) in enumerate(blocks):
            self.add_module(f"resblock1d_{i}", RibeiroBlock(wide, wide_out, length // length_out, kernel))
            wide, length = wide_out, length_out
        self.lin = nn.Linear(wide * length, classes)


class Ribeiro(RibeiroBase):
    def forward(self, x):
        y = self.bn1(self.conv1(x))
        x, y = self.resblock1d_0(y, y)
        x, y = self.resblock1d_1(x, y)
        x, y = self.resblock1d_2(x, y)
        x, y = self.resblock1d_3(x, y)
        x, y = self.resblock1d_4(x, y)
        return self.lin(x.flatten(1))


class RibeiroFour(RibeiroBase):
    def forward(self, x):
        y = self.bn1(self.conv1(x))
        x, y = self.resblock1d_0(y, y)
        x, y = self.resblock1d_1(x, y)
        x, y = self.resblock1d_2(x, y)
        x, y = self.resblock1d_3(x, y)
        return self.lin(x.flatten(1))


class Basic(nn.Module):
    expansion = 1

    def __init__(self, wide_in, wide, stride, downsample):
        super().__init__()
        self.conv1 = nn.Conv1d(wide_in, wide, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm1d(wide)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv1d(wide, wide, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm1d(wide)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, wide_in, wide, stride, downsample):
        super().__init__()
        self.conv1 = nn.Conv1d(wide_in, wide, 1, bias=False)
        self.bn1 = nn.BatchNorm1d(wide)
        self.conv2 = nn.Conv1d(wide, wide, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm1d(wide)
        self.conv3 = nn.Conv1d(wide, 4 * wide, 1, bias=False)
        self.bn3 = nn.BatchNorm1d(4 * wide)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    """The layout of torchvision's ResNet, in one dimension."""

    def __init__(self, block, wide, depth):
        super().__init__()
        self.conv1 = nn.Conv1d(12, wide, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm1d(wide)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool1d(3, 2, 1)
        last = wide
        for i in range(3):
            out, layers = wide * (i + 1), []
            for j in range(depth):
                stride = 2 if i > 0 and j == 0 else 1
                down = None
                if stride > 1 or last != out * block.expansion:
                    down = nn.Sequential(
                        nn.Conv1d(last, out * block.expansion, 1, stride, bias=False),
                        nn.BatchNorm1d(out * block.expansion),
                    )
                layers.append(block(last, out, stride, down))
                last = out * block.expansion
            self.add_module(f"layer{i + 1}", nn.Sequential(*layers))
        self.avgpool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(last, CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def conv_layer(wide_in, wide_out, kernel, stride=1, activation=True):
    layers = [nn.Conv1d(wide_in, wide_out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm1d(wide_out)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if activation else nn.Sequential(*layers)


class XBlock(nn.Module):
    """xresnet: the shortcut pools before its 1×1 convolution."""

    def __init__(self, wide_in, wide_out, stride):
        super().__init__()
        self.convpath = nn.Sequential(
            conv_layer(wide_in, wide_out, 5, stride), conv_layer(wide_out, wide_out, 5, activation=False)
        )
        shortcut = [nn.AvgPool1d(2, ceil_mode=True)] if stride > 1 else []
        shortcut += [conv_layer(wide_in, wide_out, 1, activation=False)] if wide_in != wide_out else []
        self.idpath = nn.Sequential(*shortcut)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.convpath(x) + self.idpath(x))


class ConcatPool(nn.Module):
    def __init__(self):
        super().__init__()
        self.ap = nn.AdaptiveAvgPool1d(1)
        self.mp = nn.AdaptiveMaxPool1d(1)

    def forward(self, x):
        return torch.cat([self.mp(x), self.ap(x)], 1)


class XResNet(nn.Sequential):
    """The layout of the PTB-XL benchmark's xresnet1d: a sequence that names its parts by number."""

    def __init__(self):
        stem = [conv_layer(12, 4, 5, 2), conv_layer(4, 4, 5), conv_layer(4, 6, 5)]
        blocks = [
            nn.Sequential(XBlock(6, 6, 1), XBlock(6, 6, 1)),
            nn.Sequential(XBlock(6, 8, 2), XBlock(8, 8, 1)),
            nn.Sequential(XBlock(8, 10, 2), XBlock(10, 10, 1)),
        ]
        head = nn.Sequential(
            ConcatPool(), nn.Flatten(), nn.BatchNorm1d(20), nn.Dropout(0.5), nn.Linear(20, CLASSES)
        )
        super().__init__(*stem, nn.MaxPool1d(3, 2, 1), *blocks, head)


class Inception(nn.Module):
    def __init__(self, wide_in, wide):
        super().__init__()
        self.bottleneck = nn.Conv1d(wide_in, wide, 1, bias=False)
        self.convs = nn.ModuleList([nn.Conv1d(wide, wide, k, padding=k // 2, bias=False) for k in (19, 9, 5)])
        self.maxpool = nn.MaxPool1d(3, 1, 1)
        self.conv_pool = nn.Conv1d(wide_in, wide, 1, bias=False)
        self.bn = nn.BatchNorm1d(4 * wide)
        self.act = nn.ReLU()

    def forward(self, x):
        narrow = self.bottleneck(x)
        branches = [conv(narrow) for conv in self.convs]
        branches.append(self.conv_pool(self.maxpool(x)))
        return self.act(self.bn(torch.cat(branches, 1)))


class Shortcut(nn.Module):
    def __init__(self, wide_in, wide_out):
        super().__init__()
        self.conv = nn.Conv1d(wide_in, wide_out, 1, bias=False)
        self.bn = nn.BatchNorm1d(wide_out)
        self.act = nn.ReLU()

    def forward(self, x, residual):
        return self.act(x + self.bn(self.conv(residual)))


class InceptionTime(nn.Module):
    """Six inception modules; a shortcut joins after the third and the sixth."""

    def __init__(self, wide=3):
        super().__init__()
        self.blocks = nn.ModuleList([Inception(12 if i == 0 else 4 * wide, wide) for i in range(6)])
        self.shortcut0 = Shortcut(12, 4 * wide)
        self.shortcut1 = Shortcut(4 * wide, 4 * wide)
        self.gap = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(4 * wide, CLASSES)

    def forward(self, x):
        residual = x
        x = self.blocks[2](self.blocks[1](self.blocks[0](x)))
        residual = x = self.shortcut0(x, residual)
        x = self.blocks[5](self.blocks[4](self.blocks[3](x)))
        x = self.shortcut1(x, residual)
        return self.fc(self.gap(x).flatten(1))


class Plain(nn.Module):
    """Convolution, normalisation, activation, pooling: four times, without any sum."""

    def __init__(self):
        super().__init__()
        wide = [12, 6, 8, 10, 12]
        self.stages = nn.Sequential(
            *[
                nn.Sequential(
                    nn.Conv1d(a, b, 7, padding=3), nn.BatchNorm1d(b), nn.ReLU(), nn.MaxPool1d(2)
                )
                for a, b in zip(wide, wide[1:])
            ]
        )
        self.fc = nn.Linear(wide[-1], CLASSES)

    def forward(self, x):
        return self.fc(self.stages(x).mean(-1))


class Features(Plain):
    """Says its taps itself."""

    def forward(self, x):
        return self.fc(self.stages(x).mean(-1))

    @torch.jit.export
    def forward_features(self, x) -> Dict[str, Tensor]:
        features: Dict[str, Tensor] = {}
        for i, stage in enumerate(self.stages):
            x = stage(x)
            features["stage" + str(i)] = x
        return features


class TupleOutput(Plain):
    """Gives its last feature map beside its logits."""

    def forward(self, x) -> Tuple[Tensor, Tensor]:
        x = self.stages(x)
        return self.fc(x.mean(-1)), x


class Fold(nn.Module):
    def forward(self, x):
        return x.reshape(x.shape[0], x.shape[1], 2, -1)


class RankFour(nn.Module):
    """The submodule `fold` gives [B, C, 2, L]: no tap."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(12, 4, 5, padding=2)
        self.fold = Fold()
        self.fc = nn.Linear(4, CLASSES)

    def forward(self, x):
        return self.fc(self.fold(self.conv(x)).mean((-1, -2)))


class NotANumber(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(12, 4, 5, padding=2)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(4, CLASSES)

    def forward(self, x):
        y = self.fc(self.relu(self.conv(x)).mean(-1))
        return y + torch.log(-1.0 - y.abs())


class NeedsCuda(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(12, CLASSES, 5, padding=2)

    def forward(self, x):
        return self.conv(x.to(torch.device("cuda:0"))).mean(-1)


RIBEIRO_SMALL = [(6, 512), (6, 128), (8, 32), (8, 8), (10, 2)]
RIBEIRO_FULL = [(64, 4096), (128, 1024), (196, 256), (256, 64), (320, 16)]
RIBEIRO_MIXED = [(4, 64), (6, 64), (6, 32), (8, 8)]  # a strided stem, a skip by convolution alone, one by pooling alone

NETWORKS = {
    "ribeiro": (lambda: Ribeiro(12, 512, RIBEIRO_SMALL, 9), 512,
                [f"resblock1d_{i}" for i in range(1, 5)] + ["resblock1d_3.dropout2", "resblock1d_4.dropout2"]),
    "resnet-basic": (lambda: ResNet(Basic, 4, 2), 256, ["layer1.1", "layer2.0", "layer2.1", "layer3.1"]),
    "resnet-bottleneck": (lambda: ResNet(Bottleneck, 3, 1), 256, ["maxpool", "layer1.0", "layer2.0", "layer3.0"]),
    "xresnet1d": (XResNet, 256, ["2", "4.1", "5.1.act", "5.1", "6.1"]),
    "inceptiontime": (InceptionTime, 128, ["blocks.0", "shortcut0", "blocks.5", "shortcut1"]),
    "plain": (Plain, 256, ["stages.0.1", "stages.1.2", "stages.2", "stages.3"]),
}


# ---- reference values ------------------------------------------------------------------------------------------------


def seeded(make, seed=5):
    """The network with random weights, large enough that outputs follow the input, in eval mode."""
    torch.manual_seed(seed)
    net = make()
    for module in net.modules():
        if isinstance(module, (nn.Conv1d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.running_mean, 0.0, 0.2)
            nn.init.uniform_(module.running_var, 0.3, 1.2)
            nn.init.uniform_(module.weight, 0.7, 1.3)
            nn.init.normal_(module.bias, 0.1, 0.2)
    return net.eval()


def signal(leads, samples, rows=2):
    random = np.random.default_rng(11)
    row, lead, t = np.meshgrid(np.arange(rows), np.arange(leads), np.arange(samples), indexing="ij")
    wave = np.sin(0.05 * (t + 1) * (1 + 0.1 * lead + row) + 0.7 * row) + 0.5 * np.cos(0.31 * t * (row + 1) + lead)
    return torch.from_numpy((wave + 0.2 * random.normal(size=wave.shape)).astype(np.float32))


def tapped(net, x, paths):
    """Raw outputs, and the tensors that leave the submodules, in one graph."""
    found, hooks = {}, []
    for path in paths:
        def keep(_module, _inputs, output, path=path):
            found[path] = output[0] if isinstance(output, tuple) else output
        hooks.append(net.get_submodule(path).register_forward_hook(keep))
    output = net(x)
    for hook in hooks:
        hook.remove()
    return output, found


def grad_cam(net, x, path):
    """α_c = mean over t of ∂y/∂A, map = relu(Σ_c α_c A), for every class: [B, classes, L]."""
    maps = []
    for c in range(CLASSES):
        output, found = tapped(net, x, [path])
        (gradient,) = torch.autograd.grad(output[:, c].sum(), found[path])
        maps.append(torch.relu((gradient.mean(-1, keepdim=True) * found[path]).sum(1)).detach())
    return torch.stack(maps, 1)


def values(net, x, paths):
    """The arrays of NAME.values.npz; each tap's values are cloned, for the next layer may work in place."""
    clones, hooks = {}, []
    for path in paths:
        def keep(_module, _inputs, output, path=path):
            clones[path] = (output[0] if isinstance(output, tuple) else output).detach().clone()
        hooks.append(net.get_submodule(path).register_forward_hook(keep))
    with torch.no_grad():
        output = net(x)
    for hook in hooks:
        hook.remove()
    arrays = {"input": x, "output": output}
    for path in paths:
        arrays[f"tap.{path}"] = clones[path]
        try:
            arrays[f"cam.{path}"] = grad_cam(net, x, path)
        except RuntimeError as error:  # a value that is overwritten in place has no gradient of its own
            print(f"no Grad-CAM at {path}: {str(error)[:70]}")
    return {name: array.detach().numpy().astype(np.float32) for name, array in arrays.items()}


def onnx_tensors(file, x):
    """Every tensor that a node computes, by name, for the batch x."""
    model = onnx.load(file)
    names = [name for node in model.graph.node for name in node.output if name]
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    step = 1 if feed.shape[0] == 1 else len(x)
    parts = [session.run(names, {feed.name: x[i : i + step]}) for i in range(0, len(x), step)]
    return {n: np.concatenate(p) if np.ndim(p[0]) else p[0] for n, p in zip(names, zip(*parts))}


def named_in(file, arrays, paths):
    """The ONNX tensor that equals each tap."""
    tensors = onnx_tensors(file, arrays["input"])
    names = {}
    for path in paths:
        wanted = arrays[f"tap.{path}"]
        near = [
            name
            for name, value in tensors.items()
            if value.shape == wanted.shape and np.abs(value - wanted).max() <= 1e-4 * np.abs(wanted).max()
        ]
        if not near:
            raise SystemExit(f"{file.name}: no tensor equals {path}")
        names[path] = near[0]
    return names


# ---- files -----------------------------------------------------------------------------------------------------------


def save_script(module, file):
    """Saves TorchScript without its source ranges, which hold the paths of the machine that wrote them."""
    torch.jit.save(module, file)
    with zipfile.ZipFile(file) as archive:
        kept = [(entry, archive.read(entry)) for entry in archive.infolist() if not entry.filename.endswith(".debug_pkl")]
    rewrite(file, kept)


def rewrite(file, entries):
    with zipfile.ZipFile(file, "w") as archive:
        for entry, data in entries:
            info = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = entry.compress_type
            archive.writestr(info, data)


def save_onnx(net, x, file, dynamo, dynamic):
    example = x if dynamic else x[:1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            batch = {0: torch.export.Dim("batch", min=1, max=4096)}
            torch.onnx.export(net, (example,), file, dynamo=True, external_data=False, verbose=False,
                              input_names=["signal"], output_names=["logits"],
                              dynamic_shapes=(batch,) if dynamic else None)
        else:
            axes = {"signal": {0: "batch"}, "logits": {0: "batch"}}
            torch.onnx.export(net, (example,), file, dynamo=False, opset_version=17,
                              input_names=["signal"], output_names=["logits"], dynamic_axes=axes if dynamic else None)
    model = onnx.load(file)
    for node in model.graph.node:  # stack traces hold the paths of the machine
        kept = [p for p in node.metadata_props if not p.key.endswith(("stack_trace", "fx_node"))]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        node.doc_string = ""
    onnx.save(model, file)


ONNX_FILES = {
    "ts.onnx": (False, False), "ts.dynamic.onnx": (False, True),
    "dynamo.onnx": (True, False), "dynamo.dynamic.onnx": (True, True),
}


def write_network(name):
    make, samples, paths = NETWORKS[name]
    net, x = seeded(make), signal(12, samples)
    arrays = values(net, x, paths)
    save_script(torch.jit.script(net), HERE / f"{name}.scripted.pt")
    save_script(torch.jit.trace(net, x[:1]), HERE / f"{name}.traced.pt")
    for kind in ("scripted", "traced"):
        again = torch.jit.load(HERE / f"{name}.{kind}.pt")(x)
        assert np.array_equal(again.detach().numpy(), arrays["output"]), f"{name}.{kind}.pt differs"
    taps = [{"path": path, "onnx": {}} for path in paths]
    for suffix, (dynamo, dynamic) in ONNX_FILES.items():
        file = HERE / f"{name}.{suffix}"
        save_onnx(net, x, file, dynamo, dynamic)
        found = named_in(file, arrays, paths)
        for tap in taps:
            tap["onnx"][suffix] = found[tap["path"]]
    np.savez(HERE / f"{name}.values.npz", **arrays)
    (HERE / f"{name}.values.json").write_text(json.dumps({"taps": taps}, indent=1) + "\n")
    print(name, {p: arrays[f"tap.{p}"].shape for p in paths}, "spread of outputs", np.ptp(arrays["output"], axis=1))


def write_capabilities():
    """Networks that give their taps without any rewriting."""
    x = signal(12, 256)
    features = seeded(Features)
    save_script(torch.jit.script(features), HERE / "features.scripted.pt")
    with torch.no_grad():
        arrays = {f"tap.{name}": value for name, value in features.forward_features(x).items()}
        arrays |= {"input": x, "output": features(x)}
        np.savez(HERE / "features.values.npz", **{k: v.numpy() for k, v in arrays.items()})
    pair = seeded(TupleOutput)
    save_script(torch.jit.script(pair), HERE / "tuple.scripted.pt")
    with torch.no_grad():
        output, tap = pair(x)
    np.savez(HERE / "tuple.values.npz", **{"input": x.numpy(), "output": output.numpy(), "tap.1": tap.numpy()})


# ---- checkpoints -----------------------------------------------------------------------------------------------------


def save_safetensors(state, file):
    header, data = {}, b""
    for name, tensor in sorted(state.items()):
        raw = tensor.contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)


def stepped(net, x):
    """An optimiser with a state, as `train.py` leaves it beside the weights; the weights stay as they are."""
    optimizer = torch.optim.Adam(net.parameters(), 0.0)
    net(x).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def write_checkpoints():
    """ribeiro/: new format and config.json; ribeiro-legacy/: legacy format and args.json; ribeiro-bare/: safetensors
    without JSON; ribeiro-mixed/: other steps between the blocks, 8 leads, with its own values."""
    folders = {name: HERE / name for name in ("ribeiro", "ribeiro-legacy", "ribeiro-bare", "ribeiro-mixed")}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    net = seeded(NETWORKS["ribeiro"][0])
    optimizer = stepped(net, signal(12, 512))
    args = {
        "epochs": 70, "seed": 2, "sample_freq": 400, "seq_length": 512, "scale_multiplier": 10, "batch_size": 32,
        "lr": 0.001, "patience": 7, "min_lr": 1e-07, "lr_factor": 0.1,
        "net_filter_size": [wide for wide, _ in RIBEIRO_SMALL], "net_seq_lengh": [n for _, n in RIBEIRO_SMALL],
        "dropout_rate": 0.8, "kernel_size": 9,
    }
    full = {"epoch": 12, "model": net.state_dict(), "valid_loss": np.float64(1.25), "optimizer": optimizer}
    save_checkpoint(full, folders["ribeiro"] / "model.pth")
    (folders["ribeiro"] / "config.json").write_text(json.dumps(args, indent=1) + "\n")
    small = {**full, "optimizer": {"state": {}, "param_groups": optimizer["param_groups"]}}
    save_checkpoint(small, folders["ribeiro-legacy"] / "model.pth", legacy=True)
    (folders["ribeiro-legacy"] / "args.json").write_text(json.dumps(args, indent="\t"))
    save_safetensors(net.state_dict(), folders["ribeiro-bare"] / "model.safetensors")

    mixed = seeded(lambda: RibeiroFour(8, 128, RIBEIRO_MIXED, 5))
    save_checkpoint({f"module.{k}": v for k, v in mixed.state_dict().items()}, folders["ribeiro-mixed"] / "model.pth")
    args |= {"seq_length": 128, "kernel_size": 5, "net_filter_size": [w for w, _ in RIBEIRO_MIXED],
             "net_seq_lengh": [n for _, n in RIBEIRO_MIXED]}
    (folders["ribeiro-mixed"] / "config.json").write_text(json.dumps(args, indent=1) + "\n")
    arrays = values(mixed, signal(8, 128), [f"resblock1d_{i}" for i in range(4)])
    np.savez(HERE / "ribeiro-mixed.values.npz", **arrays)


def save_checkpoint(thing, file, legacy=False):
    torch.save(thing, file, _use_new_zipfile_serialization=not legacy)


# ---- broken files ----------------------------------------------------------------------------------------------------


class Payload:
    """Would leave a file in the current folder if anything executed it."""

    def __reduce__(self):
        return (os.system, ("echo executed > pickle-code-was-executed",))


def write_bad():
    bad = HERE / "bad"
    bad.mkdir(exist_ok=True)
    plain = seeded(Plain)
    scripted = torch.jit.script(plain)
    save_script(torch.jit.freeze(scripted), bad / "frozen.pt")
    torch.save({"model": plain.state_dict(), "extra": Payload()}, bad / "code.pth")
    torch.save({"model": plain.state_dict(), "extra": Payload()}, bad / "code.legacy.pth",
               _use_new_zipfile_serialization=False)
    (bad / "code.pkl").write_bytes(pickle.dumps({"model": Payload()}, protocol=2))
    save_script(scripted, bad / "newer.pt")
    whole = (bad / "newer.pt").read_bytes()
    (bad / "truncated.pt").write_bytes(whole[: len(whole) * 3 // 5])
    with zipfile.ZipFile(bad / "newer.pt") as archive:
        entries = [(e, b"999\n" if e.filename.endswith("/version") else archive.read(e)) for e in archive.infolist()]
    rewrite(bad / "newer.pt", entries)
    save_script(torch.jit.script(seeded(RankFour)), bad / "rank4.scripted.pt")
    save_script(torch.jit.script(seeded(NotANumber)), bad / "nan.scripted.pt")
    save_onnx(seeded(NotANumber), signal(12, 256), bad / "nan.ts.dynamic.onnx", dynamo=False, dynamic=True)
    save_script(torch.jit.script(seeded(NeedsCuda)), bad / "cuda.scripted.pt")


def write_full_size(folder):
    folder.mkdir(parents=True, exist_ok=True)
    net = seeded(lambda: Ribeiro(12, 4096, RIBEIRO_FULL, 17, classes=6))
    x = signal(12, 4096)
    torch.jit.save(torch.jit.script(net), folder / "ribeiro.scripted.pt")
    save_onnx(net, x, folder / "ribeiro.ts.dynamic.onnx", dynamo=False, dynamic=True)
    torch.save({"model": net.state_dict()}, folder / "model.pth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", choices=[[], *NETWORKS], help="these networks only")
    parser.add_argument("--full-size", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.full_size:
        write_full_size(arguments.full_size)
        return
    for name in arguments.networks or NETWORKS:
        write_network(name)
    if not arguments.networks:
        write_capabilities()
        write_checkpoints()
        write_bad()


if __name__ == "__main__":
    main()
