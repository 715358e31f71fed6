// Model families: each turns a GGUF's metadata and tensors into an IR graph. A family is one file
// here and one line in families.cc.
#pragma once

#include <string_view>

#include "engine/language_model_info.h"
#include "frontend/gguf/reader.h"
#include "ir/graph.h"

namespace hone {

struct LanguageModelOptions {
  int64_t max_tokens = 512;  // rows of one run
  int64_t max_outputs = 64;  // rows of one run whose logits can be asked for
};

struct LanguageModelGraph {
  ir::Graph graph;  // constants view into the file, which must outlive it
  LanguageModelInfo info;
};

// Whether this build knows general.architecture; the error lists the families it knows.
Expected<LanguageModelGraph> build_language_model(const GgufFile& file,
                                                  const LanguageModelOptions& options = {});

}  // namespace hone
