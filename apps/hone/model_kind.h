// What a model's file is, by its first bytes; ONNX, which has no mark, by its name.
#pragma once

#include <string>

#include "base/error.h"

namespace hone::cli {

enum class ModelKind {
  language,  // GGUF
  program,   // ONNX or TFLite: tensors in, tensors out
};

// An error only if the file cannot be read. A file of no known format is taken for a GGUF, whose
// reader says what is wrong with it.
Expected<ModelKind> kind_of_model(const std::string& path);

}  // namespace hone::cli
