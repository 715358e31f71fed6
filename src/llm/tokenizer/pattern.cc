#include "llm/tokenizer/pattern.h"

#include <algorithm>

#include "llm/tokenizer/pattern_compiler.h"

namespace hone {

uint32_t PatternDfa::class_of(uint32_t point) const {
  size_t segment = 0;
  if (segment_start_.size() > 1) {
    const auto after = std::upper_bound(segment_start_.begin(), segment_start_.end(), point);
    segment = static_cast<size_t>(after - segment_start_.begin()) - 1;
  }
  return class_[segment * kUnicodeKinds + unicode_kind(point)];
}

size_t PatternDfa::match(std::string_view text, size_t position) const {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begin + position;
  const char* last = nullptr;
  uint32_t state = kStartState;
  while (true) {
    uint32_t character = kEndClass;
    uint32_t size = 0;
    if (at < end) {
      const auto byte = static_cast<uint8_t>(*at);
      if (byte < 0x80) {
        character = ascii_class_[byte];
        size = 1;
      } else {
        const CodePoint point = decode_clean(at, end);
        character = class_of(point.value);
        size = point.size;
      }
    }
    const uint32_t entry = table_[state * stride_ + character];
    if ((entry & 1) != 0) last = at;
    state = entry >> 1;
    if (state == kDeadState) break;
    at += size;
  }
  return last == nullptr ? kNoMatch : static_cast<size_t>(last - begin);
}

Expected<PatternDfa> PatternDfa::compile(std::string_view pattern) {
  return PatternCompiler(pattern).run();
}

}  // namespace hone
