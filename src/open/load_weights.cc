#include "open/load_weights.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "frontend/weights/architecture.h"

namespace hone {
namespace {

constexpr uint64_t kMaxWeightsConfig = uint64_t{1} << 20;

Expected<Json> read_config(const ModelFiles& files) {
  const std::string* path = files.file("config");
  if (path == nullptr) return Json();
  HONE_TRY(const std::string text, read_file(*path, kMaxWeightsConfig));
  HONE_TRY_CONTEXT(Json config, Json::parse(text), *path);
  return config;
}

std::string how_to_export(const ModelFiles& files) {
  return cat("; where PyTorch is installed, export it to ONNX with an input of the right shape: ",
             "python3 -c 'import torch; model = torch.jit.load(\"", printable(files.path, 1000),
             "\"); torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), \"model.onnx\", "
             "dynamo=False)'");
}

Expected<weights::StateDict> read_weights(const ModelFiles& files, Bytes file) {
  if (files.format == FileFormat::safetensors) return weights::read_safetensors(file);
  auto dict = weights::read_pth(file);
  if (dict || dict.error().code != Code::unsupported) return dict;
  Error error = std::move(dict).error();
  error.message += how_to_export(files);
  return std::unexpected(std::move(error));
}

}  // namespace

bool holds_weights(const ModelFiles& files) {
  return files.format == FileFormat::safetensors || files.format == FileFormat::pth;
}

Expected<ir::Graph> import_weights(const ModelFiles& files, Bytes file) {
  HONE_TRY(const Json config, read_config(files));
  HONE_TRY(const weights::StateDict dict, read_weights(files, file));
  std::string architecture = files.architecture;
  if (architecture.empty()) architecture = weights::architecture_of(config).value_or("");
  if (!architecture.empty()) return weights::build_architecture(architecture, dict, config);
  return fail(Code::unsupported, "it holds ", dict.tensors.size(),
              " tensors without a graph; hone has the graphs of ", weights::architecture_names(),
              ", and knows such a model by the catalogue or by \"model_type\" in a config.json "
              "beside it; export others to ONNX");
}

}  // namespace hone
