// Language models as run and chat open them, and the options they share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "llm/generate/generator.h"
#include "models/pull.h"
#include "open/text_model.h"

namespace hone::cli {

struct ModelOptions {
  int threads = 0;
  int64_t context = 0;
  bool offline = false;
  std::string prompt_format;

  template <class V>
  void visit(V& v) {
    v("-t,--threads", threads, "threads that compute")
        .between(0, 1024)
        .when_unset("all processors");
    v("-c,--ctx-size", context, "context in tokens")
        .between(0, 1 << 27)
        .when_unset("the model's own, at most 4096");
    v("--offline", offline, "use no network");
    v("--template,--chat-template", prompt_format,
      "speak to the model in a known prompt format: chatml, llama3, gemma, mistral, ...")
        .as("NAME")
        .when_unset("the model's own");
  }
};

// Names as in llama.cpp and Ollama.
struct SamplingOptions {
  double temperature = 0.8;
  int top_k = 40;
  double top_p = 0.95;
  double min_p = 0.05;
  double typical_p = 1.0;
  double repeat_penalty = 1.0;
  int repeat_last_n = 64;
  double frequency_penalty = 0.0;
  double presence_penalty = 0.0;
  std::optional<uint64_t> seed;

  template <class V>
  void visit(V& v) {
    v("--temp,--temperature", temperature, "0: always the most probable token").between(0, 100);
    v("--top-k", top_k, "sample from the k most probable tokens; 0: all").between(0, 1 << 24);
    v("--top-p", top_p, "sample from the smallest set with this probability; 1: all").between(0, 1);
    v("--min-p", min_p, "leave out tokens below this share of the best one's probability; 0: none")
        .between(0, 1);
    v("--typical", typical_p, "locally typical sampling; 1: off").between(0, 1);
    v("--repeat-penalty", repeat_penalty, "divides the logits of recent tokens; 1: off")
        .between(0.01, 100);
    v("--repeat-last-n", repeat_last_n, "tokens that count as recent; -1: all")
        .between(-1, 1 << 20);
    v("--frequency-penalty", frequency_penalty, "taken off for each recent use of a token")
        .between(-100, 100);
    v("--presence-penalty", presence_penalty, "taken off once for a token used recently")
        .between(-100, 100);
    v("-s,--seed", seed, "makes the answer repeatable").when_unset("from the clock");
  }
  SampleOptions to_sample_options(int top_logprobs = -1) const;
};

// TextModel::encode_chat; errors say which options help.
Expected<std::vector<int32_t>> encode_chat(const TextModel& model,
                                           std::span<const ChatMessage> messages);

Network network_for(const ModelOptions& options);

// `word` as model_file takes it.
Expected<TextModel> open_text_model(std::string_view word, const ModelOptions& options,
                                    Context& context);

}  // namespace hone::cli
