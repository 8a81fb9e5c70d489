"""The torch plugin beside PyTorch itself, bit by bit: outputs, taps and Grad-CAM of every network of tests/models.

    LIBTORCH=… python benches/peers/torch_equal.py

Needs PyTorch 2.13.0, the version of the plugin's libtorch: the bits of another version may differ. Both run on this
machine with one thread, a row at a time, as the plugin does on any number of threads. PyTorch runs the TorchScript file
itself; taps of the scripted and the traced file are read by hooks on the Python network that the file was made from, in
the same process. Ends with status 1 where a bit differs.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests/models"
sys.path.insert(0, str(MODELS))
import make  # noqa: E402

CLASS = 1
torch.set_num_threads(1)
assert torch.__version__.split("+")[0] == "2.13.0", f"PyTorch {torch.__version__}, expected 2.13.0"


def plugin(model, x, taps):
    with tempfile.NamedTemporaryFile() as file:
        file.write(x.numpy().tobytes())
        file.flush()
        command = ["cargo", "run", "--quiet", "-p", "ecg-audit-torch", "--example", "answer_torch", "--"]
        sizes = [str(size) for size in x.shape]
        answer = subprocess.run(
            command + [str(model), file.name] + sizes + [str(CLASS)] + taps,
            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )
    return json.loads(answer.stdout)


def name_of(path, form):
    """The plugin's name of make.py's path: the blocks of the Ribeiro ResNet return two tensors, and it means the first."""
    if path.startswith("resblock1d_") and "." not in path:
        return f"{path}#0" if form == "scripted" else f"{path}.dropout2"
    return path


def row_by_row(net, x, path):
    """PyTorch's tap and map of each row."""
    taps, maps = [], []
    for row in x.split(1):
        kept = {}

        def keep(_module, _inputs, output):
            value = output[0] if isinstance(output, tuple) else output
            kept["tap"] = value
            kept["values"] = value.detach().clone()

        hook = net.get_submodule(path).register_forward_hook(keep)
        output = net(row.clone().requires_grad_(True) * 1)
        hook.remove()
        taps.append(kept["values"])
        (gradient,) = torch.autograd.grad(output[:, CLASS].sum(), kept["tap"])
        with torch.no_grad():
            maps.append(torch.relu((gradient.mean(-1, keepdim=True) * kept["values"]).sum(1)))
    return torch.cat(taps), torch.cat(maps)


def differing(theirs, ours):
    theirs = theirs.detach().contiguous().numpy()
    assert list(theirs.shape) == ours["shape"], (theirs.shape, ours["shape"])
    return int((theirs.view(np.uint32).ravel() != np.array(ours["bits"], dtype=np.uint32)).sum())


wrong = 0
for network, (_, samples, paths) in make.NETWORKS.items():
    x = make.signal(12, samples)
    net = make.seeded(make.NETWORKS[network][0])
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    for form in ("scripted", "traced"):
        model = MODELS / f"{network}.{form}.pt"
        script = torch.jit.load(model).eval()
        names = list(dict.fromkeys(name_of(path, form) for path in paths))
        ours = plugin(model, x, names)
        with torch.no_grad():
            outputs = torch.cat([script(row) for row in x.split(1)])
        counts = {"outputs": differing(outputs, ours["outputs"])}
        for path in paths:
            at = names.index(name_of(path, form))
            tap, map_ = row_by_row(net, x, path)
            counts[path] = differing(tap, ours["taps"][at])
            counts[f"map {path}"] = differing(map_, ours["maps"][at])
        wrong += sum(counts.values())
        bad = {name: count for name, count in counts.items() if count}
        print(f"{model.name}: {len(counts)} tensors, {'equal in every bit' if not bad else f'differing: {bad}'}")
sys.exit(1 if wrong else 0)
