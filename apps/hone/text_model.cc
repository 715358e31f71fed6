#include "text_model.h"

#include <random>

#include "context_note.h"
#include "model_access.h"

namespace hone::cli {
namespace {

std::string hint(const TextModel& model) {
  if (model.completes_only()) {
    return "; use 'hone run', a model made for chat, or --template NAME if you know the prompt "
           "format";
  }
  return cat("; --template NAME speaks to the model in another format (", prompt_format_names(),
             "), and hone run --raw in none");
}

void note_guess(const PromptFormat& format, Console& console) {
  if (format.guessed.empty()) return;
  console.note(cat("hone: the model has no chat template; by its name it speaks '", format.guessed,
                   "' (--template NAME for another format)\n"));
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

Expected<std::vector<int32_t>> encode_chat(const TextModel& model,
                                           std::span<const ChatMessage> messages) {
  auto ids = model.encode_chat(messages);
  const bool by_template =
      !ids && (!model.format.chat_template || ids.error().code == Code::unsupported);
  if (by_template) ids.error().message += hint(model);
  return ids;
}

Network network_for(const ModelOptions& options) {
  return options.offline ? Network::forbidden : Network::allowed;
}

Expected<TextModel> open_text_model(std::string_view word, const ModelOptions& options,
                                    Context& context) {
  HONE_TRY(const ModelFiles files, one_model(word, network_for(options), context));
  HONE_TRY(TextModel model,
           hone::open_text_model(files, options.prompt_format,
                                 {.threads = options.threads, .context = options.context}));
  if (!word.empty()) model.name = word;
  note_guess(model.format, context.console);
  note_long_context(*model.loaded.model, context.console);
  return model;
}

}  // namespace hone::cli
