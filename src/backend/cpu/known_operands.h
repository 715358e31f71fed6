// The operands of a step as infer sees them: for kernels that read at bind what infer read.
#pragma once

#include <vector>

#include "backend/cpu/step.h"

namespace hone {

// Holds pointers into itself: stays where it was made.
class KnownOperands {
 public:
  explicit KnownOperands(const StepBinding& binding) : types_(binding.operands.size()) {
    for (size_t i = 0; i < types_.size(); ++i) {
      const Operand& operand = binding.operands[i];
      types_[i] = {{operand.view.dtype, operand.view.dims.shape()}, operand.view};
      pointers_.push_back(operand.present() ? &types_[i] : nullptr);
    }
  }
  KnownOperands(const KnownOperands&) = delete;
  KnownOperands& operator=(const KnownOperands&) = delete;

  OperandTypes types() const { return pointers_; }

 private:
  std::vector<OperandType> types_;
  std::vector<const OperandType*> pointers_;
};

}  // namespace hone
