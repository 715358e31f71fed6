// Tensors of ONNX files as views: TensorProto, and the sequences and optionals of data files.
// Source: onnx-ml.proto and onnx-data.proto of PyPI onnx 1.23.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/onnx/onnx_fields.h"
#include "tensor/dtype.h"

namespace hone::onnx {

using DataType = field::TensorProto::DataType;  // any number of a file may stand in one

namespace limits {
inline constexpr size_t kRank = 32;  // of a tensor or a type; hone's own kMaxRank is 8
inline constexpr int64_t kElements = int64_t{1} << 40;  // of a tensor
inline constexpr size_t kExternalEntries =
    16;                                       // keys of a tensor's external data; the format has 4
inline constexpr size_t kStrings = 1 << 24;   // of a tensor
inline constexpr int kValueDepth = 16;        // sequences of optionals of sequences ...
inline constexpr size_t kSequence = 1 << 18;  // tensors of a sequence, in all depths
}  // namespace limits

// Where a tensor's bytes lie in a file beside the model.
struct ExternalData {
  std::string_view location;  // relative to the model's folder
  uint64_t offset = 0;
  std::optional<uint64_t> length;  // absent: as the shape says
};

struct TensorView {
  std::string_view name;
  DataType data_type = DataType::UNDEFINED;
  std::vector<int64_t> dims;
  std::optional<Bytes> raw;              // raw_data, if the tensor has it
  std::optional<ExternalData> external;  // if the data lie in another file
  bool has_segment = false;              // a part of a tensor: no one writes these
  Bytes message;  // the whole TensorProto; typed data are read from it on demand (tensor_bytes.h)
};

// values[i] stands at indices[i] ([n] linear, or [n, rank]) of a tensor of shape dims, else zeros.
// Indices are not checked here.
struct SparseTensorView {
  TensorView values;  // its name is the whole's
  TensorView indices;
  std::vector<int64_t> dims;
};

// What a SequenceProto or OptionalProto holds. A sequence has any number of elements, an optional
// none or one; elements are of one kind. A map's keys are not read.
struct DataView {
  enum class Kind : uint8_t { tensor, sparse_tensor, sequence, optional, map };
  Kind kind = Kind::tensor;
  std::string_view name;
  TensorView tensor;               // of a tensor
  SparseTensorView sparse;         // of a sparse tensor
  std::vector<DataView> elements;  // of a sequence or optional
};

// The messages of ONNX's data files (.pb). Views point into `message`.
Expected<TensorView> parse_tensor(Bytes message);
Expected<SparseTensorView> parse_sparse_tensor(Bytes message);
Expected<DataView> parse_sequence(Bytes message);
Expected<DataView> parse_optional(Bytes message);

// hone's element type; nothing for strings, complex numbers, UNDEFINED and unknown numbers.
std::optional<DType> dtype_of(DataType type);

// The product of the dimensions. Error: a dimension below zero, or more than limits::kElements.
Expected<int64_t> element_count(const std::vector<int64_t>& dims);

}  // namespace hone::onnx
