// From a dtype to the C++ type that holds its elements.
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace hone {

// Calls f.template operator()<T>() with the type of a plain number, and returns true; false if the
// dtype has none of its own (16- and 8-bit floats, blocks, text). Types of 2 and 4 bits lie one to
// a byte.
template <class F>
bool with_number(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      f.template operator()<float>();
      return true;
    case DType::f64:
      f.template operator()<double>();
      return true;
    case DType::i2:
    case DType::i4:
    case DType::i8:
      f.template operator()<int8_t>();
      return true;
    case DType::u2:
    case DType::u4:
    case DType::u8:
      f.template operator()<uint8_t>();
      return true;
    case DType::i16:
      f.template operator()<int16_t>();
      return true;
    case DType::u16:
      f.template operator()<uint16_t>();
      return true;
    case DType::i32:
      f.template operator()<int32_t>();
      return true;
    case DType::u32:
      f.template operator()<uint32_t>();
      return true;
    case DType::i64:
      f.template operator()<int64_t>();
      return true;
    case DType::u64:
      f.template operator()<uint64_t>();
      return true;
    case DType::boolean:
      f.template operator()<bool>();
      return true;
    default:
      return false;
  }
}

// Calls f with an unsigned type as wide as an element of the dtype, for code that only moves
// elements; false if the dtype has no elements of whole bytes.
template <class F>
bool with_width(DType dtype, F&& f) {
  const DTypeInfo& type = info(dtype);
  if (type.block_elements != 1 || dtype == DType::string) return false;
  switch (type.block_bytes) {
    case 1:
      f.template operator()<uint8_t>();
      return true;
    case 2:
      f.template operator()<uint16_t>();
      return true;
    case 4:
      f.template operator()<uint32_t>();
      return true;
    case 8:
      f.template operator()<uint64_t>();
      return true;
    default:
      return false;
  }
}

}  // namespace hone
