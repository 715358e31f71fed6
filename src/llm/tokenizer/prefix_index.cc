#include "llm/tokenizer/prefix_index.h"

#include <algorithm>

namespace hone {

void PrefixIndex::sort(const Vocabulary& vocabulary) {
  // Eight bytes beside the id spare most look-ups of the text.
  struct Entry {
    uint64_t head;
    int32_t id;
  };
  std::vector<Entry> entries;
  entries.reserve(ids_.size());
  for (const int32_t id : ids_) {
    const std::string_view text = vocabulary.text(id);
    uint64_t head = 0;
    for (size_t i = 0; i < 8; ++i) {
      head = (head << 8) | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0u);
    }
    entries.push_back({head, id});
  }
  std::sort(entries.begin(), entries.end(), [&vocabulary](const Entry& a, const Entry& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = vocabulary.text(a.id).compare(vocabulary.text(b.id));
    return order != 0 ? order < 0 : a.id > b.id;
  });
  ids_.clear();
  for (const Entry& entry : entries) {
    const bool again = !ids_.empty() && vocabulary.text(ids_.back()) == vocabulary.text(entry.id);
    if (!again) ids_.push_back(entry.id);
  }
  size_t at = 0;
  for (size_t byte = 0; byte <= 256; ++byte) {
    while (at < ids_.size() && static_cast<uint8_t>(vocabulary.text(ids_[at])[0]) < byte) ++at;
    first_[byte] = static_cast<uint32_t>(at);
  }
}

PrefixIndex::Range PrefixIndex::narrow(const Vocabulary& vocabulary, Range range, size_t depth,
                                       uint8_t byte) const {
  const auto at = [&](int32_t id) { return static_cast<uint8_t>(vocabulary.text(id)[depth]); };
  const auto begin = ids_.begin() + range.begin, end = ids_.begin() + range.end;
  const auto low = std::partition_point(begin, end, [&](int32_t id) { return at(id) < byte; });
  const auto high = std::partition_point(low, end, [&](int32_t id) { return at(id) == byte; });
  return {static_cast<uint32_t>(low - ids_.begin()), static_cast<uint32_t>(high - ids_.begin())};
}

}  // namespace hone
