// Models whose file holds weights alone: the graph is hone's own, of the architecture that the
// catalogue or the model's config.json names.
#pragma once

#include "base/bytes.h"
#include "ir/graph.h"
#include "models/resolve.h"

namespace hone {

bool holds_weights(const ModelFiles& files);  // and no graph

// `file` is the content of files.path, and must outlive the graph. An error says what to do
// instead: which file is missing, or the command that exports the model to ONNX.
Expected<ir::Graph> import_weights(const ModelFiles& files, Bytes file);

}  // namespace hone
