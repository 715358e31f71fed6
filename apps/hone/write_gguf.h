// From an engine back to the GGUF that it was made of.
#pragma once

#include <functional>
#include <string>

#include "engine/engine_file.h"

namespace hone::cli {

enum class GgufLikeness : uint8_t {
  file,     // byte for byte the source
  tensors,  // the same metadata and tensors; what lies between tensors may differ
};

// Writes the source of a language model's engine to `path`, whole or not at all. not_found if the
// engine does not keep it: it was made of split files or of another format. An error of `go_on`,
// which is asked between tensors, ends it.
Expected<GgufLikeness> write_gguf(const EngineFile& engine, const std::string& path,
                                  const std::function<Status()>& go_on = {});

}  // namespace hone::cli
