#include "llm/generate/chat_prompt.h"

namespace hone {
namespace {

std::string token_text(const Tokenizer& tokenizer, int32_t id) {
  return id == kNoToken ? std::string() : tokenizer.piece(id);
}

}  // namespace

Expected<std::vector<int32_t>> encode_chat(const ChatTemplate& chat_template,
                                           const Tokenizer& tokenizer,
                                           std::span<const ChatMessage> messages,
                                           int64_t local_time_s) {
  ChatInput input;
  input.messages.assign(messages.begin(), messages.end());
  input.bos_token = token_text(tokenizer, tokenizer.bos());
  input.eos_token = token_text(tokenizer, tokenizer.eos());
  input.local_time_s = local_time_s;
  HONE_TRY_CONTEXT(const std::string text, chat_template.render(input), "chat template");
  HONE_TRY(std::vector<int32_t> ids,
           tokenizer.encode(text, {.add_special = true, .parse_special = true}));
  // Templates that write the bos token themselves must not get a second one.
  if (ids.size() >= 2 && ids[0] == tokenizer.bos() && ids[1] == ids[0]) ids.erase(ids.begin());
  return ids;
}

}  // namespace hone
