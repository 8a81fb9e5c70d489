"""Writes the checkpoints that the tests read, and PyTorch's own values of every tensor in them.

    python core/checkpoint/reference/make_values.py      torch 2.13

tests/fixtures/new.pth, legacy.pth   the same nested dictionary in both formats of torch.save
tests/fixtures/plain.safetensors     its tensors, by full name (written here by hand from the format's description)
tests/fixtures/protocol4.pth         the new format with another pickle protocol
tests/fixtures/values.json           {name: {"dtype", "shape", "values"}}, row-major, as float32
"""

import collections
import json
import pathlib

import numpy as np
import torch

FIXTURES = pathlib.Path(__file__).parent.parent / "tests" / "fixtures"
SAFETENSORS = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}


def tensors():
    torch.manual_seed(3)
    base = torch.randn(6, 8)
    cube = torch.randn(2, 3, 4)
    found = collections.OrderedDict()
    found["whole"] = base
    found["rows"] = base[2:4]  # these four share the storage of the first
    found["columns"] = base[:, 1::3]
    found["transposed"] = base.t()
    found["last"] = base[5, 7]
    found["permuted"] = cube.permute(2, 0, 1)
    found["expanded"] = torch.tensor([[1.5], [-2.5]]).expand(2, 3)
    found["scalar"] = torch.tensor(3.25)
    found["empty"] = torch.zeros(0, 4)
    found["parameter"] = torch.nn.Parameter(torch.randn(3, 2))
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        found[str(dtype)[6:]] = torch.randn(5).to(dtype)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8):
        found[str(dtype)[6:]] = torch.tensor([-7, 0, 3, 111], dtype=dtype)
    found["uint8"] = torch.tensor([0, 200, 255], dtype=torch.uint8)
    found["bool"] = torch.tensor([True, False, True])
    return found


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    model = tensors()
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.randn(2))], lr=0.1)
    optimizer.param_groups[0]["params"][0].sum().backward()
    optimizer.step()
    checkpoint = {
        "epoch": 3, "model": model, "valid_loss": np.float32(0.5), "best": np.float64(0.25), "name": "Erst\u00e4",
        "optimizer": optimizer.state_dict(), "history": [{"loss": 1.5}, {"loss": 1.25}], "device": torch.device("cpu"),
    }
    torch.save(checkpoint, FIXTURES / "new.pth")
    torch.save(checkpoint, FIXTURES / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(checkpoint, FIXTURES / "protocol4.pth", pickle_protocol=4)

    header, data, values = {}, b"", {}
    for name, tensor in model.items():
        whole = tensor.detach().contiguous()
        raw = whole.view(torch.uint8).numpy().tobytes() if whole.dim() and whole.numel() else b""
        raw = raw or (whole.numpy().tobytes() if whole.numel() else b"")
        header[f"model.{name}"] = {
            "dtype": SAFETENSORS[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]
        }
        data += raw
        values[f"model.{name}"] = {
            "dtype": SAFETENSORS[tensor.dtype], "shape": list(tensor.shape),
            "values": [float(v) for v in whole.to(torch.float32).flatten()],
        }
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    (FIXTURES / "plain.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    (FIXTURES / "values.json").write_text(json.dumps(values, indent=0) + "\n")


if __name__ == "__main__":
    main()
