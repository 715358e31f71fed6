// The sizes of a convolution of codes with its spatial axes as depth, height and width, and what
// all its kernels need of its operands.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "backend/cpu/step.h"
#include "base/memory.h"
#include "ops/quantized_conv/cpu.h"
#include "ops/quantized_conv/op.h"

namespace hone {

struct CodeGeometry {
  int64_t images, groups;
  int64_t in_channels, out_channels;  // of a group
  std::array<int64_t, 3> in, out, kernel;
  std::array<WindowAxis, 3> axes;

  static CodeGeometry of(const StepBinding& binding);
  int64_t in_places() const { return in[0] * in[1] * in[2]; }
  int64_t out_places() const { return out[0] * out[1] * out[2]; }
  int64_t kernel_places() const { return kernel[0] * kernel[1] * kernel[2]; }
  int64_t taps() const { return kernel_places() * in_channels; }
  int64_t all_in() const { return in_channels * groups; }
  int64_t all_out() const { return out_channels * groups; }
  // Whether each place of the result sees its own place of x alone.
  bool is_pointwise() const;
  // Depthwise with as many channels as x has.
  bool is_depthwise() const { return in_channels == 1 && out_channels == 1 && groups > 1; }
};

// How codes are multiplied: x's bytes ^ flip are the code plus `shift`, weights' ^ weight_flip are
// s8 with zero point w_zero.
struct CodeShifts {
  uint8_t flip, weight_flip;
  int64_t shift, w_zero;
  CodeShifts(DType x, DType weight, int64_t w_zero, uint8_t bias);
  // What the sums of a column begin with, given its bias and the sum of its s8 weights.
  int32_t start(int64_t bias, int64_t weight_sum, int64_t x_zero, int64_t taps) const;
};

// The scales of columns as kernels take them: floats, or, from f64, fixed point.
class CodeScales {
 public:
  CodeScales() = default;
  // Room for `count` columns, of scales of that dtype.
  CodeScales(DType dtype, int64_t count);
  // Column `column` gets the scale of channel `channel`.
  void set(int64_t column, const View& scales, int64_t channel);
  // From column `first` on.
  CodeRule rule(const CodesAttrs& y, int64_t first) const;

 private:
  bool fixed_ = false;
  std::vector<float> floats_;
  std::vector<int32_t> multipliers_, lefts_, rights_;
};

const CodeFns& code_kernels(Isa isa);
const CodeTileFns* code_tile_kernels(Isa isa);  // null: the set has no tiles

// Of sets with tiles, which multiply codes of both kinds as they are.
CodeShifts code_tile_shifts(DType x, DType weight, int64_t w_zero);

// How tiles take the codes of a row, a multiple of 4: in equal pieces of at most 64, which may end
// behind them.
struct CodePieces {
  int64_t count, step;
  explicit CodePieces(int64_t depth)
      : count((depth + 63) / 64), step((depth / 4 + count - 1) / count * 4) {}
  int64_t depth() const { return count * step; }
};

// Whether tiles are faster. Measured: vectors do single rows and short ones as fast, and what takes
// a microsecond sooner than tiles are configured.
bool pays_in_tiles(int64_t rows, int64_t depth, int64_t columns);

// What the sums of each column of a product begin with, and its scale; those of a group's blocks
// follow each other.
class CodeColumns {
 public:
  // `sums` are of the weights of each column.
  CodeColumns(const StepBinding& b, const CodeGeometry& g, const CodeShifts& shifts, int64_t blocks,
              const int32_t* sums);
  const int32_t* start(int64_t column) const { return start_.data() + column; }
  CodeRule rule(const CodesAttrs& y, int64_t column) const { return scales_.rule(y, column); }

 private:
  std::vector<int32_t> start_;
  CodeScales scales_;
};

bool accepts_code_depthwise(const StepBinding& binding);
bool accepts_code_product(const StepBinding& binding);
bool accepts_code_tiles(const StepBinding& binding);
bool accepts_code_slabs(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_code_depthwise(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_code_product(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_code_tiles(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_code_slabs(const StepBinding& binding);
std::string_view code_product_layout(const StepBinding& binding);

}  // namespace hone
