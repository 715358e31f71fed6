#include "model_kind.h"

#include <filesystem>

#include "base/file.h"

namespace hone::cli {

Expected<ModelKind> kind_of_model(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".onnx" || extension == ".tflite") return ModelKind::program;
  return ModelKind::language;
}

}  // namespace hone::cli
