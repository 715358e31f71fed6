#include "llm/tokenizer/charsmap.h"

namespace hone {
namespace {

constexpr uint32_t kLabelMask = 0x800000FF;
constexpr uint32_t kHasValue = 1u << 8;
constexpr uint32_t kWideBase = 1u << 9;

uint32_t base_of(uint32_t node) { return (node >> 10) << ((node & kWideBase) >> 6); }

}  // namespace

Expected<Charsmap> Charsmap::open(Bytes bytes) {
  Charsmap made;
  if (bytes.empty()) return made;
  ByteReader reader(bytes);
  made.trie_ = PackedView<uint32_t>(reader.take(reader.u32()));
  if (!reader.ok() || reader.remaining() == 0) {
    return fail(Code::corrupt,
                "the normalizer (tokenizer.ggml.precompiled_charsmap) is cut short; get the model "
                "again");
  }
  made.replacements_ = reader.text(reader.remaining());
  return made;
}

Charsmap::Match Charsmap::find(std::string_view text) const {
  Match match;
  if (trie_.empty()) return match;
  uint32_t index = base_of(trie_[0]);
  uint32_t value = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto label = static_cast<uint8_t>(text[i]);
    index ^= label;
    if (label == 0 || index >= trie_.size() || (trie_[index] & kLabelMask) != label) break;
    const uint32_t node = trie_[index];
    index ^= base_of(node);
    if ((node & kHasValue) == 0) continue;
    if (index >= trie_.size()) break;
    match.length = i + 1;
    value = trie_[index] & 0x7FFFFFFF;
  }
  if (match.length == 0) return match;
  if (value >= replacements_.size()) return {};
  const std::string_view rest = replacements_.substr(value);
  match.replacement = rest.substr(0, rest.find('\0'));
  return match;
}

}  // namespace hone
