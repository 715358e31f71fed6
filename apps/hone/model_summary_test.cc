#include "model_summary.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/gguf_writer.h"

namespace hone::cli {
namespace {

using test::GgufWriter;

GgufWriter tiny_llama() {
  GgufWriter writer;
  writer.add("general.architecture", "llama").add("general.name", "Tiny");
  writer.add("llama.block_count", uint32_t{2}).add("llama.embedding_length", uint32_t{64});
  writer.add("llama.feed_forward_length", uint32_t{128}).add("llama.context_length", uint32_t{256});
  writer.add("llama.attention.head_count", uint32_t{4});
  writer.add("llama.attention.head_count_kv", uint32_t{2});
  writer.add_array("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b", "c"});
  writer.add_tensor("a", {64, 2}, std::vector<float>(128));
  writer.add_tensor("b", DType::q8_0, {32, 4}, std::string(4 * 34, '\0'));
  return writer;
}

struct Opened {
  std::string bytes;
  GgufFile file;
  explicit Opened(const GgufWriter& writer)
      : bytes(writer.bytes()), file(GgufFile::parse(as_bytes(bytes), "test").value()) {}
};

TEST(ModelSummary, CountsTensorsByType) {
  const Opened opened(tiny_llama());
  const ModelSummary summary = summarize(opened.file);
  EXPECT_EQ(summary.architecture, "llama");
  EXPECT_EQ(summary.vocabulary, 3u);
  EXPECT_EQ(summary.parameters, 256u);
  EXPECT_EQ(summary.tensor_bytes, 512u + 136u);
  ASSERT_EQ(summary.dtypes.size(), 2u);
  EXPECT_EQ(summary.dtypes[0].dtype, DType::f32);
  EXPECT_EQ(summary.dtypes[1].bytes, 136u);
}

TEST(ModelSummary, MemoryFollowsTheFormula) {
  const Opened opened(tiny_llama());
  const auto need = memory_need(summarize(opened.file), 100);
  ASSERT_TRUE(need);
  EXPECT_EQ(need->weights, 648u);
  EXPECT_EQ(need->kv_cache,
            2u * 2 * (16 + 16) * 100 * 2);  // layers, heads, key + value, tokens, f16
  EXPECT_EQ(need->working, (100u * (4 * 64 + 2 * 128) + 3) * 4);
  EXPECT_EQ(need->total, need->weights + need->kv_cache + need->working);
}

TEST(ModelSummary, HeadsMayDifferByLayer) {
  GgufWriter writer;
  writer.add("general.architecture", "x").add("x.block_count", uint32_t{3});
  writer.add("x.embedding_length", uint32_t{64}).add("x.attention.head_count", uint32_t{8});
  writer.add("x.attention.key_length", uint32_t{32}).add("x.attention.value_length", uint32_t{16});
  writer.add_array("x.attention.head_count_kv", std::vector<int32_t>{0, 1, 4});
  const Opened opened(writer);
  EXPECT_EQ(memory_need(summarize(opened.file), 10)->kv_cache, 5u * 48 * 10 * 2);
}

TEST(ModelSummary, WhatIsNotStatedIsNothing) {
  const Opened opened{GgufWriter()};
  const ModelSummary summary = summarize(opened.file);
  EXPECT_FALSE(summary.layers);
  EXPECT_FALSE(memory_need(summary, 100));
}

TEST(ModelSummary, LyingNumbersDoNotWrap) {
  GgufWriter writer;
  const auto huge = std::numeric_limits<int64_t>::max();
  writer.add("general.architecture", "x").add("x.block_count", huge);
  writer.add("x.embedding_length", huge).add("x.attention.head_count", uint64_t{1});
  writer.add("x.attention.head_count_kv", huge).add("x.feed_forward_length", "not a number");
  const Opened opened(writer);
  const auto need = memory_need(summarize(opened.file), uint64_t{1} << 40);
  ASSERT_TRUE(need);
  EXPECT_EQ(need->total, static_cast<uint64_t>(huge));
  GgufWriter zero;
  zero.add("general.architecture", "x").add("x.embedding_length", uint32_t{64});
  zero.add("x.attention.head_count", uint32_t{0}).add("x.block_count", int32_t{-1});
  const Opened with_zero(zero);
  EXPECT_FALSE(memory_need(summarize(with_zero.file), 1));
}

}  // namespace
}  // namespace hone::cli
