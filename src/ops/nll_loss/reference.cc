#include "ops/nll_loss/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Reduction = NllLossAttrs::Reduction;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<NllLossAttrs>();
  const HostTensor &x = *args.operands[0], &target = *args.operands[1];
  const HostTensor* weight = args.operands[2];
  const auto classes = static_cast<size_t>(x.shape[1]);
  size_t places = 1;
  for (size_t i = 2; i < x.shape.size(); ++i) places *= static_cast<size_t>(x.shape[i]);
  double loss = 0, weights = 0;
  for (size_t i = 0; i < target.data.size(); ++i) {
    const double c = target.data[i];
    double one = 0, by = 0;
    if (c >= 0 && c < static_cast<double>(classes) &&
        !(attrs.ignores && c == static_cast<double>(attrs.ignored))) {
      by = weight == nullptr ? 1 : weight->data[static_cast<size_t>(c)];
      one = -by * x.data[(i / places * classes + static_cast<size_t>(c)) * places + i % places];
    }
    if (attrs.reduction == Reduction::none) args.results[0].data[i] = one;
    loss += one;
    weights += by;
  }
  if (attrs.reduction == Reduction::sum) args.results[0].data[0] = loss;
  if (attrs.reduction == Reduction::mean) args.results[0].data[0] = loss / weights;
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  const auto target = [](DType dtype, std::vector<int64_t> shape) {
    return CaseOperand{.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = 5};
  };
  for (const Reduction reduction : {Reduction::none, Reduction::sum, Reduction::mean}) {
    const std::string_view name = kNllReductionNames[static_cast<size_t>(reduction)];
    all.push_back({cat(name, "_flat"),
                   NllLossAttrs{reduction},
                   {floats({9, 5}), target(DType::i32, {9}), absent()}});
    all.push_back({cat(name, "_places"),
                   NllLossAttrs{reduction, true, 2},
                   {floats({3, 4, 2, 7}), target(DType::i64, {3, 2, 7}), positive({4})}});
  }
  all.push_back({"f64",
                 NllLossAttrs{},
                 {typed(DType::f64, {9, 5}), target(DType::i32, {9}), typed(DType::f64, {5})}});
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({3, 4, 5}), t = typed(DType::i64, {3, 5});
  return {{"C1", NllLossAttrs{}, {typed(DType::i32, {3, 4, 5}), t, absent()}},
          {"C1", NllLossAttrs{}, {x, floats({3, 5}), absent()}},
          {"C1", NllLossAttrs{}, {x, t, typed(DType::f64, {4})}},
          {"C2", NllLossAttrs{}, {x, typed(DType::i64, {3}), absent()}},
          {"C2", NllLossAttrs{}, {x, typed(DType::i64, {3, 4}), absent()}},
          {"C3", NllLossAttrs{}, {x, t, floats({5})}}};
}

}  // namespace

const OpSemantics& nll_loss_semantics() {
  static const OpSemantics kSemantics{&nll_loss_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
