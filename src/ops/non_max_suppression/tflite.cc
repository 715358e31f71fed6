#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/non_max_suppression/op.h"
#include "ops/pad/op.h"
#include "ops/reshape/op.h"
#include "ops/shape/op.h"
#include "ops/slice/op.h"
#include "ops/take/op.h"

namespace hone::tflite {
namespace {

ir::ValueId unsqueeze(NodeImport& n, ir::ValueId x, std::vector<int64_t> axes) {
  return n.add("reshape", {x},
               ReshapeAttrs{.shape = std::move(axes), .to = ReshapeAttrs::To::unsqueeze});
}

// The places of the chosen boxes, best first, i64 [how many].
ir::ValueId choose(NodeImport& n) {
  const ir::ValueId most = n.cast(n.input(2), DType::i64);
  const Type type(hone::TensorType{DType::i64, {Dim::unknown(), Dim(3)}});
  const auto found = n.add_host(
      "non_max_suppression",
      {unsqueeze(n, n.real(0), {0}), unsqueeze(n, n.real(1), {0, 1}), most, n.input(3), n.input(4)},
      NonMaxSuppressionAttrs{}, {type});
  if (!n.ok()) return {};
  const SliceAttrs last{.starts = {2}, .ends = {3}, .axes = {1}};
  return n.reshape(n.add("slice", {found[0], {}, {}, {}, {}}, last), {-1});
}

// Inputs are boxes [n, 4], scores [n], how many boxes at most, the overlap and the score that one
// must have; V5 has the width of soft suppression, too, and gives the scores. Results have a place
// for each box that there may be, 0 behind the last.
void non_max_suppression(NodeImport& n) {
  const bool scored = n.op() == BuiltinOperator::NON_MAX_SUPPRESSION_V5;
  if (scored) {
    const auto sigma = n.constant_floats(n.input(5));
    if (!sigma || sigma->size() != 1 || sigma->front() != 0) {
      return n.unsupported("lowers scores instead of leaving boxes out");
    }
  }
  const ir::ValueId chosen = choose(n);
  const ir::ValueId count = n.add("shape", {chosen}, ShapeAttrs{});
  const ir::ValueId most = n.reshape(n.cast(n.input(2), DType::i64), {1});
  const ir::ValueId rest = n.add("binary", {most, count}, BinaryAttrs{BinaryKind::sub});
  const ir::ValueId none = n.add("binary", {most, most}, BinaryAttrs{BinaryKind::sub});
  const ir::ValueId pads = n.add("concat", {none, rest});
  const auto filled = [&](ir::ValueId x) { return n.add("pad", {x, pads, {}, {}}, PadAttrs{}); };
  n.output_cast(0, filled(chosen));
  if (scored) n.output_real(1, filled(n.add("take", {n.real(1), chosen}, TakeAttrs{})));
  n.output_cast(scored ? 2 : 1, n.reshape(count, {}));
}

}  // namespace

std::span<const TfliteOp> non_max_suppression_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::NON_MAX_SUPPRESSION_V4, non_max_suppression},
      {BuiltinOperator::NON_MAX_SUPPRESSION_V5, non_max_suppression},
  };
  return kOps;
}

}  // namespace hone::tflite
