#include "model_summary.h"

#include <algorithm>
#include <limits>

namespace hone::cli {
namespace {

// Rows of one step at most: the prefill chunk.
constexpr uint64_t kChunk = 512;

constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();

uint64_t plus(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? kMost : std::min(sum, kMost);
}

uint64_t times(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kMost : std::min(product, kMost);
}

std::string_view string_of(const GgufFile& file, std::string_view key) {
  return file.find_string(key, "").value_or(std::string_view());
}

// The number, or the largest of the list (some settings are written per layer).
std::optional<uint64_t> largest_of(const GgufFile& file, std::string_view key) {
  const auto list = file.find_i64_list(key);
  if (!list || list->empty()) return std::nullopt;
  const int64_t largest = *std::ranges::max_element(*list);
  if (largest < 0) return std::nullopt;
  return static_cast<uint64_t>(largest);
}

void count_tensors(const GgufFile& file, ModelSummary& summary) {
  std::vector<DTypeShare> shares;
  for (const GgufTensor& tensor : file.tensors()) {
    auto share = std::ranges::find(shares, tensor.dtype, &DTypeShare::dtype);
    if (share == shares.end()) share = shares.insert(shares.end(), DTypeShare{tensor.dtype});
    const auto elements = static_cast<uint64_t>(tensor.elements());
    share->tensors += 1;
    share->parameters = plus(share->parameters, elements);
    share->bytes += tensor.data.size();
    summary.parameters = plus(summary.parameters, elements);
    summary.tensor_bytes += tensor.data.size();
  }
  std::ranges::stable_sort(shares, std::greater{}, &DTypeShare::bytes);
  summary.dtypes = std::move(shares);
}

void read_sizes(const GgufFile& file, ModelSummary& summary) {
  const auto of_architecture = [&](std::string_view name) {
    return largest_of(file, cat(summary.architecture, ".", name));
  };
  summary.layers = of_architecture("block_count");
  summary.embedding = of_architecture("embedding_length");
  summary.feed_forward = of_architecture("feed_forward_length");
  summary.heads = of_architecture("attention.head_count");
  summary.context = of_architecture("context_length");
  summary.key_length = of_architecture("attention.key_length");
  summary.value_length = of_architecture("attention.value_length");
  if (summary.heads.value_or(0) > 0 && summary.embedding) {
    const uint64_t head = *summary.embedding / *summary.heads;
    if (!summary.key_length) summary.key_length = head;
    if (!summary.value_length) summary.value_length = head;
  }
  const auto kv_heads = file.find_i64_list(cat(summary.architecture, ".attention.head_count_kv"));
  if (kv_heads) summary.kv_heads = *kv_heads;
  // Without the key every head has its own keys and values.
  if (summary.kv_heads.empty() && summary.heads) {
    summary.kv_heads = {static_cast<int64_t>(*summary.heads)};
  }
}

// Over all layers.
uint64_t kv_heads_together(const ModelSummary& summary) {
  if (summary.kv_heads.size() == 1) {
    return times(*summary.layers, static_cast<uint64_t>(std::max<int64_t>(0, summary.kv_heads[0])));
  }
  uint64_t sum = 0;
  for (const int64_t heads : summary.kv_heads) {
    sum = plus(sum, static_cast<uint64_t>(std::max<int64_t>(0, heads)));
  }
  return sum;
}

}  // namespace

ModelSummary summarize(const GgufFile& file) {
  ModelSummary summary;
  summary.architecture = string_of(file, "general.architecture");
  summary.name = string_of(file, "general.name");
  summary.license = string_of(file, "general.license");
  summary.tokenizer = string_of(file, "tokenizer.ggml.model");
  summary.pre_tokenizer = string_of(file, "tokenizer.ggml.pre");
  summary.chat_template = string_of(file, "tokenizer.chat_template");
  if (const GgufValue* tokens = file.find("tokenizer.ggml.tokens")) {
    summary.vocabulary = tokens->count;
  }
  read_sizes(file, summary);
  count_tensors(file, summary);
  return summary;
}

std::optional<MemoryNeed> memory_need(const ModelSummary& summary, uint64_t context) {
  if (!summary.layers || !summary.embedding || !summary.key_length || !summary.value_length ||
      summary.kv_heads.empty()) {
    return std::nullopt;
  }
  constexpr uint64_t kF16 = 2;
  constexpr uint64_t kF32 = 4;
  MemoryNeed need{.context = context, .weights = summary.tensor_bytes};
  const uint64_t per_head = plus(*summary.key_length, *summary.value_length);
  need.kv_cache = times(times(kv_heads_together(summary), per_head), times(context, kF16));
  // A row: input, residual, queries and attention output, then gate and up of the feed-forward net.
  const uint64_t row =
      plus(times(4, *summary.embedding), times(2, summary.feed_forward.value_or(0)));
  need.working =
      times(plus(times(std::min(kChunk, context), row), summary.vocabulary.value_or(0)), kF32);
  need.total = plus(need.weights, plus(need.kv_cache, need.working));
  return need;
}

}  // namespace hone::cli
