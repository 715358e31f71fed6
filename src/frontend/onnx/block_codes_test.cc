// MatMulNBits and GatherBlockQuantized: what of a weight stays in blocks, and hostile files.
// Numbers are checked by tests/golden/onnx_quantized.
#include <gtest/gtest.h>

#include <functional>

#include "frontend/onnx/import.h"

namespace hone::onnx {
namespace {

// A model of one node of com.microsoft. Inputs are constants but x.
class Model {
 public:
  explicit Model(std::string_view op) {
    view_.opset_imports = {{"", 17}, {"com.microsoft", 1}};
    node_ = {.op_type = op, .domain = "com.microsoft"};
    node_.outputs.push_back("y");
  }
  void input(DataType type, std::vector<int64_t> dims) {
    ValueInfoView input{"x", {}};
    input.type.kind = TypeView::Kind::tensor;
    input.type.elem_type = type;
    input.type.dims.emplace();
    for (const int64_t size : dims) input.type.dims->push_back({size, {}});
    view_.graph.inputs.push_back(input);
    node_.inputs.push_back("x");
  }
  template <class T>
  void constant(std::string_view name, DataType type, std::vector<int64_t> dims,
                const std::vector<T>& values) {
    node_.inputs.push_back(name);
    if (name.empty()) return;
    view_.graph.initializers.push_back({.name = name,
                                        .data_type = type,
                                        .dims = std::move(dims),
                                        .raw = std::as_bytes(std::span(values)),
                                        .external = {},
                                        .message = {}});
  }
  void attribute(std::string_view name, int64_t value) {
    AttributeView attribute{.name = name};
    attribute.type = AttributeType::INT;
    attribute.i = value;
    node_.attributes.push_back(attribute);
  }
  Expected<ImportedModel> import() {
    view_.graph.nodes.push_back(node_);
    view_.graph.outputs.push_back({"y", {}});
    return import_model(view_, source_);
  }

 private:
  ModelView view_;
  NodeView node_;
  TensorSource source_;
};

// Two rows of 64 weights in blocks of 32, all of which a test may change.
struct Product {
  int64_t n = 2, k = 64, block = 32, bits = 4, accuracy = 4;
  DataType dtype = DataType::UINT8;
  std::vector<uint8_t> codes = std::vector<uint8_t>(64, 0x4b);
  std::vector<float> scales = std::vector<float>(4, 0.5f);
  std::vector<uint8_t> zeros;
  std::vector<float> real_zeros;
  std::vector<int32_t> groups;

  Expected<ImportedModel> import() const {
    Model model("MatMulNBits");
    model.input(DataType::FLOAT, {3, 64});
    model.constant("codes", dtype, {std::ssize(codes)}, codes);
    model.constant("scales", DataType::FLOAT, {std::ssize(scales)}, scales);
    if (!real_zeros.empty()) {
      model.constant("zeros", DataType::FLOAT, {std::ssize(real_zeros)}, real_zeros);
    } else {
      model.constant(zeros.empty() ? "" : "zeros", DataType::UINT8, {std::ssize(zeros)}, zeros);
    }
    model.constant(groups.empty() ? "" : "groups", DataType::INT32, {std::ssize(groups)}, groups);
    model.attribute("N", n);
    model.attribute("K", k);
    model.attribute("block_size", block);
    model.attribute("bits", bits);
    model.attribute("accuracy_level", accuracy);
    return model.import();
  }
};

// The dtype of the weight that is multiplied.
DType weight_dtype(const Product& product) {
  const auto model = product.import();
  if (!model) {
    ADD_FAILURE() << model.error().text();
    return DType::u8;
  }
  for (const ir::Node& node : model->graph.nodes) {
    if (node.op->name == "matmul" || node.op->name == "batch_matmul") {
      return model->graph[node.operands[1]].type.tensor.dtype;
    }
  }
  return DType::u8;
}

TEST(MatMulNBits, WeightsStayInTheSmallestBlocksThatHaveAllLevels) {
  EXPECT_EQ(weight_dtype({}), DType::q4_0);
  EXPECT_EQ(weight_dtype({.zeros = {0x88, 0x88}}), DType::q4_0);
  EXPECT_EQ(weight_dtype({.zeros = {0x88, 0x78}}), DType::q5_0);
  const std::vector<uint8_t> bytes(128, 0x4b);
  EXPECT_EQ(weight_dtype({.bits = 8, .codes = bytes}), DType::q8_0);
  const std::vector<uint8_t> few(32, 0x4b);
  EXPECT_EQ(weight_dtype({.bits = 2, .codes = few}), DType::q4_0);
}

TEST(MatMulNBits, WeightsThatBlocksWouldRoundAreFloats) {
  EXPECT_EQ(weight_dtype({.accuracy = 0}), DType::f32);
  EXPECT_EQ(weight_dtype({.real_zeros = {7.5f, 8, 8, 8}}), DType::f32);
  EXPECT_EQ(weight_dtype({.scales = {1e6f, 1, 1, 1}}), DType::f32);   // no f16
  EXPECT_EQ(weight_dtype({.scales = {1e-7f, 1, 1, 1}}), DType::f32);  // an f16 of few bits
  std::vector<uint8_t> bytes(128, 0x4b);
  EXPECT_EQ(weight_dtype({.bits = 8, .codes = bytes, .zeros = {0, 0, 0, 1}}), DType::f32);
}

TEST(MatMulNBits, GroupsInOrderAreNone) {
  Product product;
  for (int i = 0; i < 64; ++i) product.groups.push_back(i / 32);
  EXPECT_EQ(weight_dtype(product), DType::q4_0);
  std::swap(product.groups.front(), product.groups.back());
  EXPECT_EQ(weight_dtype(product), DType::f32);
}

TEST(MatMulNBits, WhatDoesNotFitIsRefused) {
  const auto refused = [](std::string_view why, const std::function<void(Product&)>& change) {
    Product product;
    change(product);
    const auto model = product.import();
    ASSERT_FALSE(model) << why;
    EXPECT_NE(model.error().text().find(why), std::string::npos) << model.error().text();
  };
  refused("3 bits", [](Product& p) { p.bits = 3; });
  refused("blocks of 48", [](Product& p) { p.block = 48; });
  refused("blocks of -32", [](Product& p) { p.block = -32; });
  refused("blocks of 4611686018427387904", [](Product& p) { p.block = int64_t{1} << 62; });
  refused("no u8", [](Product& p) { p.dtype = DataType::INT8; });
  for (const int64_t side : {int64_t{-1}, int64_t{0}, int64_t{1} << 40, INT64_MAX, INT64_MIN}) {
    refused("do not fit", [&](Product& p) { p.n = side; });
    refused("do not fit", [&](Product& p) { p.k = side; });
  }
  refused("do not fit", [](Product& p) { p.k = 65; });
  refused("do not fit", [](Product& p) { p.codes.pop_back(); });
  refused("do not fit", [](Product& p) { p.scales.pop_back(); });
  refused("do not fit", [](Product& p) { p.zeros.resize(1); });
  refused("do not fit", [](Product& p) { p.real_zeros.resize(5); });
  refused("do not fit", [](Product& p) { p.groups.resize(63); });
  refused("do not fit", [](Product& p) { p.groups.resize(64, 2); });
  refused("do not fit", [](Product& p) { p.groups.resize(64, -1); });
}

// A table of 3 rows of 40 codes of 4 bits, in blocks of 16.
struct Table {
  std::vector<int64_t> shape = {3, 20};
  std::vector<int64_t> scale_shape = {3, 3};
  std::vector<int64_t> zero_shape = {3, 2};
  DataType zero_dtype = DataType::UINT8;
  int64_t axis = 1, bits = 4, block = 16;

  Expected<ImportedModel> import() const {
    std::vector<uint8_t> codes(60, 0x4b), zeros(24, 0x88);
    zeros.resize(zero_dtype == DataType::FLOAT ? 24 : 6);
    Model model("GatherBlockQuantized");
    model.constant("codes", DataType::UINT8, shape, codes);
    model.input(DataType::INT64, {2});
    const std::vector<float> scales(9, 0.5f);
    model.constant("scales", DataType::FLOAT, scale_shape, scales);
    model.constant("zeros", zero_dtype, zero_shape, zeros);
    model.attribute("quantize_axis", axis);
    model.attribute("bits", bits);
    model.attribute("block_size", block);
    return model.import();
  }
};

TEST(GatherBlockQuantized, TakesWhatFits) {
  const auto model = Table().import();
  EXPECT_TRUE(model) << model.error().text();
}

TEST(GatherBlockQuantized, WhatDoesNotFitIsRefused) {
  EXPECT_FALSE(Table{.shape = {60}}.import());
  EXPECT_FALSE((Table{.shape = {60, 1}}.import()));
  EXPECT_FALSE((Table{.scale_shape = {9}}.import()));
  EXPECT_FALSE((Table{.scale_shape = {1, 9}}.import()));
  EXPECT_FALSE((Table{.zero_shape = {6}}.import()));
  EXPECT_FALSE((Table{.zero_shape = {6, 1}}.import()));
  EXPECT_FALSE((Table{.zero_dtype = DataType::FLOAT}.import()));
  EXPECT_FALSE(Table{.axis = 0}.import());
  EXPECT_FALSE(Table{.axis = 2}.import());
  EXPECT_FALSE(Table{.bits = 0}.import());
  EXPECT_FALSE(Table{.bits = 8}.import());
  EXPECT_FALSE(Table{.block = 1}.import());
}

}  // namespace
}  // namespace hone::onnx
