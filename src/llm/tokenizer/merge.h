// merge_pairs: the loop that all byte-pair encodings share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hone {

// A run of the text that is one symbol so far.
struct MergeSymbol {
  int32_t id = -1;  // what merging made of it; the caller's before that
  uint32_t begin = 0;
  uint32_t size = 0;  // bytes; 0 once it has become part of its left neighbor
  int32_t previous = -1;
  int32_t next = -1;
};

// What merging two neighbors would give. The lowest order goes first, then the leftmost.
struct MergeCandidate {
  float order;
  int32_t id;  // of the result; -1: they do not merge
};

// Kept by the caller from word to word, so that words allocate nothing.
struct MergeScratch {
  struct Entry {
    float order;
    int32_t id;
    int32_t left;
    int32_t right;
    uint32_t size;  // of both when it was made; a different sum means it is out of date
  };
  std::vector<MergeSymbol> symbols;
  std::vector<MergeCandidate> pairs;
  std::vector<Entry> heap;
};

// Below this length searching all pairs each time beats a heap.
inline constexpr size_t kFewSymbols = 40;

template <class Look>
void merge_few(MergeScratch& scratch, Look&& look) {
  std::vector<MergeSymbol>& symbols = scratch.symbols;
  std::vector<MergeCandidate>& pairs = scratch.pairs;
  pairs.clear();
  for (size_t i = 0; i + 1 < symbols.size(); ++i) pairs.push_back(look(symbols[i], symbols[i + 1]));
  while (true) {
    size_t best = pairs.size();
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].id >= 0 && (best == pairs.size() || pairs[i].order < pairs[best].order))
        best = i;
    }
    if (best == pairs.size()) return;
    symbols[best].id = pairs[best].id;
    symbols[best].size += symbols[best + 1].size;
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
    pairs.erase(pairs.begin() + static_cast<ptrdiff_t>(best));
    if (best > 0) pairs[best - 1] = look(symbols[best - 1], symbols[best]);
    if (best < pairs.size()) pairs[best] = look(symbols[best], symbols[best + 1]);
  }
}

template <class Look>
void merge_many(MergeScratch& scratch, Look&& look) {
  using Entry = MergeScratch::Entry;
  std::vector<MergeSymbol>& symbols = scratch.symbols;
  std::vector<Entry>& heap = scratch.heap;
  const auto later = [](const Entry& a, const Entry& b) {
    return a.order > b.order || (a.order == b.order && a.left > b.left);
  };
  const auto offer = [&](int32_t left, int32_t right) {
    if (left < 0 || right < 0) return;
    const MergeSymbol& a = symbols[static_cast<size_t>(left)];
    const MergeSymbol& b = symbols[static_cast<size_t>(right)];
    const MergeCandidate pair = look(a, b);
    if (pair.id >= 0) heap.push_back({pair.order, pair.id, left, right, a.size + b.size});
  };
  heap.clear();
  const auto count = static_cast<int32_t>(symbols.size());
  for (int32_t i = 0; i < count; ++i) {
    symbols[static_cast<size_t>(i)].previous = i - 1;
    symbols[static_cast<size_t>(i)].next = i + 1 < count ? i + 1 : -1;
    if (i > 0) offer(i - 1, i);
  }
  std::make_heap(heap.begin(), heap.end(), later);
  const auto offer_to_heap = [&](int32_t left, int32_t right) {
    const size_t before = heap.size();
    offer(left, right);
    if (heap.size() != before) std::push_heap(heap.begin(), heap.end(), later);
  };
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const Entry entry = heap.back();
    heap.pop_back();
    MergeSymbol& left = symbols[static_cast<size_t>(entry.left)];
    MergeSymbol& right = symbols[static_cast<size_t>(entry.right)];
    if (left.size == 0 || right.size == 0 || left.size + right.size != entry.size) continue;
    left.id = entry.id;
    left.size = entry.size;
    right.size = 0;
    left.next = right.next;
    if (right.next >= 0) symbols[static_cast<size_t>(right.next)].previous = entry.left;
    offer_to_heap(left.previous, entry.left);
    offer_to_heap(entry.left, left.next);
  }
  std::erase_if(symbols, [](const MergeSymbol& symbol) { return symbol.size == 0; });
}

// Merges scratch.symbols (neighbors in order, each with size > 0) until no pair is left that
// merges. look(left, right) gives the candidate for two neighbors. O(n log n).
template <class Look>
void merge_pairs(MergeScratch& scratch, Look&& look) {
  if (scratch.symbols.size() <= kFewSymbols) return merge_few(scratch, look);
  merge_many(scratch, look);
}

}  // namespace hone
