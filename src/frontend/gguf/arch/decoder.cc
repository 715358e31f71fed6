#include "frontend/gguf/arch/decoder.h"

#include <algorithm>

#include "ops/attention/op.h"
#include "ops/binary/op.h"
#include "ops/cache_write/op.h"
#include "ops/glu/op.h"
#include "ops/reshape/op.h"
#include "ops/rms_norm/op.h"

namespace hone {
namespace {

using ir::ValueId;

// Writes the graph of one model. Values are rows [tokens, ...] unless their names say otherwise.
class DecoderBuilder {
 public:
  DecoderBuilder(const GgufFile& file, const DecoderConfig& config,
                 const LanguageModelOptions& options)
      : file_(file), config_(config) {
    ir::Graph& graph = builder_.graph();
    graph.name = config.architecture;
    const Dim tokens = graph.add_symbol({language_model::kTokens, 1, 1, options.max_tokens});
    const Dim outputs = graph.add_symbol(
        {language_model::kOutputs, 1, 1, std::min(options.max_outputs, options.max_tokens)});
    token_ = graph.add_input(language_model::kToken, {DType::i32, {tokens}});
    position_ = graph.add_input(language_model::kPosition, {DType::i32, {tokens}});
    sequence_ = graph.add_input(language_model::kSequence, {DType::i32, {tokens}});
    output_row_ = graph.add_input(language_model::kOutputRow, {DType::i32, {outputs}});
  }

  Expected<LanguageModelGraph> build() && {
    const ValueId embedding = weight("token_embd.weight");
    ValueId hidden = embed(embedding);
    make_rope_tables();
    for (int64_t layer = 0; layer < config_.layers; ++layer) hidden = add_layer(layer, hidden);
    hidden = norm("output_norm", hidden);
    const ValueId head = has("output.weight") ? weight("output.weight") : embedding;
    ValueId logits = builder_("matmul", "logits", {hidden, head});
    if (config_.final_softcap > 0) logits = softcap(logits, config_.final_softcap);
    builder_.graph().outputs = {logits};
    const int64_t vocab = builder_.ok() ? rows_of(embedding) : 0;
    if (builder_.ok() && rows_of(head) != vocab) {
      return fail(Code::corrupt, "output.weight has ", rows_of(head),
                  " rows but token_embd.weight has ", vocab);
    }
    HONE_TRY(ir::Graph graph, std::move(builder_).finish());
    return LanguageModelGraph{std::move(graph), info(vocab)};
  }

 private:
  int64_t rows_of(ValueId value) { return builder_.graph()[value].type.tensor.shape[0].value(); }
  bool has(std::string_view name) const { return file_.find_tensor(name) != nullptr; }

  ValueId weight(std::string_view name) {
    if (!builder_.ok()) return {};
    if (const ValueId known = builder_.graph().find(name)) return known;
    const auto tensor = file_.require_tensor(name);
    if (!tensor) {
      builder_.fail(tensor.error());
      return {};
    }
    const std::vector<int64_t> sizes = (*tensor)->shape();
    return builder_.graph().add_constant(
        name, {(*tensor)->dtype, Shape(sizes.begin(), sizes.end())}, (*tensor)->data);
  }
  ValueId optional_weight(std::string_view name) { return has(name) ? weight(name) : ValueId{}; }

  ValueId embed(ValueId table) {
    const ValueId rows = builder_("gather", "embedding", {table, token_});
    if (config_.embedding_scale == 1.0f) return rows;
    const ValueId scale =
        builder_.graph().add_floats("embedding_scale", {{config_.embedding_scale}});
    return builder_("binary", "embedding_scaled", {rows, scale}, BinaryAttrs{BinaryKind::mul});
  }

  ValueId softcap(ValueId x, float cap) {
    const ValueId limit = builder_.graph().add_floats("final_softcap", {{cap}});
    const ValueId small =
        builder_("binary", "logits_small", {x, limit}, BinaryAttrs{BinaryKind::div});
    const ValueId bent = builder_("unary", "logits_bent", {small}, UnaryAttrs{UnaryKind::tanh});
    return builder_("binary", "logits_capped", {bent, limit}, BinaryAttrs{BinaryKind::mul});
  }

  void make_rope_tables() {
    const ValueId factors =
        config_.has_rope_factors ? optional_weight("rope_freqs.weight") : ValueId{};
    rope_ = builder_("rope_table", "rope_table", {position_, factors}, config_.rope);
    if (config_.window > 0) {
      window_rope_ = builder_("rope_table", "rope_table_window", {position_}, config_.window_rope);
    }
  }

  ValueId norm(std::string_view name, ValueId x) {
    return builder_("rms_norm", name, {x, weight(cat(name, ".weight"))},
                    RmsNormAttrs{.eps = config_.norm_eps});
  }
  ValueId optional_norm(std::string_view name, ValueId x) {
    return has(cat(name, ".weight")) ? norm(name, x) : x;
  }
  ValueId project(std::string_view name, ValueId x) {
    return builder_("matmul", name,
                    {x, weight(cat(name, ".weight")), optional_weight(cat(name, ".bias"))});
  }
  ValueId sum(std::string_view name, ValueId a, ValueId b) {
    return builder_("binary", name, {a, b}, BinaryAttrs{BinaryKind::add});
  }

  // A projection cut into heads [tokens, heads, head_dim], normed where the model norms it.
  ValueId heads_of(const std::string& name, const std::string& norm_name, ValueId x,
                   int64_t heads) {
    const ValueId rows = project(name, x);
    const ValueId cut = builder_("reshape", cat(name, ".heads"), {rows},
                                 ReshapeAttrs{{0, heads, config_.head_dim}});
    return norm_name.empty() ? cut : optional_norm(norm_name, cut);
  }
  ValueId rotate(const std::string& name, ValueId x, int64_t layer) {
    const ValueId table = config_.has_window(layer) ? window_rope_ : rope_;
    return builder_("rope", name, {x, table}, RopeAttrs{config_.rope_pairs});
  }
  ValueId cached(const std::string& name, CachePart part, ValueId rows, int64_t heads) {
    const ValueId state =
        builder_.graph().add_state(name, {DType::f16, {Dim(heads), Dim(config_.head_dim)}});
    return builder_("cache_write", cat(name, ".next"), {state, rows, position_, sequence_},
                    CacheWriteAttrs{part});
  }

  ValueId attend(const std::string& block, ValueId x, int64_t layer) {
    const int64_t heads = config_.heads[static_cast<size_t>(layer)];
    const int64_t kv_heads = config_.kv_heads[static_cast<size_t>(layer)];
    const ValueId q = rotate(block + "rope_q",
                             heads_of(block + "attn_q", block + "attn_q_norm", x, heads), layer);
    const ValueId k = rotate(block + "rope_k",
                             heads_of(block + "attn_k", block + "attn_k_norm", x, kv_heads), layer);
    const ValueId v = heads_of(block + "attn_v", "", x, kv_heads);
    const AttentionAttrs attrs{.scale = config_.attention_scale,
                               .window = config_.has_window(layer) ? config_.window : 0,
                               .softcap = config_.attention_softcap};
    const ValueId seen =
        builder_("attention", block + "attn",
                 {q, cached(block + "keys", CachePart::key, k, kv_heads),
                  cached(block + "values", CachePart::value, v, kv_heads), position_, sequence_},
                 attrs);
    return builder_("reshape", block + "attn.rows", {seen},
                    ReshapeAttrs{{0, heads * config_.head_dim}});
  }

  // The metadata's word on a layer's width, if it gives one, must be that of the tensors.
  void check_width(const std::string& block, int64_t layer) {
    if (config_.feed_forward.empty() || !builder_.ok()) return;
    const int64_t told = config_.feed_forward[static_cast<size_t>(layer)];
    const int64_t found = rows_of(weight(block + "ffn_gate.weight"));
    if (told == found) return;
    builder_.fail({Code::corrupt,
                   cat("layer ", layer, " has a feed-forward width of ", found,
                       " but the metadata says ", told),
                   {}});
  }

  ValueId feed_forward(const std::string& block, ValueId x, int64_t layer) {
    const ValueId gate = project(block + "ffn_gate", x), up = project(block + "ffn_up", x);
    check_width(block, layer);
    const ValueId y = builder_("glu", block + "ffn_glu", {gate, up}, GluAttrs{config_.activation});
    return project(block + "ffn_down", y);
  }

  ValueId add_layer(int64_t layer, ValueId hidden) {
    const std::string block = cat("blk.", layer, ".");
    ValueId attended = attend(block, norm(block + "attn_norm", hidden), layer);
    if (layer == config_.layers - 1) {
      // Behind the last attention only the rows whose logits are wanted go on.
      attended = builder_("gather", "output_attended", {attended, output_row_});
      hidden = builder_("gather", "output_hidden", {hidden, output_row_});
    }
    const ValueId projected =
        optional_norm(block + "post_attention_norm", project(block + "attn_output", attended));
    hidden = sum(block + "attn_sum", projected, hidden);
    const ValueId fed = optional_norm(block + "post_ffw_norm",
                                      feed_forward(block, norm(block + "ffn_norm", hidden), layer));
    return sum(block + "ffn_sum", fed, hidden);
  }

  LanguageModelInfo info(int64_t vocab) const {
    LanguageModelInfo info{.architecture = config_.architecture,
                           .vocab_size = vocab,
                           .context_length = config_.context,
                           .layers = config_.layers,
                           .embedding_length = config_.embedding,
                           .heads = std::ranges::max(config_.heads),
                           .kv_heads = std::ranges::max(config_.kv_heads),
                           .head_dim = config_.head_dim};
    if (const auto name = file_.find_string("general.name", "")) info.name = *name;
    for (const GgufTensor& tensor : file_.tensors()) info.parameters += tensor.elements();
    return info;
  }

  const GgufFile& file_;
  const DecoderConfig& config_;
  ir::Builder builder_;
  ValueId token_, position_, sequence_, output_row_;
  ValueId rope_, window_rope_;
};

}  // namespace

Expected<LanguageModelGraph> build_decoder(const GgufFile& file, const DecoderConfig& config,
                                           const LanguageModelOptions& options) {
  return DecoderBuilder(file, config, options).build();
}

}  // namespace hone
