#include "model_kind.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/file.h"

namespace hone::cli {
namespace {

constexpr std::string_view kGguf = "GGUF";
constexpr std::string_view kTfliteAt4 = "TFL3";

std::string_view head_of(Bytes file) {
  return {reinterpret_cast<const char*>(file.data()), std::min<size_t>(file.size(), 8)};
}

}  // namespace

bool is_tflite(Bytes file) {
  const std::string_view head = head_of(file);
  return head.size() == 8 && head.substr(4) == kTfliteAt4;
}

Expected<ModelKind> kind_of_model(const std::string& path) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  if (head_of(file.bytes()).starts_with(kGguf)) return ModelKind::language;
  if (is_tflite(file.bytes())) return ModelKind::program;
  // ONNX files have no mark of their own.
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".onnx" || extension == ".tflite" ? ModelKind::program : ModelKind::language;
}

}  // namespace hone::cli
