#include "ops/attention/cpu.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/step.h"
#include "base/memory.h"
#include "ops/attention/op.h"

namespace hone {

HONE_ISA_TABLE(AttentionFns, attention_fns)

namespace {

// A unit is a run of tokens by one key head: the query rows that share keys and values. Its tiles
// are the KV splits; whoever finishes a unit's last split merges all of them in order.
//
// Units, and how many splits each has, depend on positions, which are known only when the step
// runs: every unit has as many tiles as the longest possible cache has splits, and those beyond the
// last position are empty. With many tokens a unit does all its splits in one tile, since there are
// units enough for every thread.
class AttentionStep final : public CpuStep {
 public:
  explicit AttentionStep(const StepBinding& b)
      : attrs_(b.attrs->as<AttentionAttrs>()),
        fns_(attention_fns(b.isa)),
        q_(b.operands[0].view),
        y_(b.results[0].view),
        keys_(*b.operands[1].state),
        values_(*b.operands[2].state),
        position_operand_(b.operands[3]),
        sequence_operand_(b.operands[4]),
        position_(b.operands[3].view.as<int32_t>()),
        sequence_(b.operands[4].view.as<int32_t>()),
        tokens_(q_.dims[0]),
        heads_(q_.dims[1]),
        head_dim_(q_.dims[2]),
        group_(heads_ / keys_.heads) {
    heads_a_unit_ = std::min(group_, kMaxQueryRows);
    head_parts_ = (group_ + heads_a_unit_ - 1) / heads_a_unit_;
    tokens_a_unit_ = tokens_ == 1 ? 1 : std::max<int64_t>(1, kMaxQueryRows / heads_a_unit_);
    token_parts_ = (tokens_ + tokens_a_unit_ - 1) / tokens_a_unit_;
    const int64_t longest = keys_.table_stride * kKvPage;
    max_splits_ = (longest + kKvSplit - 1) / kKvSplit;
    const int64_t units = token_parts_ * keys_.heads * head_parts_;
    units_ = units;
    rows_a_unit_ = heads_a_unit_ * tokens_a_unit_;
    if (tokens_ <= kFewTokens && units < 4 * b.threads && max_splits_ > 1) reserve_splits();
  }

  int64_t tiles() const override { return splits_apart_ ? units_ * max_splits_ : units_; }
  Status check() const override {
    return check_positions(keys_, position_operand_, sequence_operand_);
  }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(kMaxQueryRows) *
           (2 * sizeof(AttentionPartial) + 2 * sizeof(float) * static_cast<size_t>(head_dim_));
  }

  void run(int64_t tile, Scratch scratch) override {
    if (!splits_apart_) {
      run_whole(tile, scratch);
    } else {
      run_split(tile % units_, tile / units_, scratch);
    }
  }

 private:
  // Prefill chunks have units enough for every thread; only a few tokens alone need their splits.
  static constexpr int64_t kFewTokens = 4;

  // Address space for the longest cache; only splits that are reached become memory. Without it
  // every unit is one tile.
  void reserve_splits() {
    const int64_t rows = units_ * max_splits_ * rows_a_unit_;
    const int64_t row_bytes = static_cast<int64_t>(sizeof(AttentionPartial)) +
                              head_dim_ * static_cast<int64_t>(sizeof(float));
    auto block = MemoryBlock::allocate(static_cast<size_t>(rows * row_bytes));
    if (!block) return;
    split_memory_ = std::move(*block);
    sums_ = reinterpret_cast<float*>(split_memory_.data());
    partials_ = reinterpret_cast<AttentionPartial*>(sums_ + rows * head_dim_);
    done_ = std::vector<std::atomic<int32_t>>(static_cast<size_t>(units_));
    splits_apart_ = true;
  }

  struct Unit {
    AttentionTask task;
    const float* queries[kMaxQueryRows];
    float* results[kMaxQueryRows];
    int32_t first[kMaxQueryRows];
    int32_t last[kMaxQueryRows];
    int64_t first_split, last_split;
    // Tokens of another sequence than the first stand in a unit of their own: see next_token.
    int64_t next_token;
  };

  // The query rows of tokens [token, end) that share a sequence, one key head and one part of its
  // query heads.
  void make_unit(int64_t token, int64_t end, int64_t kv_head, int64_t part, Unit& u) const {
    AttentionTask& t = u.task;
    t = {keys_,          values_,   keys_.page_tables + sequence_[token] * keys_.table_stride,
         kv_head,        head_dim_, attrs_.scale,
         attrs_.softcap, 0,         u.queries,
         u.first,        u.last};
    const int64_t head_begin = kv_head * group_ + part * heads_a_unit_;
    const int64_t head_end = std::min(head_begin + heads_a_unit_, (kv_head + 1) * group_);
    int64_t i = token, earliest = INT64_MAX, latest = 0;
    for (; i < end && sequence_[i] == sequence_[token]; ++i) {
      const int32_t last = position_[i];
      const int64_t window = attrs_.window > 0 ? attrs_.window : int64_t{last} + 1;
      const auto first = static_cast<int32_t>(std::max<int64_t>(0, last - window + 1));
      earliest = std::min<int64_t>(earliest, first);
      latest = std::max<int64_t>(latest, last);
      for (int64_t head = head_begin; head < head_end; ++head, ++t.rows) {
        const int64_t at = (i * heads_ + head) * head_dim_;
        u.queries[t.rows] = q_.as<float>() + at;
        u.results[t.rows] = y_.as<float>() + at;
        u.first[t.rows] = first;
        u.last[t.rows] = last;
      }
    }
    u.first_split = earliest / kKvSplit;
    u.last_split = latest / kKvSplit;
    u.next_token = i;
  }

  struct Buffers {
    AttentionPartial* partials;
    float* sums;
  };
  Buffers carve(Scratch scratch, int which) const {
    const size_t bytes =
        kMaxQueryRows * (sizeof(AttentionPartial) + sizeof(float) * static_cast<size_t>(head_dim_));
    std::byte* at = scratch.data() + static_cast<size_t>(which) * bytes;
    return {reinterpret_cast<AttentionPartial*>(at),
            reinterpret_cast<float*>(at + kMaxQueryRows * sizeof(AttentionPartial))};
  }

  // Merges further splits into the first one's buffers, then writes the results.
  void merge(const Unit& u, Buffers total, Buffers part) const {
    for (int64_t r = 0; r < u.task.rows; ++r) {
      fns_.merge(total.partials + r, total.sums + r * head_dim_, part.partials + r,
                 part.sums + r * head_dim_, head_dim_);
    }
  }
  void finish(const Unit& u, Buffers total) const {
    for (int64_t r = 0; r < u.task.rows; ++r) {
      fns_.finish(total.partials + r, total.sums + r * head_dim_, head_dim_, u.results[r]);
    }
  }

  void run_whole(int64_t unit, Scratch scratch) const {
    const int64_t lanes = keys_.heads * head_parts_;
    int64_t token = unit / lanes * tokens_a_unit_;
    const int64_t end = std::min(tokens_, token + tokens_a_unit_);
    const Buffers total = carve(scratch, 0), part = carve(scratch, 1);
    while (token < end) {
      Unit u;
      make_unit(token, end, unit % lanes / head_parts_, unit % head_parts_, u);
      fns_.split(u.task, u.first_split, total.partials, total.sums);
      for (int64_t split = u.first_split + 1; split <= u.last_split; ++split) {
        fns_.split(u.task, split, part.partials, part.sums);
        merge(u, total, part);
      }
      finish(u, total);
      token = u.next_token;
    }
  }

  Buffers stored(int64_t unit, int64_t split) {
    const int64_t row = (unit * max_splits_ + split) * rows_a_unit_;
    return {partials_ + row, sums_ + row * head_dim_};
  }

  void run_split(int64_t unit, int64_t split, Scratch scratch) {
    const int64_t lanes = keys_.heads * head_parts_;
    const int64_t token = unit / lanes * tokens_a_unit_;
    Unit u;
    const int64_t end = std::min(tokens_, token + tokens_a_unit_);
    make_unit(token, end, unit % lanes / head_parts_, unit % head_parts_, u);
    if (u.next_token < end) {  // several sequences: rare with so few tokens, done whole
      if (split == 0) run_whole(unit, scratch);
      return;
    }
    if (split < u.first_split || split > u.last_split) return;
    const Buffers mine = stored(unit, split);
    fns_.split(u.task, split, mine.partials, mine.sums);
    const auto splits = static_cast<int32_t>(u.last_split - u.first_split + 1);
    std::atomic<int32_t>& done = done_[static_cast<size_t>(unit)];
    if (done.fetch_add(1, std::memory_order_acq_rel) + 1 < splits) return;
    done.store(0, std::memory_order_relaxed);
    const Buffers total = stored(unit, u.first_split);
    for (int64_t s = u.first_split + 1; s <= u.last_split; ++s) merge(u, total, stored(unit, s));
    finish(u, total);
  }

  AttentionAttrs attrs_;
  const AttentionFns& fns_;
  View q_, y_;
  KvView keys_, values_;
  Operand position_operand_, sequence_operand_;
  const int32_t* position_;
  const int32_t* sequence_;
  int64_t tokens_, heads_, head_dim_, group_;
  int64_t heads_a_unit_ = 0, head_parts_ = 0, tokens_a_unit_ = 0, token_parts_ = 0;
  int64_t max_splits_ = 0, units_ = 0;
  bool splits_apart_ = false;
  int64_t rows_a_unit_ = 0;
  MemoryBlock split_memory_;
  AttentionPartial* partials_ = nullptr;    // [unit][split][row]
  float* sums_ = nullptr;                   // [unit][split][row][head_dim]
  std::vector<std::atomic<int32_t>> done_;  // [unit]: splits finished in this run
};

bool accepts(const StepBinding& b) {
  return b.operands[1].state != nullptr && b.operands[2].state != nullptr;
}

}  // namespace

std::span<const CpuKernel> attention_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"attention", "generic", accepts, [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<AttentionStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
