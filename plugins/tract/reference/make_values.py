"""Writes the ONNX files and the values that the tests hold tract against.

    python plugins/tract/reference/make_values.py [../shared/models/ecgresnet-ptbxl/ecgresnet.onnx]

tests/fixtures/small.onnx        two convolutions with random weights, any number of samples
tests/fixtures/two_heads.onnx    the same with 64 samples and a second head of an operator that nobody knows
tests/fixtures/half.onnx         the same in float16
tests/fixtures/values.json       onnxruntime's answers for the input of tests/common/mod.rs
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FIXTURES = pathlib.Path(__file__).parent.parent / "tests" / "fixtures"
STRIDE = 97


def signal(rows, leads, samples):
    r, l, s = np.meshgrid(np.arange(rows), np.arange(leads), np.arange(samples), indexing="ij")
    return (np.sin(0.013 * (s + 1) * (l + 1) + 0.7 * r) + 0.3 * np.cos(0.11 * s * (r + 1))).astype(np.float32)


def small(samples, kind=TensorProto.FLOAT):
    """Conv → ReLU → Conv → Add of a strided 1×1 Conv → ReLU → mean → Gemm."""
    random = np.random.default_rng(3)
    dtype = helper.tensor_dtype_to_np_dtype(kind)

    def weights(name, *shape):
        scale = 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 10)
        return numpy_helper.from_array((random.normal(size=shape) * scale).astype(dtype), name)

    initializers = [
        weights("w1", 8, 2, 5), weights("b1", 8), weights("w2", 12, 8, 3), weights("b2", 12),
        weights("w3", 12, 8, 1), weights("w4", 12, 3), weights("b4", 3),
    ]
    nodes = [
        helper.make_node("Conv", ["signal", "w1", "b1"], ["/stem/Conv_output_0"], pads=[2, 2], strides=[2]),
        helper.make_node("Relu", ["/stem/Conv_output_0"], ["/stem/Relu_output_0"]),
        helper.make_node("Conv", ["/stem/Relu_output_0", "w2", "b2"], ["/block/Conv_output_0"], pads=[1, 1], strides=[2]),
        helper.make_node("Conv", ["/stem/Relu_output_0", "w3"], ["/block/short/Conv_output_0"], strides=[2]),
        helper.make_node("Add", ["/block/Conv_output_0", "/block/short/Conv_output_0"], ["/block/Add_output_0"]),
        helper.make_node("Relu", ["/block/Add_output_0"], ["/block/Relu_output_0"]),
        helper.make_node("GlobalAveragePool", ["/block/Relu_output_0"], ["/pool/GlobalAveragePool_output_0"]),
        helper.make_node("Flatten", ["/pool/GlobalAveragePool_output_0"], ["/Flatten_output_0"]),
    ]
    if kind == TensorProto.FLOAT16:  # tract 0.23 has no Gemm with a bias in float16
        nodes += [
            helper.make_node("MatMul", ["/Flatten_output_0", "w4"], ["/head/MatMul_output_0"]),
            helper.make_node("Add", ["/head/MatMul_output_0", "b4"], ["logits"]),
        ]
    else:
        nodes.append(helper.make_node("Gemm", ["/Flatten_output_0", "w4", "b4"], ["logits"]))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("signal", kind, ["batch", 2, samples])],
        [helper.make_tensor_value_info("logits", kind, ["batch", 3])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def two_heads():
    model = small(64)
    model.graph.input.append(helper.make_tensor_value_info("age", TensorProto.FLOAT, ["batch"]))
    model.graph.node.append(
        helper.make_node("Unheard", ["/Flatten_output_0", "age"], ["embedding"], domain="org.example")
    )
    model.graph.output.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", 12]))
    model.opset_import.append(helper.make_opsetid("org.example", 1))
    return model


def answers(model, name, taps, x):
    for tap in taps:
        model.graph.output.append(helper.make_tensor_value_info(tap, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs, *tapped = session.run(None, {session.get_inputs()[0].name: x})
    return {
        "input": list(x.shape),
        "outputs": outputs.ravel().tolist(),
        "taps": [
            {"name": tap, "shape": list(t.shape), "max": float(np.abs(t).max()), "every_97th": t.ravel()[::STRIDE].tolist()}
            for tap, t in zip(taps, tapped)
        ],
    }


onnx.save(small("samples"), FIXTURES / "small.onnx")
onnx.save(two_heads(), FIXTURES / "two_heads.onnx")
onnx.save(small(64, TensorProto.FLOAT16), FIXTURES / "half.onnx")
taps = ["/stem/Relu_output_0", "/block/Relu_output_0"]
target = FIXTURES / "values.json"
values = json.loads(target.read_text()) if target.exists() else {}
values["small_64"] = answers(small("samples"), "small", taps, signal(5, 2, 64))
values["small_150"] = answers(small("samples"), "small", taps, signal(5, 2, 150))
if len(sys.argv) > 1:
    values["ecgresnet"] = answers(
        onnx.load(sys.argv[1]),
        "ecgresnet",
        ["/stem/stem.3/MaxPool_output_0", "/blocks/blocks.0/act2/Relu_output_0", "/blocks/blocks.1/act2/Relu_output_0"],
        signal(3, 12, 300),
    )
target.write_text(json.dumps(values) + "\n")
