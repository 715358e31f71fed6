#include "tensor_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tensor/encode.h"

namespace hone::cli {
namespace {

template <class T>
RunValue value_of(DType dtype, std::initializer_list<T> values) {
  Tensor tensor = *Tensor::allocate(dtype, {static_cast<int64_t>(values.size())});
  std::memcpy(tensor.writable().data, std::data(values), values.size() * sizeof(T));
  return RunValue(std::move(tensor));
}

std::string json_of(const RunValue& value) {
  LoadedProgram model;
  model.outputs = {"y"};
  return outputs_json(model, {&value, 1});
}

TEST(TensorFiles, IntegersKeepAllTheirDigits) {
  const auto most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(json_of(value_of<int64_t>(DType::i64, {most, -most - 1, (int64_t{1} << 53) + 1})),
            R"({"outputs":[{"name":"y","dtype":"i64","shape":[3],)"
            R"("data":[9223372036854775807,-9223372036854775808,9007199254740993]}]})"
            "\n");
  EXPECT_NE(json_of(value_of<uint64_t>(DType::u64, {~uint64_t{0}})).find("[18446744073709551615]"),
            std::string::npos);
  EXPECT_NE(json_of(value_of<int8_t>(DType::i8, {-128, 65})).find("[-128,65]"), std::string::npos);
  EXPECT_NE(json_of(value_of<uint8_t>(DType::f6_e2m3, {8})).find("[1.0]"), std::string::npos);
  EXPECT_NE(json_of(value_of<bool>(DType::boolean, {true})).find("[1]"), std::string::npos);
}

TEST(TensorFiles, WhatJsonHasNotIsNull) {
  EXPECT_NE(json_of(value_of<float>(DType::f32, {0.5f, INFINITY, NAN})).find("[0.5,null,null]"),
            std::string::npos);
  RunValue list =
      RunValue::sequence({Tensor::of_strings({"a\"b"}, {1}), *Tensor::allocate(DType::f32, {0})});
  const std::string text = json_of(list);
  EXPECT_NE(text.find(R"("name":"y[0]","dtype":"string","shape":[1],"data":["a\"b"])"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("shape":[0],"data":[]})"), std::string::npos) << text;
}

}  // namespace
}  // namespace hone::cli
