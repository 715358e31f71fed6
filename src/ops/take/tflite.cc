#include "frontend/tflite/node_import.h"
#include "ops/gather_nd/op.h"
#include "ops/reshape/op.h"
#include "ops/take/op.h"

namespace hone::tflite {
namespace {

void gather(NodeImport& n) {
  using Options = schema::GatherOptions;
  const int64_t batch = n.options<Options>().get(Options::batch_dims);
  const int64_t axis = n.options<Options>().get(Options::axis);
  if (batch == 0) return n.output(0, n.add("take", {n.input(0), n.input(1)}, TakeAttrs{axis}));
  if (batch != axis) return n.unsupported("gathers along an axis behind its batch axes");
  const ReshapeAttrs places{.shape = {-1}, .to = ReshapeAttrs::To::unsqueeze};
  const ir::ValueId index = n.add("reshape", {n.cast(n.input(1), DType::i64)}, places);
  n.output(0, n.add("gather_nd", {n.input(0), index}, GatherNdAttrs{batch}));
}

// Inputs are ids and the table.
void embedding_lookup(NodeImport& n) {
  n.output_real(0, n.add("take", {n.real(1), n.input(0)}, TakeAttrs{0}));
}

}  // namespace

std::span<const TfliteOp> take_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::GATHER, gather},
      {BuiltinOperator::EMBEDDING_LOOKUP, embedding_lookup},
  };
  return kOps;
}

}  // namespace hone::tflite
