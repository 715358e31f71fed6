#include "runtime/state_store.h"

#include <algorithm>

namespace hone {

Expected<StateStore> StateStore::open(const Plan& plan, StateLimits limits) {
  StateStore store;
  store.limits_ = limits;
  store.table_stride_ = (limits.positions + kKvPage - 1) / kKvPage;
  const int64_t pages = store.table_stride_ * limits.sequences;
  if (limits.positions <= 0 || limits.sequences <= 0 || pages > INT32_MAX) {
    return fail(Code::limit_exceeded, "a context of ", limits.positions, " positions for ",
                limits.sequences, " sequences is out of range");
  }
  store.tables_.assign(static_cast<size_t>(pages), -1);
  store.page_counts_.assign(static_cast<size_t>(limits.sequences), 0);
  for (int64_t page = pages - 1; page >= 0; --page) {
    store.free_pages_.push_back(static_cast<int32_t>(page));
  }
  store.views_.resize(plan.values.size());
  for (size_t i = 0; i < plan.values.size(); ++i) {
    if (plan.values[i].storage != Storage::state) continue;
    const Dims record(plan.values[i].type.shape, {});
    const int64_t page_elements = kKvPage * record.elements();
    const auto bytes = static_cast<size_t>(pages * page_elements) * sizeof(uint16_t);
    HONE_TRY_CONTEXT(MemoryBlock block, MemoryBlock::allocate(bytes), "state '",
                     plan.values[i].name, "'");
    store.views_[i] = std::make_unique<KvView>(
        KvView{reinterpret_cast<uint16_t*>(block.data()), page_elements, store.tables_.data(),
               store.table_stride_, record[0], record[1], limits.sequences});
    store.pages_.push_back(std::move(block));
    store.bytes_a_position_ += record.elements() * static_cast<int64_t>(sizeof(uint16_t));
  }
  return store;
}

Status StateStore::grow(int64_t sequence, int64_t end) {
  if (sequence < 0 || sequence >= limits_.sequences) {
    return fail(Code::invalid_argument, "there is no sequence ", sequence);
  }
  if (end > limits_.positions) {
    return fail(Code::limit_exceeded, "the context holds ", limits_.positions,
                " positions and cannot grow to ", end);
  }
  int64_t& count = page_counts_[static_cast<size_t>(sequence)];
  for (; count * kKvPage < end; ++count) {
    if (free_pages_.empty()) return fail(Code::limit_exceeded, "no page of state is free");
    tables_[static_cast<size_t>(sequence * table_stride_ + count)] = free_pages_.back();
    free_pages_.pop_back();
  }
  return {};
}

void StateStore::shrink(int64_t sequence, int64_t end) {
  int64_t& count = page_counts_[static_cast<size_t>(sequence)];
  while (count > 0 && (count - 1) * kKvPage >= end) {
    int32_t& page = tables_[static_cast<size_t>(sequence * table_stride_ + --count)];
    free_pages_.push_back(page);
    page = -1;
  }
}

}  // namespace hone
