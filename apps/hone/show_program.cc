#include "show_program.h"

#include <algorithm>
#include <map>

#include "backend/cpu/target.h"
#include "base/file.h"
#include "base/json.h"
#include "frontend/onnx/import.h"
#include "passes/program.h"
#include "table.h"

namespace hone::cli {
namespace {

struct Weights {
  int64_t tensors = 0, elements = 0, bytes = 0;
};

struct Summary {
  std::map<std::string, int> operators;    // of the file, its subgraphs included
  std::map<std::string, Weights> weights;  // by dtype
  Weights all;
};

void count_nodes(const onnx::GraphView& graph, Summary& summary) {
  for (const onnx::NodeView& node : graph.nodes) {
    const bool own = node.domain.empty() || node.domain == "ai.onnx";
    ++summary.operators[own ? std::string(node.op_type) : cat(node.domain, ".", node.op_type)];
    for (const onnx::AttributeView& attribute : node.attributes) {
      for (const onnx::GraphView& body : attribute.graphs) count_nodes(body, summary);
    }
  }
}

void count_weights(const ir::Graph& graph, Summary& summary) {
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    const int64_t elements = Dims(value.type.tensor.shape, {}).elements();
    const auto bytes = static_cast<int64_t>(value.constant.bytes.size());
    for (Weights* sum :
         {&summary.weights[std::string(name_of(value.type.tensor.dtype))], &summary.all}) {
      ++sum->tensors;
      sum->elements += elements;
      sum->bytes += bytes;
    }
  }
}

std::string list_operators(const Summary& summary) {
  std::vector<std::pair<int, std::string>> sorted;
  for (const auto& [name, count] : summary.operators) sorted.emplace_back(-count, name);
  std::ranges::sort(sorted);
  std::string text;
  for (const auto& [count, name] : sorted) {
    text += cat(text.empty() ? "" : ", ", printable(name), -count > 1 ? cat(" x ", -count) : "");
  }
  return text;
}

std::string versions(const onnx::ModelView& model) {
  std::string text;
  for (const onnx::OpsetImport& import : model.opset_imports) {
    const std::string_view domain = import.domain.empty() ? "ai.onnx" : import.domain;
    text += cat(text.empty() ? "" : ", ", printable(domain), " ", import.version);
  }
  return text;
}

struct Shown {
  const std::string& path;
  const MappedFile& file;
  const onnx::ModelView& model;
  const ir::Graph* graph;  // null if it could not be imported
  std::string problem;     // why
  Summary summary;
};

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

std::string text_of(const Shown& shown, const ProgramShow& show, const Console& console) {
  const auto title = [&](std::string_view text) {
    return cat(console.out_style(Style::bold, text), "\n");
  };
  const onnx::ModelView& model = shown.model;
  Table about({{}, {}}, "  ");
  about.row({"file", cat(printable(shown.path, 1000), " (", human_bytes(shown.file.bytes().size()),
                         ", ONNX, IR version ", model.ir_version, ")")});
  about.row({"opset", versions(model)});
  if (!model.producer_name.empty()) {
    about.row(
        {"made by", cat(printable(model.producer_name), " ", printable(model.producer_version))});
  }
  int nodes = 0;
  for (const auto& [name, count] : shown.summary.operators) nodes += count;
  about.row({"nodes", cat(nodes)});
  about.row(
      {"weights", cat(shown.summary.all.elements, " in ", shown.summary.all.tensors, " tensors, ",
                      human_bytes(static_cast<uint64_t>(shown.summary.all.bytes)))});
  std::string text =
      title(model.graph.name.empty() ? "A model without a name" : printable(model.graph.name));
  text += about.text_for(console);
  Table values({{}, {}, {}}, "  ");
  std::vector<std::string_view> constants;
  for (const auto& tensor : model.graph.initializers) constants.push_back(tensor.name);
  std::ranges::sort(constants);
  for (const auto& input : model.graph.inputs) {
    if (std::ranges::binary_search(constants, input.name)) continue;
    values.row({"in", printable(input.name), type_of(input)});
  }
  for (const auto& output : model.graph.outputs) {
    values.row({"out", printable(output.name), type_of(output)});
  }
  text += cat("\n", title("Inputs and outputs"), values.text_for(console));
  text += cat("\n", title("Operators"), "  ", list_operators(shown.summary), "\n");
  if (!shown.summary.weights.empty()) {
    Table weights(
        {{"TYPE"}, {"TENSORS", Align::right}, {"ELEMENTS", Align::right}, {"SIZE", Align::right}},
        "  ");
    for (const auto& [dtype, sum] : shown.summary.weights) {
      weights.row({dtype, cat(sum.tensors), cat(sum.elements),
                   human_bytes(static_cast<uint64_t>(sum.bytes))});
    }
    text += cat("\n", title("Weights"), weights.text_for(console));
  }
  if (show.tensors && shown.graph != nullptr) {
    Table tensors({{"TENSOR"}, {"TYPE"}}, "  ");
    for (const ir::Value& value : shown.graph->values) {
      if (value.kind != ir::ValueKind::constant) continue;
      tensors.row({printable(value.name), to_text(value.type, shown.graph->symbols)});
    }
    text += "\n" + tensors.text_for(console);
  }
  if (!model.metadata.empty()) {
    Table metadata({{}, {}}, "  ");
    for (const auto& [key, value] : model.metadata) {
      metadata.row({printable(key), printable(value, 60)});
    }
    text += cat("\n", title("Metadata"), metadata.text_for(console));
  }
  if (!shown.problem.empty()) text += cat("\nhone cannot run it: ", shown.problem, "\n");
  return text;
}

Json json_of(const Shown& shown) {
  Json json = Json::object();
  json.set("file", shown.path);
  json.set("size_bytes", shown.file.bytes().size());
  json.set("format", "onnx");
  json.set("ir_version", shown.model.ir_version);
  Json opsets = Json::object();
  for (const onnx::OpsetImport& import : shown.model.opset_imports) {
    opsets.set(import.domain.empty() ? "ai.onnx" : import.domain, import.version);
  }
  json.set("opsets", std::move(opsets));
  const auto list = [](std::span<const onnx::ValueInfoView> infos) {
    Json values = Json::array();
    for (const auto& info : infos) {
      Json one = Json::object();
      one.set("name", info.name);
      one.set("type", type_of(info));
      values.push(std::move(one));
    }
    return values;
  };
  json.set("inputs", list(shown.model.graph.inputs));
  json.set("outputs", list(shown.model.graph.outputs));
  Json operators = Json::object();
  for (const auto& [name, count] : shown.summary.operators) operators.set(name, count);
  json.set("operators", std::move(operators));
  json.set("weights", shown.summary.all.elements);
  json.set("weights_bytes", shown.summary.all.bytes);
  json.set("runs", shown.problem.empty());
  if (!shown.problem.empty()) json.set("problem", shown.problem);
  return json;
}

}  // namespace

Expected<int> show_program(const ProgramShow& show, Context& context) {
  HONE_TRY(const MappedFile file, MappedFile::open(show.path));
  HONE_TRY_CONTEXT(const onnx::ModelView model, onnx::parse_model(file.bytes()), show.path);
  onnx::TensorSource source(std::filesystem::path(show.path).parent_path());
  const auto imported = onnx::import_model(model, source);
  Shown shown{show.path, file, model, nullptr, {}, {}};
  count_nodes(model.graph, shown.summary);
  if (imported) {
    shown.graph = &imported->graph;
    count_weights(imported->graph, shown.summary);
  } else {
    shown.problem = imported.error().text();
  }
  if (show.plan) {
    if (!imported) return std::unexpected(imported.error());
    const TargetDesc target = cpu_target();
    HONE_TRY(const ir::Graph graph, passes::run_pipeline(imported->graph, target));
    HONE_TRY(const Program program, passes::make_program(graph, target));
    HONE_RETURN_IF_ERROR(context.console.print(passes::to_text(program)));
    return 0;
  }
  HONE_RETURN_IF_ERROR(context.console.print(show.json ? json_of(shown).write(kJsonPretty) + "\n"
                                                       : text_of(shown, show, context.console)));
  return 0;
}

}  // namespace hone::cli
