#include "backend/cpu/widen.h"

#include <algorithm>
#include <vector>

#include "ops/shape_rules.h"
#include "tensor/codec/codec.h"
#include "tensor/encode.h"

namespace hone {
namespace {

bool is_narrow(const Operand& operand) {
  const DType dtype = operand.view.dtype;
  return operand.present() && operand.state == nullptr && is_float(dtype) && dtype != DType::f32 &&
         dtype != DType::f64;
}

void decode(const View& from, float* to) {
  const int64_t count = from.dims.elements();
  if (count > 0) find_codec(from.dtype)->decode(from.data, count, to);
}

class WidenedStep final : public CpuStep {
 public:
  explicit WidenedStep(const StepBinding& narrow) : binding_(narrow) {
    for (Operand& operand : binding_.operands) {
      if (!is_narrow(operand)) continue;
      const Conversion conversion = widen(operand);
      decode(conversion.narrow, conversion.wide);
      if (!operand.is_constant) before_.push_back(conversion);
    }
    for (Operand& result : binding_.results) {
      if (is_narrow(result)) after_.push_back(widen(result));
    }
  }

  // The kernel's name, or "" if none accepts.
  std::string_view bind() {
    const CpuKernel* kernel = choose_kernel(binding_);
    if (kernel == nullptr) return {};
    inner_ = bind_kernel(*kernel, binding_);
    return kernel->variant;
  }

  int64_t tiles() const override { return 1; }
  size_t scratch_bytes() const override { return inner_->scratch_bytes(); }
  Status check() const override { return inner_->check(); }
  void run(int64_t, Scratch scratch) override {
    for (const Conversion& c : before_) decode(c.narrow, c.wide);
    for (int64_t tile = 0; tile < inner_->tiles(); ++tile) inner_->run(tile, scratch);
    for (const Conversion& c : after_) {
      const int64_t count = c.narrow.dims.elements(), size = info(c.narrow.dtype).block_bytes;
      for (int64_t i = 0; i < count; ++i) {
        encode_element(c.narrow.dtype, static_cast<double>(c.wide[i]), c.narrow.data + i * size);
      }
    }
  }

 private:
  struct Conversion {
    View narrow;
    float* wide;
  };
  Conversion widen(Operand& operand) {
    memory_.emplace_back(static_cast<size_t>(std::max<int64_t>(1, operand.view.dims.elements())));
    const Conversion conversion{operand.view, memory_.back().data()};
    operand.view.data = reinterpret_cast<std::byte*>(conversion.wide);
    operand.view.dtype = DType::f32;
    operand.layout = kCanonicalLayout;
    operand.is_weight = false;
    return conversion;
  }

  StepBinding binding_;
  std::vector<std::vector<float>> memory_;
  std::vector<Conversion> before_, after_;
  std::unique_ptr<CpuStep> inner_;
};

}  // namespace

ChosenStep bind_widened(const StepBinding& binding) {
  if (std::ranges::none_of(binding.operands, is_narrow) &&
      std::ranges::none_of(binding.results, is_narrow)) {
    return {};
  }
  auto step = std::make_unique<WidenedStep>(binding);
  const std::string_view variant = step->bind();
  if (variant.empty()) return {};
  return {variant, std::move(step)};
}

}  // namespace hone
