// Sessions and language models as their users meet them: what is refused, what is kept apart, and
// that running allocates nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "open/load_language_model.h"
#include "support/count_allocations.h"
#include "support/gguf_writer.h"
#include "support/tiny_models.h"

namespace hone {
namespace {

std::vector<std::byte> quantized_model() {
  return test::tiny_model({.dtypes = {DType::q4_0}, .embedding = DType::q8_0});
}

LoadedLanguageModel load(const std::vector<std::byte>& bytes, const LoadSettings& settings = {}) {
  auto file = GgufFile::parse(bytes, "tiny.gguf");
  EXPECT_TRUE(file) << file.error().text();
  auto loaded = load_language_model(std::move(*file), settings);
  EXPECT_TRUE(loaded) << loaded.error().text();
  return std::move(*loaded);
}

std::vector<float> copy(const Expected<std::span<const float>>& logits) {
  EXPECT_TRUE(logits) << logits.error().text();
  return {logits->begin(), logits->end()};
}

TEST(Llm, APromptLongerThanTheContextIsRefusedNotCut) {
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes, {.context = 40});
  const std::vector<int32_t> tokens(41, 5);
  const auto refused = loaded.model->evaluate(tokens, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::limit_exceeded);
  EXPECT_NE(refused.error().message.find("41 tokens do not fit the context of 40"),
            std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(loaded.model->evaluate(std::span(tokens).first(40), 0));
  EXPECT_FALSE(loaded.model->evaluate(std::span(tokens).first(1), 40));
}

TEST(Llm, WhatIsNoTokenIsRefused) {
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes);
  for (const int32_t token : {-1, 320, INT32_MAX}) {
    const auto refused = loaded.model->evaluate({{token}}, 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
  }
  EXPECT_FALSE(loaded.model->evaluate({}, 0));
}

TEST(Llm, PositionsThatWereNeverMadeAreRefused) {
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes, {.context = 200});
  // The session itself checks what it is given, whoever drives it.
  Session& session = loaded.model->session();
  ASSERT_TRUE(session.bind({{1, 1}}));
  session.input<int32_t>(language_model::kToken)[0] = 3;
  session.input<int32_t>(language_model::kSequence)[0] = 0;
  session.input<int32_t>(language_model::kPosition)[0] = 150;
  session.input<int32_t>(language_model::kOutputRow)[0] = 0;
  EXPECT_FALSE(session.run());
  session.input<int32_t>(language_model::kPosition)[0] = 0;
  session.input<int32_t>(language_model::kSequence)[0] = 9;
  EXPECT_FALSE(session.run());
  session.input<int32_t>(language_model::kSequence)[0] = 0;
  session.input<int32_t>(language_model::kOutputRow)[0] = 4;
  EXPECT_FALSE(session.run());
  EXPECT_FALSE(session.bind({{0, 1}}));
  EXPECT_FALSE(session.bind({{513, 1}}));
}

// Two rows at one place of the cache: which of them stays would be a race.
TEST(Llm, TwoRowsAtOnePositionAreRefused) {
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes, {.context = 200, .sequences = 2});
  Session& session = loaded.model->session();
  ASSERT_TRUE(session.state().grow(0, 130));
  ASSERT_TRUE(session.state().grow(1, 130));
  ASSERT_TRUE(session.bind({{4, 1}}));
  const auto run = [&](const std::array<int32_t, 4>& positions,
                       const std::array<int32_t, 4>& sequences) {
    std::ranges::fill(session.input<int32_t>(language_model::kToken), 3);
    std::ranges::fill(session.input<int32_t>(language_model::kOutputRow), 3);
    std::ranges::copy(positions, session.input<int32_t>(language_model::kPosition).begin());
    std::ranges::copy(sequences, session.input<int32_t>(language_model::kSequence).begin());
    return session.run();
  };
  ASSERT_TRUE(run({5, 6, 5, 6}, {0, 0, 1, 1}));
  const Status refused = run({0, 64, 70, 64}, {0, 0, 0, 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_NE(refused.error().text().find("row 3 is a second one at position 64 of sequence 0"),
            std::string::npos)
      << refused.error().text();
  EXPECT_FALSE(session.profile());
  EXPECT_FALSE(run({7, 7, 8, 9}, {1, 1, 1, 1}));
  EXPECT_FALSE(run({-1, -1, 8, 9}, {1, 1, 1, 1})) << "left to the steps, which refuse it";
  const int64_t before = test::allocations.load();
  EXPECT_TRUE(run({64, 70, 0, 129}, {0, 0, 0, 0})) << "nothing is left behind";
  if (test::kCountsAllocations) {
    EXPECT_EQ(test::allocations.load() - before, 0);
  }
}

TEST(Llm, SequencesDoNotDisturbEachOther) {
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes, {.sequences = 3});
  const std::vector<int32_t> first = {10, 20, 30, 40}, second = {50, 60, 70};
  const auto alone = copy(loaded.model->evaluate(first, 0, 0));
  loaded.model->truncate(0, 0);
  ASSERT_TRUE(loaded.model->evaluate(std::span(first).first(2), 0, 2));
  ASSERT_TRUE(loaded.model->evaluate(second, 0, 1));
  EXPECT_EQ(copy(loaded.model->evaluate(std::span(first).subspan(2), 2, 2)), alone);
}

TEST(Llm, TruncatedPositionsCanBeRunAgain) {
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes, {.context = 256});
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < 200; ++i) tokens.push_back(i + 3);
  const auto before = copy(loaded.model->evaluate(tokens, 0));
  loaded.model->truncate(0, 70);
  ASSERT_TRUE(loaded.model->evaluate({{9, 9, 9}}, 70));
  EXPECT_EQ(copy(loaded.model->evaluate(std::span(tokens).subspan(70), 70)), before);
}

TEST(Llm, DecodingAllocatesNothing) {
  if (!test::kCountsAllocations) GTEST_SKIP() << "a sanitizer owns the allocator";
  const auto bytes = quantized_model();
  LoadedLanguageModel loaded = load(bytes, {.threads = 2, .context = 256});
  int64_t position = 0;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(loaded.model->evaluate({{7}}, position++));
  const int64_t before = test::allocations.load();
  for (int i = 0; i < 50; ++i) {
    if (!loaded.model->evaluate({{7}}, position++)) break;
  }
  EXPECT_EQ(test::allocations.load() - before, 0);
  EXPECT_EQ(position, 53);
}

TEST(Llm, AnUnknownArchitectureIsNamedWithTheKnownOnes) {
  test::GgufWriter writer;
  writer.add("general.architecture", "mamba\x1b[31m");
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "strange.gguf");
  ASSERT_TRUE(file) << file.error().text();
  const auto refused = build_language_model(*file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported);
  EXPECT_NE(refused.error().text().find("llama, qwen2, qwen3, gemma3"), std::string::npos);
  EXPECT_EQ(refused.error().text().find('\x1b'), std::string::npos) << "a terminal would act on it";
}

// Metadata that does not belong together, or asks for absurd sizes, is an error and never a crash.
TEST(Llm, LyingMetadataIsRefused) {
  const std::pair<const char*, uint32_t> lies[] = {
      {"llama.block_count", 0},
      {"llama.block_count", 0xffffffff},
      {"llama.block_count", 77},
      {"llama.embedding_length", 96},
      {"llama.attention.head_count", 0},
      {"llama.attention.head_count", 3},
      {"llama.attention.head_count_kv", 3},
      {"llama.rope.dimension_count", 7},
      {"llama.attention.key_length", 0x7fffffff},
  };
  for (const auto& [key, value] : lies) {
    const auto honest = test::tiny_model({});
    const auto original = GgufFile::parse(honest, "tiny.gguf");
    ASSERT_TRUE(original);
    test::GgufWriter writer;
    for (const GgufValue& entry : original->metadata()) {
      if (entry.key == key || entry.form == GgufValue::Form::array) continue;
      if (entry.type == GgufType::string) {
        writer.add(entry.key, *entry.as_string());
      } else if (entry.type == GgufType::f32) {
        writer.add(entry.key, *entry.as_f32());
      } else if (entry.type == GgufType::u32) {
        writer.add(entry.key, static_cast<uint32_t>(*entry.as_u64()));
      }
    }
    writer.add(key, value);
    for (const GgufTensor& tensor : original->tensors()) {
      writer.add_tensor(tensor.name, tensor.dtype, {tensor.dims().begin(), tensor.dims().end()},
                        std::string(as_text(tensor.data)));
    }
    const std::string bytes = writer.bytes();
    auto file = GgufFile::parse(as_bytes(bytes), "lie.gguf");
    ASSERT_TRUE(file) << file.error().text();
    const auto refused = load_language_model(std::move(*file));
    EXPECT_FALSE(refused) << key << " = " << value;
  }
}

}  // namespace
}  // namespace hone
