#include "ops/col2im/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = Col2imAttrs;

int64_t entry(const std::vector<int64_t>& list, size_t i, int64_t missing) {
  return list.empty() ? missing : list[i];
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<Of>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const auto image = ints_of(args.operands[1], {}), block = ints_of(args.operands[2], {});
  const size_t n = image.size();
  std::vector<int64_t> shape{y.shape[0], y.shape[1]};
  for (size_t i = 0; i < n; ++i) shape.push_back(block[i]);
  for (size_t i = 0; i < n; ++i) {
    const int64_t padded = image[i] + entry(attrs.pads, i, 0) + entry(attrs.pads, n + i, 0);
    const int64_t span = entry(attrs.dilations, i, 1) * (block[i] - 1);
    shape.push_back((padded - span - 1) / entry(attrs.strides, i, 1) + 1);
  }
  size_t next = 0;
  for_each_index(shape, [&](const Index& at) {
    const double value = x.data[next++];
    Index target{at[0], at[1]};
    for (size_t i = 0; i < n; ++i) {
      target.push_back(at[2 + n + i] * entry(attrs.strides, i, 1) +
                       at[2 + i] * entry(attrs.dilations, i, 1) - entry(attrs.pads, i, 0));
      if (target.back() < 0 || target.back() >= image[i]) return;
    }
    y.data[place_of(y, target)] += value;
  });
}

std::vector<OpCase> cases() {
  const auto sizes = [](int64_t first) {
    return CaseOperand{.dtype = DType::i64, .shape = {2}, .fill = Fill::position, .limit = first};
  };
  // An image of 4 x 5, and blocks of 2 x 3 or 1 x 2.
  return {{"plain", Of{}, {floats({2, 18, 9}), sizes(4), sizes(2)}},
          {"strides", Of{{2, 2}, {}, {}}, {floats({1, 6, 4}), sizes(4), sizes(1)}},
          {"dilations", Of{{}, {1, 2}, {}}, {floats({1, 6, 3}), sizes(4), sizes(2)}},
          {"pads", Of{{}, {}, {1, 0, 2, 1}}, {floats({1, 12, 24}), sizes(4), sizes(2)}},
          {"ints", Of{}, {typed(DType::i32, {1, 6, 9}), sizes(4), sizes(2)}}};
}

std::vector<BadCase> bad_cases() {
  const auto sizes = [](int64_t first) {
    return CaseOperand{.dtype = DType::i64, .shape = {2}, .fill = Fill::position, .limit = first};
  };
  return {{"C1", Of{}, {floats({6, 12}), sizes(4), sizes(2)}},
          {"C1", Of{}, {typed(DType::boolean, {1, 6, 9}), sizes(4), sizes(2)}},
          {"C2", Of{}, {floats({1, 6, 9}), floats({2}), sizes(2)}},
          {"C2", Of{}, {floats({1, 6, 9}), sizes(4), sizes(0)}},
          {"C3", Of{{0, 1}, {}, {}}, {floats({1, 6, 9}), sizes(4), sizes(2)}},
          {"C3", Of{{}, {}, {1, 1}}, {floats({1, 6, 9}), sizes(4), sizes(2)}},
          {"C4", Of{}, {floats({1, 6, 8}), sizes(4), sizes(2)}},
          {"C4", Of{}, {floats({1, 5, 9}), sizes(4), sizes(2)}}};
}

}  // namespace

const OpSemantics& col2im_semantics() {
  static const OpSemantics kSemantics{&col2im_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
