#include "ops/sdpa/cpu_blocks.h"

#include <algorithm>
#include <cmath>

#include "backend/cpu/isa_table.h"
#include "ops/sdpa/cpu.h"
#include "ops/sdpa/cpu_operands.h"
#include "ops/sdpa/op.h"

namespace hone {

HONE_ISA_TABLE(SdpaFns, sdpa_fns)

namespace {

// Queries of one head that a tile takes: the more, the less turning its keys is beside them.
constexpr int64_t kMostQueries = 256, kFewestQueries = 64;
constexpr int64_t kTilesAThread = 4;

class SdpaBlocksStep final : public CpuStep {
 public:
  explicit SdpaBlocksStep(const StepBinding& b)
      : attrs_(b.attrs->as<SdpaAttrs>()),
        fns_(sdpa_fns(b.isa)),
        q_(b.operands[0], attrs_.q_heads),
        k_(b.operands[1], attrs_.kv_heads),
        v_(b.operands[2], attrs_.kv_heads),
        mask_(b.operands[3], attrs_.whole_mask),
        y_(b.results[0].view.as<float>()),
        batch_(b.operands[0].view.dims[0]) {
    scale_ = attrs_.scale != 0 ? attrs_.scale
                               : static_cast<float>(1 / std::sqrt(static_cast<double>(q_.size)));
    columns_ = (k_.sequence + kSdpaColumns - 1) / kSdpaColumns * kSdpaColumns;
    scores_stride_ = columns_ + 16;  // rows do not fall on the same places of the first cache
    const int64_t wanted = kTilesAThread * b.threads,
                  heads = std::max<int64_t>(1, batch_ * q_.heads);
    const int64_t queries = std::clamp(q_.sequence * heads / wanted, kFewestQueries, kMostQueries);
    blocks_ = (q_.sequence + queries - 1) / queries;
  }

  int64_t tiles() const override { return batch_ * q_.heads * blocks_; }
  size_t scratch_bytes() const override {
    const int64_t floats = q_.size * columns_ + fns_.rows_at_once * scores_stride_;
    return static_cast<size_t>(floats) * sizeof(float);
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t head = tile / blocks_, b = head / q_.heads, h = head % q_.heads;
    const int64_t kv = h / (q_.heads / k_.heads);
    auto* keys = reinterpret_cast<float*>(scratch.data());
    fns_.turn(k_.row(b, kv, 0), k_.stride(), k_.sequence, k_.size, keys, columns_);
    const int64_t first = q_.sequence * (tile % blocks_) / blocks_;
    const int64_t count = q_.sequence * (tile % blocks_ + 1) / blocks_ - first;
    const int64_t parts = (count + fns_.rows_at_once - 1) / fns_.rows_at_once;
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t begin = count * i / parts, end = count * (i + 1) / parts;
      rows(b, h, kv, first + begin, end - begin, keys);
    }
  }

 private:
  // Of `count` queries from n on; scores lie behind the keys.
  void rows(int64_t b, int64_t h, int64_t kv, int64_t n, int64_t count, float* keys) const {
    float* scores = keys + q_.size * columns_;
    fns_.scores({.q = q_.row(b, h, n),
                 .q_stride = q_.stride(),
                 .keys = keys,
                 .columns = columns_,
                 .size = q_.size,
                 .scale = scale_,
                 .scores = scores,
                 .scores_stride = scores_stride_},
                count);
    for (int64_t i = 0; i < count; ++i) {
      float* row = scores + i * scores_stride_;
      if (attrs_.softcap > 0) fns_.softcap(row, k_.sequence, attrs_.softcap);
      mask_.apply(b, h, n + i, 0, k_.sequence, row);
      fns_.softmax(row, k_.sequence);
    }
    SdpaBlock y = q_;
    y.size = v_.size;
    fns_.mix({.weights = scores,
              .stride = scores_stride_,
              .v = v_.row(b, kv, 0),
              .v_stride = v_.stride(),
              .keys = k_.sequence,
              .size = v_.size,
              .y = y_ + y.offset(b, h, n),
              .y_stride = y.stride()},
             count);
  }

  SdpaAttrs attrs_;
  const SdpaFns& fns_;
  SdpaBlock q_, k_, v_;
  SdpaMask mask_;
  float* y_;
  int64_t batch_, columns_ = 0, scores_stride_ = 0, blocks_ = 0;
  float scale_ = 1;
};

}  // namespace

bool sees_all_keys(const StepBinding& b) {
  const auto& attrs = b.attrs->as<SdpaAttrs>();
  return b.operands[0].view.dtype == DType::f32 && !attrs.causal && attrs.left < 0 &&
         attrs.right < 0 && attrs.show == SdpaAttrs::Show::nothing && !attrs.present &&
         !b.operands[4].present() && !b.operands[6].present();
}

std::unique_ptr<CpuStep> sdpa_blocks_step(const StepBinding& b) {
  return std::make_unique<SdpaBlocksStep>(b);
}

}  // namespace hone
