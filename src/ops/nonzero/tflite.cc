#include "frontend/tflite/node_import.h"

namespace hone::tflite {
namespace {

// The places of what is not 0, a row each.
void where(NodeImport& n) {
  const auto rank = n.rank(n.input(0));
  if (!rank) return n.unsupported("takes a tensor of unknown rank");
  const Type type =
      hone::TensorType{DType::i64, {Dim(static_cast<int64_t>(*rank)), Dim::unknown()}};
  const auto results = n.add_host("nonzero", {n.input(0)}, {}, {type});
  if (n.ok()) n.output(0, n.transpose(results[0], {1, 0}));
}

}  // namespace

std::span<const TfliteOp> nonzero_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::WHERE, where},
  };
  return kOps;
}

}  // namespace hone::tflite
