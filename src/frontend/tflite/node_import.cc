#include "frontend/tflite/node_import.h"

#include <algorithm>
#include <cstring>

#include "frontend/tflite/constant.h"
#include "frontend/tflite/graph_import.h"
#include "ops/binary/op.h"
#include "ops/cast/op.h"
#include "ops/dequantize/op.h"
#include "ops/quantize/op.h"
#include "ops/reshape/op.h"
#include "ops/shape_rules.h"
#include "ops/transpose/op.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

// Whether scale and zero point apply: converters write them beside other types, too. 32- and 64-bit
// integers count in scales only as biases.
bool is_quantized(const TensorView& tensor) {
  if (!tensor.quantization.is_quantized()) return false;
  switch (tensor.type) {
    case TensorType::INT4:
    case TensorType::INT8:
    case TensorType::UINT8:
    case TensorType::INT16:
      return true;
    default:
      return false;
  }
}

bool same_quantization(const TensorView& a, const TensorView& b) {
  if (a.type != b.type) return false;
  if (is_quantized(a) != is_quantized(b)) return false;
  if (!is_quantized(a)) return true;
  const Quantization &p = a.quantization, &q = b.quantization;
  const auto zero = [](const Quantization& of) {
    return of.zero_points.empty() ? 0 : of.zero_points[0];
  };
  return p.scales.size() == 1 && q.scales.size() == 1 && p.scales[0] == q.scales[0] &&
         zero(p) == zero(q);
}

}  // namespace

NodeImport::NodeImport(SubgraphImport& graph, const OperatorView& node)
    : graph_(graph), node_(node) {}

const TensorView& NodeImport::input_tensor(size_t i) const {
  static const TensorView none;
  return has_input(i) ? graph_.tensor(node_.inputs[i]) : none;
}

const TensorView& NodeImport::output_tensor(size_t i) const {
  static const TensorView none;
  return has_output(i) ? graph_.tensor(node_.outputs[i]) : none;
}

bool NodeImport::keeps_quantization(size_t first, size_t end) const {
  for (size_t i = first; i < end; ++i) {
    if (!same_quantization(input_tensor(i), output_tensor(0))) return false;
  }
  return true;
}

ir::ValueId NodeImport::input(size_t i) {
  if (input_tensor(i).type == TensorType::COMPLEX64) unsupported("takes complex numbers");
  return parts(i);
}

ir::ValueId NodeImport::parts(size_t i) {
  if (!has_input(i) || !ok_) return {};
  auto found = graph_.lookup(node_.inputs[i]);
  if (found) return *found;
  set_error(std::move(found).error());
  return {};
}

ir::ValueId NodeImport::real(size_t i) {
  const ir::ValueId stored = input(i);
  if (!stored || !ok_) return {};
  const TensorView& tensor = input_tensor(i);
  if (!is_quantized(tensor) && tensor.type != TensorType::FLOAT16) return stored;
  ir::ValueId& known = graph_.reals_[static_cast<size_t>(node_.inputs[i])];
  if (!known) known = dequantize(stored, tensor);
  return known;
}

ir::ValueId NodeImport::bias(size_t i, size_t x, size_t w) {
  const ir::ValueId stored = input(i);
  const TensorView& tensor = input_tensor(i);
  if (!stored || !ok_) return {};
  const bool counts = tensor.type == TensorType::INT32 || tensor.type == TensorType::INT64;
  if (!counts) return real(i);
  const Quantization &of_x = input_tensor(x).quantization, &of_w = input_tensor(w).quantization;
  if (!of_x.is_quantized() || !of_w.is_quantized()) {
    unsupported("has an integer bias, but its operands have no scales");
    return {};
  }
  std::vector<double> scales;
  for (const float scale : of_w.scales) {
    scales.push_back(static_cast<double>(of_x.scales[0] * scale));
  }
  const ir::ValueId scale =
      scales.size() == 1 ? scalar(DType::f32, scales[0]) : constant(DType::f32, scales);
  if (tensor.type == TensorType::INT32) {
    return add("dequantize", {stored, scale, {}}, DequantizeAttrs{.axis = 0});
  }
  return add("binary", {cast(stored, DType::f32), scale}, BinaryAttrs{BinaryKind::mul});
}

const Type& NodeImport::type(ir::ValueId id) const {
  static const Type unknown = Type::unknown();
  return id ? graph_.graph()[id].type : unknown;
}

std::optional<size_t> NodeImport::rank(ir::ValueId id) const {
  if (!type(id).is_tensor()) return {};
  return type(id).tensor.shape.size();
}

std::optional<std::vector<int64_t>> NodeImport::declared_shape() const {
  const TensorView& tensor = output_tensor(0);
  if (tensor.shape.empty() && !tensor.has_rank) return {};
  const bool has_signature = tensor.shape_signature.size() == tensor.shape.size();
  std::vector<int64_t> sizes;
  for (const int32_t size : has_signature ? tensor.shape_signature : tensor.shape) {
    sizes.push_back(std::max(size, -1));
  }
  return sizes;
}

std::optional<std::vector<int64_t>> NodeImport::constant_ints(ir::ValueId id) const {
  if (!id || graph_.graph()[id].kind != ir::ValueKind::constant) return {};
  return known_ints(ir::operand_type(graph_.graph()[id]));
}

std::optional<std::vector<double>> NodeImport::constant_floats(ir::ValueId id) const {
  if (!id || graph_.graph()[id].kind != ir::ValueKind::constant) return {};
  return known_doubles(ir::operand_type(graph_.graph()[id]));
}

std::vector<int64_t> NodeImport::ints(size_t i) {
  auto values = constant_ints(input(i));
  if (values) return *std::move(values);
  unsupported("needs its input ", i, " to be a constant of integers");
  return {};
}

void NodeImport::set_error(Error error) {
  if (!ok_) return;
  ok_ = false;
  error_ = std::move(error);
}

std::string NodeImport::fresh_name(std::string_view what) {
  if (has_output(0) && !output_tensor(0).name.empty()) {
    return graph_.scope().unique_name(cat(output_tensor(0).name, "/", what));
  }
  return graph_.scope().unique_name(what);
}

std::vector<ir::ValueId> NodeImport::add_all(std::string_view op_name,
                                             std::vector<ir::ValueId> operands, Attrs attrs) {
  if (!ok_) return {};
  const OpDef* op = find_op(op_name);
  HONE_CHECK(op != nullptr);
  if (attrs == Attrs(NoAttrs{})) attrs = op->default_attrs();
  auto results =
      graph_.graph().add_node(*op, fresh_name(op_name), std::move(attrs), std::move(operands));
  if (results) return *std::move(results);
  set_error(std::move(results).error());
  return {};
}

ir::ValueId NodeImport::add(std::string_view op, std::vector<ir::ValueId> operands, Attrs attrs) {
  const auto results = add_all(op, std::move(operands), std::move(attrs));
  return results.empty() ? ir::ValueId{} : results.front();
}

std::vector<ir::ValueId> NodeImport::add_host(std::string_view op_name,
                                              std::vector<ir::ValueId> operands, Attrs attrs,
                                              std::vector<Type> results) {
  if (!ok_) return {};
  const OpDef* op = find_op(op_name);
  HONE_CHECK(op != nullptr);
  if (attrs == Attrs(NoAttrs{})) attrs = op->default_attrs();
  return graph_.graph().add_host_node(*op, fresh_name(op_name), std::move(attrs),
                                      std::move(operands), std::move(results));
}

Variable* NodeImport::variable(size_t i) {
  return has_input(i) ? graph_.variable(node_.inputs[i]) : nullptr;
}

void NodeImport::define_handle(size_t output, Variable& variable) {
  if (has_output(output)) graph_.define_handle(node_.outputs[output], variable);
}

ir::ValueId NodeImport::read(Variable& variable, const hone::TensorType& type) {
  if (!ok_) return {};
  auto value = graph_.read(variable, type);
  if (value) return *value;
  set_error(std::move(value).error());
  return {};
}

void NodeImport::assign(Variable& variable, ir::ValueId value) {
  if (!ok_) return;
  if (Status status = graph_.assign(variable, value); !status) {
    set_error(std::move(status).error());
  }
}

ir::ValueId NodeImport::transpose(ir::ValueId x, std::vector<int64_t> perm) {
  return add("transpose", {x}, TransposeAttrs{std::move(perm)});
}

ir::ValueId NodeImport::reshape(ir::ValueId x, std::vector<int64_t> shape) {
  return add("reshape", {x}, ReshapeAttrs{.shape = std::move(shape)});
}

ir::ValueId NodeImport::cast(ir::ValueId x, DType to) {
  if (!ok_ || !x || (type(x).is_tensor() && type(x).tensor.dtype == to)) return x;
  return add("cast", {x}, CastAttrs{std::string(name_of(to))});
}

ir::ValueId NodeImport::activate(ir::ValueId x, int8_t activation) {
  using schema::ActivationFunctionType;
  if (!ok_ || !type(x).is_tensor()) return x;
  const DType dtype = type(x).tensor.dtype;
  const auto bounded = [&](BinaryKind kind, ir::ValueId of, double bound) {
    return add("binary", {of, scalar(dtype, bound)}, BinaryAttrs{kind});
  };
  switch (static_cast<ActivationFunctionType>(activation)) {
    case ActivationFunctionType::NONE:
      return x;
    case ActivationFunctionType::RELU:
      if (!is_float(dtype)) return bounded(BinaryKind::max, x, 0);
      return add("unary", {x}, UnaryAttrs{UnaryKind::relu});
    case ActivationFunctionType::RELU_N1_TO_1:
      return bounded(BinaryKind::min, bounded(BinaryKind::max, x, -1), 1);
    case ActivationFunctionType::RELU6:
      return bounded(BinaryKind::min, bounded(BinaryKind::max, x, 0), 6);
    case ActivationFunctionType::TANH:
      return add("unary", {x}, UnaryAttrs{UnaryKind::tanh});
    default:
      unsupported("has fused activation ", static_cast<int>(activation), ", which hone does not");
      return {};
  }
}

ir::ValueId NodeImport::scalar(DType dtype, double value) {
  return graph_.graph().add_owned(
      fresh_name("scalar"), {dtype, {}},
      std::make_shared<std::vector<std::byte>>(bytes_of_scalar(dtype, value)));
}

ir::ValueId NodeImport::stored_zero(size_t i) {
  const TensorView& tensor = input_tensor(i);
  const auto& zeros = tensor.quantization.zero_points;
  const auto dtype = dense_dtype(tensor.type);
  if (!is_quantized(tensor) || zeros.empty() || zeros[0] == 0 || !dtype) return {};
  return scalar(*dtype, static_cast<double>(zeros[0]));
}

ir::ValueId NodeImport::constant(DType dtype, std::span<const double> values) {
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (const double value : values) {
    const auto one = bytes_of_scalar(dtype, value);
    bytes->insert(bytes->end(), one.begin(), one.end());
  }
  return graph_.graph().add_owned(fresh_name("constant"),
                                  {dtype, {Dim(static_cast<int64_t>(values.size()))}}, bytes);
}

namespace {

// Scale and zero point of a tensor, as the operands of quantize and dequantize.
struct CodeGrid {
  std::vector<double> scales, zeros;
  bool has_zeros = false;
  int64_t axis = 0;
};

CodeGrid grid_of(const Quantization& of) {
  CodeGrid grid;
  // An axis that does not exist: old files name one beside a single scale.
  grid.axis = std::max(of.axis, 0);
  for (const float scale : of.scales) grid.scales.push_back(static_cast<double>(scale));
  for (size_t i = 0; i < of.scales.size(); ++i) {
    const int64_t zero = of.zero_points.empty() ? 0 : of.zero_points[i];
    grid.zeros.push_back(static_cast<double>(zero));
    grid.has_zeros = grid.has_zeros || zero != 0;
  }
  return grid;
}

}  // namespace

ir::ValueId NodeImport::dequantize(ir::ValueId stored, const TensorView& tensor) {
  const DType dtype = type(stored).is_tensor() ? type(stored).tensor.dtype : DType::f32;
  if (dtype == DType::f16) return cast(stored, DType::f32);
  if (tensor.quantization.details != schema::QuantizationDetails::NONE) {
    unsupported("uses '", printable(tensor.name), "', which is quantized in a way of its own");
    return {};
  }
  const CodeGrid grid = grid_of(tensor.quantization);
  const bool one = grid.scales.size() == 1;
  const ir::ValueId scale =
      one ? scalar(DType::f32, grid.scales[0]) : constant(DType::f32, grid.scales);
  ir::ValueId zero;
  if (grid.has_zeros) zero = one ? scalar(dtype, grid.zeros[0]) : constant(dtype, grid.zeros);
  return add("dequantize", {stored, scale, zero}, DequantizeAttrs{.axis = grid.axis});
}

ir::ValueId NodeImport::quantize(ir::ValueId value, const TensorView& tensor) {
  const auto dtype = dense_dtype(tensor.type);
  if (!dtype || info(*dtype).block_bytes > 2 || tensor.quantization.scales.size() != 1) {
    unsupported("makes '", printable(tensor.name), "' of type ", type_text(tensor.type),
                ", to which hone does not quantize");
    return {};
  }
  const CodeGrid grid = grid_of(tensor.quantization);
  const ir::ValueId scale = scalar(DType::f32, grid.scales[0]);
  const ir::ValueId zero = scalar(*dtype, grid.zeros[0]);
  return add("quantize", {value, scale, zero}, QuantizeAttrs{.axis = 0, .fixed_point = true});
}

void NodeImport::output(size_t i, ir::ValueId value) {
  if (!ok_ || !has_output(i)) return;
  if (!value) {
    set_error(Error{Code::internal, cat("output ", i, " was not made"), {}});
    return;
  }
  if (Status status = graph_.define(node_.outputs[i], value); !status) {
    set_error(std::move(status).error());
  }
}

ir::ValueId NodeImport::stored(ir::ValueId value, const TensorView& tensor) {
  const bool real = type(value).is_tensor() && is_float(type(value).tensor.dtype);
  return ok_ && real && is_quantized(tensor) ? quantize(value, tensor) : value;
}

void NodeImport::output_real(size_t i, ir::ValueId value) {
  if (has_output(i)) output(i, stored(value, output_tensor(i)));
}

void NodeImport::output_cast(size_t i, ir::ValueId value) {
  if (!ok_ || !has_output(i)) return;
  const auto to = dense_dtype(output_tensor(i).type);
  if (!to) return set_error(to.error());
  output(i, cast(value, *to));
}

void NodeImport::assign_real(size_t i, ir::ValueId value) {
  Variable* kept = variable(i);
  if (ok_ && kept == nullptr) invalid("its input ", i, " is no variable");
  if (ok_) assign(*kept, stored(value, input_tensor(i)));
}

}  // namespace hone::tflite
