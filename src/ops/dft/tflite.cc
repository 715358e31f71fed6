#include "ops/dft/op.h"

#include "frontend/tflite/node_import.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/take/op.h"

namespace hone::tflite {
namespace {

// Inputs are x [..., rows, columns] and the lengths of both transforms, to which x is cut or
// padded.
void rfft_2d(NodeImport& n) {
  const std::vector<int64_t> lengths = n.ints(1);
  const ir::ValueId x = n.input(0);
  const auto rank = n.rank(x);
  if (!n.ok()) return;
  if (lengths.size() != 2 || !rank || *rank < 2) {
    return n.unsupported("needs two lengths, and two axes or more");
  }
  const auto transform = [&](ir::ValueId of, size_t i, const DftAttrs& attrs) {
    return n.add("dft", {of, n.scalar(DType::i64, static_cast<double>(lengths[i])), {}}, attrs);
  };
  const ReshapeAttrs apart{.shape = {-1}, .to = ReshapeAttrs::To::unsqueeze};
  const ir::ValueId lines =
      transform(n.add("reshape", {x}, apart), 1, {.axis = -2, .onesided = true});
  const bool has_one_row = n.type(x).tensor.shape[*rank - 2] == Dim(1) && lengths[0] == 1;
  n.output(0, has_one_row ? lines : transform(lines, 0, {.axis = -3}));
}

template <int part>
void part_of(NodeImport& n) {
  n.output(0, n.add("take", {n.parts(0), n.scalar(DType::i64, part)}, TakeAttrs{-1}));
}

void complex_abs(NodeImport& n) {
  const ReduceAttrs attrs{.kind = ReduceKind::l2, .axes = {-1}, .keepdims = false};
  n.output(0, n.add("reduce", {n.parts(0), {}}, attrs));
}

}  // namespace

std::span<const TfliteOp> dft_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::RFFT2D, rfft_2d},
      {BuiltinOperator::REAL, part_of<0>},
      {BuiltinOperator::IMAG, part_of<1>},
      {BuiltinOperator::COMPLEX_ABS, complex_abs},
  };
  return kOps;
}

}  // namespace hone::tflite
