// TFLite: the reader, dense constants and the files behind a model, from hostile bytes.
#include "base/bytes.h"
#include "frontend/tflite/associated_files.h"
#include "frontend/tflite/constant.h"
#include "frontend/tflite/model.h"

namespace {

namespace schema = hone::tflite::schema;
using hone::tflite::ModelView;
using hone::tflite::OperatorView;
using hone::tflite::SubgraphView;
using hone::tflite::TensorView;

volatile size_t sink;

size_t sum_of(hone::Bytes bytes) {
  size_t sum = 0;
  for (const std::byte byte : bytes) sum += static_cast<size_t>(byte);
  return sum;
}

// Views may overlap, so that reading them all may take a file's size times its entries.
constexpr size_t kMostBytes = 1 << 20;

void read_tensors(const SubgraphView& graph, size_t& budget) {
  size_t sum = 0;
  for (const TensorView& tensor : graph.tensors) {
    const size_t size = tensor.data ? tensor.data->size() : 0;
    if (size + tensor.name.size() > budget) return;
    budget -= size + tensor.name.size();
    sum += sum_of(hone::as_bytes(tensor.name)) + hone::tflite::type_text(tensor.type).size();
    if (const auto dense = hone::tflite::dense_bytes(tensor)) {
      const auto count = hone::tflite::element_count(tensor);
      const auto dtype = hone::tflite::dense_dtype(tensor.type);
      if (!count || !dtype) __builtin_trap();
      if (hone::row_bytes(*dtype, *count) != static_cast<int64_t>(dense->bytes().size())) {
        __builtin_trap();
      }
      sum += sum_of(dense->bytes());
    } else if (dense.error().message.empty()) {
      __builtin_trap();
    }
  }
  sink = sum;
}

void read_operators(const SubgraphView& graph) {
  const auto tensors = static_cast<int64_t>(graph.tensors.size());
  for (const OperatorView& op : graph.operators) {
    for (const auto& list : {op.inputs, op.outputs, op.intermediates}) {
      for (const int32_t index : list) {
        if (index < -1 || index >= tensors) __builtin_trap();
      }
    }
    const auto conv = op.options_as<schema::Conv2DOptions>();
    const auto reshape = op.options_as<schema::ReshapeOptions>();
    size_t sum = hone::tflite::op_text(op).size();
    sum += static_cast<size_t>(conv.get(schema::Conv2DOptions::stride_w));
    sum += reshape.get(schema::ReshapeOptions::new_shape).size();
    sum += op.custom_options.empty() ? 0 : static_cast<size_t>(op.custom_options.back());
    sink = sum;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto files = hone::tflite::associated_files(bytes)) {
    for (const auto& file : *files) sink = file.name.size() + file.content.size();
  }
  const auto model = hone::tflite::parse_model(bytes);
  if (!model) {
    if (model.error().message.empty()) __builtin_trap();
    return 0;
  }
  size_t budget = kMostBytes;
  for (const SubgraphView& graph : model->subgraphs) {
    read_tensors(graph, budget);
    read_operators(graph);
  }
  for (const auto& entry : model->metadata) sink = entry.name.size() + entry.data.size();
  return 0;
}
