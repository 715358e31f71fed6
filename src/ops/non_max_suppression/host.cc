#include <algorithm>
#include <cstring>
#include <limits>

#include "backend/host_op.h"
#include "ops/non_max_suppression/op.h"

namespace hone {
namespace {

struct Box {
  float top, left, bottom, right;
  float area() const { return (bottom - top) * (right - left); }
};

Box box_of(const float* four, bool center) {
  if (center) {
    const float x = four[0], y = four[1], half_width = four[2] / 2, half_height = four[3] / 2;
    return {y - half_height, x - half_width, y + half_height, x + half_width};
  }
  return {std::min(four[0], four[2]), std::min(four[1], four[3]), std::max(four[0], four[2]),
          std::max(four[1], four[3])};
}

// Whether the intersection is a larger share of the union than `limit`.
bool overlap(const Box& a, const Box& b, float limit) {
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  if (!(height > 0) || !(width > 0)) return false;
  const float both = height * width, all = a.area() + b.area() - both;
  return all > 0 && both / all > limit;
}

const ConstView* tensor_of(const RunValue* value, DType dtype, ConstView& view) {
  if (value == nullptr || value->kind != RunValue::Kind::tensor) return nullptr;
  view = value->tensor.view();
  return view.dtype == dtype ? &view : nullptr;
}

// The one element of an optional operand.
template <class T>
Expected<T> number(const RunValue* value, DType dtype, T missing) {
  if (value == nullptr || value->kind == RunValue::Kind::absent) return missing;
  ConstView view;
  if (tensor_of(value, dtype, view) == nullptr || view.dims.elements() > 1) {
    return fail(Code::invalid_argument, "a limit must be one ", name_of(dtype));
  }
  return view.dims.elements() == 0 ? missing : view.as<T>()[0];
}

struct Limits {
  int64_t boxes;
  float overlap, score;
  bool center;
};

// The boxes of one class of one image, best first; among equal scores the earlier one.
std::vector<int64_t> choose(const float* boxes, const float* scores, int64_t count,
                            const Limits& limits) {
  std::vector<int64_t> order;
  for (int64_t i = 0; i < count; ++i) {
    if (scores[i] > limits.score) order.push_back(i);
  }
  std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  std::vector<int64_t> chosen;
  std::vector<Box> kept;
  for (const int64_t i : order) {
    if (static_cast<int64_t>(chosen.size()) >= limits.boxes) break;
    const Box box = box_of(boxes + 4 * i, limits.center);
    const bool covered = std::ranges::any_of(
        kept, [&](const Box& better) { return overlap(box, better, limits.overlap); });
    if (covered) continue;
    chosen.push_back(i);
    kept.push_back(box);
  }
  return chosen;
}

Expected<std::vector<RunValue>> run(const Attrs& attrs, std::span<const RunValue* const> operands) {
  ConstView boxes, scores;
  if (operands.size() < 2 || tensor_of(operands[0], DType::f32, boxes) == nullptr ||
      tensor_of(operands[1], DType::f32, scores) == nullptr || boxes.dims.rank() != 3 ||
      scores.dims.rank() != 3 || boxes.dims[2] != 4 || boxes.dims[0] != scores.dims[0] ||
      boxes.dims[1] != scores.dims[2]) {
    return fail(Code::invalid_argument,
                "boxes must be f32 [images, n, 4] and scores f32 [images, classes, n]");
  }
  const auto operand = [&](size_t i) { return i < operands.size() ? operands[i] : nullptr; };
  Limits limits{
      .boxes = 0, .overlap = 0, .score = 0, .center = attrs.as<NonMaxSuppressionAttrs>().center};
  HONE_TRY(limits.boxes, number<int64_t>(operand(2), DType::i64, 0));
  HONE_TRY(limits.overlap, number<float>(operand(3), DType::f32, 0.0f));
  HONE_TRY(limits.score,
           number<float>(operand(4), DType::f32, -std::numeric_limits<float>::infinity()));
  const int64_t count = boxes.dims[1], classes = scores.dims[1];
  std::vector<int64_t> rows;
  for (int64_t image = 0; image < boxes.dims[0]; ++image) {
    for (int64_t one = 0; one < classes; ++one) {
      for (const int64_t box :
           choose(boxes.as<float>() + image * count * 4,
                  scores.as<float>() + (image * classes + one) * count, count, limits)) {
        rows.insert(rows.end(), {image, one, box});
      }
    }
  }
  const int64_t sizes[] = {static_cast<int64_t>(rows.size()) / 3, 3};
  HONE_TRY(Tensor y, Tensor::allocate(DType::i64, Dims(std::span<const int64_t>(sizes))));
  if (!rows.empty()) std::memcpy(y.writable().data, rows.data(), rows.size() * sizeof(int64_t));
  std::vector<RunValue> results;
  results.emplace_back(std::move(y));
  return results;
}

}  // namespace

const HostOp& non_max_suppression_host_op() {
  static constexpr HostOp kOp{"non_max_suppression", run};
  return kOp;
}

}  // namespace hone
