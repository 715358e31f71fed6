#include "backend/cpu/copy_step.h"
#include "ops/concat/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View y = b.results[0].view;
  const size_t axis = find_axis(b.attrs->as<ConcatAttrs>().axis, y.dims.rank()).value();
  const auto to = dense_strides(y.dims);
  std::vector<CopyPart> parts;
  int64_t before = 0;
  for (const Operand& operand : b.operands) {
    const View x = operand.view;
    const auto from = dense_strides(x.dims);
    std::vector<CopyAxis> axes;
    for (size_t i = 0; i < x.dims.rank(); ++i) axes.push_back({x.dims[i], from[i], to[i]});
    StridedCopy copy(element_bytes(y), axes);
    std::byte* target = y.data + before * to[axis] * element_bytes(y);
    if (copy.tiles() > 0 && !is_there(x.data, target, axes)) {
      parts.push_back({std::move(copy), x.data, target});
    }
    before += x.dims[axis];
  }
  return std::make_unique<CopyStep>(std::move(parts));
}

}  // namespace

std::span<const CpuKernel> concat_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"concat", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
