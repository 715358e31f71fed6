// What a model's file is, by its first bytes; ONNX, which has no mark, by its name.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace hone::cli {

enum class ModelKind {
  language,  // GGUF
  program,   // ONNX or TFLite: tensors in, tensors out
};

// An error only if the file cannot be read. A file of no known format is taken for a GGUF, whose
// reader says what is wrong with it.
Expected<ModelKind> kind_of_model(const std::string& path);

// Whether these are the first bytes of a TFLite file.
bool is_tflite(Bytes file);

}  // namespace hone::cli
