// Ops that run between plans, on tensors that own their bytes: their result shapes follow from
// data, or they handle sequences, optionals and text. The list is made from the files
// ops/*/host.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ops/define.h"
#include "tensor/tensor.h"

namespace hone {

struct HostOp {
  std::string_view op;
  // Operands that are absent are null. As many results as the step has.
  Expected<std::vector<RunValue>> (*run)(const Attrs&, std::span<const RunValue* const> operands);
};

const HostOp* find_host_op(std::string_view op);

}  // namespace hone
