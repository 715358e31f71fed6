#include "backend/cpu/evaluate.h"

#include "backend/cpu/step.h"
#include "base/memory.h"

namespace hone {

Expected<std::vector<Tensor>> evaluate(const OpDef& op, const Attrs& attrs,
                                       std::span<const ConstView> operands,
                                       std::span<const BoundType> results, Isa isa) {
  StepBinding binding{
      .op = &op, .attrs = &attrs, .operands = {}, .results = {}, .isa = isa, .threads = 1};
  for (const ConstView& view : operands) {
    Operand operand;
    operand.view = {const_cast<std::byte*>(view.data), view.dtype, view.dims};
    operand.is_constant = view.data != nullptr;
    binding.operands.push_back(operand);
  }
  std::vector<Tensor> made;
  for (const BoundType& type : results) {
    HONE_TRY(Tensor tensor, Tensor::allocate(type.dtype, type.dims));
    Operand result;
    result.view = tensor.writable();
    binding.results.push_back(result);
    made.push_back(std::move(tensor));
  }
  const std::unique_ptr<CpuStep> step = bind_step(binding).step;
  if (step == nullptr) return fail(Code::unsupported, "this build of hone cannot run it");
  HONE_TRY(const MemoryBlock scratch, MemoryBlock::allocate(step->scratch_bytes()));
  HONE_RETURN_IF_ERROR(step->check());
  const int64_t tiles = step->tiles();
  for (int64_t tile = 0; tile < tiles; ++tile) step->run(tile, scratch.bytes());
  return made;
}

}  // namespace hone
