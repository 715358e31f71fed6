// ONNX model -> ir::Graph.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "frontend/onnx/model.h"
#include "frontend/onnx/tensor_source.h"
#include "ir/graph.h"

namespace hone::onnx {

struct ImportedModel {
  ir::Graph graph;                        // constants are views into the file, or owned
  std::vector<std::string> output_names;  // of graph.outputs, as the model calls them
};

// `model` and `source` must outlive the graph. A missing op is found here, and the message lists
// every one with its nodes.
Expected<ImportedModel> import_model(const ModelView& model, TensorSource& source);

}  // namespace hone::onnx
