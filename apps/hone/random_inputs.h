// Random numbers that a model's inputs can be given.
#pragma once

#include "runtime/program_session.h"
#include "tensor/tensor.h"

namespace hone::cli {

// What an input's integers may be: 0 to `most`.
struct IntegerRange {
  enum class Values : uint8_t { any, ones } values = Values::any;
  int64_t most = 1;
};

// Of the program's input of that index: rows of the table that it picks from (an embedding), ones
// for a mask; else the usual range.
IntegerRange range_of_input(const ProgramSession& session, size_t index);

// 0 and 1, or any code of 8 bits.
IntegerRange usual_range(DType dtype);

// Reproducible: normal for floats, evenly in the range for integers (of i8 from -128 on).
Expected<Tensor> random_tensor(DType dtype, const Dims& dims, const IntegerRange& range,
                               uint64_t seed);

}  // namespace hone::cli
