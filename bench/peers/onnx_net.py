"""Writes ONNX files node by node."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

OPSET = 17


class Net:
    """A graph in the making. Values are known by name; of those with channels, their number is kept."""

    def __init__(self, name, inputs, seed=0):
        """inputs: name -> (type of onnx.TensorProto, shape)"""
        self.name = name
        self.inputs = [helper.make_tensor_value_info(n, *kind) for n, kind in inputs.items()]
        self.channels = {n: shape[1] for n, (_, shape) in inputs.items()}
        self.nodes, self.constants, self.known = [], [], {}
        self.random = np.random.default_rng(seed)

    def constant(self, values, dtype=np.float32):
        array = np.ascontiguousarray(np.array(values, dtype))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"constant_{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def integers(self, *values):
        return self.constant(values, np.int64)

    def nodes_of(self, kind, inputs, count, **attributes):
        number = len(self.nodes)
        outputs = [f"{kind.lower()}_{number}_{i}" for i in range(count)]
        self.nodes.append(helper.make_node(kind, inputs, outputs, f"{kind}_{number}", **attributes))
        self.channels |= {name: self.channels.get(inputs[0]) for name in outputs}
        return outputs

    def node(self, kind, *inputs, **attributes):
        return self.nodes_of(kind, inputs, 1, **attributes)[0]

    def conv(self, x, weight, bias, stride=1, groups=1, pads=None):
        kernel = weight.shape[2]
        result = self.node("Conv", x, self.constant(weight), self.constant(bias),
                           kernel_shape=[kernel] * 2, strides=[stride] * 2, group=groups,
                           pads=pads or [kernel // 2] * 4)
        self.channels[result] = weight.shape[0]
        return result

    def random_conv(self, x, channels, kernel=1, stride=1, groups=1, gain=2.0):
        """With weights that multiply the variance by half of gain, as relu wants it."""
        shape = (channels, self.channels[x] // groups, kernel, kernel)
        weight = self.random.normal(0, np.sqrt(gain / np.prod(shape[1:])), shape)
        return self.conv(x, weight, self.random.normal(0, 0.02, channels), stride, groups)

    def classifier(self, x, weight, bias):
        features = self.node("Flatten", self.node("GlobalAveragePool", x), axis=1)
        return self.node("Gemm", features, self.constant(weight), self.constant(bias), transB=1)

    def random_classifier(self, x, classes=1000):
        weight = self.random.normal(0, 0.03, (classes, self.channels[x]))
        return self.classifier(x, weight, np.zeros(classes))

    def relu6(self, x):
        return self.node("Clip", x, self.constant(0), self.constant(6))

    def silu(self, x):
        return self.node("Mul", x, self.node("Sigmoid", x))

    def concat(self, *values, axis=1):
        result = self.node("Concat", *values, axis=axis)
        if axis == 1:
            self.channels[result] = sum(self.channels[x] or 0 for x in values)
        return result

    def split(self, x, *sizes):
        """Along the channels."""
        outputs = self.nodes_of("Split", (x, self.integers(*sizes)), len(sizes), axis=1)
        self.channels |= dict(zip(outputs, sizes))
        return outputs

    def reshape(self, x, *sizes):
        return self.node("Reshape", x, self.integers(*sizes))

    def save(self, path, output="output"):
        """The last node's output is the model's."""
        self.nodes[-1].output[0] = output
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, self.name, self.inputs, [result], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def count_mmacs(path):
    """Millions of multiplications and additions in convolutions and matrix products."""
    graph = shape_inference.infer_shapes(onnx.load(path)).graph
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
              for value in [*graph.input, *graph.value_info, *graph.output]}
    shapes |= {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            total += np.prod(shapes[node.output[0]]) * np.prod(shapes[node.input[1]][1:])
        elif node.op_type in ("Gemm", "MatMul"):
            total += np.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    return float(total / 1e6)
