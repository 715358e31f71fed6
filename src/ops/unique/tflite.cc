#include "frontend/tflite/node_import.h"
#include "ops/unique/op.h"

namespace hone::tflite {
namespace {

// What differs, as it first comes, and where in that each element stands.
void unique(NodeImport& n) {
  const Type& x = n.type(n.input(0));
  if (!n.ok() || !x.is_tensor()) return n.unsupported("takes a tensor of unknown type");
  const Type values = hone::TensorType{x.tensor.dtype, {Dim::unknown()}};
  const Type list = hone::TensorType{DType::i64, {Dim::unknown()}};
  const auto results =
      n.add_host("unique", {n.input(0)}, UniqueAttrs{.sorted = false}, {values, list, list, list});
  if (!n.ok()) return;
  n.output(0, results[0]);
  n.output_cast(1, results[2]);
}

}  // namespace

std::span<const TfliteOp> unique_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::UNIQUE, unique},
  };
  return kOps;
}

}  // namespace hone::tflite
