#include "frontend/weights/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "frontend/weights/text_template.h"
#include "ir/verify.h"
#include "tensor/tensor.h"

namespace hone::weights {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string source(std::string_view path) {
  auto content = read_file(cat(HONE_SOURCE_DIR, "/", path));
  EXPECT_TRUE(content) << content.error().text();
  return content.value_or("");
}

Json config() {
  return Json::parse(source("src/frontend/weights/testdata/bert.config.json")).value();
}

const std::string& bert_file() {
  static const std::string file = source("fuzz/corpus/weights/bert.safetensors");
  return file;
}
StateDict bert_weights() { return read_safetensors(as_bytes(bert_file())).value(); }

TEST(Architecture, WeightsMayHaveTheNamesOfOtherWriters) {
  StateDict renamed;
  for (auto& [name, tensor] : bert_weights().tensors) {
    std::string other = cat("bert.", name);
    if (other.ends_with("LayerNorm.weight")) other.replace(other.size() - 6, 6, "gamma");
    if (other.ends_with("LayerNorm.bias")) other.replace(other.size() - 4, 4, "beta");
    renamed.tensors.emplace(other, tensor);
  }
  EXPECT_TRUE(build_architecture("bert", renamed, config()));
}

TEST(Architecture, SmallerAndLargerFloatsBecomeF32) {
  StateDict weights = bert_weights();
  StateTensor& norm = weights.tensors.at("embeddings.LayerNorm.weight");
  const std::vector<std::byte> zeros(32);
  norm = {{DType::bf16, {Dim(16)}}, {zeros, nullptr}};
  const auto graph = build_architecture("bert", weights, config());
  ASSERT_TRUE(graph) << graph.error().text();
  const ir::Value& value = (*graph)[graph->find("embeddings.LayerNorm.weight")];
  EXPECT_EQ(value.type.tensor.dtype, DType::f32);
  EXPECT_EQ(value.constant.bytes.size(), 64u);
}

// The .pth itself is 19 MB: its names and sizes with zeros for elements.
TEST(Architecture, EfficientNetLite0TakesTheWeightsOfItsPackage) {
  StateDict weights;
  const std::string list = source("src/frontend/weights/testdata/efficientnet-lite0.txt");
  for (const std::string_view line : split(list, '\n')) {
    const size_t space = line.find(' ');
    if (space == line.npos || line.ends_with("-")) continue;
    std::vector<int64_t> sizes;
    for (const std::string_view size : split(line.substr(space + 1), 'x')) {
      sizes.push_back(parse_int(size).value());
    }
    const Dims dims(sizes);
    auto zeros = std::make_shared<std::vector<std::byte>>(
        static_cast<size_t>(checked_bytes(DType::f32, dims).value()));
    weights.tensors[std::string(line.substr(0, space))] = {{DType::f32, dims.shape()},
                                                           {*zeros, zeros}};
  }
  const auto graph = build_architecture("efficientnet-lite0", weights, Json());
  ASSERT_TRUE(graph) << graph.error().text();
  EXPECT_TRUE(ir::verify(*graph));
  EXPECT_EQ((*graph)[graph->outputs.at(0)].type.tensor,
            (TensorType{DType::f32, {Dim(1), Dim(1000)}}));
}

TEST(Architecture, WhatDoesNotFitIsTold) {
  StateDict weights = bert_weights();
  const auto unknown = build_architecture("gpt9", weights, config());
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("bert, efficientnet-lite0"));
  const auto bare = build_architecture("bert", weights, Json());
  ASSERT_FALSE(bare);
  EXPECT_THAT(bare.error().message, HasSubstr("num_hidden_layers"));
  Json deeper = config();
  deeper.set("num_hidden_layers", 3);
  const auto lacking = build_architecture("bert", weights, deeper);
  ASSERT_FALSE(lacking);
  EXPECT_THAT(lacking.error().message, HasSubstr("encoder.layer.2.attention.self.query.weight"));
  for (const Json& bad : {Json(0), Json(-1), Json(1000000), Json("many"), Json("2\noutput %x"),
                          Json(Json::Array{}), Json(2.5)}) {
    Json other = config();
    other.set("num_hidden_layers", bad);
    EXPECT_FALSE(build_architecture("bert", weights, other)) << bad.write();
  }
  for (const int heads : {0, 3, -2}) {
    Json other = config();
    other.set("num_attention_heads", heads);
    EXPECT_FALSE(build_architecture("bert", weights, other)) << heads;
  }
  weights.tensors.at("encoder.layer.1.output.dense.bias").type.shape = {Dim(15)};
  EXPECT_FALSE(build_architecture("bert", weights, config()));
}

TEST(Architecture, IsFoundByTheConfigsModelType) {
  EXPECT_EQ(architecture_of(config()), "bert");
  EXPECT_EQ(architecture_of(Json()), std::nullopt);
  EXPECT_EQ(architecture_of(Json::parse(R"({"model_type": ""})").value()), std::nullopt);
  EXPECT_EQ(architecture_of(Json::parse(R"({"model_type": "t5"})").value()), std::nullopt);
}

TEST(NameMap, StarsStandForAnyText) {
  constexpr std::string_view kMap = "# a comment\na.*.* = x*y*\n* = z.*\nb = c\n";
  EXPECT_THAT(mapped_names(kMap, "a.1.w.v"), ElementsAre("x1yw.v", "z.a.1.w.v"));
  EXPECT_THAT(mapped_names(kMap, "b"), ElementsAre("z.b", "c"));
  EXPECT_THAT(mapped_names("a.* = b\n*c = d", "e"), ElementsAre());
}

TEST(TextTemplate, BlocksAndRepetitionsAreFilledIn) {
  const Json config = Json::parse(R"({"depth": 2, "rate": 0.5})").value();
  const auto text = expand_template(
      "setting depth depth\nsetting rate rate\nsetting kind kind relu  # with a comment\n"
      "block pair a b\n%$a = $kind(%$b) {r=$rate}\nend\n"
      "repeat i next $depth\nuse pair h.$next h.$i\nend\noutput %h.$depth\n",
      config);
  ASSERT_TRUE(text) << text.error().text();
  EXPECT_EQ(*text, "%h.1 = relu(%h.0) {r=0.5}\n%h.2 = relu(%h.1) {r=0.5}\noutput %h.2\n");
}

TEST(TextTemplate, MistakesAreTold) {
  for (const std::string_view text :
       {"use nothing a\n", "block b x\nend\nuse b\n", "%$unknown = x\n", "repeat i next -1\nend\n",
        "block b\nuse b\nend\nuse b\n"}) {
    EXPECT_FALSE(expand_template(text, Json())) << text;
  }
}

}  // namespace
}  // namespace hone::weights
