#include "ops/sdpa/cpu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/step.h"
#include "ops/sdpa/cpu_blocks.h"
#include "ops/sdpa/cpu_operands.h"
#include "ops/sdpa/op.h"

namespace hone {

HONE_ISA_TABLE(SdpaFns, sdpa_fns)

namespace {

using Show = SdpaAttrs::Show;

constexpr int64_t kQueries = 16;  // of one head that a tile takes

class SdpaStep final : public CpuStep {
 public:
  explicit SdpaStep(const StepBinding& b)
      : attrs_(b.attrs->as<SdpaAttrs>()),
        fns_(sdpa_fns(b.isa)),
        q_(b.operands[0], attrs_.q_heads),
        k_(b.operands[1], attrs_.kv_heads),
        v_(b.operands[2], attrs_.kv_heads),
        batch_(b.operands[0].view.dims[0]) {
    if (b.operands[4].present()) {
      past_k_ = SdpaBlock(b.operands[4], 0);
      past_v_ = SdpaBlock(b.operands[5], 0);
    }
    keys_ = past_k_.sequence + k_.sequence;
    has_past_ = b.operands[4].present();
    if (b.operands[6].present()) lengths_ = b.operands[6].view.as<int64_t>();
    mask_ = SdpaMask(b.operands[3], attrs_.whole_mask);
    for (size_t i = 0; i < 4; ++i) results_[i] = b.results[i].view.as<float>();
    scale_ = attrs_.scale != 0 ? attrs_.scale
                               : static_cast<float>(1 / std::sqrt(static_cast<double>(q_.size)));
    blocks_ = (q_.sequence + kQueries - 1) / kQueries;
    present_tiles_ = attrs_.present ? batch_ * k_.heads : 0;
  }

  int64_t tiles() const override { return batch_ * q_.heads * blocks_ + present_tiles_; }
  size_t scratch_bytes() const override { return static_cast<size_t>(keys_) * sizeof(float); }

  void run(int64_t tile, Scratch scratch) override {
    if (tile < present_tiles_) {
      const int64_t b = tile / k_.heads, h = tile % k_.heads;
      copy_rows(past_k_, k_, b, h, results_[1]);
      copy_rows(past_v_, v_, b, h, results_[2]);
      return;
    }
    tile -= present_tiles_;
    const int64_t head = tile / blocks_, first = tile % blocks_ * kQueries;
    const int64_t last = std::min(first + kQueries, q_.sequence);
    for (int64_t n = first; n < last; ++n) {
      query(head / q_.heads, head % q_.heads, n, reinterpret_cast<float*>(scratch.data()));
    }
  }

 private:
  // How many keys of the past stand before a batch's new ones.
  int64_t border(int64_t b) const {
    if (!attrs_.ragged) return past_k_.sequence;
    return std::clamp(lengths_[b], k_.sequence, keys_) - k_.sequence;
  }

  // One head of a present result.
  void copy_rows(const SdpaBlock& past, const SdpaBlock& now, int64_t b, int64_t h,
                 float* target) const {
    target += (b * now.heads + h) * keys_ * now.size;
    const int64_t before = border(b);
    if (past.data != nullptr) {
      target = std::copy_n(past.row(b, h, 0), before * past.size, target);
    }
    for (int64_t n = 0; n < now.sequence; ++n) {
      target = std::copy_n(now.row(b, h, n), now.size, target);
    }
    std::fill_n(target, (past.sequence - before) * now.size, 0.0f);
  }

  // Calls f(block, first key of the block, first, count) for the keys of [first, last), of which
  // those up to `border` are the past's.
  template <class F>
  static void for_parts(const SdpaBlock& past, const SdpaBlock& now, int64_t border, int64_t first,
                        int64_t last, F f) {
    if (first < border && first < last) f(past, first, first, std::min(last, border) - first);
    const int64_t begin = std::max(first, border);
    if (begin < last) f(now, begin - border, begin, last - begin);
  }

  void query(int64_t b, int64_t h, int64_t n, float* scores) const {
    const int64_t kv = h / (q_.heads / k_.heads);
    const int64_t before = border(b);
    int64_t seen = before + k_.sequence, offset = before;
    if (lengths_ != nullptr && !attrs_.ragged) {
      seen = std::clamp<int64_t>(lengths_[b], 0, keys_);
      if (!has_past_) offset = seen - q_.sequence;
    }
    const KeyRange range = keys_of(attrs_, n, offset, seen);
    const bool all = attrs_.show == Show::product || attrs_.show == Show::capped;
    const KeyRange shown = all ? KeyRange{0, keys_} : range;
    const float* q = q_.row(b, h, n);
    for_parts(past_k_, k_, before, shown.first, shown.last,
              [&](const SdpaBlock& block, int64_t at, int64_t first, int64_t count) {
                fns_.dots(q, block.row(b, kv, at), block.stride(), count, q_.size, scale_,
                          scores + first);
              });
    const int64_t row = (b * q_.heads + h) * q_.sequence + n;
    show(Show::product, row, scores, shown);
    if (attrs_.softcap > 0) {
      fns_.softcap(scores + shown.first, shown.last - shown.first, attrs_.softcap);
    }
    show(Show::capped, row, scores, shown);
    mask_.apply(b, h, n, range.first, range.last, scores);
    show(Show::masked, row, scores, range);
    fns_.softmax(scores + range.first, range.last - range.first);
    show(Show::softmax, row, scores, range);
    float* y = results_[0] + (q_.four ? row : (b * q_.sequence + n) * q_.heads + h) * v_.size;
    std::fill_n(y, v_.size, 0.0f);
    for_parts(past_v_, v_, before, range.first, range.last,
              [&](const SdpaBlock& block, int64_t at, int64_t first, int64_t count) {
                fns_.weighted_sum(scores + first, block.row(b, kv, at), block.stride(), count,
                                  v_.size, y);
              });
  }

  // Scores outside `known` are those of keys that the query does not see.
  void show(Show what, int64_t row, const float* scores, KeyRange known) const {
    if (attrs_.show != what) return;
    const float outside = what == Show::softmax ? 0.0f : -std::numeric_limits<float>::infinity();
    float* target = results_[3] + row * keys_;
    std::fill_n(target, known.first, outside);
    std::copy(scores + known.first, scores + known.last, target + known.first);
    std::fill(target + known.last, target + keys_, outside);
  }

  SdpaAttrs attrs_;
  const SdpaFns& fns_;
  SdpaBlock q_, k_, v_, past_k_, past_v_;
  int64_t batch_, keys_ = 0, blocks_ = 0, present_tiles_ = 0;
  bool has_past_ = false;
  const int64_t* lengths_ = nullptr;
  SdpaMask mask_;
  std::array<float*, 4> results_{};
  float scale_ = 1;
};

}  // namespace

std::span<const CpuKernel> sdpa_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"sdpa", "blocks", sees_all_keys, sdpa_blocks_step},
      {"sdpa", "generic",
       [](const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; },
       [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<SdpaStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
