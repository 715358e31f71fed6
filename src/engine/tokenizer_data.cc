#include "engine/tokenizer_data.h"

#include <cmath>

namespace hone {
namespace {

Status check_size(std::string_view what, size_t size, size_t tokens) {
  if (size == 0 || size == tokens) return {};
  return fail(Code::corrupt, "the tokenizer has ", tokens, " tokens but ", size, ' ', what,
              "; convert the model anew");
}

Status check_sizes(const TokenizerData& data) {
  if (data.tokens.size() > kMaxTokens || data.merges.size() > kMaxMerges) {
    return fail(Code::limit_exceeded, "the tokenizer has ", data.tokens.size(), " tokens and ",
                data.merges.size(), " merges; at most ", kMaxTokens, " and ", kMaxMerges,
                " are read");
  }
  HONE_RETURN_IF_ERROR(check_size("scores", data.scores.size(), data.tokens.size()));
  return check_size("token types", data.types.size(), data.tokens.size());
}

}  // namespace

Status check_tokenizer(const TokenizerData& data) {
  HONE_RETURN_IF_ERROR(check_sizes(data));
  for (size_t i = 0; i < data.scores.size(); ++i) {
    if (std::isnan(data.scores[i])) {
      return fail(Code::corrupt, "the score of token ", i, " is not a number");
    }
  }
  for (size_t i = 0; i < data.types.size(); ++i) {
    if (data.types[i] < 0 || data.types[i] > static_cast<int32_t>(TokenType::byte)) {
      return fail(Code::corrupt, "token ", i, " has the unknown type ", data.types[i]);
    }
  }
  for (const int32_t id : {data.bos, data.eos, data.eot, data.unknown, data.separator, data.padding,
                           data.classifier, data.mask}) {
    if (id != kNoToken && (id < 0 || static_cast<size_t>(id) >= data.tokens.size())) {
      return fail(Code::corrupt, "there is no token ", id,
                  ", and a special token is said to be it");
    }
  }
  return {};
}

}  // namespace hone
