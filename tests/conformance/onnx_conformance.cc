// Runs ONNX's backend conformance cases: folders with a model.onnx and test_data_set_N/ beside it.
//
//   onnx_conformance [--misses FILE] [--table FILE] [--only TEXT] FOLDER...
//   onnx_conformance --operators     what is imported, a line each
//
// Prints each miss with its reason and the passes by operator. With --misses, a file of the names
// that are known to miss, "name  # why" a line, exit status 1 tells that others miss or that these
// do not. --table writes the counts as JSON lines: {"op":"Conv","passed":6,"cases":6}.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "base/file.h"
#include "frontend/onnx/model.h"
#include "frontend/onnx/node_import.h"
#include "frontend/onnx/tensor_bytes.h"
#include "open/load_program.h"
#include "tensor/encode.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

Expected<Tensor> tensor_of(const onnx::TensorView& view, onnx::TensorSource& source) {
  const Dims dims{std::span<const int64_t>(view.dims)};
  if (view.data_type == onnx::DataType::STRING) {
    HONE_TRY(const auto strings, onnx::tensor_strings(view));
    return Tensor::of_strings({strings.begin(), strings.end()}, dims);
  }
  HONE_TRY(const onnx::TensorBytes bytes, onnx::tensor_bytes(view, source));
  return Tensor::copy_of({bytes.bytes.data(), bytes.dtype, dims});
}

Expected<RunValue> value_of(const onnx::DataView& view, onnx::TensorSource& source) {
  using Kind = onnx::DataView::Kind;
  if (view.kind == Kind::tensor) {
    HONE_TRY(Tensor tensor, tensor_of(view.tensor, source));
    return RunValue(std::move(tensor));
  }
  if (view.kind == Kind::optional) {
    return view.elements.empty() ? RunValue() : value_of(view.elements[0], source);
  }
  if (view.kind != Kind::sequence) return fail(Code::unsupported, "a map or sparse tensor");
  std::vector<Tensor> items;
  for (const onnx::DataView& element : view.elements) {
    HONE_TRY(RunValue item, value_of(element, source));
    items.push_back(std::move(item.tensor));
  }
  return RunValue::sequence(std::move(items));
}

Expected<RunValue> read_value(const fs::path& path, const onnx::TypeView& type) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  onnx::TensorSource source(path.parent_path());
  using Kind = onnx::TypeView::Kind;
  if (type.kind == Kind::sequence) {
    HONE_TRY(const onnx::DataView view, onnx::parse_sequence(file.bytes()));
    return value_of(view, source);
  }
  if (type.kind == Kind::optional) {
    HONE_TRY(const onnx::DataView view, onnx::parse_optional(file.bytes()));
    return value_of(view, source);
  }
  HONE_TRY(const onnx::TensorView view, onnx::parse_tensor(file.bytes()));
  HONE_TRY(Tensor tensor, tensor_of(view, source));
  return RunValue(std::move(tensor));
}

// The tolerances of onnx.backend.test: numpy.testing.assert_allclose(rtol 1e-3, atol 1e-7).
Status compare_tensors(const Tensor& actual, const Tensor& expected) {
  if (actual.dtype() != expected.dtype() || actual.dims() != expected.dims()) {
    return fail(Code::internal, "gives ",
                to_text(TensorType{actual.dtype(), actual.dims().shape()}, {}), " instead of ",
                to_text(TensorType{expected.dtype(), expected.dims().shape()}, {}));
  }
  if (actual.dtype() == DType::string) {
    if (actual.strings() == expected.strings()) return {};
    return fail(Code::internal, "gives other text");
  }
  const int64_t count = expected.dims().elements(), size = info(expected.dtype()).block_bytes;
  for (int64_t i = 0; i < count; ++i) {
    const double a = decode_element(actual.dtype(), actual.view().data + i * size);
    const double e = decode_element(expected.dtype(), expected.view().data + i * size);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    if (std::isfinite(e) && std::abs(a - e) <= 1e-7 + 1e-3 * std::abs(e)) continue;
    return fail(Code::internal, "element ", i, " is ", a, " instead of ", e);
  }
  return {};
}

Status compare(const RunValue& actual, const RunValue& expected) {
  if (actual.kind != expected.kind) return fail(Code::internal, "gives another kind of value");
  if (actual.kind == RunValue::Kind::tensor) return compare_tensors(actual.tensor, expected.tensor);
  if (actual.items.size() != expected.items.size()) {
    return fail(Code::internal, "gives ", actual.items.size(), " tensors instead of ",
                expected.items.size());
  }
  for (size_t i = 0; i < actual.items.size(); ++i) {
    HONE_RETURN_IF_ERROR(compare_tensors(actual.items[i], expected.items[i]));
  }
  return {};
}

// The node that a case is about: the last one, whose output it checks; or the folder's name.
std::string op_of(const fs::path& folder) {
  const auto file = MappedFile::open(folder / "model.onnx");
  if (!file) return "?";
  const auto model = onnx::parse_model(file->bytes());
  if (!model || model->graph.nodes.size() != 1) return "(graphs of several nodes)";
  return std::string(model->graph.nodes[0].op_type);
}

Status run_set(LoadedProgram& model, const onnx::GraphView& graph, const fs::path& set) {
  std::map<std::string_view, const onnx::TypeView*> types;
  for (const auto& info : graph.inputs) types[info.name] = &info.type;
  // Data files are numbered in the order of the model's inputs, initializers left out.
  std::vector<RunValue> inputs;
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    HONE_TRY_CONTEXT(RunValue value,
                     read_value(set / cat("input_", i, ".pb"), *types[model.inputs[i].name]),
                     "input ", i);
    inputs.push_back(std::move(value));
  }
  HONE_TRY(const std::vector<RunValue> outputs, model.session->run(inputs));
  for (size_t i = 0; i < outputs.size(); ++i) {
    HONE_TRY_CONTEXT(const RunValue expected,
                     read_value(set / cat("output_", i, ".pb"), graph.outputs[i].type), "output ",
                     i);
    if (Status status = compare(outputs[i], expected); !status) {
      return std::unexpected(std::move(status).error().context(cat("output ", i)));
    }
  }
  return {};
}

Status run_case(const fs::path& folder) {
  HONE_TRY(const MappedFile file, MappedFile::open(folder / "model.onnx"));
  HONE_TRY(const onnx::ModelView view, onnx::parse_model(file.bytes()));
  HONE_TRY(LoadedProgram model, load_program({.path = folder / "model.onnx"}, {.threads = 2}));
  int sets = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("test_data_set_")) continue;
    ++sets;
    HONE_RETURN_IF_ERROR(run_set(model, view.graph, entry.path()));
  }
  if (sets == 0) return fail(Code::not_found, "there is no data");
  return {};
}

struct Count {
  int passed = 0, cases = 0;
};

struct Options {
  std::string misses, table, only;
  std::vector<fs::path> folders;
};

std::set<std::string> read_misses(const std::string& path) {
  std::set<std::string> names;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string_view name = trim(std::string_view(line).substr(0, line.find('#')));
    if (!name.empty()) names.emplace(name);
  }
  return names;
}

int run(const Options& options) {
  std::vector<fs::path> cases;
  for (const fs::path& folder : options.folders) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_directory() && name.find(options.only) != name.npos)
        cases.push_back(entry.path());
    }
  }
  std::ranges::sort(cases);
  std::map<std::string, Count> by_op;
  Count all;
  std::set<std::string> missed;
  for (const fs::path& folder : cases) {
    const std::string name = folder.filename().string();
    const Status status = run_case(folder);
    Count& count = by_op[op_of(folder)];
    ++count.cases, ++all.cases;
    if (status) {
      ++count.passed, ++all.passed;
      continue;
    }
    missed.insert(name);
    std::printf("miss %s: %s\n", name.c_str(), status.error().text().c_str());
  }
  for (const auto& [op, count] : by_op) {
    std::printf("%-28s %d of %d\n", op.c_str(), count.passed, count.cases);
  }
  std::printf("%d of %d cases pass (%.1f %%)\n", all.passed, all.cases,
              100.0 * all.passed / std::max(1, all.cases));
  if (!options.table.empty()) {
    std::ofstream table(options.table);
    for (const auto& [op, count] : by_op) {
      table << cat("{\"op\":\"", op, "\",\"passed\":", count.passed, ",\"cases\":", count.cases,
                   "}\n");
    }
  }
  if (options.misses.empty()) return 0;
  int surprises = 0, unexpected = 0;
  const std::set<std::string> known = read_misses(options.misses);
  for (const std::string& name : missed) {
    if (known.contains(name)) continue;
    ++surprises, ++unexpected;
    std::printf("%s should pass\n", name.c_str());
  }
  for (const fs::path& folder : cases) {
    const std::string name = folder.filename().string();
    if (missed.contains(name) || !known.contains(name)) continue;
    ++surprises;
    std::printf("%s passes now: take it out of %s\n", name.c_str(), options.misses.c_str());
  }
  std::printf("%zu known misses, %d surprises\n", missed.size() - static_cast<size_t>(unexpected),
              surprises);
  return surprises == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  hone::Options options;
  bool operators = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--misses" && more) {
      options.misses = argv[++i];
    } else if (word == "--table" && more) {
      options.table = argv[++i];
    } else if (word == "--only" && more) {
      options.only = argv[++i];
    } else if (word == "--operators") {
      operators = true;
    } else {
      options.folders.emplace_back(word);
    }
  }
  if (operators) {
    for (const hone::onnx::OnnxOp* op : hone::onnx::all_onnx_ops()) {
      std::printf("%s\n",
                  hone::cat(op->domain, op->domain.empty() ? "" : ".", op->op_type).c_str());
    }
    return 0;
  }
  if (options.folders.empty()) {
    std::fprintf(stderr, "onnx_conformance: name a folder of cases\n");
    return 2;
  }
  return hone::run(options);
}
