#include <algorithm>
#include <cmath>
#include <type_traits>

#include "backend/cpu/broadcast.h"
#include "backend/cpu/rows_step.h"
#include "ops/binary/op.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

using Kind = BinaryKind;

template <class T>
T float_value(Kind kind, T a, T b) {
  switch (kind) {
    case Kind::add:
      return a + b;
    case Kind::sub:
      return a - b;
    case Kind::mul:
      return a * b;
    case Kind::div:
      return a / b;
    case Kind::min:
      return a < b || std::isnan(a) ? a : b;
    case Kind::max:
      return a > b || std::isnan(a) ? a : b;
    case Kind::pow:
      return static_cast<T>(std::pow(a, b));
    case Kind::fmod:
      return std::fmod(a, b);
    case Kind::mod: {
      const T rest = std::fmod(a, b);
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
    case Kind::prelu:
      return a < 0 ? a * b : a;
    case Kind::atan2:
      return std::atan2(a, b);
    default:
      return a;
  }
}

// Sums and products wrap; a division by zero gives 0, for there is nothing better.
template <class T>
T integer_value(Kind kind, T a, T b) {
  using U = std::make_unsigned_t<T>;
  constexpr auto kBits = static_cast<U>(8 * sizeof(T));
  const auto wide_a = static_cast<uint64_t>(a), wide_b = static_cast<uint64_t>(b);
  switch (kind) {
    case Kind::add:
      return static_cast<T>(wide_a + wide_b);
    case Kind::sub:
      return static_cast<T>(wide_a - wide_b);
    case Kind::mul:
      return static_cast<T>(wide_a * wide_b);
    case Kind::div:
      if constexpr (std::is_signed_v<T>) {
        if (b == -1) return static_cast<T>(U{0} - static_cast<U>(a));
      }
      return b == 0 ? T{0} : static_cast<T>(a / b);
    case Kind::min:
      return std::min(a, b);
    case Kind::max:
      return std::max(a, b);
    case Kind::pow:
      return static_cast<T>(std::pow(static_cast<double>(a), static_cast<double>(b)));
    case Kind::fmod:
    case Kind::mod: {
      if (b == 0 || b == static_cast<T>(-1)) {
        if (b == 0 || std::is_signed_v<T>) return T{0};
      }
      const T rest = static_cast<T>(a % b);
      if constexpr (std::is_signed_v<T>) {
        if (kind == Kind::mod && rest != 0 && (rest < 0) != (b < 0))
          return static_cast<T>(rest + b);
      }
      return rest;
    }
    case Kind::prelu:
      return a < 0 ? static_cast<T>(wide_a * wide_b) : a;
    case Kind::bit_and:
      return static_cast<T>(a & b);
    case Kind::bit_or:
      return static_cast<T>(a | b);
    case Kind::bit_xor:
      return static_cast<T>(a ^ b);
    case Kind::shift_left:
      return static_cast<U>(b) >= kBits ? T{0} : static_cast<T>(static_cast<U>(a) << b);
    case Kind::shift_right:
      // The sign is shifted in, however far.
      if (static_cast<U>(b) >= kBits) return a < 0 ? static_cast<T>(-1) : T{0};
      return static_cast<T>(a >> b);
    default:
      return a;
  }
}

template <class T>
T value(Kind kind, T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    if (kind == Kind::logic_and) return a && b;
    if (kind == Kind::logic_or) return a || b;
    return a != b;
  } else {
    if constexpr (std::is_floating_point_v<T>) {
      return float_value(kind, a, b);
    } else {
      return integer_value(kind, a, b);
    }
  }
}

template <class T>
bool compare(Kind kind, T a, T b) {
  switch (kind) {
    case Kind::less:
      return a < b;
    case Kind::less_equal:
      return a <= b;
    case Kind::greater:
      return a > b;
    case Kind::greater_equal:
      return a >= b;
    default:
      return a == b;
  }
}

template <class T, class Out>
struct Rows {
  const T *a, *b;
  Out* y;
  int64_t a_stride, b_stride, count;

  // One loop for each pattern of strides that matters, so that the compiler can vectorize it.
  template <class F>
  void run(F f) const {
    if (a_stride == 1 && b_stride == 1) {
      for (int64_t i = 0; i < count; ++i) y[i] = f(a[i], b[i]);
    } else if (a_stride == 1 && b_stride == 0) {
      const T second = b[0];
      for (int64_t i = 0; i < count; ++i) y[i] = f(a[i], second);
    } else if (a_stride == 0 && b_stride == 1) {
      const T first = a[0];
      for (int64_t i = 0; i < count; ++i) y[i] = f(first, b[i]);
    } else {
      run_plain(f);
    }
  }

  // Where speed is not worth four copies of the code.
  template <class F>
  void run_plain(F f) const {
    for (int64_t i = 0; i < count; ++i) y[i] = f(a[i * a_stride], b[i * b_stride]);
  }
};

// Common kinds have loops of their own.
template <class T>
void arithmetic(Kind kind, const Rows<T, T>& rows) {
  if constexpr (std::is_same_v<T, float>) {
    switch (kind) {
      case Kind::add:
        return rows.run([](float a, float b) { return a + b; });
      case Kind::sub:
        return rows.run([](float a, float b) { return a - b; });
      case Kind::mul:
        return rows.run([](float a, float b) { return a * b; });
      case Kind::div:
        return rows.run([](float a, float b) { return a / b; });
      case Kind::min:
        return rows.run([](float a, float b) { return a < b || a != a ? a : b; });
      case Kind::max:
        return rows.run([](float a, float b) { return a > b || a != a ? a : b; });
      case Kind::prelu:
        // By a factor always: a product on one side alone would be a branch.
        return rows.run([](float a, float b) { return a * (a < 0 ? b : 1.0f); });
      case Kind::pow:
        if (rows.b_stride != 0 || rows.count == 0 || rows.b[0] != 2) break;
        return rows.run([](float a, float) { return a * a; });
      default:
        break;
    }
  } else if constexpr (std::is_integral_v<T> && sizeof(T) >= 4) {
    switch (kind) {
      case Kind::add:
        return rows.run([](T a, T b) { return integer_value(Kind::add, a, b); });
      case Kind::sub:
        return rows.run([](T a, T b) { return integer_value(Kind::sub, a, b); });
      case Kind::mul:
        return rows.run([](T a, T b) { return integer_value(Kind::mul, a, b); });
      default:
        break;
    }
  }
  rows.run_plain([kind](T a, T b) { return value<T>(kind, a, b); });
}

template <class T>
void comparison(Kind kind, const Rows<T, bool>& rows) {
  rows.run_plain([kind](T a, T b) { return compare<T>(kind, a, b); });
}

template <class T, class Out, class Body>
std::unique_ptr<CpuStep> rows_of(const StepBinding& b, Body body) {
  const Broadcast<2> walk(b.results[0].view.dims,
                          {b.operands[0].view.dims, b.operands[1].view.dims});
  const T *a = b.operands[0].view.as<T>(), *other = b.operands[1].view.as<T>();
  Out* y = b.results[0].view.as<Out>();
  const int64_t columns = walk.columns(), sa = walk.inner_stride(0), sb = walk.inner_stride(1);
  if (walk.rows() == 1) {  // one row may be cut anywhere
    return rows_step(columns, 1, [=](int64_t first, int64_t count) {
      body(Rows<T, Out>{a + first * sa, other + first * sb, y + first, sa, sb, count});
    });
  }
  return rows_step(walk.rows(), columns, [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const auto at = walk.offsets(row);
      body(Rows<T, Out>{a + at[0], other + at[1], y + row * columns, sa, sb, columns});
    }
  });
}

using ElementReader = double (*)(const std::byte* data, int64_t i);

ElementReader element_reader(DType dtype) {
  ElementReader reader = nullptr;
  with_number(dtype, [&]<class T>() {
    reader = [](const std::byte* data, int64_t i) {
      return static_cast<double>(reinterpret_cast<const T*>(data)[i]);
    };
  });
  return reader;
}

// An exponent of another type than the base.
template <class T>
std::unique_ptr<CpuStep> mixed_pow(const StepBinding& b) {
  const View exponent = b.operands[1].view;
  const Broadcast<2> walk(b.results[0].view.dims, {b.operands[0].view.dims, exponent.dims});
  const T* a = b.operands[0].view.as<T>();
  T* y = b.results[0].view.as<T>();
  const ElementReader read = element_reader(exponent.dtype);
  return rows_step(walk.rows(), walk.columns(), [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const auto at = walk.offsets(row);
      for (int64_t i = 0; i < walk.columns(); ++i) {
        const auto base = static_cast<double>(a[at[0] + i * walk.inner_stride(0)]);
        const double power = read(exponent.data, at[1] + i * walk.inner_stride(1));
        y[row * walk.columns() + i] = static_cast<T>(std::pow(base, power));
      }
    }
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const Kind kind = b.attrs->as<BinaryAttrs>().kind;
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype, [&]<class T>() {
    if (is_comparison(kind)) {
      step = rows_of<T, bool>(b, [kind](const Rows<T, bool>& rows) { comparison(kind, rows); });
    } else if (b.operands[1].view.dtype != b.operands[0].view.dtype) {
      step = mixed_pow<T>(b);
    } else {
      step = rows_of<T, T>(b, [kind](const Rows<T, T>& rows) { arithmetic(kind, rows); });
    }
  });
  return step;
}

bool accepts(const StepBinding& b) {
  const auto known = [](const Operand& operand) {
    return with_number(operand.view.dtype, []<class T>() {});
  };
  return known(b.operands[0]) && known(b.operands[1]);
}

}  // namespace

std::span<const CpuKernel> binary_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"binary", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
