#include "backend/host_op.h"
#include "ops/nonzero/op.h"
#include "ops/shape_rules.h"
#include "tensor/encode.h"

namespace hone {
namespace {

Expected<std::vector<RunValue>> run(const Attrs&, std::span<const RunValue* const> operands) {
  if (operands[0] == nullptr || operands[0]->kind != RunValue::Kind::tensor) {
    return fail(Code::invalid_argument, "x is no tensor");
  }
  const ConstView x = operands[0]->tensor.view();
  if (!is_number(x.dtype) && x.dtype != DType::boolean) {
    return fail(Code::invalid_argument, "x is ", name_of(x.dtype), ", not numbers");
  }
  const int64_t size = info(x.dtype).block_bytes, elements = x.dims.elements();
  std::vector<int64_t> places;
  for (int64_t i = 0; i < elements; ++i) {
    if (decode_element(x.dtype, x.data + i * size) != 0) places.push_back(i);
  }
  const auto rank = static_cast<int64_t>(x.dims.rank()), count = std::ssize(places);
  HONE_TRY(Tensor index, Tensor::allocate(DType::i64, Dims({rank, count})));
  auto* target = index.writable().as<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    int64_t place = places[static_cast<size_t>(i)];
    for (int64_t axis = rank - 1; axis >= 0; --axis) {
      const int64_t axis_size = x.dims[static_cast<size_t>(axis)];
      target[axis * count + i] = place % axis_size;
      place /= axis_size;
    }
  }
  std::vector<RunValue> results;
  results.emplace_back(std::move(index));
  return results;
}

}  // namespace

const HostOp& nonzero_host_op() {
  static constexpr HostOp kOp{"nonzero", run};
  return kOp;
}

}  // namespace hone
