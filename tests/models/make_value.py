"""The head of a network with one continuous output: `value.head`, to be written behind configs/demo/demo.onnx.

Protocol buffers merge what is written one behind the other: the demo's graph gets two more nodes and the output `value`.

value = 40 + 25 * P(MI) + 15 * P(HYP) + 10 * P(CD) - 5 * P(NORM), from the logits, so that a value
that depends on the synthetic data's labels in the same way is what the network was trained for.

    python tests/models/make_value.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
WEIGHTS = {"NORM": -5.0, "MI": 25.0, "STTC": 0.0, "CD": 10.0, "HYP": 15.0}

demo = onnx.load(HERE.parent.parent / "configs" / "demo" / "demo.onnx")
weights = np.array([[w] for w in WEIGHTS.values()], np.float32)
head = onnx.ModelProto()
head.graph.initializer.extend(
    [numpy_helper.from_array(weights, "value.weight"), numpy_helper.from_array(np.array([40.0], np.float32), "value.bias")]
)
head.graph.node.extend(
    [
        helper.make_node("Sigmoid", [demo.graph.output[0].name], ["value.probabilities"]),
        helper.make_node("Gemm", ["value.probabilities", "value.weight", "value.bias"], ["value"]),
    ]
)
head.graph.output.append(helper.make_tensor_value_info("value", TensorProto.FLOAT, ["batch", 1]))
(HERE / "value.head").write_bytes(head.SerializeToString())
onnx.checker.check_model(onnx.load_from_string(demo.SerializeToString() + head.SerializeToString()))
