#include "frontend/onnx/model.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/onnx/wire.h"

namespace hone::onnx {
namespace {

// One walk over a model, with what it has counted so far.
class ModelReader {
 public:
  Expected<ModelView> model(Bytes message);

 private:
  struct Count {
    std::string_view what;
    uint64_t limit;
    uint64_t used = 0;
  };

  Status use(Count& count, uint64_t number = 1);
  Status add_name(WireReader& reader, std::vector<std::string_view>& names);
  Status add_node(Bytes message, int depth, std::vector<NodeView>& nodes);
  Status add_attribute(Bytes message, int depth, std::vector<AttributeView>& attributes);
  Status add_tensor(Bytes message, std::vector<TensorView>& tensors);
  Status add_sparse_tensor(Bytes message, std::vector<SparseTensorView>& tensors);
  Status add_value_info(Bytes message, std::vector<ValueInfoView>& values);
  Status add_opset(Bytes message, std::vector<OpsetImport>& opsets);
  Status add_graph(Bytes message, int depth, std::vector<GraphView>& graphs);
  Status add_metadata(Bytes message, ModelView& model);

  Status node(Bytes message, int depth, NodeView& node);
  Status attribute(Bytes message, int depth, AttributeView& attribute);
  Status attribute_list(WireReader& reader, int depth, AttributeView& attribute);
  Status graph(Bytes message, int depth, GraphView& graph);
  Status function(Bytes message, FunctionView& function);
  Status model_field(WireReader& reader, ModelView& model);
  Expected<TypeView> type(Bytes message, int depth);
  Expected<TypeView> element_type(Bytes message, TypeView::Kind kind, uint32_t element, int depth);
  Expected<TypeView> tensor_type(Bytes message, TypeView::Kind kind);
  Expected<std::vector<DimView>> shape(Bytes message);

  Count nodes_{"nodes", limits::kNodes};
  Count attributes_{"attributes", limits::kAttributes};
  Count names_{"names", limits::kNames};
  Count tensors_{"tensors", limits::kTensors};
  Count values_{"values", limits::kValues};
  Count graphs_{"graphs", limits::kGraphs};
  Count functions_{"functions", limits::kFunctions};
  Count metadata_{"metadata entries", limits::kMetadata};
  Count numbers_{"numbers in attributes", limits::kListNumbers};
  bool has_graph_ = false;
};

Status ModelReader::use(Count& count, uint64_t number) {
  count.used += number;
  if (count.used <= count.limit) return {};
  return fail(Code::limit_exceeded, "the model has more than ", count.limit, " ", count.what);
}

Status ModelReader::add_name(WireReader& reader, std::vector<std::string_view>& names) {
  HONE_RETURN_IF_ERROR(use(names_));
  names.push_back(reader.text());
  return {};
}

Status ModelReader::add_tensor(Bytes message, std::vector<TensorView>& tensors) {
  HONE_RETURN_IF_ERROR(use(tensors_));
  HONE_TRY_CONTEXT(TensorView tensor, parse_tensor(message), "tensor ", tensors.size());
  tensors.push_back(std::move(tensor));
  return {};
}

Status ModelReader::add_sparse_tensor(Bytes message, std::vector<SparseTensorView>& tensors) {
  HONE_RETURN_IF_ERROR(use(tensors_, 2));
  HONE_TRY_CONTEXT(SparseTensorView tensor, parse_sparse_tensor(message), "sparse tensor ",
                   tensors.size());
  tensors.push_back(std::move(tensor));
  return {};
}

Expected<std::vector<DimView>> ModelReader::shape(Bytes message) {
  namespace names = field::TensorShapeProto::Dimension;
  std::vector<DimView> dims;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() != field::TensorShapeProto::dim) continue;
    if (dims.size() == limits::kRank) {
      return fail(Code::limit_exceeded, "a type has more than ", limits::kRank, " dimensions");
    }
    DimView& dim = dims.emplace_back();
    WireReader parts(reader.bytes());
    while (parts.next()) {
      if (parts.field() == names::dim_value) dim = {.value = parts.integer(), .parameter = {}};
      if (parts.field() == names::dim_param) dim = {.value = {}, .parameter = parts.text()};
    }
    HONE_RETURN_IF_ERROR(parts.status());
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return dims;
}

Expected<TypeView> ModelReader::tensor_type(Bytes message, TypeView::Kind kind) {
  namespace names = field::TypeProto::Tensor;
  static_assert(names::elem_type == field::TypeProto::SparseTensor::elem_type &&
                names::shape == field::TypeProto::SparseTensor::shape);
  TypeView type;
  type.kind = kind;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == names::elem_type) type.elem_type = DataType{reader.integer32()};
    if (reader.field() == names::shape) {
      HONE_TRY(type.dims, shape(reader.bytes()));
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return type;
}

Expected<TypeView> ModelReader::element_type(Bytes message, TypeView::Kind kind, uint32_t element,
                                             int depth) {
  TypeView whole;
  whole.kind = kind;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == element) {
      HONE_TRY(TypeView inner, type(reader.bytes(), depth + 1));
      whole.element.clear();
      whole.element.push_back(std::move(inner));
    } else if (kind == TypeView::Kind::map && reader.field() == field::TypeProto::Map::key_type) {
      whole.elem_type = DataType{reader.integer32()};
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return whole;
}

Expected<TypeView> ModelReader::type(Bytes message, int depth) {
  namespace names = field::TypeProto;
  using Kind = TypeView::Kind;
  if (depth >= limits::kTypeDepth) {
    return fail(Code::limit_exceeded, "types are nested more than ", limits::kTypeDepth, " deep");
  }
  Expected<TypeView> type;
  WireReader reader(message);
  while (type && reader.next()) {
    switch (reader.field()) {
      case names::tensor_type:
        type = tensor_type(reader.bytes(), Kind::tensor);
        break;
      case names::sparse_tensor_type:
        type = tensor_type(reader.bytes(), Kind::sparse_tensor);
        break;
      case names::sequence_type:
        type = element_type(reader.bytes(), Kind::sequence, names::Sequence::elem_type, depth);
        break;
      case names::optional_type:
        type = element_type(reader.bytes(), Kind::optional, names::Optional::elem_type, depth);
        break;
      case names::map_type:
        type = element_type(reader.bytes(), Kind::map, names::Map::value_type, depth);
        break;
      case names::opaque_type:
        type->kind = Kind::opaque;
        break;
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return type;
}

Status ModelReader::add_value_info(Bytes message, std::vector<ValueInfoView>& values) {
  namespace names = field::ValueInfoProto;
  HONE_RETURN_IF_ERROR(use(values_));
  ValueInfoView value;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == names::name) value.name = reader.text();
    if (reader.field() == names::type) {
      HONE_TRY_CONTEXT(value.type, type(reader.bytes(), 0), "type of value '",
                       printable(value.name), "'");
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  values.push_back(std::move(value));
  return {};
}

Status ModelReader::add_opset(Bytes message, std::vector<OpsetImport>& opsets) {
  namespace names = field::OperatorSetIdProto;
  if (opsets.size() == limits::kOpsetImports) {
    return fail(Code::limit_exceeded, "more than ", limits::kOpsetImports,
                " operator sets are imported");
  }
  OpsetImport& opset = opsets.emplace_back();
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == names::domain) opset.domain = reader.text();
    if (reader.field() == names::version) opset.version = reader.integer();
  }
  return reader.status();
}

// What a file of IR version 1, which gives no type, means by the member that it has.
AttributeType guess_type(uint32_t member) {
  namespace names = field::AttributeProto;
  switch (member) {
    case names::f:
      return AttributeType::FLOAT;
    case names::i:
      return AttributeType::INT;
    case names::s:
      return AttributeType::STRING;
    case names::t:
      return AttributeType::TENSOR;
    case names::g:
      return AttributeType::GRAPH;
    case names::floats:
      return AttributeType::FLOATS;
    case names::ints:
      return AttributeType::INTS;
    case names::strings:
      return AttributeType::STRINGS;
    case names::tensors:
      return AttributeType::TENSORS;
    case names::graphs:
      return AttributeType::GRAPHS;
    default:
      return AttributeType::UNDEFINED;
  }
}

Status ModelReader::attribute_list(WireReader& reader, int depth, AttributeView& attribute) {
  namespace names = field::AttributeProto;
  switch (reader.field()) {
    case names::floats: {
      const size_t before = attribute.floats.size();
      reader.append_floats(attribute.floats, limits::kListNumbers);
      return use(numbers_, attribute.floats.size() - before);
    }
    case names::ints: {
      const size_t before = attribute.ints.size();
      reader.append_integers(attribute.ints, limits::kListNumbers);
      return use(numbers_, attribute.ints.size() - before);
    }
    case names::strings:
      return add_name(reader, attribute.strings);
    case names::t:
    case names::tensors:
      return add_tensor(reader.bytes(), attribute.tensors);
    case names::g:
    case names::graphs:
      return add_graph(reader.bytes(), depth + 1, attribute.graphs);
    case names::sparse_tensor:
    case names::sparse_tensors:
      return add_sparse_tensor(reader.bytes(), attribute.sparse_tensors);
    case names::tp:
    case names::type_protos: {
      HONE_RETURN_IF_ERROR(use(values_));
      HONE_TRY(TypeView one, type(reader.bytes(), 0));
      attribute.types.push_back(std::move(one));
      return {};
    }
  }
  return {};
}

Status ModelReader::attribute(Bytes message, int depth, AttributeView& attribute) {
  namespace names = field::AttributeProto;
  AttributeType guess = AttributeType::UNDEFINED;
  WireReader reader(message);
  while (reader.next()) {
    const AttributeType type = guess_type(reader.field());
    if (type != AttributeType::UNDEFINED) guess = type;
    switch (reader.field()) {
      case names::name:
        attribute.name = reader.text();
        break;
      case names::ref_attr_name:
        attribute.ref_attr_name = reader.text();
        break;
      case names::type:
        attribute.type = AttributeType{reader.integer32()};
        break;
      case names::f:
        attribute.f = reader.f32();
        break;
      case names::i:
        attribute.i = reader.integer();
        break;
      case names::s:
        attribute.s = reader.text();
        break;
      default:
        HONE_RETURN_IF_ERROR(attribute_list(reader, depth, attribute));
    }
  }
  if (attribute.type == AttributeType::UNDEFINED) attribute.type = guess;
  return reader.status();
}

// Whether the one value that the type promises is there, and no other of its kind.
Status check_single(const AttributeView& attribute) {
  if (!attribute.ref_attr_name.empty()) return {};
  size_t count = 1;
  if (attribute.type == AttributeType::TENSOR) count = attribute.tensors.size();
  if (attribute.type == AttributeType::GRAPH) count = attribute.graphs.size();
  if (attribute.type == AttributeType::SPARSE_TENSOR) count = attribute.sparse_tensors.size();
  if (attribute.type == AttributeType::TYPE_PROTO) count = attribute.types.size();
  if (count == 1) return {};
  return fail(Code::corrupt, "it has the type ", to_string(attribute.type), " and ", count,
              " values of it");
}

Status ModelReader::add_attribute(Bytes message, int depth,
                                  std::vector<AttributeView>& attributes) {
  HONE_RETURN_IF_ERROR(use(attributes_));
  AttributeView view;
  Status status = attribute(message, depth, view);
  if (status) status = check_single(view);
  if (!status) {
    return std::unexpected(
        std::move(status).error().context(cat("attribute '", printable(view.name), "'")));
  }
  attributes.push_back(std::move(view));
  return {};
}

Status ModelReader::node(Bytes message, int depth, NodeView& node) {
  namespace names = field::NodeProto;
  WireReader reader(message);
  while (reader.next()) {
    Status status;
    switch (reader.field()) {
      case names::input:
        status = add_name(reader, node.inputs);
        break;
      case names::output:
        status = add_name(reader, node.outputs);
        break;
      case names::name:
        node.name = reader.text();
        break;
      case names::op_type:
        node.op_type = reader.text();
        break;
      case names::domain:
        node.domain = reader.text();
        break;
      case names::overload:
        node.overload = reader.text();
        break;
      case names::attribute:
        status = add_attribute(reader.bytes(), depth, node.attributes);
        break;
    }
    HONE_RETURN_IF_ERROR(status);
  }
  return reader.status();
}

Status ModelReader::add_node(Bytes message, int depth, std::vector<NodeView>& nodes) {
  HONE_RETURN_IF_ERROR(use(nodes_));
  NodeView view;
  Status status = node(message, depth, view);
  if (!status) {
    return std::unexpected(std::move(status).error().context(cat(
        "node ", nodes.size(), " (", printable(view.op_type), " '", printable(view.name), "')")));
  }
  nodes.push_back(std::move(view));
  return {};
}

Status ModelReader::graph(Bytes message, int depth, GraphView& graph) {
  namespace names = field::GraphProto;
  HONE_RETURN_IF_ERROR(use(graphs_));
  if (depth >= limits::kGraphDepth) {
    return fail(Code::limit_exceeded, "graphs are nested more than ", limits::kGraphDepth, " deep");
  }
  WireReader reader(message);
  while (reader.next()) {
    Status status;
    switch (reader.field()) {
      case names::node:
        status = add_node(reader.bytes(), depth, graph.nodes);
        break;
      case names::name:
        graph.name = reader.text();
        break;
      case names::initializer:
        status = add_tensor(reader.bytes(), graph.initializers);
        break;
      case names::sparse_initializer:
        status = add_sparse_tensor(reader.bytes(), graph.sparse_initializers);
        break;
      case names::input:
        status = add_value_info(reader.bytes(), graph.inputs);
        break;
      case names::output:
        status = add_value_info(reader.bytes(), graph.outputs);
        break;
      case names::value_info:
        status = add_value_info(reader.bytes(), graph.value_info);
        break;
    }
    HONE_RETURN_IF_ERROR(status);
  }
  return reader.status();
}

Status ModelReader::add_graph(Bytes message, int depth, std::vector<GraphView>& graphs) {
  GraphView view;
  HONE_RETURN_IF_ERROR(graph(message, depth, view));
  graphs.push_back(std::move(view));
  return {};
}

Status ModelReader::function(Bytes message, FunctionView& function) {
  namespace names = field::FunctionProto;
  HONE_RETURN_IF_ERROR(use(functions_));
  WireReader reader(message);
  while (reader.next()) {
    Status status;
    switch (reader.field()) {
      case names::name:
        function.name = reader.text();
        break;
      case names::domain:
        function.domain = reader.text();
        break;
      case names::overload:
        function.overload = reader.text();
        break;
      case names::input:
        status = add_name(reader, function.inputs);
        break;
      case names::output:
        status = add_name(reader, function.outputs);
        break;
      case names::attribute:
        status = add_name(reader, function.attributes);
        break;
      case names::attribute_proto:
        status = add_attribute(reader.bytes(), 0, function.attribute_defaults);
        break;
      case names::node:
        status = add_node(reader.bytes(), 0, function.nodes);
        break;
      case names::opset_import:
        status = add_opset(reader.bytes(), function.opset_imports);
        break;
      case names::value_info:
        status = add_value_info(reader.bytes(), function.value_info);
        break;
    }
    HONE_RETURN_IF_ERROR(status);
  }
  return reader.status();
}

Status ModelReader::add_metadata(Bytes message, ModelView& model) {
  namespace names = field::StringStringEntryProto;
  HONE_RETURN_IF_ERROR(use(metadata_));
  auto& [key, value] = model.metadata.emplace_back();
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == names::key) key = reader.text();
    if (reader.field() == names::value) value = reader.text();
  }
  return reader.status();
}

Status ModelReader::model_field(WireReader& reader, ModelView& model) {
  namespace names = field::ModelProto;
  switch (reader.field()) {
    case names::ir_version:
      model.ir_version = reader.integer();
      break;
    case names::producer_name:
      model.producer_name = reader.text();
      break;
    case names::producer_version:
      model.producer_version = reader.text();
      break;
    case names::domain:
      model.domain = reader.text();
      break;
    case names::model_version:
      model.model_version = reader.integer();
      break;
    case names::opset_import:
      return add_opset(reader.bytes(), model.opset_imports);
    case names::training_info:
      model.has_training_info = true;
      break;
    case names::metadata_props:
      return add_metadata(reader.bytes(), model);
    case names::graph: {
      if (has_graph_) return fail(Code::corrupt, "the file has two graphs");
      has_graph_ = true;
      Status status = graph(reader.bytes(), 0, model.graph);
      if (status) return {};
      return std::unexpected(std::move(status).error().context("graph"));
    }
    case names::functions: {
      FunctionView& view = model.functions.emplace_back();
      Status status = function(reader.bytes(), view);
      if (status) return {};
      return std::unexpected(
          std::move(status).error().context(cat("function '", printable(view.name), "'")));
    }
  }
  return {};
}

Expected<ModelView> ModelReader::model(Bytes message) {
  ModelView model;
  WireReader reader(message);
  while (reader.next()) HONE_RETURN_IF_ERROR(model_field(reader, model));
  HONE_RETURN_IF_ERROR(reader.status());
  if (!has_graph_) {
    return fail(Code::corrupt, "there is no graph in it; the file is not an ONNX model");
  }
  return model;
}

}  // namespace

const AttributeView* NodeView::find(std::string_view attribute) const {
  const auto it = std::ranges::find(attributes, attribute, &AttributeView::name);
  return it == attributes.end() ? nullptr : &*it;
}

Expected<ModelView> parse_model(Bytes file) { return ModelReader().model(file); }

}  // namespace hone::onnx
