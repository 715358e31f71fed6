#include "model_kind.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/file.h"

namespace hone::cli {
namespace {

constexpr std::string_view kGguf = "GGUF";
constexpr std::string_view kTfliteAt4 = "TFL3";

}  // namespace

Expected<ModelKind> kind_of_model(const std::string& path) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  const std::string_view head(reinterpret_cast<const char*>(file.bytes().data()),
                              std::min<size_t>(file.bytes().size(), 8));
  if (head.starts_with(kGguf)) return ModelKind::language;
  if (head.substr(std::min<size_t>(head.size(), 4)) == kTfliteAt4) return ModelKind::program;
  // ONNX files have no mark of their own.
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".onnx" || extension == ".tflite" ? ModelKind::program : ModelKind::language;
}

}  // namespace hone::cli
