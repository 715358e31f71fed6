// One metadata value of a GGUF file: a view, with checked conversions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/gguf/format.h"

namespace hone {

// Made by the reader, which has checked that `raw` holds what type and count promise. Views point
// into the file. The conversions fail, naming key and types, if the value does not fit the
// question.
struct GgufValue {
  std::string_view key;
  GgufType type = GgufType::u8;  // of the value, or of an array's elements
  enum class Form : uint8_t { scalar, array } form = Form::scalar;
  uint64_t count = 1;  // elements of an array
  Bytes raw;           // a scalar's bytes; a string's text; an array's elements as they are stored

  // Any integer type whose value fits.
  Expected<uint64_t> as_u64() const;
  Expected<int64_t> as_i64() const;
  // f32, f64 or an integer, rounded to the nearest float.
  Expected<float> as_f32() const;
  Expected<bool> as_bool() const;
  Expected<std::string_view> as_string() const;
  // The array's strings, in file order.
  Expected<std::vector<std::string_view>> as_strings() const;
  // The array's numbers where they lie; the element type must be exactly this one.
  Expected<PackedView<float>> as_f32_array() const;
  Expected<PackedView<int32_t>> as_i32_array() const;  // i32 or u32, as i32
  Expected<Bytes> as_byte_array() const;               // i8 or u8
  // Every integer or boolean of the array; a scalar counts as an array of one (per-layer settings
  // are written either way).
  Expected<std::vector<int64_t>> as_i64_list() const;

  // For people: `"llama"`, 30, 1e-05, true, [262144 strings].
  std::string text() const;
  // "array of f32"
  std::string type_text() const;
};

}  // namespace hone
