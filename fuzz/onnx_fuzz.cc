// ONNX: the model, its tensors, and the messages of data files, from hostile bytes.
#include <filesystem>

#include "base/bytes.h"
#include "frontend/onnx/model.h"
#include "frontend/onnx/tensor_bytes.h"

namespace {

using namespace hone::onnx;

volatile uint64_t sink;

class Reader {
 public:
  Reader() : source_(folder()) {}

  void graph(const GraphView& view) {
    for (const TensorView& one : view.initializers) tensor(one);
    for (const SparseTensorView& one : view.sparse_initializers) sparse(one);
    for (const NodeView& one : view.nodes) node(one);
  }
  void node(const NodeView& view) {
    touch(view.op_type);
    for (const std::string_view name : view.inputs) touch(name);
    for (const AttributeView& one : view.attributes) attribute(one);
  }
  void attribute(const AttributeView& view) {
    sum_ += view.floats.size() + view.ints.size() + view.types.size();
    for (const std::string_view text : view.strings) touch(text);
    for (const TensorView& one : view.tensors) tensor(one);
    for (const SparseTensorView& one : view.sparse_tensors) sparse(one);
    for (const GraphView& one : view.graphs) graph(one);
  }
  void data(const DataView& view) {
    if (view.kind == DataView::Kind::tensor) tensor(view.tensor);
    if (view.kind == DataView::Kind::sparse_tensor) sparse(view.sparse);
    for (const DataView& one : view.elements) data(one);
  }
  void tensor(const TensorView& view) {
    touch(view.name);
    check(tensor_bytes(view, source_));
    check(tensor_bytes(view, source_, Placement::anywhere));
    if (const auto strings = tensor_strings(view)) {
      for (const std::string_view text : *strings) touch(text);
    }
  }
  uint64_t sum() const { return sum_; }

 private:
  // Empty: whatever path a model names, nothing is there.
  static std::filesystem::path folder() {
    const auto path = std::filesystem::temp_directory_path() / "hone_onnx_fuzz";
    std::filesystem::create_directories(path);
    return path;
  }
  void sparse(const SparseTensorView& view) {
    tensor(view.values);
    check(tensor_bytes(view, source_));
  }
  void touch(std::string_view text) { sum_ += text.empty() ? 0 : text.back() == 'x'; }
  void check(const hone::Expected<TensorBytes>& bytes) {
    if (!bytes) {
      if (bytes.error().message.empty()) __builtin_trap();
      return;
    }
    const auto elements = element_count(bytes->dims);
    if (!elements) __builtin_trap();
    if (bytes->bytes.size() != static_cast<uint64_t>(row_bytes(bytes->dtype, *elements))) {
      __builtin_trap();
    }
    for (const std::byte byte : bytes->bytes) sum_ += std::to_integer<uint64_t>(byte);
  }

  TensorSource source_;
  uint64_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  Reader reader;
  if (const auto model = parse_model(bytes)) {
    reader.graph(model->graph);
    for (const FunctionView& function : model->functions) {
      for (const NodeView& node : function.nodes) reader.node(node);
    }
  } else if (model.error().message.empty()) {
    __builtin_trap();
  }
  if (const auto tensor = parse_tensor(bytes)) reader.tensor(*tensor);
  if (const auto sequence = parse_sequence(bytes)) reader.data(*sequence);
  if (const auto optional = parse_optional(bytes)) reader.data(*optional);
  sink = reader.sum();
  return 0;
}
