#include <unistd.h>

#include <chrono>

#include "answer.h"
#include "base/json.h"
#include "commands.h"
#include "model_access.h"
#include "standard_input.h"
#include "text_model.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMaxPrompt = uint64_t{16} << 20;

struct RunOptions {
  std::string model;
  std::optional<std::string> prompt;
  std::vector<std::string> words;
  std::optional<std::string> system;
  std::vector<std::string> stop;
  int64_t predict = -1;
  bool raw = false;
  bool json = false;
  int top_logprobs = 0;
  bool ignore_eos = false;
  ModelOptions common;
  SamplingOptions sampling;

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "a GGUF file, or a name from the catalogue")
        .as("MODEL")
        .when_unset("the catalogue's default");
    v("-p,--prompt", prompt, "the prompt")
        .as("TEXT")
        .when_unset("the last word, or standard input");
    v("words", words, "[MODEL] and the prompt");
    v("--system,--system-prompt", system, "what the model is told to be").as("TEXT");
    v("-n,--predict,--n-predict,--max-tokens", predict,
      "most tokens to generate; -1: until the model is done")
        .between(-1, 1 << 27);
    v("--stop", stop, "end the answer before this text; may be given again").as("TEXT");
    v("--raw", raw, "give the prompt to the model as it is, without its chat template");
    v("--json", json, "one JSON object a token: id, text, logprob");
    v("--top-logprobs", top_logprobs, "with --json: the N best alternatives of each token")
        .between(0, 100);
    v("--ignore-eos", ignore_eos, "go on behind the end of the answer");
    common.visit(v);
    sampling.visit(v);
  }
};

// What the words on the command line mean.
struct Request {
  std::string model;
  std::string prompt;
};

Expected<Request> read_request(const RunOptions& options, Context& context) {
  std::vector<std::string> words = options.words;
  Request request{options.model, {}};
  if (request.model.empty() && !words.empty()) {
    HONE_TRY(const bool is_model, names_model(words[0], context));
    if (is_model) {
      request.model = words[0];
      words.erase(words.begin());
    } else if (words.size() > 1 || words[0].ends_with(".gguf")) {
      // Neither a model nor a single prompt: the error of the model search has the suggestion.
      HONE_TRY([[maybe_unused]] const std::string path,
               model_file(words[0], Network::forbidden, context));
    }
  }
  if (words.size() > 1 || (!words.empty() && options.prompt)) {
    return fail(Code::invalid_argument, "put the prompt in quotes: hone run \"",
                printable(words[0]), " ...\"");
  }
  if (options.prompt) {
    request.prompt = *options.prompt;
  } else if (!words.empty()) {
    request.prompt = words[0];
  } else if (isatty(STDIN_FILENO) != 0) {
    return fail(
        Code::invalid_argument,
        "there is no prompt; write hone run \"your question\", or hone chat for a conversation");
  } else {
    HONE_TRY(request.prompt, read_standard_input(kMaxPrompt));
    // The newline that echo and editors end a text with is not part of the question.
    if (request.prompt.ends_with('\n')) request.prompt.pop_back();
  }
  if (request.prompt.empty()) return fail(Code::invalid_argument, "the prompt is empty");
  return request;
}

Expected<std::vector<int32_t>> encode_prompt(const TextModel& model, const std::string& prompt,
                                             const RunOptions& options) {
  const bool completes = options.raw || !model.chat_template;
  if (completes && options.system) {
    return fail(Code::invalid_argument, "--system needs a chat template, and ",
                options.raw ? "--raw leaves it out" : "this model has none");
  }
  if (completes) return model.tokenizer->encode(prompt, {.parse_special = options.raw});
  std::vector<ChatMessage> messages;
  if (options.system) messages.push_back({"system", Json(*options.system), {}});
  messages.push_back({"user", Json(prompt), {}});
  return model.encode_chat(messages);
}

Json alternatives(const TextModel& model, const Sampled& sampled) {
  Json list = Json::array();
  for (const TokenLogprob& other : sampled.top) {
    Json entry = Json::object();
    entry.set("id", Json(other.token));
    entry.set("text", Json(model.tokenizer->piece(other.token)));
    entry.set("logprob", Json(static_cast<double>(other.logprob)));
    list.push(std::move(entry));
  }
  return list;
}

std::string json_line(const TextModel& model, const GeneratedToken& token, int top_logprobs) {
  Json line = Json::object();
  if (token.id != kNoToken) line.set("id", Json(token.id));
  line.set("text", Json(token.text));
  if (token.sampled != nullptr) {
    line.set("logprob", Json(static_cast<double>(token.sampled->logprob)));
    if (top_logprobs > 0) line.set("top_logprobs", alternatives(model, *token.sampled));
  }
  return line.write() + "\n";
}

std::string finish_note(Finish finish, const LanguageModel& model) {
  if (finish != Finish::context_full) return {};
  return cat("hone: the context of ", model.context(),
             " tokens is full, so the answer ends here; raise it with -c\n");
}

Expected<int> run_run(const RunOptions& options, Context& context) {
  const auto start = Clock::now();
  HONE_TRY(const Request request, read_request(options, context));
  HONE_TRY(TextModel model, open_text_model(request.model, options.common, context));
  HONE_TRY(const std::vector<int32_t> prompt, encode_prompt(model, request.prompt, options));
  const int logprobs = options.json ? options.top_logprobs : -1;
  HONE_TRY(Sampler sampler, Sampler::make(options.sampling.to_sample_options(logprobs)));
  Generator generator(*model.loaded.model, *model.tokenizer, std::move(sampler));
  const auto interrupted = [&] { return context.interrupt.requested(); };

  const auto take = [&](const GeneratedToken& token) -> Status {
    if (options.json) return context.console.print(json_line(model, token, options.top_logprobs));
    return token.text.empty() ? Status{} : context.console.print(context.console.shown(token.text));
  };
  HONE_TRY(const Answer answer, give_answer(generator, prompt,
                                            {.max_tokens = options.predict,
                                             .stop = options.stop,
                                             .ignore_end = options.ignore_eos},
                                            take, interrupted));
  if (!options.json) HONE_RETURN_IF_ERROR(context.console.print("\n"));
  context.console.note(finish_note(answer.finish, *model.loaded.model));
  char first[64] = "";
  if (answer.speed.tokens > 0) {
    std::snprintf(first, sizeof first, "; first token after %.0f ms",
                  milliseconds(answer.speed.first_token - start));
  }
  context.console.note(context.console.err_style(Style::dim, cat(speed_text(answer.speed), first)) +
                       "\n");
  return answer.finish == Finish::interrupted ? info(Code::canceled).exit_status : 0;
}

}  // namespace

Command run_command() {
  return make_command<RunOptions>(
      {.name = "run",
       .summary = "answer one prompt, word by word as it comes",
       .words = "[MODEL] \"prompt\"",
       .description =
           "The first word is a model if it is a file or a name of the catalogue; without "
           "one the default model answers, pulled first if need be. Without a prompt "
           "standard input is read. Speed and the time to the first token go to stderr.",
       .examples = {{"hone run \"Why is the sky blue?\"", "the default model"},
                    {"hone run gemma3-270m \"The three primary colors are\"",
                     "a model of the catalogue"},
                    {"hone run -m model.gguf --temp 0 -n 64 < prompt.txt", "a file, repeatable"},
                    {"hone run --json --top-logprobs 3 \"Hi\"", "tokens with their alternatives"}}},
      run_run);
}

}  // namespace hone::cli
