// StreamDecoder: tokens in one at a time, whole characters out.
#pragma once

#include <cstdint>
#include <string>

#include "llm/tokenizer/tokenizer.h"

namespace hone {

// Holds back the start of a character until the tokens that finish it have come. What it gives is
// always valid UTF-8: bytes that cannot become a character are U+FFFD, one for each maximal part of
// one (Unicode Standard, 3.9). The tokenizer must outlive it.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, DecodeOptions options = {})
      : tokenizer_(&tokenizer), options_(options) {}

  // The characters that `id` completes; often empty. Ids that are no tokens give nothing.
  std::string push(int32_t id);
  // The end: what was held back, as U+FFFD.
  std::string flush();

 private:
  std::string take_complete();

  const Tokenizer* tokenizer_;
  DecodeOptions options_;
  std::string held_;
};

}  // namespace hone
