#include "support/tiny_models.h"

#include <cmath>
#include <cstring>
#include <ostream>
#include <utility>

#include "base/text.h"
#include "support/gguf_writer.h"
#include "support/random_blocks.h"
#include "support/split_mix.h"

namespace hone::test {
namespace {

std::string_view family_name(TinyFamily family) {
  switch (family) {
    case TinyFamily::llama:
      return "llama";
    case TinyFamily::qwen2:
      return "qwen2";
    case TinyFamily::qwen3:
      return "qwen3";
    case TinyFamily::gemma3:
      return "gemma3";
  }
  return "";
}

bool has_qk_norms(TinyFamily family) {
  return family == TinyFamily::qwen3 || family == TinyFamily::gemma3;
}

// What the layers add to gemma3's scaled embedding must outweigh it, or the tied output would only
// repeat the last token.
constexpr float kPostNormGain = 4.0f;

class Maker {
 public:
  explicit Maker(const TinyModelOptions& options) : options_(options) {}

  std::string make() {
    add_metadata();
    add_tiny_vocab(writer_, options_.vocab,
                   options_.family == TinyFamily::llama ? "llama-bpe" : "qwen2");
    add_ends();
    for (uint32_t layer = 0; layer < options_.layers; ++layer) add_layer(layer);
    return writer_.bytes();
  }

 private:
  std::string key(std::string_view name) const {
    return cat(family_name(options_.family), ".", name);
  }

  void add_metadata() {
    writer_.add("general.architecture", family_name(options_.family))
        .add("general.name", cat("tiny ", family_name(options_.family)))
        .add(key("context_length"), options_.context)
        .add(key("embedding_length"), options_.dim)
        .add(key("block_count"), options_.layers);
    add_by_layer("feed_forward_length", options_.ff, options_.ff_by_layer);
    add_by_layer("attention.head_count", options_.heads, options_.heads_by_layer);
    add_by_layer("attention.head_count_kv", options_.kv_heads, options_.kv_heads_by_layer);
    writer_.add(key("attention.layer_norm_rms_epsilon"), 1e-5f)
        .add(key("rope.freq_base"), options_.rope_base);
    if (has_qk_norms(options_.family) || options_.head_dim * options_.heads != options_.dim) {
      writer_.add(key("attention.key_length"), options_.head_dim)
          .add(key("attention.value_length"), options_.head_dim);
    }
    if (options_.family == TinyFamily::llama) {
      writer_.add(key("vocab_size"), static_cast<uint32_t>(kTinyVocabSize))
          .add(key("rope.dimension_count"), options_.head_dim);
    }
    add_rope_scaling();
    add_window();
    if (options_.final_softcap != 0) {
      writer_.add(key("final_logit_softcapping"), options_.final_softcap);
    }
  }

  void add_by_layer(std::string_view name, uint32_t number, const std::vector<uint32_t>& list) {
    if (!list.empty()) {
      writer_.add_array(key(name), list);
    } else if (options_.layer_settings == TinyLayers::arrays) {
      writer_.add_array(key(name), std::vector<uint32_t>(options_.layers, number));
    } else {
      writer_.add(key(name), number);
    }
  }

  void add_rope_scaling() {
    if (options_.rope == TinyRope::linear) {
      writer_.add(key("rope.scaling.type"), "linear").add(key("rope.scaling.factor"), 4.0f);
    }
    if (options_.rope != TinyRope::yarn && options_.rope != TinyRope::yarn_keys) return;
    writer_.add(key("rope.scaling.type"), "yarn")
        .add(key("rope.scaling.factor"), 4.0f)
        .add(key("rope.scaling.original_context_length"), uint32_t{64})
        .add(key("rope.scaling.attn_factor"), 1.25f);
    if (options_.rope != TinyRope::yarn_keys) return;
    writer_.add(key("rope.scaling.yarn_ext_factor"), 0.75f)
        .add(key("rope.scaling.yarn_attn_factor"), 1.0f)
        .add(key("rope.scaling.yarn_beta_fast"), 8.0f)
        .add(key("rope.scaling.yarn_beta_slow"), 2.0f)
        .add(key("rope.scaling.yarn_log_multiplier"), 0.5f);
  }

  void add_window() {
    if (options_.sliding_window != 0) {
      writer_.add(key("attention.sliding_window"), options_.sliding_window);
    }
    if (!options_.sliding_layers.empty()) {
      writer_.add_array(key("attention.sliding_window_pattern"), options_.sliding_layers);
    } else if (options_.sliding_period != 0) {
      writer_.add(key("attention.sliding_window_pattern"), options_.sliding_period);
    }
  }

  // Embedding, final norm, output, and what is shared by all layers.
  void add_ends() {
    const float logit_gain = 3.0f / std::sqrt(static_cast<float>(options_.dim));
    const bool tied = options_.output == TinyOutput::tied;
    add_matrix("token_embd.weight", options_.embedding, options_.dim, kTinyVocabSize,
               tied ? logit_gain : 0.5f);
    add_norm("output_norm.weight", options_.dim);
    if (!tied) {
      add_matrix("output.weight", options_.output_dtype, options_.dim, kTinyVocabSize, logit_gain);
    }
    if (options_.rope == TinyRope::freq_factors) add_rope_factors();
  }

  // 1 for the fast quarter of the frequencies, 32 for the slow one, a straight line between.
  void add_rope_factors() {
    const uint32_t count = options_.head_dim / 2;
    std::vector<float> factors(count, 1.0f);
    for (uint32_t i = count / 4; i < count; ++i) {
      const float along = static_cast<float>(i - count / 4) / static_cast<float>(count / 2);
      factors[i] = along >= 1.0f ? 32.0f : 1.0f + 31.0f * along;
    }
    writer_.add_tensor("rope_freqs.weight", {count}, factors);
  }

  void add_layer(uint32_t layer) {
    const std::string prefix = cat("blk.", layer, ".");
    const uint32_t q_rows =
        of_layer(options_.heads_by_layer, layer, options_.heads) * options_.head_dim;
    const uint32_t kv_rows =
        of_layer(options_.kv_heads_by_layer, layer, options_.kv_heads) * options_.head_dim;
    const uint32_t ff = of_layer(options_.ff_by_layer, layer, options_.ff);
    add_norm(prefix + "attn_norm.weight", options_.dim);
    add_projection(prefix + "attn_q", options_.dim, q_rows, 1.5f);
    add_projection(prefix + "attn_k", options_.dim, kv_rows, 1.5f);
    add_projection(prefix + "attn_v", options_.dim, kv_rows, 1.5f);
    add_projection(prefix + "attn_output", q_rows, options_.dim, 2.0f);
    add_norm(prefix + "ffn_norm.weight", options_.dim);
    add_projection(prefix + "ffn_gate", options_.dim, ff, 1.5f);
    add_projection(prefix + "ffn_up", options_.dim, ff, 1.0f);
    add_projection(prefix + "ffn_down", ff, options_.dim, 2.0f);
    const bool biased = options_.bias == TinyBias::all;
    if (biased || options_.family == TinyFamily::qwen2) {
      add_bias(prefix + "attn_q.bias", q_rows);
      add_bias(prefix + "attn_k.bias", kv_rows);
      add_bias(prefix + "attn_v.bias", kv_rows);
    }
    if (biased) {
      add_bias(prefix + "attn_output.bias", options_.dim);
      add_bias(prefix + "ffn_gate.bias", ff);
      add_bias(prefix + "ffn_up.bias", ff);
      add_bias(prefix + "ffn_down.bias", options_.dim);
    }
    if (has_qk_norms(options_.family)) {
      add_norm(prefix + "attn_q_norm.weight", options_.head_dim);
      add_norm(prefix + "attn_k_norm.weight", options_.head_dim);
    }
    if (options_.family == TinyFamily::gemma3) {
      add_norm(prefix + "post_attention_norm.weight", options_.dim, kPostNormGain);
      add_norm(prefix + "post_ffw_norm.weight", options_.dim, kPostNormGain);
    }
  }

  static uint32_t of_layer(const std::vector<uint32_t>& list, uint32_t layer, uint32_t number) {
    return list.empty() ? number : list[layer];
  }

  // The next type in turn; `gain` is the output's deviation for inputs of deviation 1.
  void add_projection(const std::string& name, uint32_t columns, uint32_t rows, float gain) {
    const DType dtype = options_.dtypes[matrices_++ % options_.dtypes.size()];
    add_matrix(name + ".weight", dtype, columns, rows,
               gain / std::sqrt(static_cast<float>(columns)));
  }

  void add_matrix(const std::string& name, DType dtype, uint32_t columns, uint32_t rows,
                  float deviation) {
    SplitMix64 random = random_for(name);
    writer_.add_tensor(name, dtype, {columns, rows},
                       random_tensor(dtype, int64_t{columns} * rows, deviation, random));
  }

  void add_norm(const std::string& name, uint32_t size, float gain = 1.0f) {
    SplitMix64 random = random_for(name);
    std::vector<float> weights(size);
    for (float& weight : weights) weight = gain * (1.0f + 0.25f * random.uniform());
    writer_.add_tensor(name, {size}, weights);
  }

  void add_bias(const std::string& name, uint32_t size) {
    SplitMix64 random = random_for(name);
    writer_.add_tensor(name, DType::f32, {size}, random_tensor(DType::f32, size, 0.5f, random));
  }

  SplitMix64 random_for(std::string_view name) const {
    return SplitMix64(fnv1a64(name) ^ options_.seed);
  }

  const TinyModelOptions& options_;
  GgufWriter writer_;
  size_t matrices_ = 0;
};

TinyModelOptions of_dtype(DType dtype) {
  return {.dtypes = {dtype}, .embedding = dtype, .output_dtype = dtype};
}

// The shape whose rows are whole 256-blocks.
TinyModelOptions big(TinyModelOptions options) {
  options.dim = 256;
  options.ff = 512;
  options.head_dim = 64;
  options.layers = 2;
  return options;
}

// As llama.cpp mixes them in Q4_K_M: v and down are Q6_K, and so is the tied embedding.
TinyModelOptions mixed_k() {
  using enum DType;
  return big({.dtypes = {q4_k, q4_k, q6_k, q4_k, q4_k, q4_k, q6_k},
              .embedding = q6_k,
              .output = TinyOutput::tied});
}

TinyModelOptions rare_types() {
  using enum DType;
  TinyModelOptions options = big({.dtypes = {iq2_xxs, iq2_xs, iq2_s, iq3_xxs, iq3_s, iq1_s, iq1_m,
                                             iq4_nl, iq4_xs, tq1_0, tq2_0, mxfp4, bf16},
                                  .embedding = bf16,
                                  .output_dtype = iq4_nl});
  return options;
}

TinyModelOptions gemma(TinyModelOptions options) {
  options.family = TinyFamily::gemma3;
  options.vocab = TinyVocab::spm;
  options.output = TinyOutput::tied;
  options.rope_base = 1000000.0f;
  options.kv_heads = 1;
  options.head_dim = 32;
  options.sliding_window = 16;
  return options;
}

void add_llamas(std::vector<GoldenModel>& models) {
  models.push_back({"llama-f32", {}});
  models.push_back({"llama-f32-tied", {.seed = 2, .output = TinyOutput::tied, .kv_heads = 4}});
  models.push_back({"llama-f16", of_dtype(DType::f16)});
  models.push_back({"llama-rope-factors",
                    {.rope = TinyRope::freq_factors, .rope_base = 500000.0f, .head_dim = 32}});
  models.push_back({"llama-rope-linear", {.rope = TinyRope::linear, .kv_heads = 1}});
  models.push_back({"llama-rope-yarn", {.rope = TinyRope::yarn, .head_dim = 32}});
  models.push_back({"llama-biases", {.seed = 5, .bias = TinyBias::all}});
  models.push_back({"llama-arrays", {.seed = 6, .layer_settings = TinyLayers::arrays}});
  for (const DType dtype : {DType::q4_0, DType::q4_1, DType::q5_0, DType::q5_1, DType::q8_0}) {
    models.push_back({cat("llama-", name_of(dtype)), of_dtype(dtype)});
    models.back().options.vocab = TinyVocab::spm;
  }
  for (const DType dtype : {DType::q2_k, DType::q3_k, DType::q4_k, DType::q5_k, DType::q6_k}) {
    models.push_back({cat("llama-", name_of(dtype)), big(of_dtype(dtype))});
  }
  models.push_back({"llama-mixed-k", mixed_k()});
  models.push_back({"llama-rare", rare_types()});
}

void add_qwens(std::vector<GoldenModel>& models) {
  using enum DType;
  models.push_back({"qwen2-f32", {.family = TinyFamily::qwen2, .rope_base = 1000000.0f}});
  models.push_back({"qwen2-q4_1",
                    {.family = TinyFamily::qwen2,
                     .dtypes = {q4_1},
                     .embedding = q8_0,
                     .output = TinyOutput::tied}});
  models.push_back(
      {"qwen3-f32", {.family = TinyFamily::qwen3, .rope_base = 1000000.0f, .head_dim = 32}});
  models.push_back({"qwen3-mixed-k", mixed_k()});
  models.back().options.family = TinyFamily::qwen3;
}

void add_gemmas(std::vector<GoldenModel>& models) {
  using enum DType;
  models.push_back({"gemma3-f32", gemma({.layers = 7})});
  models.push_back({"gemma3-linear", gemma({.seed = 3, .rope = TinyRope::linear, .layers = 4})});
  models.back().options.sliding_period = 3;
  models.push_back({"gemma3-softcap", gemma({.seed = 4, .final_softcap = 10.0f})});
  models.back().options.sliding_window = 0;
  models.push_back({"gemma3-layers", gemma({.seed = 7, .layers = 4})});
  models.back().options.sliding_layers = {true, false, false, true};
  models.push_back({"gemma3-rope-yarn", gemma({.seed = 8, .rope = TinyRope::yarn, .layers = 4})});
  models.back().options.sliding_period = 2;
  models.push_back({"gemma3-q5_0", gemma({.dtypes = {q5_0, q5_0, q8_0, q4_0, q5_0, q5_0, q8_0},
                                          .embedding = q8_0,
                                          .layers = 6})});
}

}  // namespace

void PrintTo(const GoldenModel& model, std::ostream* out) { *out << model.name; }

std::string tiny_model_text(const TinyModelOptions& options) { return Maker(options).make(); }

std::vector<std::byte> tiny_model(const TinyModelOptions& options) {
  const std::string text = tiny_model_text(options);
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

std::vector<GoldenModel> golden_models() {
  std::vector<GoldenModel> models;
  add_llamas(models);
  add_qwens(models);
  add_gemmas(models);
  return models;
}

std::vector<GoldenModel> truth_models() {
  return {{"llama-layers-differ",
           {.seed = 9,
            .heads_by_layer = {4, 6, 2},
            .kv_heads_by_layer = {2, 1, 2},
            .ff_by_layer = {160, 96, 224}}},
          {"qwen2-yarn-keys",
           {.family = TinyFamily::qwen2, .seed = 10, .rope = TinyRope::yarn_keys, .head_dim = 32}}};
}

}  // namespace hone::test
