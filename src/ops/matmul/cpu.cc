#include "ops/matmul/cpu.h"

#include <algorithm>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/step.h"
#include "tensor/codec/codec.h"
#include "tensor/layout/x16.h"

namespace hone {

HONE_ISA_TABLE(MatmulFns, matmul_fns)

namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

const float* floats(const Operand& operand) {
  return operand.present() ? operand.view.as<float>() : nullptr;
}

// How a product is cut into tiles: weight panels first, since decoding has one row only.
struct Tiling {
  int64_t panels, panels_a_tile;
  int64_t rows, rows_a_tile;

  // Weights of a tile stay within a core's L2 while all its rows pass over them (48 kB measured
  // best of 16 to 256 kB); rows are cut at 128 so that 512 of them still make tiles for many
  // threads.
  static Tiling choose(const StepBinding& b, int64_t panels, int64_t panel_bytes, int64_t rows) {
    constexpr int64_t kTileBytes = 48 << 10, kRowsATile = 128;
    const int64_t bytes = with_grain(b, kTileBytes);
    int64_t a_tile = std::max<int64_t>(1, bytes / std::max<int64_t>(1, panel_bytes));
    a_tile = std::min(a_tile, std::max<int64_t>(1, ceil_div(panels, 2 * b.threads)));
    return {panels, a_tile, rows, kRowsATile};
  }
  int64_t panel_tiles() const { return ceil_div(panels, panels_a_tile); }
  int64_t tiles() const { return panel_tiles() * ceil_div(rows, rows_a_tile); }
};

class MatmulQ8Step final : public CpuStep {
 public:
  MatmulQ8Step(const StepBinding& b, MatmulFns::Q8 multiply, int64_t panel_bytes, MatmulQ8Task task)
      : task_(task), multiply_(multiply) {
    const View x = b.operands[0].view, weight = b.operands[1].view, y = b.results[0].view;
    task_.x = x.as<Q8Block>();
    task_.blocks = x.dims.back() / kQ8Elements;
    task_.y = y.as<float>();
    task_.y_stride = y.dims.back();
    task_.weight_rows = weight.dims[0];
    task_.bias = floats(b.operands[2]);
    task_.residual = floats(b.operands[3]);
    tiling_ = Tiling::choose(b, ceil_div(weight.dims[0], kPanelRows), panel_bytes, x.dims[0]);
  }

  int64_t tiles() const override { return tiling_.tiles(); }
  void run(int64_t tile, Scratch) override {
    const int64_t panel = tile % tiling_.panel_tiles() * tiling_.panels_a_tile;
    const int64_t row = tile / tiling_.panel_tiles() * tiling_.rows_a_tile;
    multiply_(task_, panel, std::min(panel + tiling_.panels_a_tile, tiling_.panels), row,
              std::min(row + tiling_.rows_a_tile, tiling_.rows));
  }

 private:
  MatmulQ8Task task_;
  MatmulFns::Q8 multiply_;
  Tiling tiling_;
};

MatmulFns::Q8 x16_function(const MatmulFns& fns, DType dtype) {
  switch (dtype) {
    case DType::q4_0:
      return fns.q4_0;
    case DType::q4_1:
      return fns.q4_1;
    case DType::q5_0:
      return fns.q5_0;
    case DType::q5_1:
      return fns.q5_1;
    case DType::q8_0:
      return fns.q8_0;
    case DType::q2_k:
      return fns.q2_k;
    case DType::q3_k:
      return fns.q3_k;
    case DType::q4_k:
      return fns.q4_k;
    case DType::q5_k:
      return fns.q5_k;
    case DType::q6_k:
      return fns.q6_k;
    default:
      return nullptr;
  }
}

bool accepts_x16(const StepBinding& b) {
  const Layout* layout = find_layout(b.operands[1].layout);
  return b.operands[0].view.dtype == DType::q8_a && layout != nullptr &&
         x16_source(layout->dtype) != nullptr;
}

std::unique_ptr<CpuStep> bind_x16(const StepBinding& b) {
  const View weight = b.operands[1].view;
  const X16Format& format = x16_source(weight.dtype)->format;
  const int64_t panel_blocks = weight.dims[1] / format.block_columns;
  const int64_t scales = ceil_div(weight.dims[0], kPanelRows) * panel_blocks * format.scale_bytes;
  MatmulQ8Task task{};
  task.scales = weight.as<uint8_t>();
  task.quants = task.scales + ceil_div(scales, 64) * 64;
  const int64_t panel_bytes = panel_blocks * (format.scale_bytes + format.quant_bytes);
  return std::make_unique<MatmulQ8Step>(b, x16_function(matmul_fns(b.isa), weight.dtype),
                                        panel_bytes, task);
}

bool accepts_q8_0(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::q8_a && b.operands[1].view.dtype == DType::q8_0 &&
         b.operands[1].layout == kCanonicalLayout;
}

std::unique_ptr<CpuStep> bind_q8_0(const StepBinding& b) {
  const View weight = b.operands[1].view;
  MatmulQ8Task task{};
  task.quants = weight.as<uint8_t>();
  return std::make_unique<MatmulQ8Step>(b, matmul_fns(b.isa).q8_0_canonical,
                                        kPanelRows * row_bytes(weight.dtype, weight.dims[1]), task);
}

class MatmulFloatStep final : public CpuStep {
 public:
  MatmulFloatStep(const StepBinding& b, MatmulFns::Float multiply)
      : multiply_(multiply), weight_(b.operands[1].view) {
    const View x = b.operands[0].view, y = b.results[0].view;
    task_ = {x.as<float>(), x.dims.back(), weight_.data,          0,
             y.as<float>(), y.dims.back(), floats(b.operands[2]), floats(b.operands[3])};
    tiling_ =
        Tiling::choose(b, weight_.dims[0], row_bytes(weight_.dtype, x.dims.back()), x.dims[0]);
  }

  int64_t tiles() const override { return tiling_.tiles(); }
  void run(int64_t tile, Scratch) override {
    const int64_t first = tile % tiling_.panel_tiles() * tiling_.panels_a_tile;
    const int64_t row = tile / tiling_.panel_tiles() * tiling_.rows_a_tile;
    multiply_(task_, first, std::min(first + tiling_.panels_a_tile, tiling_.panels), row,
              std::min(row + tiling_.rows_a_tile, tiling_.rows));
  }

 protected:
  MatmulFns::Float multiply_;
  View weight_;
  MatmulFloatTask task_{};
  Tiling tiling_{};
};

MatmulFns::Float float_function(const MatmulFns& fns, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return fns.f32;
    case DType::f16:
      return fns.f16;
    case DType::bf16:
      return fns.bf16;
    default:
      return nullptr;
  }
}

bool accepts_float(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 && b.operands[1].layout == kCanonicalLayout &&
         float_function(matmul_fns(b.isa), b.operands[1].view.dtype) != nullptr;
}

std::unique_ptr<CpuStep> bind_float(const StepBinding& b) {
  return std::make_unique<MatmulFloatStep>(
      b, float_function(matmul_fns(b.isa), b.operands[1].view.dtype));
}

// Any dtype with a codec: each weight row is decoded into scratch, then multiplied as floats.
class MatmulDecodeStep final : public CpuStep {
 public:
  explicit MatmulDecodeStep(const StepBinding& b)
      : multiply_(matmul_fns(b.isa).f32), x_(b.operands[0].view), weight_(b.operands[1].view) {
    const View y = b.results[0].view;
    task_ = {x_.as<float>(),        weight_.dims[1],      nullptr, 0, y.as<float>(), y.dims.back(),
             floats(b.operands[2]), floats(b.operands[3])};
  }

  int64_t tiles() const override { return ceil_div(weight_.dims[0], kRowsATile); }
  size_t scratch_bytes() const override {
    return sizeof(float) * static_cast<size_t>(weight_.dims[1]);
  }
  void run(int64_t tile, Scratch scratch) override {
    auto* decoded = reinterpret_cast<float*>(scratch.data());
    const int64_t columns = weight_.dims[1], stride = row_bytes(weight_.dtype, columns);
    const Codec* codec = find_codec(weight_.dtype);
    MatmulFloatTask task = task_;
    task.weights = decoded;
    const int64_t last = std::min(weight_.dims[0], (tile + 1) * kRowsATile);
    for (int64_t row = tile * kRowsATile; row < last; ++row) {
      codec->decode(weight_.data + row * stride, columns, decoded);
      task.first_weight_row = row;
      multiply_(task, row, row + 1, 0, x_.dims[0]);
    }
  }

 private:
  static constexpr int64_t kRowsATile = 16;
  MatmulFns::Float multiply_;
  View x_;
  View weight_;
  MatmulFloatTask task_{};
};

bool accepts_decode(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 && b.operands[1].layout == kCanonicalLayout &&
         find_codec(b.operands[1].view.dtype) != nullptr;
}

}  // namespace

std::span<const CpuKernel> matmul_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"matmul", "q8_x16", accepts_x16, bind_x16, {}, true},
      {"matmul", "q8_0_canonical", accepts_q8_0, bind_q8_0, {}, true},
      {"matmul", "float_rows", accepts_float, bind_float, {}, true},
      {"matmul", "generic", accepts_decode, [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<MatmulDecodeStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
