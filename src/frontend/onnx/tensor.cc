#include "frontend/onnx/tensor.h"

#include "base/text.h"
#include "frontend/onnx/wire.h"

namespace hone::onnx {
namespace {

namespace tensor_field = field::TensorProto;

struct Entry {
  std::string_view key;
  std::string_view value;
};

Expected<Entry> parse_entry(Bytes message) {
  Entry entry;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == field::StringStringEntryProto::key) entry.key = reader.text();
    if (reader.field() == field::StringStringEntryProto::value) entry.value = reader.text();
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return entry;
}

Expected<uint64_t> size_of_entry(const Entry& entry) {
  const std::optional<int64_t> number = parse_int(entry.value);
  if (number && *number >= 0) return static_cast<uint64_t>(*number);
  return fail(Code::corrupt, "the external data's ", entry.key, " '", printable(entry.value, 40),
              "' is not a number of bytes");
}

Expected<ExternalData> external_data(const std::vector<Entry>& entries) {
  ExternalData data;
  for (const Entry& entry : entries) {
    if (entry.key == "location") data.location = entry.value;
    if (entry.key == "offset") {
      HONE_TRY(data.offset, size_of_entry(entry));
    }
    if (entry.key == "length") {
      HONE_TRY(data.length, size_of_entry(entry));
    }
  }
  if (!data.location.empty()) return data;
  return fail(Code::corrupt, "the data are said to lie in another file, which is not named");
}

Status read_tensor(Bytes message, TensorView& tensor) {
  std::vector<Entry> entries;
  bool is_external = false;
  WireReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case tensor_field::name:
        tensor.name = reader.text();
        break;
      case tensor_field::data_type:
        tensor.data_type = DataType{reader.integer32()};
        break;
      case tensor_field::dims:
        reader.append_integers(tensor.dims, limits::kRank);
        break;
      case tensor_field::raw_data:
        tensor.raw = reader.bytes();
        break;
      case tensor_field::segment:
        tensor.has_segment = true;
        break;
      case tensor_field::data_location:
        is_external = reader.integer32() == static_cast<int>(tensor_field::DataLocation::EXTERNAL);
        break;
      case tensor_field::external_data: {
        HONE_TRY(const Entry entry, parse_entry(reader.bytes()));
        if (entries.size() < limits::kExternalEntries) entries.push_back(entry);
        break;
      }
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  if (is_external) {
    HONE_TRY(tensor.external, external_data(entries));
  }
  return {};
}

// The members of SequenceProto and OptionalProto.
class DataReader {
 public:
  Expected<DataView> sequence(Bytes message, int depth);
  Expected<DataView> optional(Bytes message, int depth);

 private:
  Status check(int depth);
  Status add(DataView& whole, DataView::Kind kind, Bytes message, int depth);
  Expected<DataView> element(DataView::Kind kind, Bytes message, int depth);

  size_t count_ = 0;
};

Status DataReader::check(int depth) {
  if (depth >= limits::kValueDepth) {
    return fail(Code::limit_exceeded, "sequences and optionals are nested more than ",
                limits::kValueDepth, " deep");
  }
  if (++count_ > limits::kSequence) {
    return fail(Code::limit_exceeded, "there are more than ", limits::kSequence, " elements");
  }
  return {};
}

Expected<DataView> DataReader::element(DataView::Kind kind, Bytes message, int depth) {
  HONE_RETURN_IF_ERROR(check(depth));
  if (kind == DataView::Kind::sequence) return sequence(message, depth);
  if (kind == DataView::Kind::optional) return optional(message, depth);
  DataView view;
  view.kind = kind;
  if (kind == DataView::Kind::tensor) {
    HONE_TRY(view.tensor, parse_tensor(message));
    view.name = view.tensor.name;
  } else if (kind == DataView::Kind::sparse_tensor) {
    HONE_TRY(view.sparse, parse_sparse_tensor(message));
    view.name = view.sparse.values.name;
  }
  return view;
}

Status DataReader::add(DataView& whole, DataView::Kind kind, Bytes message, int depth) {
  HONE_TRY_CONTEXT(DataView view, element(kind, message, depth + 1), "element ",
                   whole.elements.size());
  if (!whole.elements.empty() && whole.elements[0].kind != kind) {
    return fail(Code::corrupt, "the elements are not all of one kind");
  }
  whole.elements.push_back(std::move(view));
  return {};
}

Expected<DataView> DataReader::sequence(Bytes message, int depth) {
  namespace names = field::SequenceProto;
  using Kind = DataView::Kind;
  DataView whole;
  whole.kind = Kind::sequence;
  WireReader reader(message);
  const auto add_one = [&](Kind kind) { return add(whole, kind, reader.bytes(), depth); };
  while (reader.next()) {
    Status status;
    switch (reader.field()) {
      case names::name:
        whole.name = reader.text();
        break;
      case names::tensor_values:
        status = add_one(Kind::tensor);
        break;
      case names::sparse_tensor_values:
        status = add_one(Kind::sparse_tensor);
        break;
      case names::sequence_values:
        status = add_one(Kind::sequence);
        break;
      case names::map_values:
        status = add_one(Kind::map);
        break;
      case names::optional_values:
        status = add_one(Kind::optional);
        break;
    }
    HONE_RETURN_IF_ERROR(status);
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return whole;
}

Expected<DataView> DataReader::optional(Bytes message, int depth) {
  namespace names = field::OptionalProto;
  using Kind = DataView::Kind;
  DataView whole;
  whole.kind = Kind::optional;
  WireReader reader(message);
  const auto set = [&](Kind kind) {
    whole.elements.clear();  // as protobuf: the last one counts
    return add(whole, kind, reader.bytes(), depth);
  };
  while (reader.next()) {
    Status status;
    switch (reader.field()) {
      case names::name:
        whole.name = reader.text();
        break;
      case names::tensor_value:
        status = set(Kind::tensor);
        break;
      case names::sparse_tensor_value:
        status = set(Kind::sparse_tensor);
        break;
      case names::sequence_value:
        status = set(Kind::sequence);
        break;
      case names::map_value:
        status = set(Kind::map);
        break;
      case names::optional_value:
        status = set(Kind::optional);
        break;
    }
    HONE_RETURN_IF_ERROR(status);
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return whole;
}

}  // namespace

Expected<TensorView> parse_tensor(Bytes message) {
  TensorView tensor;
  tensor.message = message;
  Status status = read_tensor(message, tensor);
  if (status) return tensor;
  if (tensor.name.empty()) return std::unexpected(std::move(status).error());
  return std::unexpected(
      std::move(status).error().context(cat("tensor '", printable(tensor.name), "'")));
}

Expected<SparseTensorView> parse_sparse_tensor(Bytes message) {
  namespace names = field::SparseTensorProto;
  SparseTensorView sparse;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() == names::values) {
      HONE_TRY_CONTEXT(sparse.values, parse_tensor(reader.bytes()), "sparse values");
    } else if (reader.field() == names::indices) {
      HONE_TRY_CONTEXT(sparse.indices, parse_tensor(reader.bytes()), "sparse indices");
    } else if (reader.field() == names::dims) {
      reader.append_integers(sparse.dims, limits::kRank);
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return sparse;
}

Expected<DataView> parse_sequence(Bytes message) { return DataReader().sequence(message, 0); }

Expected<DataView> parse_optional(Bytes message) { return DataReader().optional(message, 0); }

std::optional<DType> dtype_of(DataType type) {
  switch (type) {
    case DataType::FLOAT:
      return DType::f32;
    case DataType::FLOAT16:
      return DType::f16;
    case DataType::BFLOAT16:
      return DType::bf16;
    case DataType::DOUBLE:
      return DType::f64;
    case DataType::INT8:
      return DType::i8;
    case DataType::UINT8:
      return DType::u8;
    case DataType::INT16:
      return DType::i16;
    case DataType::UINT16:
      return DType::u16;
    case DataType::INT32:
      return DType::i32;
    case DataType::UINT32:
      return DType::u32;
    case DataType::INT64:
      return DType::i64;
    case DataType::UINT64:
      return DType::u64;
    case DataType::BOOL:
      return DType::boolean;
    case DataType::FLOAT8E4M3FN:
      return DType::f8_e4m3fn;
    case DataType::FLOAT8E4M3FNUZ:
      return DType::f8_e4m3fnuz;
    case DataType::FLOAT8E5M2:
      return DType::f8_e5m2;
    case DataType::FLOAT8E5M2FNUZ:
      return DType::f8_e5m2fnuz;
    case DataType::FLOAT8E8M0:
      return DType::f8_e8m0;
    case DataType::FLOAT6E2M3:
      return DType::f6_e2m3;
    case DataType::FLOAT6E3M2:
      return DType::f6_e3m2;
    case DataType::FLOAT4E2M1:
      return DType::f4_e2m1;
    case DataType::INT4:
      return DType::i4;
    case DataType::UINT4:
      return DType::u4;
    case DataType::INT2:
      return DType::i2;
    case DataType::UINT2:
      return DType::u2;
    default:
      return std::nullopt;
  }
}

Expected<int64_t> element_count(const std::vector<int64_t>& dims) {
  int64_t count = 1;
  bool empty = false;
  for (const int64_t dim : dims) {
    if (dim < 0) return fail(Code::corrupt, "a dimension is ", dim, "; none may be below zero");
    if (dim == 0) empty = true;
    if (dim > 0 && count > limits::kElements / dim) {
      return fail(Code::limit_exceeded, "the shape has more than ", limits::kElements, " elements");
    }
    if (dim > 0) count *= dim;
  }
  return empty ? 0 : count;
}

}  // namespace hone::onnx
