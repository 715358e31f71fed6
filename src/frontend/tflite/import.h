// TFLite model -> ir::Graph.
#pragma once

#include <string>
#include <vector>

#include "frontend/tflite/model.h"
#include "ir/graph.h"

namespace hone::tflite {

struct ImportedModel {
  ir::Graph graph;                        // constants are views into the file, or owned
  std::vector<std::string> output_names;  // of graph.outputs, as the model calls them
};

// The first subgraph. Operators on channels-last pictures become channels-first ones between
// transposes; operators on quantized tensors compute in floats between dequantize and quantize.
// The model's file must outlive the graph. A missing operator is found here, and the message lists
// every one with the tensors it makes.
Expected<ImportedModel> import_model(const ModelView& model);

}  // namespace hone::tflite
