#include "show_program.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "backend/cpu/target.h"
#include "describe_program.h"
#include "passes/program.h"
#include "table.h"

namespace hone::cli {
namespace {

struct Weights {
  int64_t tensors = 0, elements = 0, bytes = 0;
};

struct AllWeights {
  std::map<std::string, Weights> by_dtype;
  Weights sum;
};

void count_weights(const ir::Graph& graph, AllWeights& weights) {
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    const int64_t elements = Dims(value.type.tensor.shape, {}).elements();
    const auto bytes = static_cast<int64_t>(value.constant.bytes.size());
    for (Weights* sum :
         {&weights.by_dtype[std::string(name_of(value.type.tensor.dtype))], &weights.sum}) {
      ++sum->tensors;
      sum->elements += elements;
      sum->bytes += bytes;
    }
  }
  for (const ir::Node& node : graph.nodes) {
    for (const ir::Graph& body : node.subgraphs) count_weights(body, weights);
  }
}

std::string list_operators(const ProgramDescription& model) {
  std::vector<std::pair<int, std::string>> sorted;
  for (const auto& [name, count] : model.operators) sorted.emplace_back(-count, name);
  std::ranges::sort(sorted);
  std::string text;
  for (const auto& [count, name] : sorted) {
    text += cat(text.empty() ? "" : ", ", printable(name), -count > 1 ? cat(" x ", -count) : "");
  }
  return text;
}

std::string about_text(const ModelFiles& files, const ProgramDescription& model,
                       const AllWeights& weights, const Console& console) {
  Table about({{}, {}}, "  ");
  about.row({"file", cat(printable(files.path, 1000), " (", human_bytes(model.file.bytes().size()),
                         ", ", model.format_text, ")")});
  // What exporters write there is seldom what a model is.
  if (!model.title.empty()) about.row({"name inside", printable(model.title)});
  for (const auto& [key, value] : model.about) about.row({key, value});
  int nodes = 0;
  for (const auto& [name, count] : model.operators) nodes += count;
  about.row({"nodes", cat(nodes)});
  about.row({"weights", cat(weights.sum.elements, " in ", weights.sum.tensors, " tensors, ",
                            human_bytes(static_cast<uint64_t>(weights.sum.bytes)))});
  for (const auto& [role, path] : files.files) about.row({role, printable(path, 1000)});
  return about.text_for(console);
}

std::string weights_text(const AllWeights& weights, const Console& console) {
  Table table(
      {{"TYPE"}, {"TENSORS", Align::right}, {"ELEMENTS", Align::right}, {"SIZE", Align::right}},
      "  ");
  for (const auto& [dtype, sum] : weights.by_dtype) {
    table.row({dtype, cat(sum.tensors), cat(sum.elements),
               human_bytes(static_cast<uint64_t>(sum.bytes))});
  }
  return table.text_for(console);
}

std::string tensors_text(const ir::Graph& graph, const Console& console) {
  Table tensors({{"TENSOR"}, {"TYPE"}}, "  ");
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    tensors.row({printable(value.name), to_text(value.type, graph.symbols)});
  }
  return tensors.text_for(console);
}

std::string text_of(const ProgramShow& show, const ProgramDescription& model,
                    const AllWeights& weights, const Console& console) {
  const auto title = [&](std::string_view text) {
    return cat(console.out_style(Style::bold, text), "\n");
  };
  const std::string file_name = std::filesystem::path(show.files.path).filename().string();
  std::string text = title(printable(show.title.empty() ? file_name : show.title, 1000));
  text += about_text(show.files, model, weights, console);
  Table values({{}, {}, {}}, "  ");
  for (const Port& input : model.inputs) values.row({"in", printable(input.name), input.type});
  for (const Port& output : model.outputs) values.row({"out", printable(output.name), output.type});
  text += cat("\n", title("Inputs and outputs"), values.text_for(console));
  text += cat("\n", title("Operators"), "  ", list_operators(model), "\n");
  if (!weights.by_dtype.empty()) {
    text += cat("\n", title("Weights"), weights_text(weights, console));
  }
  if (show.tensors && model.graph) text += "\n" + tensors_text(*model.graph, console);
  if (!model.metadata.empty()) {
    Table metadata({{}, {}}, "  ");
    for (const auto& [key, value] : model.metadata) {
      metadata.row({printable(key), printable(value, 60)});
    }
    text += cat("\n", title("Metadata"), metadata.text_for(console));
  }
  if (!show.files.task.is_null()) {
    text += cat("\n", title("Task"), show.files.task.write(kJsonPretty), "\n");
  }
  if (!model.problem.empty()) text += cat("\nhone cannot run it: ", model.problem, "\n");
  return text;
}

Json json_of(const ModelFiles& files, const ProgramDescription& model, const AllWeights& weights) {
  Json json = Json::object();
  if (!files.name.empty()) json.set("name", files.name);
  json.set("file", files.path);
  json.set("size_bytes", model.file.bytes().size());
  json.set("format", model.format);
  for (const auto& [key, value] : *model.details.as_object()) json.set(key, value);
  const auto list = [](std::span<const Port> ports) {
    Json values = Json::array();
    for (const Port& port : ports) {
      Json one = Json::object();
      one.set("name", port.name);
      one.set("type", port.type);
      values.push(std::move(one));
    }
    return values;
  };
  json.set("inputs", list(model.inputs));
  json.set("outputs", list(model.outputs));
  Json operators = Json::object();
  for (const auto& [name, count] : model.operators) operators.set(name, count);
  json.set("operators", std::move(operators));
  json.set("weights", weights.sum.elements);
  json.set("weights_bytes", weights.sum.bytes);
  if (!files.files.empty()) {
    Json& beside = json.set("files", Json::object());
    for (const auto& [role, path] : files.files) beside.set(role, path);
  }
  if (!model.metadata.empty()) {
    Json& metadata = json.set("metadata", Json::object());
    for (const auto& [key, value] : model.metadata) metadata.set(key, value);
  }
  if (!files.task.is_null()) json.set("task", files.task);
  json.set("runs", model.problem.empty());
  if (!model.problem.empty()) json.set("problem", model.problem);
  return json;
}

}  // namespace

Expected<int> show_program(const ProgramShow& show, Context& context) {
  HONE_TRY(const ProgramDescription model, describe_program(show.files));
  if (show.plan) {
    if (!model.graph) return fail(Code::unsupported, show.files.path, ": ", model.problem);
    const TargetDesc target = cpu_target();
    HONE_TRY(const ir::Graph graph, passes::run_pipeline(*model.graph, target));
    HONE_TRY(const Program program, passes::make_program(graph, target));
    HONE_RETURN_IF_ERROR(context.console.print(passes::to_text(program)));
    return 0;
  }
  AllWeights weights;
  if (model.graph) count_weights(*model.graph, weights);
  HONE_RETURN_IF_ERROR(context.console.print(
      show.json ? json_of(show.files, model, weights).write(kJsonPretty) + "\n"
                : text_of(show, model, weights, context.console)));
  return 0;
}

}  // namespace hone::cli
