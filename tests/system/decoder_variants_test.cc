// What a decoder's metadata may vary: accepted where the graph can follow, refused by name where it
// cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "open/load_language_model.h"
#include "support/gguf_writer.h"
#include "support/golden.h"
#include "support/tiny_models.h"

namespace hone {
namespace {

using test::GgufWriter;
using test::Golden;
using testing::HasSubstr;

// llama.cpp refuses layers that differ and ignores half of YaRN's keys for these families: the
// oracle is the float64 reference alone. Weights are F32, so the cache's F16 is the only rounding.
TEST(DecoderVariants, LogitsAreTheTruthsWhereThePeerHasNone) {
  for (const test::GoldenModel& model : test::truth_models()) {
    SCOPED_TRACE(model.name);
    const auto golden =
        Golden::open(cat(HONE_SOURCE_DIR, "/tests/golden/llm/", model.name, ".golden"));
    ASSERT_TRUE(golden) << golden.error().text();
    const std::vector<std::byte> bytes = test::tiny_model(model.options);
    auto file = GgufFile::parse(bytes, "tiny.gguf");
    ASSERT_TRUE(file) << file.error().text();
    const auto loaded = load_language_model(std::move(*file));
    ASSERT_TRUE(loaded) << loaded.error().text();
    for (const std::string prompt : {"p0", "p1"}) {
      const auto positions = golden->ints(prompt + ".positions");
      std::vector<float> logits;
      const Status status = loaded->model->evaluate_all(
          golden->ints(prompt + ".tokens"), 0, 0, [&](size_t i, std::span<const float> row) {
            if (std::ranges::find(positions, static_cast<int32_t>(i)) == positions.end()) return;
            logits.insert(logits.end(), row.begin(), row.end());
          });
      ASSERT_TRUE(status) << status.error().text();
      EXPECT_LE(test::difference(logits, golden->floats(prompt + ".truth")).max, 0.05);
    }
  }
}

// The error of a tiny model with `key` left out and what `change` writes instead; empty if it
// loads.
std::string error_with(const test::TinyModelOptions& options, std::string_view key,
                       const std::function<void(GgufWriter&)>& change) {
  const auto honest = test::tiny_model(options);
  const auto original = GgufFile::parse(honest, "tiny.gguf");
  EXPECT_TRUE(original);
  GgufWriter writer;
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
  change(writer);
  for (const GgufTensor& tensor : original->tensors()) {
    writer.add_tensor(tensor.name, tensor.dtype, {tensor.dims().begin(), tensor.dims().end()},
                      std::string(as_text(tensor.data)));
  }
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "changed.gguf");
  EXPECT_TRUE(file) << file.error().text();
  const auto built = build_language_model(*file);
  if (!built) {
    EXPECT_NE(built.error().code, Code::invalid_argument) << built.error().text();
  }
  return built ? "" : built.error().text();
}

using Numbers = std::vector<uint32_t>;

TEST(DecoderVariants, ArraysByLayerAreCheckedLayerByLayer) {
  const auto with = [](std::string_view key, const Numbers& list) {
    return error_with({}, key, [&](GgufWriter& w) { w.add_array(key, list); });
  };
  EXPECT_EQ(with("llama.attention.head_count_kv", {2, 2, 2}), "");
  EXPECT_EQ(with("llama.feed_forward_length", {160, 160, 160}), "");
  EXPECT_THAT(with("llama.attention.head_count_kv", {2, 2}), HasSubstr("2 values for 3 layers"));
  EXPECT_THAT(with("llama.attention.head_count_kv", {2, 3, 2}),
              HasSubstr("layer 1: 4 query heads cannot share 3 key heads"));
  EXPECT_THAT(with("llama.attention.head_count_kv", {2, 2, 0}),
              HasSubstr("layer 2 has the value 0"));
  EXPECT_THAT(with("llama.attention.head_count_kv", {2, 2, 4}), HasSubstr("blk.2.attn_k"));
  EXPECT_THAT(with("llama.feed_forward_length", {160, 96, 160}),
              HasSubstr("layer 1 has a feed-forward width of 160 but the metadata says 96"));
  EXPECT_THAT(error_with({}, "llama.attention.head_count", [](GgufWriter&) {}),
              HasSubstr("attention.head_count"));
}

// What does not fit is the file, not what the person asked for.
TEST(DecoderVariants, TensorsThatContradictTheMetadataAreDamage) {
  const std::string error = error_with({}, "llama.attention.head_count_kv", [](GgufWriter& w) {
    w.add("llama.attention.head_count_kv", uint32_t{1});
  });
  EXPECT_THAT(error, HasSubstr("changed.gguf: node 'blk.0.attn_k"));
  EXPECT_THAT(error, HasSubstr("the tensors do not fit the metadata ("));
}

TEST(DecoderVariants, WindowsByLayerNeedOneFlagALayer) {
  test::TinyModelOptions options{.family = test::TinyFamily::gemma3, .sliding_window = 8};
  const std::string_view key = "gemma3.attention.sliding_window_pattern";
  const auto flags = [&](const std::vector<bool>& list) {
    return error_with(options, key, [&](GgufWriter& w) { w.add_array(key, list); });
  };
  EXPECT_EQ(flags({true, false, true}), "");
  EXPECT_THAT(flags({true, false}), HasSubstr("2 values for 3 layers"));
  const auto period = [&](uint32_t value) {
    return error_with(options, key, [&](GgufWriter& w) { w.add(key, value); });
  };
  EXPECT_EQ(period(0), "");
  EXPECT_THAT(period(5000), HasSubstr("out of range"));
}

TEST(DecoderVariants, ValuesOfAnotherLengthThanKeysAreRefused) {
  const auto with = [](uint32_t length) {
    return error_with({}, "",
                      [&](GgufWriter& w) { w.add("llama.attention.value_length", length); });
  };
  EXPECT_EQ(with(16), "");
  EXPECT_THAT(with(32), HasSubstr("attention.value_length 32 differs from key_length 16"));
}

TEST(DecoderVariants, TheNormsEpsilonIsRequired) {
  constexpr std::string_view kKey = "llama.attention.layer_norm_rms_epsilon";
  EXPECT_THAT(error_with({}, kKey, [](GgufWriter&) {}), HasSubstr(cat("no metadata '", kKey)));
  EXPECT_THAT(error_with({}, kKey, [&](GgufWriter& w) { w.add(kKey, -1.0f); }),
              HasSubstr("below 0"));
}

TEST(DecoderVariants, YarnKeysThatContradictTheFactorAreRefusedByName) {
  const test::TinyModelOptions yarn{.rope = test::TinyRope::yarn};
  const auto with = [&](std::string_view key, float value) {
    const std::string full = cat("llama.rope.scaling.", key);
    return error_with(yarn, full, [&](GgufWriter& w) { w.add(full, value); });
  };
  EXPECT_EQ(with("yarn_attn_factor", 1.0f), "");
  EXPECT_EQ(with("yarn_attn_factor", 1.1386294f), "");  // 1 + 0.1 ln 4
  EXPECT_THAT(with("yarn_attn_factor", 0.7f), HasSubstr("yarn_attn_factor 0.7 is not supported"));
  EXPECT_EQ(with("yarn_ext_factor", -1.0f), "");
  EXPECT_THAT(with("yarn_beta_fast", 0.0f), HasSubstr("positive yarn_beta_fast"));
  EXPECT_THAT(with("yarn_log_multiplier", -1.0f), HasSubstr("yarn_log_multiplier"));
  EXPECT_THAT(error_with(yarn, "llama.rope.scaling.type",
                         [](GgufWriter& w) { w.add("llama.rope.scaling.type", "longrope"); }),
              HasSubstr("RoPE scaling 'longrope' is not supported"));
}

}  // namespace
}  // namespace hone
