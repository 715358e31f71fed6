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
  float number(std::string_view key, float fallback) {
    const auto value = file_.find_f32(cat(prefix_, key), fallback);
    if (!value) return fail_with(value.error(), fallback);
    if (!std::isfinite(*value)) return fail_with(out_of_range(key), fallback);
    return *value;
  }
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

// Linear scaling divides positions; YaRN blends between dimensions and lengthens the vectors a
// little (arXiv:2309.00071, sections 3.2 to 3.4).
void read_rope(Keys& keys, DecoderConfig& config) {
  using namespace decoder_limits;
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
  if (!(factor > 0)) keys.reject({Code::corrupt, "rope.scaling.factor must be positive", {}});
  if (type == "none" || (type.empty() && factor == 1.0f)) return;
  if (type != "linear" && type != "yarn" && !type.empty()) {
    keys.reject(
        {Code::unsupported, cat("RoPE scaling '", printable(type), "' is not supported"), {}});
    return;
  }
  rope.position_scale = 1.0f / factor;
  if (type != "yarn") return;
  rope.yarn_factor = 1.0f;
  rope.original_context =
      keys.count("rope.scaling.original_context_length", config.context, kContext);
  rope.beta_fast = keys.number("rope.scaling.yarn_beta_fast", 32.0f);
  rope.beta_slow = keys.number("rope.scaling.yarn_beta_slow", 1.0f);
  if (factor > 1) rope.magnitude *= 1.0f + 0.1f * std::log(factor);
}

}  // namespace

Status require_in_layers(const GgufFile& file, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    HONE_TRY([[maybe_unused]] const GgufTensor* tensor,
             file.require_tensor(cat("blk.0.", name, ".weight")));
  }
  return {};
}

Expected<DecoderConfig> read_decoder_config(const GgufFile& file, std::string_view architecture) {
  using namespace decoder_limits;
  Keys keys(file, architecture);
  DecoderConfig config;
  config.architecture = architecture;
  config.layers = keys.count("block_count", kLayers);
  config.embedding = keys.count("embedding_length", kWidth);
  config.heads = keys.count("attention.head_count", kHeads);
  config.kv_heads = keys.count("attention.head_count_kv", config.heads, kHeads);
  config.head_dim = keys.count("attention.key_length",
                               std::max<int64_t>(1, config.embedding / config.heads), kWidth);
  config.context = keys.count("context_length", kContext);
  config.norm_eps = keys.number("attention.layer_norm_rms_epsilon", 1e-5f);
  read_rope(keys, config);
  config.attention_scale = 1.0f / std::sqrt(static_cast<float>(config.head_dim));
  HONE_RETURN_IF_ERROR(keys.status());
  if (config.heads % config.kv_heads != 0) {
    return fail(Code::corrupt, config.heads, " query heads cannot share ", config.kv_heads,
                " key heads");
  }
  HONE_TRY(const uint64_t experts, file.find_u64(cat(architecture, ".expert_count"), 0));
  if (experts > 0) {
    return fail(Code::unsupported, "mixtures of experts cannot be run yet; this model has ",
                experts, " experts");
  }
  return config;
}

}  // namespace hone
