// NodeImport: one TFLite operator on its way into the IR. Each op's tflite.cc maps the operators
// that mean it: it reads options and inputs here, adds nodes, and says what the outputs are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/tflite/model.h"
#include "ir/graph.h"

namespace hone::tflite {

class SubgraphImport;
struct Variable;

// The first error is kept and the rest does nothing, so that a mapping reads straight. A ValueId{}
// is an input that is left out, or what follows an error.
class NodeImport {
 public:
  NodeImport(SubgraphImport& graph, const OperatorView& node);

  BuiltinOperator op() const { return node_.op; }
  // The options of a type, as OperatorView::options_as.
  template <class Options>
  TableOf<Options> options() const {
    return node_.options_as<Options>();
  }

  Bytes custom_options() const { return node_.custom_options; }

  size_t inputs() const { return node_.inputs.size(); }
  size_t outputs() const { return node_.outputs.size(); }
  bool has_input(size_t i) const { return i < inputs() && node_.inputs[i] >= 0; }
  bool has_output(size_t i) const { return i < outputs() && node_.outputs[i] >= 0; }
  // Tensor i as the file describes it; an empty one if it is not there.
  const TensorView& input_tensor(size_t i) const;
  const TensorView& output_tensor(size_t i) const;
  // Whether output 0 and all inputs from `first` to before `end` have the same scale and zero
  // point (or none), so that elements may move as they are.
  bool keeps_quantization(size_t first = 0, size_t end = 1) const;

  ir::ValueId input(size_t i);  // as it is stored; ValueId{} if it is left out
  // The same, also of complex numbers, which `input` refuses: f32 with a last axis of 2.
  ir::ValueId parts(size_t i);
  ir::ValueId real(size_t i);  // in floats: a quantized one is dequantized, f16 becomes f32
  // Input i as the bias of a product of inputs x and w: integers count scale x * scale w.
  ir::ValueId bias(size_t i, size_t x, size_t w);
  const Type& type(ir::ValueId id) const;
  std::optional<size_t> rank(ir::ValueId id) const;
  // The shape that the file states for output 0, -1 where it may be resized; nothing if it states
  // none. What follows from shapes alone need not be computed then.
  std::optional<std::vector<int64_t>> declared_shape() const;
  // The elements of a constant; nothing if it is none.
  std::optional<std::vector<int64_t>> constant_ints(ir::ValueId id) const;
  std::optional<std::vector<double>> constant_floats(ir::ValueId id) const;
  // The same of an input; an error says that it must be a constant.
  std::vector<int64_t> ints(size_t i);

  // Adds a node; all its results, or the first.
  std::vector<ir::ValueId> add_all(std::string_view op, std::vector<ir::ValueId> operands,
                                   Attrs attrs = {});
  ir::ValueId add(std::string_view op, std::vector<ir::ValueId> operands, Attrs attrs = {});
  ir::ValueId transpose(ir::ValueId x, std::vector<int64_t> perm);
  ir::ValueId to_channels_first(ir::ValueId x) { return transpose(x, {0, 3, 1, 2}); }
  ir::ValueId to_channels_last(ir::ValueId x) { return transpose(x, {0, 2, 3, 1}); }
  ir::ValueId reshape(ir::ValueId x, std::vector<int64_t> shape);
  ir::ValueId cast(ir::ValueId x, DType to);  // x itself if it is of that dtype
  // What an operator does with its result before it stores it.
  ir::ValueId activate(ir::ValueId x, int8_t activation);  // schema::ActivationFunctionType
  // Constants that the graph owns.
  ir::ValueId scalar(DType dtype, double value);  // []
  // What stands for 0 in input i as it is stored; ValueId{} if that is 0.
  ir::ValueId stored_zero(size_t i);
  ir::ValueId constant(DType dtype, std::span<const double> values);  // [n]

  // Output i is this value. A mapping calls one of them for each output that is there.
  void output(size_t i, ir::ValueId value);       // stored as it is
  void output_real(size_t i, ir::ValueId value);  // floats, quantized if the tensor is
  void output_cast(size_t i, ir::ValueId value);  // cast to the tensor's dtype

  // For operators that call subgraphs or keep values from run to run (graph_import.h).
  SubgraphImport& subgraph() { return graph_; }
  // Adds a node that runs on the host, with results of these types.
  std::vector<ir::ValueId> add_host(std::string_view op, std::vector<ir::ValueId> operands,
                                    Attrs attrs, std::vector<Type> results);
  // The variable that input i is or is a handle of; null: neither.
  Variable* variable(size_t i);
  void define_handle(size_t output, Variable& variable);
  ir::ValueId read(Variable& variable, const hone::TensorType& type);
  void assign(Variable& variable, ir::ValueId value);
  // What the variable that is input i becomes; floats, quantized if the tensor is.
  void assign_real(size_t i, ir::ValueId value);

  // What this build cannot import; the sentence goes on after the operator's name.
  template <class... Parts>
  void unsupported(const Parts&... parts) {
    set_error(Error{Code::unsupported, cat(parts...), {}});
  }
  template <class... Parts>
  void invalid(const Parts&... parts) {
    set_error(Error{Code::corrupt, cat(parts...), {}});
  }
  void set_error(Error error);
  bool ok() const { return ok_; }
  Error take_error() { return std::move(error_); }

 private:
  std::string fresh_name(std::string_view what);
  ir::ValueId dequantize(ir::ValueId stored, const TensorView& tensor);
  ir::ValueId stored(ir::ValueId value, const TensorView& tensor);
  ir::ValueId quantize(ir::ValueId value, const TensorView& tensor);

  SubgraphImport& graph_;
  const OperatorView& node_;
  bool ok_ = true;
  Error error_;
};

// A foreign operator and its mapping.
struct TfliteOp {
  BuiltinOperator op;
  void (*import)(NodeImport&);
  std::string_view custom = {};  // the name of a CUSTOM one
};

// Every mapping, made from the files ops/*/tflite.cc and frontend/tflite/foreign/*.cc.
const TfliteOp* find_tflite_op(const OperatorView& node);
std::vector<const TfliteOp*> all_tflite_ops();

}  // namespace hone::tflite
