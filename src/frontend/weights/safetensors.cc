#include <optional>

#include "base/json.h"
#include "frontend/weights/state_dict.h"
#include "tensor/tensor.h"

namespace hone::weights {
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr JsonLimits kHeaderLimits{.bytes = kMaxHeader, .depth = 8, .values = size_t{1} << 21};

std::optional<DType> dtype_of(std::string_view name) {
  struct Row {
    std::string_view name;
    DType dtype;
  };
  static constexpr Row kRows[] = {
      {"F32", DType::f32},           {"F16", DType::f16},         {"BF16", DType::bf16},
      {"F64", DType::f64},           {"I64", DType::i64},         {"I32", DType::i32},
      {"I16", DType::i16},           {"I8", DType::i8},           {"U64", DType::u64},
      {"U32", DType::u32},           {"U16", DType::u16},         {"U8", DType::u8},
      {"F8_E4M3", DType::f8_e4m3fn}, {"F8_E5M2", DType::f8_e5m2}, {"BOOL", DType::boolean},
  };
  for (const Row& row : kRows) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Code::corrupt, what, "; the file is damaged");
}

// A list of so many whole numbers, none negative.
std::optional<std::vector<int64_t>> numbers_of(const Json* list, size_t most) {
  if (list == nullptr || list->as_array() == nullptr || list->as_array()->size() > most) return {};
  std::vector<int64_t> numbers;
  for (const Json& item : *list->as_array()) {
    const auto number = item.as_int();
    if (!number || *number < 0) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

Expected<StateTensor> read_tensor(const Json& record, Bytes data) {
  const Json* dtype_name = record.find("dtype");
  if (dtype_name == nullptr || dtype_name->as_string() == nullptr)
    return corrupt("it has no dtype");
  const auto dtype = dtype_of(*dtype_name->as_string());
  if (!dtype) {
    return fail(Code::unsupported, "its dtype is '", printable(*dtype_name->as_string()),
                "', which hone does not know");
  }
  const auto sizes = numbers_of(record.find("shape"), kMaxRank);
  if (!sizes) return corrupt("its shape is no list of at most 8 sizes");
  const auto range = numbers_of(record.find("data_offsets"), 2);
  if (!range || range->size() != 2) return corrupt("its data_offsets are no two places");
  const auto begin = static_cast<uint64_t>((*range)[0]), end = static_cast<uint64_t>((*range)[1]);
  const auto bytes = checked_bytes(*dtype, Dims(*sizes));
  if (begin > end || end > data.size() || !bytes || static_cast<uint64_t>(*bytes) != end - begin) {
    return corrupt("its bytes do not lie inside the file, or are not as many as its shape needs");
  }
  return StateTensor{{*dtype, Dims(*sizes).shape()}, {data.subspan(begin, end - begin), nullptr}};
}

}  // namespace

Expected<StateDict> read_safetensors(Bytes file) {
  ByteReader reader(file);
  const uint64_t size = reader.u64();
  if (size > kMaxHeader) return fail(Code::limit_exceeded, "the header has ", size, " bytes");
  const std::string_view header = reader.text(size);
  HONE_RETURN_IF_ERROR(reader.status());
  HONE_TRY_CONTEXT(const Json json, Json::parse(header, kHeaderLimits), "header");
  if (json.as_object() == nullptr) return corrupt("the header is no JSON object");
  StateDict dict;
  for (const Json::Member& member : *json.as_object()) {
    if (member.name == "__metadata__") continue;
    HONE_TRY_CONTEXT(StateTensor tensor, read_tensor(member.value, file.subspan(8 + size)),
                     "tensor '", printable(member.name), "'");
    dict.tensors.emplace(member.name, std::move(tensor));
  }
  return dict;
}

}  // namespace hone::weights
