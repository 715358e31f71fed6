#include "runtime/state_store.h"

#include <algorithm>

namespace hone {

namespace {

int64_t pages_a_sequence(StateLimits limits) {
  return limits.positions / kKvPage + (limits.positions % kKvPage == 0 ? 0 : 1);
}

}  // namespace

double StateStore::bytes_of(const Plan& plan, StateLimits limits) {
  double bytes = 0;
  for (const PlanValue& value : plan.values) {
    if (value.storage != Storage::state) continue;
    bytes += static_cast<double>(size_bytes(value.type.dtype, Dims(value.type.shape, {})));
  }
  return bytes * static_cast<double>(pages_a_sequence(limits) * kKvPage) *
         static_cast<double>(limits.sequences);
}

Expected<StateStore> StateStore::open(const Plan& plan, StateLimits limits) {
  StateStore store;
  store.limits_ = limits;
  constexpr double kMostBytes = 1e17;  // far beyond any machine's, and far from overflow
  if (bytes_of(plan, limits) > kMostBytes) {
    return fail(Code::limit_exceeded, "its states need more memory than any machine has");
  }
  store.table_stride_ = pages_a_sequence(limits);
  const int64_t pages = store.table_stride_ * limits.sequences;
  if (limits.positions <= 0 || limits.sequences <= 0 || pages > INT32_MAX) {
    return fail(Code::limit_exceeded, "a context of ", limits.positions, " positions for ",
                limits.sequences, " sequences is out of range");
  }
  store.tables_.assign(static_cast<size_t>(pages), -1);
  store.taken_.assign(static_cast<size_t>(pages), 0);
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
                     printable(plan.values[i].name), "'");
    store.views_[i] = std::make_unique<KvView>(
        KvView{reinterpret_cast<uint16_t*>(block.data()), page_elements, store.tables_.data(),
               store.table_stride_, record[0], record[1], limits.sequences});
    store.pages_.push_back(std::move(block));
    store.bytes_a_position_ += record.elements() * static_cast<int64_t>(sizeof(uint16_t));
  }
  return store;
}

uint64_t StateStore::reserved_bytes() const {
  uint64_t bytes = 0;
  for (const MemoryBlock& block : pages_) bytes += block.size();
  return bytes;
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

int32_t StateStore::page_of(int64_t position, int64_t sequence) const {
  if (sequence < 0 || sequence >= limits_.sequences || position < 0 ||
      position >= table_stride_ * kKvPage) {
    return -1;
  }
  return tables_[static_cast<size_t>(sequence * table_stride_ + position / kKvPage)];
}

Status StateStore::check_distinct(std::span<const int32_t> positions,
                                  std::span<const int32_t> sequences) {
  static_assert(kKvPage == 64, "taken_ has a bit a position of a page");
  size_t row = 0;
  bool distinct = true;
  for (; row < positions.size() && distinct; ++row) {
    const int32_t page = page_of(positions[row], sequences[row]);
    if (page < 0) continue;
    const uint64_t bit = uint64_t{1} << (positions[row] % kKvPage);
    uint64_t& taken = taken_[static_cast<size_t>(page)];
    distinct = (taken & bit) == 0;
    taken |= bit;
  }
  for (size_t i = 0; i < row; ++i) {
    const int32_t page = page_of(positions[i], sequences[i]);
    if (page >= 0) taken_[static_cast<size_t>(page)] = 0;
  }
  if (distinct) return {};
  return fail(Code::invalid_argument, "row ", row - 1, " is a second one at position ",
              positions[row - 1], " of sequence ", sequences[row - 1],
              "; a run takes one row a position");
}

}  // namespace hone
