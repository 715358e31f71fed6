#include "frontend/tflite/model.h"

#include <algorithm>
#include <utility>

#include "tensor/shape.h"

namespace hone::tflite {
namespace {

using flatbuffer::Table;

constexpr uint32_t kVersion = 3;  // the only one that TFLite reads
constexpr std::string_view kIdentifier = "TFL3";
constexpr int32_t kAbsent = -1;  // an optional operand that is left out

template <class... Parts>
std::unexpected<Error> corrupt(const Parts&... parts) {
  return fail(Code::corrupt, parts..., "; the file is damaged or was written wrongly");
}

// How much has been taken of a limit on the whole model.
class Budget {
 public:
  Budget(size_t limit, std::string_view what) : limit_(limit), what_(what) {}
  Status take(size_t count) {
    if (count > limit_ - taken_) {
      return fail(Code::limit_exceeded, "the model has more than ", limit_, " ", what_);
    }
    taken_ += count;
    return {};
  }

 private:
  size_t limit_;
  std::string_view what_;
  size_t taken_ = 0;
};

struct OperatorCode {
  BuiltinOperator op;
  std::string_view custom_code;
  int32_t version;
};

class Reader {
 public:
  explicit Reader(Bytes file) : file_(file) {}
  Expected<ModelView> read();

 private:
  Status read_operator_codes();
  Expected<SubgraphView> read_subgraph(size_t index);
  Expected<TensorView> read_tensor(const TableOf<schema::SubGraph>& graph, size_t index);
  Expected<OperatorView> read_operator(const TableOf<schema::SubGraph>& graph, size_t index,
                                       size_t tensors);
  Status read_operands(const TableOf<schema::Operator>& table, size_t tensors, OperatorView& op);
  Status read_options(const TableOf<schema::Operator>& table, OperatorView& op) const;
  Status read_custom_options(const TableOf<schema::Operator>& table, OperatorView& op) const;
  Status read_signatures(ModelView& model);
  Expected<SignatureView> read_signature(const ModelView& model, size_t index);
  Status read_metadata(ModelView& model) const;
  // The bytes of a buffer; nothing for the first, which stands for none, and for one without data.
  Expected<std::optional<Bytes>> buffer(uint32_t index) const;
  // Bytes that large files keep behind their tables.
  Expected<Bytes> outside(uint64_t offset, uint64_t size) const;

  Bytes file_;
  TableOf<schema::Model> table_;
  std::vector<OperatorCode> codes_;
  Budget tensors_{limits::kTensors, "tensors"};
  Budget operators_{limits::kOperators, "operators"};
  Budget operands_{limits::kOperands, "inputs and outputs of operators"};
  Budget sparse_levels_{limits::kSparseLevels, "levels of sparse tensors"};
  Budget signature_tensors_{limits::kSignatureTensors, "inputs and outputs of signatures"};
};

template <class Owner, class Target>
Expected<size_t> count(const TableOf<Owner>& table, flatbuffer::Refs<Owner, Target> field,
                       size_t limit, std::string_view what) {
  const size_t size = table.size(field);
  if (size > limit) {
    return fail(Code::limit_exceeded, "the model has ", size, " ", what, "; at most ", limit,
                " are read");
  }
  return size;
}

Status check_file(Bytes file) {
  const auto identifier = file.size() < flatbuffer::kMinFileBytes
                              ? std::string_view()
                              : as_text(file.subspan(flatbuffer::kIdentifierAt, 4));
  if (identifier == kIdentifier) return {};
  return fail(Code::corrupt, "this is no TFLite model: it does not have '", kIdentifier,
              "' at byte ", flatbuffer::kIdentifierAt, "; export it as .tflite");
}

Expected<ModelView> Reader::read() {
  HONE_RETURN_IF_ERROR(check_file(file_));
  HONE_TRY(table_, TableOf<schema::Model>::root(file_));
  ModelView model;
  model.file = file_;
  model.version = table_.get(schema::Model::version);
  if (model.version != kVersion) {
    return fail(Code::unsupported, "the file says that it follows version ", model.version,
                " of TFLite's schema; only version ", kVersion, " is read: convert it anew");
  }
  model.description = table_.get(schema::Model::description);
  HONE_RETURN_IF_ERROR(read_operator_codes());
  HONE_TRY(const size_t subgraphs,
           count(table_, schema::Model::subgraphs, limits::kSubgraphs, "subgraphs"));
  if (subgraphs == 0) return corrupt("the model has no graph");
  for (size_t i = 0; i < subgraphs; ++i) {
    HONE_TRY_CONTEXT(SubgraphView subgraph, read_subgraph(i), "subgraph ", i);
    model.subgraphs.push_back(std::move(subgraph));
  }
  HONE_RETURN_IF_ERROR(read_signatures(model));
  HONE_RETURN_IF_ERROR(read_metadata(model));
  return model;
}

Status Reader::read_operator_codes() {
  using Code = schema::OperatorCode;
  HONE_TRY(const size_t size, count(table_, schema::Model::operator_codes, limits::kOperatorCodes,
                                    "kinds of operators"));
  for (size_t i = 0; i < size; ++i) {
    HONE_TRY_CONTEXT(const auto code, table_.get(schema::Model::operator_codes, i),
                     "operator code ", i);
    // Files older than the wide field have the narrow one only; newer ones keep 127 there for all
    // that does not fit.
    const int32_t number =
        std::max<int32_t>(code.get(Code::builtin_code), code.get(Code::deprecated_builtin_code));
    if (number < 0) return corrupt("operator code ", i, " is ", number);
    codes_.push_back({static_cast<BuiltinOperator>(number), code.get(Code::custom_code),
                      code.get(Code::version)});
  }
  return {};
}

Status check_indices(PackedView<int32_t> indices, size_t tensors, int32_t lowest,
                     std::string_view what) {
  for (size_t i = 0; i < indices.size(); ++i) {
    const int32_t index = indices[i];
    if (index < lowest || index >= static_cast<int64_t>(tensors)) {
      return corrupt(what, " ", i, " is tensor ", index, " of ", tensors);
    }
  }
  return {};
}

Expected<SubgraphView> Reader::read_subgraph(size_t index) {
  using Graph = schema::SubGraph;
  HONE_TRY(const auto table, table_.get(schema::Model::subgraphs, index));
  SubgraphView graph;
  graph.name = table.get(Graph::name);
  const size_t tensors = table.size(Graph::tensors);
  HONE_RETURN_IF_ERROR(tensors_.take(tensors));
  graph.tensors.reserve(tensors);
  for (size_t i = 0; i < tensors; ++i) {
    HONE_TRY_CONTEXT(TensorView tensor, read_tensor(table, i), "tensor ", i);
    graph.tensors.push_back(std::move(tensor));
  }
  graph.inputs = table.get(Graph::inputs);
  graph.outputs = table.get(Graph::outputs);
  HONE_RETURN_IF_ERROR(operands_.take(graph.inputs.size() + graph.outputs.size()));
  HONE_RETURN_IF_ERROR(check_indices(graph.inputs, tensors, 0, "input"));
  HONE_RETURN_IF_ERROR(check_indices(graph.outputs, tensors, 0, "output"));
  const size_t operators = table.size(Graph::operators);
  HONE_RETURN_IF_ERROR(operators_.take(operators));
  graph.operators.reserve(operators);
  for (size_t i = 0; i < operators; ++i) {
    HONE_TRY_CONTEXT(OperatorView op, read_operator(table, i, tensors), "operator ", i);
    graph.operators.push_back(op);
  }
  return graph;
}

// The dimension that several scales run along. Old files give a bias that of its weights.
Expected<int32_t> find_axis(int32_t dimension, PackedView<int32_t> shape, size_t scales) {
  const auto fits = [&](int32_t axis) {
    return axis >= 0 && axis < static_cast<int64_t>(shape.size()) &&
           shape[static_cast<size_t>(axis)] == static_cast<int64_t>(scales);
  };
  if (fits(dimension)) return dimension;
  if (shape.size() == 1 && fits(0)) return 0;
  return corrupt("it has ", scales, " scales along dimension ", dimension,
                 ", which is not of that size");
}

Expected<Quantization> read_quantization(const TableOf<schema::Tensor>& tensor,
                                         PackedView<int32_t> shape) {
  using Params = schema::QuantizationParameters;
  HONE_TRY(const auto table, tensor.get(schema::Tensor::quantization));
  Quantization quantization;
  quantization.scales = table.get(Params::scale);
  quantization.zero_points = table.get(Params::zero_point);
  quantization.dimension = table.get(Params::quantized_dimension);
  quantization.min = table.get(Params::min);
  quantization.max = table.get(Params::max);
  quantization.details = static_cast<schema::QuantizationDetails>(table.get(Params::details_type));
  const size_t scales = quantization.scales.size();
  const size_t zero_points = quantization.zero_points.size();
  if (scales != 0 && zero_points != 0 && scales != zero_points) {
    return corrupt("it has ", scales, " scales but ", zero_points, " zero points");
  }
  if (scales <= 1) return quantization;
  HONE_TRY(quantization.axis, find_axis(quantization.dimension, shape, scales));
  return quantization;
}

// The numbers of a union of vectors of three widths.
Expected<IndexView> read_indices(const TableOf<schema::DimensionMetadata>& table,
                                 flatbuffer::Scalar<schema::DimensionMetadata, uint8_t> type_field,
                                 flatbuffer::Union<schema::DimensionMetadata> field) {
  using schema::SparseIndexVector;
  const size_t type = table.get(type_field);
  if (type >= std::size(schema::kSparseIndexVectorFields)) {
    return fail(Code::unsupported, "its sparse indices are of kind ", type,
                ", which is newer than hone's schema");
  }
  HONE_TRY(const Table vector, table.get(field, schema::kSparseIndexVectorFields[type]));
  switch (const auto width = static_cast<SparseIndexVector>(type)) {
    case SparseIndexVector::Int32Vector:
      return IndexView(TableOf<schema::Int32Vector>(vector).bytes(schema::Int32Vector::values),
                       width);
    case SparseIndexVector::Uint16Vector:
      return IndexView(TableOf<schema::Uint16Vector>(vector).bytes(schema::Uint16Vector::values),
                       width);
    case SparseIndexVector::Uint8Vector:
      return IndexView(TableOf<schema::Uint8Vector>(vector).bytes(schema::Uint8Vector::values),
                       width);
    case SparseIndexVector::NONE:
      break;
  }
  return IndexView();
}

Expected<std::optional<Sparsity>> read_sparsity(const TableOf<schema::Tensor>& tensor) {
  using Params = schema::SparsityParameters;
  using Dimension = schema::DimensionMetadata;
  HONE_TRY(const auto table, tensor.get(schema::Tensor::sparsity));
  if (table.empty()) return std::nullopt;
  Sparsity sparsity;
  sparsity.traversal_order = table.get(Params::traversal_order);
  sparsity.block_map = table.get(Params::block_map);
  const size_t levels = table.size(Params::dim_metadata);
  if (levels > 2 * kMaxRank) {
    return fail(Code::unsupported, "it is sparse in ", levels, " levels; at most ", 2 * kMaxRank,
                " are read");
  }
  for (size_t i = 0; i < levels; ++i) {
    HONE_TRY(const auto dimension, table.get(Params::dim_metadata, i));
    Sparsity::Level level;
    level.format = static_cast<schema::DimensionType>(dimension.get(Dimension::format));
    level.dense_size = dimension.get(Dimension::dense_size);
    HONE_TRY(level.segments,
             read_indices(dimension, Dimension::array_segments_type, Dimension::array_segments));
    HONE_TRY(level.indices,
             read_indices(dimension, Dimension::array_indices_type, Dimension::array_indices));
    sparsity.levels.push_back(level);
  }
  return sparsity;
}

bool has_elements(PackedView<int32_t> shape) {
  for (const int32_t size : shape) {
    if (size == 0) return false;
  }
  return true;
}

Expected<TensorView> Reader::read_tensor(const TableOf<schema::SubGraph>& graph, size_t index) {
  using schema::Tensor;
  HONE_TRY(const auto table, graph.get(schema::SubGraph::tensors, index));
  TensorView tensor;
  tensor.name = table.get(Tensor::name);
  tensor.type = static_cast<TensorType>(table.get(Tensor::type));
  tensor.shape = table.get(Tensor::shape);
  tensor.shape_signature = table.get(Tensor::shape_signature);
  tensor.has_rank = table.get(Tensor::has_rank);
  tensor.buffer = table.get(Tensor::buffer);
  tensor.is_variable = table.get(Tensor::is_variable);
  tensor.has_unknown_fields = table.table().has_more_than(Tensor::kFields);
  const auto name = [&] { return cat("'", printable(tensor.name, 80), "'"); };
  if (tensor.shape.size() > kMaxRank || tensor.shape_signature.size() > kMaxRank) {
    return fail(Code::unsupported, name(), " has more than ", kMaxRank, " dimensions");
  }
  HONE_TRY_CONTEXT(tensor.quantization, read_quantization(table, tensor.shape), name());
  HONE_TRY_CONTEXT(tensor.sparsity, read_sparsity(table), name());
  HONE_TRY_CONTEXT(tensor.data, buffer(tensor.buffer), name());
  if (tensor.sparsity) HONE_RETURN_IF_ERROR(sparse_levels_.take(tensor.sparsity->levels.size()));
  // An empty buffer of its own says no more than none.
  if (tensor.data && tensor.data->empty() && has_elements(tensor.shape)) tensor.data.reset();
  return tensor;
}

Expected<std::optional<Bytes>> Reader::buffer(uint32_t index) const {
  using schema::Buffer;
  if (index == 0) return std::nullopt;
  const size_t buffers = table_.size(schema::Model::buffers);
  if (index >= buffers) return corrupt("its data is buffer ", index, " of ", buffers);
  HONE_TRY(const auto table, table_.get(schema::Model::buffers, index));
  if (table.has(Buffer::data)) return table.bytes(Buffer::data);
  if (table.get(Buffer::offset) <= 1) return std::nullopt;
  HONE_TRY(const Bytes bytes, outside(table.get(Buffer::offset), table.get(Buffer::size)));
  return bytes;
}

Expected<Bytes> Reader::outside(uint64_t offset, uint64_t size) const {
  if (offset > file_.size() || size > file_.size() - offset) {
    return corrupt("its data is said to be ", size, " bytes at byte ", offset, " of ",
                   file_.size());
  }
  return file_.subspan(offset, size);
}

Expected<OperatorView> Reader::read_operator(const TableOf<schema::SubGraph>& graph, size_t index,
                                             size_t tensors) {
  HONE_TRY(const auto table, graph.get(schema::SubGraph::operators, index));
  const uint32_t code = table.get(schema::Operator::opcode_index);
  if (code >= codes_.size()) {
    return corrupt("it is of kind ", code, " of ", codes_.size());
  }
  OperatorView op;
  op.op = codes_[code].op;
  op.custom_code = codes_[code].custom_code;
  op.version = codes_[code].version;
  if (Status status = read_operands(table, tensors, op); !status) {
    return std::unexpected(std::move(status).error().context(op_text(op)));
  }
  if (Status status = read_options(table, op); !status) {
    return std::unexpected(std::move(status).error().context(op_text(op)));
  }
  return op;
}

Status Reader::read_operands(const TableOf<schema::Operator>& table, size_t tensors,
                             OperatorView& op) {
  using schema::Operator;
  op.inputs = table.get(Operator::inputs);
  op.outputs = table.get(Operator::outputs);
  op.intermediates = table.get(Operator::intermediates);
  op.mutating_inputs = table.get(Operator::mutating_variable_inputs);
  HONE_RETURN_IF_ERROR(
      operands_.take(op.inputs.size() + op.outputs.size() + op.intermediates.size()));
  HONE_RETURN_IF_ERROR(check_indices(op.inputs, tensors, kAbsent, "input"));
  HONE_RETURN_IF_ERROR(check_indices(op.outputs, tensors, kAbsent, "output"));
  HONE_RETURN_IF_ERROR(check_indices(op.intermediates, tensors, kAbsent, "intermediate"));
  if (!op.mutating_inputs.empty() && op.mutating_inputs.size() != op.inputs.size()) {
    return corrupt("it says of ", op.mutating_inputs.size(),
                   " inputs whether they change, but has ", op.inputs.size());
  }
  return {};
}

// The table of a union if its type is known; else an empty one.
template <size_t kTypes>
Expected<Table> union_table(const TableOf<schema::Operator>& table,
                            flatbuffer::Union<schema::Operator> field, size_t type,
                            const std::span<const flatbuffer::Field> (&fields)[kTypes]) {
  if (type == 0 || type >= kTypes) return Table();
  return table.get(field, fields[type]);
}

Status Reader::read_options(const TableOf<schema::Operator>& table, OperatorView& op) const {
  using schema::Operator;
  const uint8_t type = table.get(Operator::builtin_options_type);
  const uint8_t type2 = table.get(Operator::builtin_options2_type);
  op.options_type = static_cast<schema::BuiltinOptions>(type);
  op.options2_type = static_cast<schema::BuiltinOptions2>(type2);
  if (type != 0 && type2 != 0) return corrupt("it has options of two kinds");
  HONE_TRY(op.options, type2 == 0 ? union_table(table, Operator::builtin_options, type,
                                                schema::kBuiltinOptionsFields)
                                  : union_table(table, Operator::builtin_options2, type2,
                                                schema::kBuiltinOptions2Fields));
  return read_custom_options(table, op);
}

Status Reader::read_custom_options(const TableOf<schema::Operator>& table, OperatorView& op) const {
  using schema::Operator;
  op.custom_options = table.bytes(Operator::custom_options);
  const uint64_t offset = table.get(Operator::large_custom_options_offset);
  if (table.has(Operator::custom_options) || offset <= 1) return {};
  HONE_TRY(op.custom_options, outside(offset, table.get(Operator::large_custom_options_size)));
  return {};
}

Status Reader::read_signatures(ModelView& model) {
  HONE_TRY(const size_t size,
           count(table_, schema::Model::signature_defs, limits::kSignatures, "signatures"));
  for (size_t i = 0; i < size; ++i) {
    HONE_TRY_CONTEXT(SignatureView signature, read_signature(model, i), "signature ", i);
    model.signatures.push_back(std::move(signature));
  }
  return {};
}

Expected<std::vector<SignatureView::Tensor>> read_signature_tensors(
    const TableOf<schema::SignatureDef>& table,
    flatbuffer::Refs<schema::SignatureDef, schema::TensorMap> field, size_t tensors) {
  std::vector<SignatureView::Tensor> list;
  for (size_t i = 0; i < table.size(field); ++i) {
    HONE_TRY(const auto entry, table.get(field, i));
    const SignatureView::Tensor tensor{entry.get(schema::TensorMap::name),
                                       entry.get(schema::TensorMap::tensor_index)};
    if (tensor.tensor >= tensors) {
      return corrupt("'", printable(tensor.name, 80), "' is tensor ", tensor.tensor, " of ",
                     tensors);
    }
    list.push_back(tensor);
  }
  return list;
}

Expected<SignatureView> Reader::read_signature(const ModelView& model, size_t index) {
  using schema::SignatureDef;
  HONE_TRY(const auto table, table_.get(schema::Model::signature_defs, index));
  SignatureView signature;
  signature.key = table.get(SignatureDef::signature_key);
  signature.subgraph = table.get(SignatureDef::subgraph_index);
  if (signature.subgraph >= model.subgraphs.size()) {
    return corrupt("it stands for subgraph ", signature.subgraph, " of ", model.subgraphs.size());
  }
  HONE_RETURN_IF_ERROR(signature_tensors_.take(table.size(SignatureDef::inputs) +
                                               table.size(SignatureDef::outputs)));
  const size_t tensors = model.subgraphs[signature.subgraph].tensors.size();
  HONE_TRY(signature.inputs, read_signature_tensors(table, SignatureDef::inputs, tensors));
  HONE_TRY(signature.outputs, read_signature_tensors(table, SignatureDef::outputs, tensors));
  return signature;
}

Status Reader::read_metadata(ModelView& model) const {
  HONE_TRY(const size_t size,
           count(table_, schema::Model::metadata, limits::kMetadata, "entries of metadata"));
  for (size_t i = 0; i < size; ++i) {
    HONE_TRY_CONTEXT(const auto entry, table_.get(schema::Model::metadata, i), "metadata ", i);
    HONE_TRY_CONTEXT(const std::optional<Bytes> data, buffer(entry.get(schema::Metadata::buffer)),
                     "metadata ", i);
    model.metadata.push_back({entry.get(schema::Metadata::name), data.value_or(Bytes())});
  }
  return {};
}

template <class Enum>
std::string newer(std::string_view what, Enum value) {
  return cat(what, " ", static_cast<int32_t>(value), ", which is newer than hone's schema");
}

}  // namespace

size_t IndexView::size() const {
  using schema::SparseIndexVector;
  if (width_ == SparseIndexVector::Int32Vector) return bytes_.size() / 4;
  return width_ == SparseIndexVector::Uint16Vector ? bytes_.size() / 2 : bytes_.size();
}

int64_t IndexView::operator[](size_t i) const {
  using schema::SparseIndexVector;
  if (width_ == SparseIndexVector::Int32Vector) return PackedView<int32_t>(bytes_)[i];
  if (width_ == SparseIndexVector::Uint16Vector) return PackedView<uint16_t>(bytes_)[i];
  return PackedView<uint8_t>(bytes_)[i];
}

Expected<ModelView> parse_model(Bytes file) { return Reader(file).read(); }

Expected<ModelFile> ModelFile::open(const std::string& path) {
  HONE_TRY(MappedFile file, MappedFile::open(path));
  HONE_TRY_CONTEXT(ModelView model, parse_model(file.bytes()), path.substr(path.rfind('/') + 1));
  return ModelFile{std::move(file), std::move(model)};
}

std::string op_text(const OperatorView& op) {
  if (op.op == BuiltinOperator::CUSTOM) {
    return cat("custom operator '", printable(op.custom_code, 80), "'");
  }
  const std::string_view name = name_of(op.op);
  return name.empty() ? newer("operator", op.op) : std::string(name);
}

std::string type_text(TensorType type) {
  const std::string_view name = name_of(type);
  return name.empty() ? newer("type", type) : std::string(name);
}

}  // namespace hone::tflite
