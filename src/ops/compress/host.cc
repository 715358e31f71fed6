#include <algorithm>

#include "backend/host_op.h"
#include "backend/host_slices.h"
#include "ops/compress/op.h"

namespace hone {
namespace {

Expected<std::vector<RunValue>> run(const Attrs& attrs, std::span<const RunValue* const> operands) {
  const auto& of = attrs.as<CompressAttrs>();
  HONE_TRY(const HostSlices x,
           HostSlices::of(operands[0], of.flat ? std::nullopt : std::optional(of.axis)));
  if (operands[1] == nullptr || operands[1]->kind != RunValue::Kind::tensor ||
      operands[1]->tensor.dtype() != DType::boolean) {
    return fail(Code::invalid_argument, "the condition is not boolean");
  }
  const ConstView condition = operands[1]->tensor.view();
  const int64_t count = std::min(condition.dims.elements(), x.count());
  std::vector<int64_t> picked;
  for (int64_t i = 0; i < count; ++i) {
    if (condition.as<uint8_t>()[i] != 0) picked.push_back(i);
  }
  HONE_TRY(Tensor y, x.pick(picked));
  std::vector<RunValue> results;
  results.emplace_back(std::move(y));
  return results;
}

}  // namespace

const HostOp& compress_host_op() {
  static constexpr HostOp kOp{"compress", run};
  return kOp;
}

}  // namespace hone
