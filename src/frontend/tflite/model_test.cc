#include "frontend/tflite/model.h"

#include <gtest/gtest.h>

#include "frontend/tflite/constant.h"

namespace hone::tflite {
namespace {

using schema::Conv2DOptions;

// Written by tools/tflite_models.py.
Expected<ModelFile> corpus(const std::string& name) {
  return ModelFile::open(std::string(HONE_SOURCE_DIR) + "/fuzz/corpus/tflite/" + name + ".tflite");
}

TEST(ReadTflite, OptionsThatAreAbsentHaveTheSchemasDefaults) {
  const auto file = corpus("options");
  ASSERT_TRUE(file) << file.error().text();
  const auto& ops = file->model.subgraphs[0].operators;
  const auto given = ops[0].options_as<Conv2DOptions>();
  EXPECT_EQ(static_cast<schema::Padding>(given.get(Conv2DOptions::padding)),
            schema::Padding::VALID);
  EXPECT_EQ(given.get(Conv2DOptions::stride_h), 3);
  EXPECT_FALSE(ops[2].has_options<Conv2DOptions>());
  const auto absent = ops[2].options_as<Conv2DOptions>();
  EXPECT_EQ(absent.get(Conv2DOptions::stride_h), 0);
  EXPECT_EQ(absent.get(Conv2DOptions::dilation_h_factor), 1);
  // Of another kind than the op has.
  EXPECT_TRUE(ops[0].options_as<schema::SoftmaxOptions>().empty());
  EXPECT_EQ(ops[8].options_as<schema::StablehloSliceOptions>().get(
                schema::StablehloSliceOptions::strides)[1],
            int64_t{1} << 40);
}

TEST(ReadTflite, ViewsOutliveAMoveOfTheFile) {
  auto file = corpus("options");
  ASSERT_TRUE(file) << file.error().text();
  const ModelFile moved = std::move(*file);
  EXPECT_EQ(moved.model.subgraphs[0].tensors[1].name, "weights");
  EXPECT_EQ(moved.model.subgraphs[0].tensors[1].quantization.axis, 0);
  EXPECT_EQ(moved.model.subgraphs[0].tensors[0].quantization.axis, -1);
  EXPECT_EQ(moved.model.metadata[0].name, "min_runtime_version");
  EXPECT_EQ(as_text(moved.model.metadata[0].data).substr(0, 6), "1.14.0");
}

TEST(ReadTflite, ABiasMayNameTheDimensionOfItsWeights) {
  const auto file = corpus("old");
  ASSERT_TRUE(file) << file.error().text();
  const Quantization& bias = file->model.subgraphs[0].tensors[1].quantization;
  EXPECT_EQ(bias.dimension, 3);
  EXPECT_EQ(bias.axis, 0);
  EXPECT_EQ(file->model.subgraphs[0].operators[0].op, BuiltinOperator::SOFTMAX);
}

TEST(ReadTflite, WhatANewerSchemaBringsIsNamedAsSuch) {
  const auto file = corpus("newer");
  ASSERT_TRUE(file) << file.error().text();
  const SubgraphView& graph = file->model.subgraphs[0];
  EXPECT_EQ(type_text(graph.tensors[0].type), "type 99, which is newer than hone's schema");
  EXPECT_TRUE(graph.tensors[0].has_unknown_fields);
  EXPECT_EQ(op_text(graph.operators[0]), "operator 30000, which is newer than hone's schema");
  EXPECT_TRUE(graph.operators[0].options.empty());
  const auto dtype = dense_dtype(graph.tensors[0].type);
  ASSERT_FALSE(dtype);
  EXPECT_EQ(dtype.error().code, Code::unsupported);
}

TEST(ReadTflite, TypesAndOpsAreNamedForMessages) {
  OperatorView op;
  op.op = BuiltinOperator::DEPTHWISE_CONV_2D;
  EXPECT_EQ(op_text(op), "DEPTHWISE_CONV_2D");
  op.op = BuiltinOperator::CUSTOM;
  op.custom_code = "Evil\x1b[2J";
  EXPECT_EQ(op_text(op), "custom operator 'Evil\\x1b[2J'");
  EXPECT_EQ(type_text(TensorType::BFLOAT16), "BFLOAT16");
}

TEST(ReadTflite, AFileThatIsNotThereIsAnError) {
  const auto file = corpus("none");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::not_found);
}

}  // namespace
}  // namespace hone::tflite
