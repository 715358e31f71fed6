// The config.json that Hugging Face's transformers write beside a model, as far as tasks need it.
#pragma once

#include <string>
#include <vector>

#include "models/resolve.h"

namespace hone::cli {

struct ModelConfig {
  std::string architecture;         // "BertForSequenceClassification"; may be empty
  std::vector<std::string> labels;  // id2label; may be empty
  enum class Classes : uint8_t { exclusive, independent } classes = Classes::exclusive;
};

// Nothing of it if there is none; one that is no JSON object is an error.
Expected<ModelConfig> read_model_config(const ModelFiles& files);

}  // namespace hone::cli
