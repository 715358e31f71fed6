#include "model_config.h"

#include <algorithm>

namespace hone::cli {
namespace {

constexpr uint64_t kMaxConfig = uint64_t{4} << 20;
constexpr int64_t kMaxLabels = 1 << 20;

std::string text_of(const Json* json) {
  return json != nullptr && json->as_string() != nullptr ? *json->as_string() : std::string();
}

// {"0": "NEGATIVE", "1": "POSITIVE"}
std::vector<std::string> labels_of(const Json* names) {
  std::vector<std::string> labels;
  if (names == nullptr || names->as_object() == nullptr) return labels;
  for (const auto& [id, name] : *names->as_object()) {
    const auto index = parse_int(id);
    if (!index || *index < 0 || *index >= kMaxLabels) return {};
    labels.resize(std::max(labels.size(), static_cast<size_t>(*index) + 1));
    labels[static_cast<size_t>(*index)] = text_of(&name);
  }
  return labels;
}

}  // namespace

Expected<ModelConfig> read_model_config(const ModelFiles& files) {
  ModelConfig config;
  HONE_TRY(const auto text, files.read("config", kMaxConfig));
  if (!text) return config;
  HONE_TRY_CONTEXT(const Json json, Json::parse(*text), "config of ", files.path);
  const Json* architectures = json.find("architectures");
  if (architectures != nullptr && architectures->as_array() &&
      !architectures->as_array()->empty()) {
    config.architecture = text_of(&architectures->as_array()->front());
  }
  config.labels = labels_of(json.find("id2label"));
  if (text_of(json.find("problem_type")) == "multi_label_classification") {
    config.classes = ModelConfig::Classes::independent;
  }
  return config;
}

}  // namespace hone::cli
