#include "text_model.h"

#include <chrono>
#include <ctime>
#include <random>

#include "context_note.h"
#include "model_access.h"
#include "prompt_format.h"

namespace hone::cli {
namespace {

int64_t local_time_s() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  localtime_r(&now, &local);
  return static_cast<int64_t>(now) + local.tm_gmtoff;
}

std::string token_text(const Tokenizer& tokenizer, int32_t id) {
  return id == kNoToken ? std::string() : tokenizer.piece(id);
}

}  // namespace

SampleOptions SamplingOptions::to_sample_options(int top_logprobs) const {
  SampleOptions options;
  options.seed = seed ? *seed : (uint64_t{std::random_device{}()} << 32 | std::random_device{}());
  options.temperature = static_cast<float>(temperature);
  options.top_k = top_k;
  options.top_p = static_cast<float>(top_p);
  options.min_p = static_cast<float>(min_p);
  options.typical_p = static_cast<float>(typical_p);
  options.repeat_penalty = static_cast<float>(repeat_penalty);
  options.penalty_last_n = repeat_last_n;
  options.frequency_penalty = static_cast<float>(frequency_penalty);
  options.presence_penalty = static_cast<float>(presence_penalty);
  options.top_logprobs = top_logprobs;
  return options;
}

Expected<std::vector<int32_t>> TextModel::encode_chat(std::span<const ChatMessage> messages) const {
  if (template_error) return std::unexpected(*template_error);
  if (!chat_template) {
    return fail(Code::unsupported, name,
                " has no chat template: it completes text and does not hold "
                "conversations; use 'hone run', a model made for chat, or --template NAME if you "
                "know the prompt format");
  }
  ChatInput input;
  input.messages.assign(messages.begin(), messages.end());
  input.bos_token = token_text(*tokenizer, tokenizer->bos());
  input.eos_token = token_text(*tokenizer, tokenizer->eos());
  input.local_time_s = local_time_s();
  auto text = chat_template->render(input);
  if (!text) {
    Error error = std::move(text).error().context(cat(name, ": chat template"));
    if (error.code == Code::unsupported) error.message += other_template_hint();
    return std::unexpected(std::move(error));
  }
  HONE_TRY(std::vector<int32_t> ids,
           tokenizer->encode(*text, {.add_special = true, .parse_special = true}));
  // Templates that write the bos token themselves must not get a second one.
  if (ids.size() >= 2 && ids[0] == tokenizer->bos() && ids[1] == ids[0]) ids.erase(ids.begin());
  return ids;
}

Network network_for(const ModelOptions& options) {
  return options.offline ? Network::forbidden : Network::allowed;
}

Expected<TextModel> open_text_model(std::string_view word, const ModelOptions& options,
                                    Context& context) {
  TextModel model;
  HONE_TRY(const ModelFiles files, one_model(word, network_for(options), context));
  HONE_TRY(LanguageModelFile file, LanguageModelFile::open(files));
  const std::string& path = files.path;
  model.name = word.empty() ? path.substr(path.find_last_of('/') + 1) : std::string(word);
  HONE_TRY(const TokenizerData data, file.tokenizer());
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(data), path);
  model.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  HONE_TRY(PromptFormat format, choose_prompt_format(options.prompt_format, file.known_as(), data));
  model.chat_template = std::move(format.chat_template);
  if (format.error) model.template_error = std::move(*format.error).context(path);
  context.console.note(format.note);
  HONE_TRY(model.loaded, load_language_model(std::move(file), {.threads = options.threads,
                                                               .context = options.context}));
  note_long_context(*model.loaded.model, context.console);
  return model;
}

}  // namespace hone::cli
