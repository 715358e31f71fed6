#include <algorithm>
#include <cmath>

#include "frontend/gguf/arch/decoder.h"

namespace hone {
namespace {

// Reads keys of one architecture and keeps the first error.
class Keys {
 public:
  Keys(const GgufFile& file, std::string_view architecture)
      : file_(file), prefix_(cat(architecture, ".")) {}

  int64_t count(std::string_view key, int64_t limit) {
    return checked(key, file_.find_u64(cat(prefix_, key)), 1, limit);
  }
  int64_t count(std::string_view key, int64_t fallback, int64_t limit) {
    return checked(key, file_.find_u64(cat(prefix_, key), static_cast<uint64_t>(fallback)), 1,
                   limit);
  }
  // One number a layer, which the file gives once for all layers or as an array. Empty when the key
  // is absent.
  std::vector<int64_t> by_layer(std::string_view key, int64_t layers, int64_t limit) {
    auto values = settings_by_layer(file_, cat(prefix_, key), layers);
    if (!values) return fail_with(values.error(), std::vector<int64_t>());
    for (size_t i = 0; i < values->size(); ++i) {
      const int64_t value = (*values)[i];
      if (value >= 1 && value <= limit) continue;
      reject({value == 0 ? Code::unsupported : Code::corrupt,
              cat("layer ", i, " has the value ", value, ", which this build cannot run"),
              cat("key '", prefix_, key, "'")});
      return {};
    }
    return std::move(*values);
  }
  // 0 when the key is absent or 0.
  int64_t count_or_absent(std::string_view key, int64_t limit) {
    return checked(key, file_.find_u64(cat(prefix_, key), 0), 0, limit);
  }
  float number(std::string_view key, float fallback) {
    return finite(key, file_.find_f32(cat(prefix_, key), fallback), fallback);
  }
  float number(std::string_view key) { return finite(key, file_.find_f32(cat(prefix_, key)), 0); }
  std::string_view text(std::string_view key) {
    const auto value = file_.find_string(cat(prefix_, key), "");
    return value ? *value : fail_with(value.error(), std::string_view());
  }
  Status status() const {
    if (ok_) return {};
    return std::unexpected(error_);
  }
  void reject(Error error) { fail_with(std::move(error), 0); }

 private:
  Error out_of_range(std::string_view key) const {
    return {Code::corrupt, "the value is out of range", cat("key '", prefix_, key, "'")};
  }
  int64_t checked(std::string_view key, const Expected<uint64_t>& value, int64_t least,
                  int64_t most) {
    if (!value) return fail_with(value.error(), least);
    if (*value < static_cast<uint64_t>(least) || *value > static_cast<uint64_t>(most)) {
      return fail_with(out_of_range(key), least);
    }
    return static_cast<int64_t>(*value);
  }
  float finite(std::string_view key, const Expected<float>& value, float fallback) {
    if (!value) return fail_with(value.error(), fallback);
    if (!std::isfinite(*value)) return fail_with(out_of_range(key), fallback);
    return *value;
  }
  template <class T>
  T fail_with(Error error, T fallback) {
    if (ok_) error_ = std::move(error);
    ok_ = false;
    return fallback;
  }

  const GgufFile& file_;
  std::string prefix_;
  bool ok_ = true;
  Error error_;
};

// YaRN blends between dimensions and lengthens the vectors a little (arXiv:2309.00071, sections 3.2
// to 3.4). Keys and defaults are those of llama.cpp, which reads the keys below
// rope.scaling.yarn_ for some families only: here they count for all. The exception is
// yarn_attn_factor, which llama.cpp replaces by the length that follows from the factor: where the
// two differ nobody can tell what the file means.
void read_yarn(Keys& keys, float factor, DecoderConfig& config) {
  RopeTableAttrs& rope = config.rope;
  rope.original_context =
      keys.count_or_absent("rope.scaling.original_context_length", decoder_limits::kContext);
  if (rope.original_context == 0) rope.original_context = config.context;
  rope.yarn_factor = keys.number("rope.scaling.yarn_ext_factor", 1.0f);
  if (rope.yarn_factor < 0) rope.yarn_factor = 1.0f;  // llama.cpp's "not set"
  rope.beta_fast = keys.number("rope.scaling.yarn_beta_fast", 32.0f);
  rope.beta_slow = keys.number("rope.scaling.yarn_beta_slow", 1.0f);
  const float log_multiplier = keys.number("rope.scaling.yarn_log_multiplier", 0.0f);
  const float attn_factor = keys.number("rope.scaling.yarn_attn_factor", 1.0f);
  if (!(rope.beta_fast > 0) || !(rope.beta_slow > 0) || !(rope.base > 1) || log_multiplier < 0) {
    keys.reject({Code::corrupt,
                 "YaRN needs rope.freq_base above 1, positive yarn_beta_fast and yarn_beta_slow, "
                 "and a yarn_log_multiplier of at least 0",
                 {}});
    return;
  }
  if (rope.yarn_factor == 0) {  // no blend: linear scaling, nothing lengthened
    rope.magnitude *= attn_factor;
    config.window_rope.magnitude *= attn_factor;
    return;
  }
  const float octaves = factor > 1 ? 0.1f * std::log(factor) : 0.0f;
  if (attn_factor != 1.0f && std::abs(attn_factor - (1.0f + octaves)) > 1e-3f) {
    keys.reject({Code::unsupported,
                 cat("rope.scaling.yarn_attn_factor ", attn_factor, " is not supported beside ",
                     "rope.scaling.factor ", factor, ", from which YaRN derives ", 1.0f + octaves),
                 {}});
    return;
  }
  const float shortened = 1.0f + log_multiplier * octaves;
  rope.magnitude *= (1.0f + octaves) / shortened;
  config.window_rope.magnitude /= shortened;
}

// Linear scaling divides positions. Layers with a window are never scaled; the factor on vectors'
// lengths is theirs, too.
void read_rope(Keys& keys, DecoderConfig& config) {
  RopeTableAttrs& rope = config.rope;
  rope.rotary_dim = keys.count("rope.dimension_count", config.head_dim, config.head_dim);
  rope.base = keys.number("rope.freq_base", 10000.0f);
  if (rope.rotary_dim % 2 != 0 || !(rope.base > 0)) {
    keys.reject(
        {Code::corrupt, "rope.dimension_count must be even and rope.freq_base positive", {}});
  }
  const std::string_view type = keys.text("rope.scaling.type");
  float factor = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 1.0f));
  if (factor == 0) factor = 1.0f;  // written so by converters that mean none
  rope.magnitude = keys.number("rope.scaling.attn_factor", 1.0f);
  config.window_rope.rotary_dim = rope.rotary_dim;
  config.window_rope.magnitude = rope.magnitude;
  if (!(factor > 0)) keys.reject({Code::corrupt, "rope.scaling.factor must be positive", {}});
  if (type == "none" || (type.empty() && factor == 1.0f)) return;
  if (type != "linear" && type != "yarn" && !type.empty()) {
    keys.reject(
        {Code::unsupported, cat("RoPE scaling '", printable(type), "' is not supported"), {}});
    return;
  }
  rope.position_scale = 1.0f / factor;
  if (type == "yarn") read_yarn(keys, factor, config);
}

// Heads by layer, and the one length that the heads of all layers have.
void read_attention(Keys& keys, DecoderConfig& config) {
  using namespace decoder_limits;
  config.heads = keys.by_layer("attention.head_count", config.layers, kHeads);
  if (config.heads.empty()) {
    keys.reject({Code::corrupt, "the model has no metadata attention.head_count", {}});
    return;
  }
  config.kv_heads = keys.by_layer("attention.head_count_kv", config.layers, kHeads);
  if (config.kv_heads.empty()) config.kv_heads = config.heads;
  for (size_t i = 0; i < config.heads.size(); ++i) {
    if (config.heads[i] % config.kv_heads[i] == 0) continue;
    keys.reject({Code::corrupt,
                 cat("layer ", i, ": ", config.heads[i], " query heads cannot share ",
                     config.kv_heads[i], " key heads"),
                 {}});
    return;
  }
  config.head_dim = keys.count("attention.key_length",
                               std::max<int64_t>(1, config.embedding / config.heads[0]), kWidth);
  const int64_t value_length = keys.count("attention.value_length", config.head_dim, kWidth);
  if (value_length != config.head_dim) {
    keys.reject({Code::unsupported,
                 cat("attention.value_length ", value_length, " differs from key_length ",
                     config.head_dim, ", which this build cannot run"),
                 {}});
  }
  config.attention_scale = 1.0f / std::sqrt(static_cast<float>(config.head_dim));
}

}  // namespace

Status require_in_layers(const GgufFile& file, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    HONE_TRY([[maybe_unused]] const GgufTensor* tensor,
             file.require_tensor(cat("blk.0.", name, ".weight")));
  }
  return {};
}

Expected<std::vector<int64_t>> settings_by_layer(const GgufFile& file, std::string_view key,
                                                 int64_t layers) {
  const GgufValue* value = file.find(key);
  if (value == nullptr) return std::vector<int64_t>();
  const auto count = static_cast<size_t>(layers);
  if (value->form == GgufValue::Form::array && value->count != count) {
    return fail(Code::corrupt, "metadata '", key, "' has ", value->count, " values for ", layers,
                " layers");
  }
  HONE_TRY(std::vector<int64_t> values, value->as_i64_list());
  if (value->form == GgufValue::Form::scalar) values.assign(count, values[0]);
  return values;
}

Expected<DecoderConfig> read_decoder_config(const GgufFile& file, std::string_view architecture) {
  using namespace decoder_limits;
  Keys keys(file, architecture);
  DecoderConfig config;
  config.architecture = architecture;
  config.layers = keys.count("block_count", kLayers);
  config.embedding = keys.count("embedding_length", kWidth);
  config.context = keys.count("context_length", kContext);
  config.feed_forward = keys.by_layer("feed_forward_length", config.layers, kWidth);
  read_attention(keys, config);
  HONE_RETURN_IF_ERROR(keys.status());
  read_rope(keys, config);
  config.norm_eps = keys.number("attention.layer_norm_rms_epsilon");
  if (config.norm_eps < 0) {
    keys.reject({Code::corrupt, "attention.layer_norm_rms_epsilon is below 0", {}});
  }
  HONE_RETURN_IF_ERROR(keys.status());
  HONE_TRY(const uint64_t experts, file.find_u64(cat(architecture, ".expert_count"), 0));
  if (experts > 0) {
    return fail(Code::unsupported, "mixtures of experts cannot be run yet; this model has ",
                experts, " experts");
  }
  return config;
}

}  // namespace hone
