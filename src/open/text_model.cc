#include "open/text_model.h"

#include <ctime>

#include "llm/generate/chat_prompt.h"

namespace hone {
namespace {

int64_t local_time_s() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  localtime_r(&now, &local);
  return static_cast<int64_t>(now) + local.tm_gmtoff;
}

}  // namespace

Expected<std::vector<int32_t>> TextModel::encode_chat(std::span<const ChatMessage> messages) const {
  if (format.error) return std::unexpected(*format.error);
  if (!format.chat_template) {
    return fail(Code::unsupported, name,
                " has no chat template: it completes text and does not hold conversations");
  }
  HONE_TRY_CONTEXT(std::vector<int32_t> ids,
                   hone::encode_chat(*format.chat_template, *tokenizer, messages, local_time_s()),
                   name);
  return ids;
}

Expected<TextModel> open_text_model(const ModelFiles& files, std::string_view prompt_format,
                                    const LoadSettings& settings) {
  TextModel model;
  HONE_TRY(LanguageModelFile file, LanguageModelFile::open(files));
  model.name = files.path.substr(files.path.find_last_of('/') + 1);
  HONE_TRY(const TokenizerData data, file.tokenizer());
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(data), files.path);
  model.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  HONE_TRY(model.format, choose_prompt_format(prompt_format, file.known_as(), data));
  if (model.format.error) {
    model.format.error = std::move(*model.format.error).context(files.path);
  }
  HONE_TRY(model.loaded, load_language_model(std::move(file), settings));
  return model;
}

}  // namespace hone
