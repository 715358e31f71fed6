// What hone show tells of a model that takes tensors, whatever its format.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "frontend/onnx/tensor_source.h"
#include "ir/graph.h"
#include "models/resolve.h"

namespace hone::cli {

// An input or output: "f32[1, 3, height, width]".
struct Port {
  std::string name, type;
};

// Move only.
struct ProgramDescription {
  MappedFile file;
  std::string title;
  std::string format, format_text;                         // "onnx", "ONNX, IR version 8"
  std::vector<std::pair<std::string, std::string>> about;  // more lines below the file's
  Json details = Json::object();                           // the same for programs
  std::vector<Port> inputs, outputs;
  std::map<std::string, int> operators;  // of subgraphs, too
  std::vector<std::pair<std::string, std::string>> metadata;
  std::optional<ir::Graph> graph;              // none if it could not be imported
  std::string problem;                         // why
  std::unique_ptr<onnx::TensorSource> source;  // of constants in other files
};

Expected<ProgramDescription> describe_program(const ModelFiles& files);

}  // namespace hone::cli
