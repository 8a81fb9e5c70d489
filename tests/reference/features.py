#!/usr/bin/env python3
"""Features of PTB-XL's first record by the method's plain reference implementation: tests/reference/features.json.

    tests/reference/features.py ../shared

Needs what the reference needs: numpy scipy pandas scikit-learn onnx onnxruntime wfdb.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

SHARED = pathlib.Path(sys.argv[1]).resolve()
# The reference's functions without its command line, which its last line starts.
path = SHARED / "reference/tlc_reference.py"
reference = {"__file__": str(path), "__name__": "reference"}
exec(path.read_text().rsplit("\nmain()", 1)[0], reference)

model = SHARED / "models/ecgresnet-ptbxl"
card = json.loads((model / "card.json").read_text())
_, signals, _ = reference["load"](SHARED / "data/ptb-xl")
windows = reference["preprocess"](signals[:1], card)[0]
graph = onnx.load(model / "ecgresnet.onnx")
for tap in card["taps"]:
    graph.graph.output.append(onnx.helper.make_tensor_value_info(tap, onnx.TensorProto.FLOAT, None))
session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
_, *taps = session.run(None, {card["input"]: windows})
features = reference["fuse"](taps)
rows = [[0, 0], [0, 1], [2, 37], [4, 74]]
values = [[round(float(v), 6) for v in features[w, t]] for w, t in rows]
out = pathlib.Path(__file__).with_suffix(".json")
out.write_text(json.dumps({"window_and_timestamp": rows, "features": values}) + "\n")
print(out, features.shape)
