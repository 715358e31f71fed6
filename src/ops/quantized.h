// What ops on 8-bit codes share: a code stands for (code - zero) * scale.
#pragma once

#include <optional>

#include "ops/attrs.h"
#include "tensor/dtype.h"

namespace hone {

// The codes that an op makes: of i8 or u8, clamped to [low, high], with `zero` standing for 0.
struct CodesAttrs {
  std::string to = "i8";
  int64_t zero = 0;
  int64_t low = -128;
  int64_t high = 127;
  void visit(AttrVisitor& v) {
    v.field("to", to);
    v.field("zero", zero);
    v.field("low", low);
    v.field("high", high);
  }
  // i8 or u8; nothing if it is another dtype, or zero or the range do not lie in it.
  std::optional<DType> dtype() const;
  // The code of a sum in units of the codes: rounded half to even; NaN becomes `low`.
  double code_of(float units) const;
  double code_of(int32_t units) const;
};

// A product of a sum and a scale in integers, as TFLite's reference kernels and gemmlowp round it:
// twice, first the product with a fraction of 31 bits, up from halves, then the shift by `right`,
// away from zero from halves. In 32 bits that wrap.
struct FixedScale {
  int32_t multiplier = 0;
  int32_t left = 0, right = 0;  // one of them is 0; both below 32
  // 0 for what is no positive number.
  static FixedScale of(double scale);
  // Divided by `count`, as TFLite folds the number of elements of a mean into its scale.
  FixedScale over(int64_t count) const;
  int32_t times(int32_t sum) const;
};

bool is_code(DType dtype);                     // i8 or u8
bool is_code_of(int64_t number, DType dtype);  // whether an i8 or u8 can hold it
// How far codes of a dtype can be from the one that stands for 0.
int64_t farthest_code(DType dtype, int64_t zero);

}  // namespace hone
