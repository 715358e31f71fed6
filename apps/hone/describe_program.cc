#include "describe_program.h"

#include <algorithm>
#include <filesystem>

#include "frontend/onnx/import.h"
#include "frontend/tflite/associated_files.h"
#include "frontend/tflite/constant.h"
#include "frontend/tflite/import.h"
#include "open/load_weights.h"
#include "tensor/dtype.h"

namespace hone::cli {
namespace {

template <class Imported>
void take_graph(Expected<Imported> imported, ProgramDescription& made) {
  if (imported) {
    made.graph = std::move(imported->graph);
  } else {
    made.problem = imported.error().text();
  }
}

void count_nodes(const onnx::GraphView& graph, std::map<std::string, int>& operators) {
  for (const onnx::NodeView& node : graph.nodes) {
    const bool own = node.domain.empty() || node.domain == "ai.onnx";
    ++operators[own ? std::string(node.op_type) : cat(node.domain, ".", node.op_type)];
    for (const onnx::AttributeView& attribute : node.attributes) {
      for (const onnx::GraphView& body : attribute.graphs) count_nodes(body, operators);
    }
  }
}

std::string type_of(const onnx::ValueInfoView& info) {
  if (info.type.kind != onnx::TypeView::Kind::tensor) return "no tensor";
  const auto dtype = onnx::dtype_of(info.type.elem_type);
  std::string text(dtype ? name_of(*dtype) : "string");
  if (!info.type.dims) return text + "[...]";
  text += "[";
  for (size_t i = 0; i < info.type.dims->size(); ++i) {
    const onnx::DimView& dim = (*info.type.dims)[i];
    text += cat(i > 0 ? ", " : "", dim.value               ? cat(*dim.value)
                                   : dim.parameter.empty() ? "?"
                                                           : printable(dim.parameter));
  }
  return text + "]";
}

void tell_versions(const onnx::ModelView& model, ProgramDescription& made) {
  std::string text;
  Json opsets = Json::object();
  for (const onnx::OpsetImport& import : model.opset_imports) {
    const std::string_view domain = import.domain.empty() ? "ai.onnx" : import.domain;
    text += cat(text.empty() ? "" : ", ", printable(domain), " ", import.version);
    opsets.set(domain, import.version);
  }
  made.about.emplace_back("opset", std::move(text));
  made.details.set("ir_version", model.ir_version);
  made.details.set("opsets", std::move(opsets));
  if (model.producer_name.empty()) return;
  made.about.emplace_back(
      "made by", cat(printable(model.producer_name), " ", printable(model.producer_version)));
}

Status describe_onnx(const std::string& path, ProgramDescription& made) {
  HONE_TRY_CONTEXT(const onnx::ModelView model, onnx::parse_model(made.file.bytes()), path);
  made.title = model.graph.name;
  made.format = "onnx";
  made.format_text = cat("ONNX, IR version ", model.ir_version);
  tell_versions(model, made);
  std::vector<std::string_view> constants;
  for (const auto& tensor : model.graph.initializers) constants.push_back(tensor.name);
  std::ranges::sort(constants);
  for (const auto& input : model.graph.inputs) {
    if (std::ranges::binary_search(constants, input.name)) continue;
    made.inputs.push_back({std::string(input.name), type_of(input)});
  }
  for (const auto& output : model.graph.outputs) {
    made.outputs.push_back({std::string(output.name), type_of(output)});
  }
  count_nodes(model.graph, made.operators);
  for (const auto& [key, value] : model.metadata) made.metadata.emplace_back(key, value);
  made.source = std::make_unique<onnx::TensorSource>(std::filesystem::path(path).parent_path());
  take_graph(onnx::import_model(model, *made.source), made);
  return {};
}

// "i8[1, ?, 40], 0.0235 x (q + 128)"
std::string type_of(const tflite::TensorView& tensor) {
  const auto dtype = tflite::dense_dtype(tensor.type);
  std::string text = dtype ? std::string(name_of(*dtype)) : tflite::type_text(tensor.type);
  const bool has_signature = tensor.shape_signature.size() == tensor.shape.size();
  text += "[";
  bool first = true;
  for (const int32_t size : has_signature ? tensor.shape_signature : tensor.shape) {
    text += cat(first ? "" : ", ", size < 0 ? "?" : cat(size));
    first = false;
  }
  text += "]";
  const tflite::Quantization& grid = tensor.quantization;
  if (grid.scales.size() != 1) return text;
  const int64_t zero = grid.zero_points.empty() ? 0 : grid.zero_points[0];
  return text + cat(", ", grid.scales[0],
                    zero == 0  ? " x q"
                    : zero > 0 ? cat(" x (q - ", zero, ")")
                               : cat(" x (q + ", -zero, ")"));
}

Status describe_tflite(const std::string& path, ProgramDescription& made) {
  HONE_TRY_CONTEXT(const tflite::ModelView model, tflite::parse_model(made.file.bytes()), path);
  made.title = model.description;
  made.format = "tflite";
  made.format_text = cat("TFLite, version ", model.version);
  made.details.set("version", model.version);
  for (const tflite::SubgraphView& graph : model.subgraphs) {
    for (const tflite::OperatorView& node : graph.operators) {
      ++made.operators[tflite::op_text(node)];
    }
  }
  if (!model.subgraphs.empty()) {
    const tflite::SubgraphView& graph = model.subgraphs[0];
    const auto port = [&](int32_t index) {
      const tflite::TensorView& tensor = graph.tensors[static_cast<size_t>(index)];
      return Port{std::string(tensor.name), type_of(tensor)};
    };
    for (const int32_t index : graph.inputs) made.inputs.push_back(port(index));
    for (const int32_t index : graph.outputs) made.outputs.push_back(port(index));
  }
  if (const auto files = tflite::associated_files(made.file.bytes())) {
    for (const auto& file : *files) made.about.emplace_back("with", printable(file.name));
  }
  take_graph(tflite::import_model(model), made);
  return {};
}

// Of weights alone: the graph that hone has for them.
void describe_weights(const ModelFiles& files, ProgramDescription& made) {
  made.format = name_of(*files.format);
  made.format_text = cat(made.format, ", weights without a graph");
  auto imported = import_weights(files, made.file.bytes());
  if (!imported) {
    made.problem = imported.error().text();
    return;
  }
  ir::Graph& graph = *imported;
  made.title = graph.name;
  made.details.set("architecture", graph.name);
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::input) continue;
    made.inputs.push_back({value.name, to_text(value.type, graph.symbols)});
  }
  for (const ir::ValueId output : graph.outputs) {
    made.outputs.push_back({graph[output].name, to_text(graph[output].type, graph.symbols)});
  }
  for (const ir::Node& node : graph.nodes) ++made.operators[std::string(node.op->name)];
  made.graph = std::move(graph);
}

}  // namespace

Expected<ProgramDescription> describe_program(const ModelFiles& files) {
  ProgramDescription made;
  HONE_TRY(made.file, MappedFile::open(files.path));
  if (holds_weights(files)) {
    describe_weights(files, made);
  } else if (files.format == FileFormat::tflite) {
    HONE_RETURN_IF_ERROR(describe_tflite(files.path, made));
  } else {
    HONE_RETURN_IF_ERROR(describe_onnx(files.path, made));
  }
  return made;
}

}  // namespace hone::cli
