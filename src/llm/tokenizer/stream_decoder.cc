#include "llm/tokenizer/stream_decoder.h"

#include "base/utf8.h"
#include "llm/tokenizer/unicode.h"

namespace hone {
namespace {

// True if `text`, which is a bad part that starts with a lead byte of UTF-8, may still be made good
// by what follows.
bool may_go_on(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  return lead >= 0xC2 && lead <= 0xF4 && utf8_length(text[0]) > text.size();
}

}  // namespace

std::string StreamDecoder::push(int32_t id) {
  if (options_.show_special || !tokenizer_->is_special(id)) held_ += tokenizer_->piece(id);
  return take_complete();
}

std::string StreamDecoder::take_complete() {
  std::string out;
  size_t at = 0;
  while (at < held_.size()) {
    const Utf8Char next = decode_utf8(held_, at);
    const bool last = at + next.size == held_.size();
    if (!next.valid && last && may_go_on(std::string_view(held_).substr(at))) break;
    append_utf8(out, next.code);
    at += next.size;
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
