#include <algorithm>
#include <cmath>

#include "backend/host_op.h"
#include "ops/detection_postprocess/op.h"

namespace hone {
namespace {

constexpr int64_t kMaxDetections = 1 << 20;

struct Box {
  float top, left, bottom, right;
  float area() const { return (bottom - top) * (right - left); }
};

struct Detection {
  int64_t box, one_class;
  float score;
};

float share(const Box& a, const Box& b) {
  if (!(a.area() > 0) || !(b.area() > 0)) return 0;
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float both = std::max(height, 0.0f) * std::max(width, 0.0f);
  return both / (a.area() + b.area() - both);
}

class Postprocess {
 public:
  Postprocess(const DetectionPostprocessAttrs& attrs, const ConstView& codes,
              const ConstView& scores, const ConstView& anchors)
      : attrs_(attrs), count_(codes.dims[1]), columns_(scores.dims[2]) {
    scores_ = scores.as<float>() + columns_ - attrs.classes;
    for (int64_t i = 0; i < count_; ++i) {
      boxes_.push_back(decode(codes.as<float>() + i * codes.dims[2], anchors.as<float>() + 4 * i));
    }
  }

  const Box& box(int64_t i) const { return boxes_[static_cast<size_t>(i)]; }

  // Chosen class by class, the best of all classes.
  std::vector<Detection> by_class() const {
    std::vector<Detection> all;
    for (int64_t c = 0; c < attrs_.classes; ++c) {
      const auto score = [&](int64_t i) { return score_of(i, c); };
      for (const int64_t i : choose(attrs_.boxes_of_class, score)) all.push_back({i, c, score(i)});
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, &Detection::score);
    if (std::ssize(all) > attrs_.max_detections) {
      all.resize(static_cast<size_t>(attrs_.max_detections));
    }
    return all;
  }

  // Chosen by their best class; for each box as many as are told of it.
  std::vector<Detection> by_box() const {
    const auto best = [&](int64_t i) {
      float most = score_of(i, 0);
      for (int64_t c = 1; c < attrs_.classes; ++c) most = std::max(most, score_of(i, c));
      return most;
    };
    std::vector<Detection> all;
    for (const int64_t i : choose(attrs_.max_detections, best)) {
      std::vector<Detection> classes;
      for (int64_t c = 0; c < attrs_.classes; ++c) classes.push_back({i, c, score_of(i, c)});
      std::ranges::stable_sort(classes, std::ranges::greater{}, &Detection::score);
      for (int64_t c = 0; c < attrs_.classes_of_box; ++c) {
        all.push_back(c < attrs_.classes ? classes[static_cast<size_t>(c)] : Detection{-1, 0, 0});
      }
    }
    return all;
  }

 private:
  Box decode(const float* code, const float* anchor) const {
    const float y = code[0] / attrs_.y_scale * anchor[2] + anchor[0];
    const float x = code[1] / attrs_.x_scale * anchor[3] + anchor[1];
    const float half_height = 0.5f * std::exp(code[2] / attrs_.h_scale) * anchor[2];
    const float half_width = 0.5f * std::exp(code[3] / attrs_.w_scale) * anchor[3];
    return {y - half_height, x - half_width, y + half_height, x + half_width};
  }

  float score_of(int64_t box, int64_t one_class) const {
    return scores_[box * columns_ + one_class];
  }

  // The best boxes that do not overlap better ones too much; among equal scores the earlier one.
  template <class Score>
  std::vector<int64_t> choose(int64_t most, const Score& score) const {
    std::vector<std::pair<float, int64_t>> order;
    for (int64_t i = 0; i < count_; ++i) {
      if (score(i) >= attrs_.score) order.emplace_back(score(i), i);
    }
    std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<int64_t> chosen;
    for (const auto& [value, i] : order) {
      if (std::ssize(chosen) >= most) break;
      const bool covered = std::ranges::any_of(
          chosen, [&](int64_t better) { return share(box(better), box(i)) > attrs_.overlap; });
      if (!covered) chosen.push_back(i);
    }
    return chosen;
  }

  const DetectionPostprocessAttrs& attrs_;
  int64_t count_, columns_;
  const float* scores_;  // of the first class that is not the background
  std::vector<Box> boxes_;
};

Status check(const DetectionPostprocessAttrs& attrs, const ConstView& codes,
             const ConstView& scores, const ConstView& anchors) {
  if (codes.dims.rank() != 3 || codes.dims[0] != 1 || codes.dims[2] < 4 ||
      scores.dims.rank() != 3 || scores.dims[0] != 1 || scores.dims[1] != codes.dims[1] ||
      anchors.dims.rank() != 2 || anchors.dims[0] != codes.dims[1] || anchors.dims[1] != 4) {
    return fail(Code::invalid_argument, "codes, scores and anchors do not fit each other");
  }
  const int64_t background = scores.dims[2] - attrs.classes;
  if (attrs.classes < 1 || background < 0 || background > 1) {
    return fail(Code::invalid_argument, "there are ", scores.dims[2], " scores of ", attrs.classes,
                " classes");
  }
  if (attrs.max_detections < 0 || attrs.classes_of_box < 1 || attrs.boxes_of_class < 0 ||
      attrs.classes_of_box > kMaxDetections ||
      attrs.max_detections > kMaxDetections / attrs.classes_of_box) {
    return fail(Code::limit_exceeded, "asks for ", attrs.max_detections, " x ",
                attrs.classes_of_box, " detections");
  }
  return {};
}

Expected<std::vector<RunValue>> run(const Attrs& all, std::span<const RunValue* const> operands) {
  const auto& attrs = all.as<DetectionPostprocessAttrs>();
  ConstView views[3];
  for (size_t i = 0; i < 3; ++i) {
    if (operands[i] == nullptr || operands[i]->kind != RunValue::Kind::tensor ||
        operands[i]->tensor.dtype() != DType::f32) {
      return fail(Code::invalid_argument, "operand ", i, " is no f32 tensor");
    }
    views[i] = operands[i]->tensor.view();
  }
  HONE_RETURN_IF_ERROR(check(attrs, views[0], views[1], views[2]));
  const Postprocess postprocess(attrs, views[0], views[1], views[2]);
  const bool by_class = attrs.boxes_of_class > 0;
  const std::vector<Detection> found = by_class ? postprocess.by_class() : postprocess.by_box();
  const int64_t places = attrs.max_detections * attrs.classes_of_box;
  HONE_TRY(Tensor boxes, Tensor::allocate(DType::f32, Dims({1, places, 4})));
  HONE_TRY(Tensor classes, Tensor::allocate(DType::f32, Dims({1, places})));
  HONE_TRY(Tensor scores, Tensor::allocate(DType::f32, Dims({1, places})));
  HONE_TRY(Tensor count, Tensor::allocate(DType::f32, Dims({1})));
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].box < 0) continue;
    const Box& box = postprocess.box(found[i].box);
    std::copy_n(&box.top, 4, boxes.writable().as<float>() + 4 * i);
    classes.writable().as<float>()[i] = static_cast<float>(found[i].one_class);
    scores.writable().as<float>()[i] = found[i].score;
  }
  const int64_t each = by_class ? 1 : attrs.classes_of_box;
  count.writable().as<float>()[0] = static_cast<float>(std::ssize(found) / each);
  std::vector<RunValue> results;
  for (Tensor* made : {&boxes, &classes, &scores, &count}) results.emplace_back(std::move(*made));
  return results;
}

}  // namespace

const HostOp& detection_postprocess_host_op() {
  static constexpr HostOp kOp{"detection_postprocess", run};
  return kOp;
}

}  // namespace hone
