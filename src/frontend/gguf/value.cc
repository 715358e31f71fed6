#include "frontend/gguf/value.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace hone {
namespace {

std::unexpected<Error> wrong_type(const GgufValue& value, std::string_view wanted) {
  return fail(Code::corrupt, "metadata '", printable(value.key, 80), "' is ", value.type_text(),
              " where ", wanted,
              " is expected; the file was written wrongly or for other software");
}

template <class T>
T load(Bytes raw, uint64_t index) {
  return PackedView<T>(raw)[static_cast<size_t>(index)];
}

bool is_integer(GgufType type) {
  return type != GgufType::f32 && type != GgufType::f64 && type != GgufType::boolean &&
         type != GgufType::string && type != GgufType::array;
}

// An integer of any type: its value, and whether it is a u64 beyond i64.
struct Integer {
  int64_t value = 0;
  bool beyond = false;
};

Integer load_integer(GgufType type, Bytes raw, uint64_t index) {
  switch (type) {
    case GgufType::u8:
    case GgufType::boolean:
      return {load<uint8_t>(raw, index)};
    case GgufType::i8:
      return {load<int8_t>(raw, index)};
    case GgufType::u16:
      return {load<uint16_t>(raw, index)};
    case GgufType::i16:
      return {load<int16_t>(raw, index)};
    case GgufType::u32:
      return {load<uint32_t>(raw, index)};
    case GgufType::i32:
      return {load<int32_t>(raw, index)};
    case GgufType::i64:
      return {load<int64_t>(raw, index)};
    default: {
      const auto value = load<uint64_t>(raw, index);
      return {static_cast<int64_t>(value), value > uint64_t{std::numeric_limits<int64_t>::max()}};
    }
  }
}

bool is_scalar(const GgufValue& value, GgufType type) {
  return value.form == GgufValue::Form::scalar && value.type == type;
}

bool is_array(const GgufValue& value, GgufType type) {
  return value.form == GgufValue::Form::array && value.type == type;
}

std::string scalar_text(const GgufValue& value) {
  switch (value.type) {
    case GgufType::string:
      return cat('"', printable(as_text(value.raw), 200), '"');
    case GgufType::f32:
      return cat(load<float>(value.raw, 0));
    case GgufType::f64:
      return cat(load<double>(value.raw, 0));
    case GgufType::boolean:
      return load<uint8_t>(value.raw, 0) != 0 ? "true" : "false";
    case GgufType::u64:
      return cat(load<uint64_t>(value.raw, 0));
    default:
      return cat(load_integer(value.type, value.raw, 0).value);
  }
}

}  // namespace

Expected<uint64_t> GgufValue::as_u64() const {
  if (form != Form::scalar || !is_integer(type)) return wrong_type(*this, "a whole number");
  const Integer integer = load_integer(type, raw, 0);
  if (!integer.beyond && integer.value < 0) {
    return fail(Code::corrupt, "metadata '", printable(key, 80), "' is ", integer.value,
                " where a number of at least 0 is expected");
  }
  return static_cast<uint64_t>(integer.value);
}

Expected<int64_t> GgufValue::as_i64() const {
  if (form != Form::scalar || !is_integer(type)) return wrong_type(*this, "a whole number");
  const Integer integer = load_integer(type, raw, 0);
  if (integer.beyond) {
    return fail(Code::corrupt, "metadata '", printable(key, 80), "' is too large: ", text());
  }
  return integer.value;
}

Expected<float> GgufValue::as_f32() const {
  if (is_scalar(*this, GgufType::f32)) return load<float>(raw, 0);
  if (is_scalar(*this, GgufType::f64)) return static_cast<float>(load<double>(raw, 0));
  if (form != Form::scalar || !is_integer(type)) return wrong_type(*this, "a number");
  const Integer integer = load_integer(type, raw, 0);
  if (integer.beyond) return static_cast<float>(static_cast<uint64_t>(integer.value));
  return static_cast<float>(integer.value);
}

Expected<bool> GgufValue::as_bool() const {
  if (!is_scalar(*this, GgufType::boolean)) return wrong_type(*this, "a bool");
  return load<uint8_t>(raw, 0) != 0;
}

Expected<std::string_view> GgufValue::as_string() const {
  if (!is_scalar(*this, GgufType::string)) return wrong_type(*this, "a string");
  return as_text(raw);
}

Expected<std::vector<std::string_view>> GgufValue::as_strings() const {
  if (!is_array(*this, GgufType::string)) return wrong_type(*this, "an array of strings");
  std::vector<std::string_view> strings(static_cast<size_t>(count));
  const char* next = reinterpret_cast<const char*>(raw.data());
  for (std::string_view& string : strings) {
    uint64_t size;
    std::memcpy(&size, next, sizeof size);
    next += sizeof size;
    string = {next, static_cast<size_t>(size)};
    next += size;
  }
  return strings;
}

Expected<PackedView<float>> GgufValue::as_f32_array() const {
  if (!is_array(*this, GgufType::f32)) return wrong_type(*this, "an array of f32");
  return PackedView<float>(raw);
}

Expected<PackedView<int32_t>> GgufValue::as_i32_array() const {
  if (!is_array(*this, GgufType::i32) && !is_array(*this, GgufType::u32)) {
    return wrong_type(*this, "an array of i32");
  }
  return PackedView<int32_t>(raw);
}

Expected<Bytes> GgufValue::as_byte_array() const {
  if (!is_array(*this, GgufType::u8) && !is_array(*this, GgufType::i8)) {
    return wrong_type(*this, "an array of bytes");
  }
  return raw;
}

Expected<std::vector<int64_t>> GgufValue::as_i64_list() const {
  if (!is_integer(type) && type != GgufType::boolean) return wrong_type(*this, "whole numbers");
  std::vector<int64_t> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    const Integer integer = load_integer(type, raw, i);
    if (integer.beyond) {
      return fail(Code::corrupt, "metadata '", printable(key, 80), "' is too large");
    }
    values[i] = integer.value;
  }
  return values;
}

std::string GgufValue::text() const {
  if (form == Form::scalar) return scalar_text(*this);
  const bool plural_word = type == GgufType::string || type == GgufType::boolean;
  return cat('[', count, ' ', name_of(type), plural_word && count != 1 ? "s]" : "]");
}

std::string GgufValue::type_text() const {
  return cat(form == Form::array ? "an array of " : "a ", name_of(type));
}

}  // namespace hone
