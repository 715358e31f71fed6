#include "llm/tokenizer/stream_decoder.h"

#include <algorithm>

#include "llm/tokenizer/unicode.h"

namespace hone {
namespace {

// The bytes at the start of `text` that could begin a valid character, as far as they go (RFC 3629
// narrows the second byte after E0, ED, F0 and F4); at least 1.
size_t plausible_length(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0xC2 || lead > 0xF4) return 1;
  uint8_t low = 0x80, high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  const size_t whole = utf8_length(text[0]);
  size_t length = 1;
  while (length < std::min(whole, text.size()) && byte(length) >= low && byte(length) <= high) {
    ++length;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

}  // namespace

std::string StreamDecoder::push(int32_t id) {
  if (options_.show_special || !tokenizer_->is_special(id)) held_ += tokenizer_->piece(id);
  return take_complete();
}

std::string StreamDecoder::take_complete() {
  std::string out;
  const std::string_view text = held_;
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    size_t length = valid_utf8_length(rest);
    if (length > 0) {
      out.append(rest.substr(0, length));
    } else {
      length = plausible_length(rest);
      const bool unfinished = length == rest.size() && utf8_length(rest[0]) > length;
      if (unfinished && static_cast<uint8_t>(rest[0]) >= 0xC2 &&
          static_cast<uint8_t>(rest[0]) <= 0xF4) {
        break;
      }
      append_utf8(out, kReplacement);
    }
    at += length;
  }
  held_.erase(0, at);
  return out;
}

std::string StreamDecoder::flush() {
  std::string out = take_complete();
  if (!held_.empty()) append_utf8(out, kReplacement);
  held_.clear();
  return out;
}

}  // namespace hone
