// What `hone show` tells of a model file, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/gguf/reader.h"

namespace hone::cli {

struct DTypeShare {
  DType dtype;
  uint64_t tensors = 0;
  uint64_t parameters = 0;
  uint64_t bytes = 0;
};

// Numbers that the file does not state, or not as a number, are nothing; views point into the file.
struct ModelSummary {
  std::string_view architecture;
  std::string_view name;
  std::string_view license;
  std::string_view tokenizer;      // "gpt2, smollm": model and pre-tokenizer
  std::string_view pre_tokenizer;  // may be empty
  std::string_view chat_template;  // may be empty
  std::optional<uint64_t> layers;
  std::optional<uint64_t> embedding;
  std::optional<uint64_t> feed_forward;  // the widest layer's
  std::optional<uint64_t> heads;         // likewise
  std::vector<int64_t> kv_heads;         // one number for all layers, or one a layer
  std::optional<uint64_t> key_length;    // of one head
  std::optional<uint64_t> value_length;
  std::optional<uint64_t> context;  // what it was trained for, in tokens
  std::optional<uint64_t> vocabulary;
  uint64_t parameters = 0;
  uint64_t tensor_bytes = 0;
  std::vector<DTypeShare> dtypes;  // largest first
};

ModelSummary summarize(const GgufFile& file);

// What a run with that many tokens of context needs. Sums stop at INT64_MAX: the numbers are the
// file's claims.
struct MemoryNeed {
  uint64_t context = 0;
  uint64_t weights = 0;   // mapped: the system may drop and reread these pages
  uint64_t kv_cache = 0;  // f16
  uint64_t working = 0;   // activations of the largest step, and the logits
  uint64_t total = 0;
};

// Nothing if the file does not say enough.
std::optional<MemoryNeed> memory_need(const ModelSummary& summary, uint64_t context);

}  // namespace hone::cli
