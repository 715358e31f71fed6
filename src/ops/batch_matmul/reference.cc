#include "ops/batch_matmul/op.h"

#include <algorithm>
#include <array>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// The shape with the axes that a single one lacks.
std::vector<int64_t> matrix_shape(const HostTensor& x, bool single_is_row) {
  if (x.shape.size() > 1) return x.shape;
  return single_is_row ? std::vector<int64_t>{1, x.shape[0]} : std::vector<int64_t>{x.shape[0], 1};
}

// Where broadcasting takes the element from that stands at `index` (an index an axis of y, the
// axes from `skip` on aligned at the end) in a tensor of this shape.
size_t element_at(std::span<const int64_t> index, std::span<const int64_t> shape) {
  size_t at = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t place = index[index.size() - shape.size() + i];
    at = at * static_cast<size_t>(shape[i]) + static_cast<size_t>(shape[i] == 1 ? 0 : place);
  }
  return at;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<BatchMatmulAttrs>();
  const HostTensor &a = *args.operands[0], &b = *args.operands[1];
  const std::vector<int64_t> a_shape = matrix_shape(a, true), b_shape = matrix_shape(b, false);
  HostTensor& y = args.results[0];
  // Every index of y with both matrix axes, then k.
  std::vector<int64_t> sizes = y.shape;
  if (a.shape.size() == 1) sizes.insert(sizes.end() - (b.shape.size() > 1 ? 1 : 0), 1);
  if (b.shape.size() == 1) sizes.push_back(1);
  const int64_t k = a_shape[a_shape.size() - (attrs.trans_a ? 2 : 1)];
  for (size_t i = 0; i < y.data.size(); ++i) {
    std::vector<int64_t> index(sizes.size());
    size_t rest = i;
    for (size_t axis = sizes.size(); axis-- > 0;) {
      index[axis] = static_cast<int64_t>(rest % static_cast<size_t>(sizes[axis]));
      rest /= static_cast<size_t>(sizes[axis]);
    }
    const int64_t row = index[index.size() - 2], column = index.back();
    double sum = 0;
    for (int64_t p = 0; p < k; ++p) {
      index[index.size() - 2] = attrs.trans_a ? p : row;
      index.back() = attrs.trans_a ? row : p;
      const double left = a.data[element_at(index, a_shape)];
      index[index.size() - 2] = attrs.trans_b ? column : p;
      index.back() = attrs.trans_b ? p : column;
      sum += left * b.data[element_at(index, b_shape)];
    }
    if (attrs.alpha != 1) sum *= static_cast<double>(attrs.alpha);
    if (y.dtype == DType::i32) sum = std::clamp(sum, -0x1p31, 0x1p31 - 1);
    y.data[i] = sum;
    if (args.operands[2] == nullptr) continue;
    std::vector<int64_t> place(y.shape.size());
    rest = i;
    for (size_t axis = y.shape.size(); axis-- > 0;) {
      place[axis] = static_cast<int64_t>(rest % static_cast<size_t>(y.shape[axis]));
      rest /= static_cast<size_t>(y.shape[axis]);
    }
    y.data[i] += static_cast<double>(attrs.beta) *
                 args.operands[2]->data[element_at(place, args.operands[2]->shape)];
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{1, 1, 1},
                                {1, 70, 33},
                                {6, 16, 16},
                                {7, 5, 17},
                                {15, 33, 31},
                                {29, 8, 70},
                                {130, 9, 40}}) {
    for (const bool trans_a : {false, true}) {
      for (const bool trans_b : {false, true}) {
        const auto a = trans_a ? floats({k, m}) : floats({m, k});
        const auto b = trans_b ? floats({n, k}) : floats({k, n});
        all.push_back({cat(m, "x", k, "x", n, trans_a ? "_at" : "", trans_b ? "_bt" : ""),
                       BatchMatmulAttrs{trans_a, trans_b},
                       {a, b, absent()}});
      }
    }
  }
  const BatchMatmulAttrs plain, scaled{false, true, 0.5f, 0.25f};
  const auto i32 = [](std::vector<int64_t> shape) {
    return CaseOperand{.dtype = DType::i32, .shape = std::move(shape)};
  };
  const CaseOperand ones = {
      .dtype = DType::i32, .shape = {1, 1}, .fill = Fill::position, .limit = 1};
  const std::vector<OpCase> more = {
      {"deep", plain, {floats({3, 900}), floats({900, 20}), absent()}},
      {"wide", plain, {floats({3, 4}), floats({4, 1100}), absent()}},
      {"bias", plain, {floats({5, 7}), floats({7, 9}), floats({9})}},
      {"bias_column", scaled, {floats({5, 7}), floats({9, 7}), floats({5, 1})}},
      {"bias_one", scaled, {floats({5, 7}), floats({9, 7}), floats({})}},
      {"bias_full", scaled, {floats({2, 5, 7}), floats({9, 7}), floats({2, 5, 9})}},
      {"batch", plain, {floats({3, 4, 5}), floats({3, 5, 6}), absent()}},
      {"batch_shared", plain, {floats({3, 2, 4, 5}), floats({5, 6}), floats({3, 1, 1, 6})}},
      {"batch_trans_a", {BatchMatmulAttrs{true}}, {floats({3, 5, 4}), floats({5, 6}), absent()}},
      {"batch_broadcast", plain, {floats({3, 1, 4, 5}), floats({2, 5, 6}), absent()}},
      {"batch_of_b", plain, {floats({4, 5}), floats({2, 3, 5, 6}), absent()}},
      {"row", plain, {floats({5}), floats({2, 5, 6}), absent()}},
      {"column", plain, {floats({2, 4, 5}), floats({5}), floats({2, 1})}},
      {"dot", plain, {floats({40}), floats({40}), absent()}},
      {"nothing", plain, {floats({2, 0}), floats({0, 3}), floats({3})}},
      {"f64",
       scaled,
       {typed(DType::f64, {3, 4}), typed(DType::f64, {5, 4}), typed(DType::f64, {5})}},
      {"i32", plain, {i32({2, 3, 4}), i32({4, 5}), i32({5})}},
      {"i32_clamped", BatchMatmulAttrs{.alpha = 1e30f, .beta = 0}, {ones, ones, ones}},
  };
  all.insert(all.end(), more.begin(), more.end());
  for (OpCase& one : all) one.tolerance_ulps = 64;
  return all;
}

std::vector<BadCase> bad_cases() {
  const BatchMatmulAttrs plain;
  return {{"C1", plain, {typed(DType::boolean, {3, 4}), floats({4, 5}), absent()}},
          {"C1", plain, {floats({3, 4}), typed(DType::f16, {4, 5}), absent()}},
          {"C1", plain, {floats({3, 4}), floats({4, 5}), typed(DType::f16, {5})}},
          {"C2", plain, {floats({3, 4}), floats({3, 5}), absent()}},
          {"C2", plain, {floats({}), floats({3, 5}), absent()}},
          {"C2", BatchMatmulAttrs{true}, {floats({3}), floats({3, 5}), absent()}},
          {"C3", plain, {floats({2, 3, 4}), floats({3, 4, 5}), absent()}},
          {"C4", plain, {floats({3, 4}), floats({4, 5}), floats({4})}},
          {"C4", plain, {floats({1, 4}), floats({4, 5}), floats({2, 5})}},
          {"C4", plain, {floats({3, 4}), floats({4, 5}), floats({1, 3, 5})}}};
}

}  // namespace

const OpSemantics& batch_matmul_semantics() {
  static const OpSemantics kSemantics{&batch_matmul_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
