// TFLite model -> ir::Graph.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/tflite/model.h"
#include "ir/graph.h"

namespace hone::tflite {

struct ImportedModel {
  ir::Graph graph;                        // constants are views into the file, or owned
  std::vector<std::string> output_names;  // of graph.outputs, as the model calls them
  // What the model keeps from run to run: the graph's last inputs, one each, become what its last
  // outputs were. The bytes for the first run; null: zeros.
  std::vector<std::shared_ptr<const std::vector<std::byte>>> states;
};

// The first subgraph and those it calls. Operators on channels-last pictures become channels-first
// ones between transposes; operators on quantized tensors compute in floats between dequantize and
// quantize. The model's file must outlive the graph. A missing operator is found here, and the
// message lists every one with the tensors it makes.
Expected<ImportedModel> import_model(const ModelView& model);

}  // namespace hone::tflite
