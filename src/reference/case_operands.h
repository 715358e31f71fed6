// Short forms for the operands of op cases.
#pragma once

#include "reference/semantics.h"

namespace hone::ir {

inline CaseOperand floats(std::vector<int64_t> shape) {
  return {.dtype = DType::f32, .shape = std::move(shape)};
}
inline CaseOperand positive(std::vector<int64_t> shape) {
  return {.dtype = DType::f32, .shape = std::move(shape), .fill = Fill::positive};
}
inline CaseOperand fractions(std::vector<int64_t> shape) {
  return {.dtype = DType::f32, .shape = std::move(shape), .fill = Fill::fraction};
}
// Block-quantized or 16-bit weights with valid random contents.
inline CaseOperand blocks(DType dtype, std::vector<int64_t> shape) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::blocks};
}
inline CaseOperand indices(int64_t count, int64_t limit) {
  return {.dtype = DType::i32, .shape = {count}, .fill = Fill::index, .limit = limit};
}
// Token i stands at position first + i of sequence 0.
inline CaseOperand positions(int64_t count, int64_t first) {
  return {.dtype = DType::i32, .shape = {count}, .fill = Fill::position, .limit = first};
}
inline CaseOperand sequences(int64_t count) {
  return {.dtype = DType::i32, .shape = {count}, .fill = Fill::sequence};
}
// A state whose positions before `filled` hold values.
inline CaseOperand state(std::vector<int64_t> record, int64_t filled) {
  return {.dtype = DType::f16, .shape = std::move(record), .limit = filled, .is_state = true};
}
// Of any dtype; for cases that must be refused.
inline CaseOperand typed(DType dtype, std::vector<int64_t> shape) {
  return {.dtype = dtype, .shape = std::move(shape)};
}
inline CaseOperand absent() { return {.present = false, .shape = {}}; }

}  // namespace hone::ir
