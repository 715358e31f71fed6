#include <unistd.h>

#include <chrono>

#include "answer.h"
#include "base/file.h"
#include "changed_options.h"
#include "commands.h"
#include "model_access.h"
#include "run_check.h"
#include "run_program.h"
#include "standard_input.h"
#include "text_model.h"
#include "token_json.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMaxPrompt = uint64_t{16} << 20;

// What only answers of language models have.
struct AnswerOptions {
  std::optional<std::string> system;
  std::vector<std::string> stop;
  int64_t predict = -1;
  bool raw = false;
  int top_logprobs = 0;
  bool ignore_eos = false;
  SamplingOptions sampling;

  template <class V>
  void visit(V& v) {
    v("--system,--system-prompt", system, "what the model is told to be").as("TEXT");
    v("-n,--predict,--n-predict,--max-tokens", predict,
      "most tokens to generate; -1: until the model is done")
        .between(-1, 1 << 27);
    v("--stop", stop, "end the answer before this text").as("TEXT").not_empty();
    v("--raw", raw, "give the prompt to the model as it is, without its chat template");
    v("--top-logprobs", top_logprobs, "with --json: the N best alternatives of each token")
        .between(0, 100);
    v("--ignore-eos", ignore_eos, "go on behind the end of the answer");
    sampling.visit(v);
  }
};

struct RunOptions {
  std::string model;
  std::optional<std::string> prompt;
  std::vector<std::string> words;
  bool json = false;
  ModelOptions common;
  AnswerOptions answer;
  ProgramRunOptions program;

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "a model file, or a name from the catalogue")
        .as("MODEL")
        .when_unset("the catalogue's default");
    v("-p,--prompt", prompt, "the prompt").as("TEXT").when_unset("the last word");
    v("words", words, "[MODEL] and the prompt, or what the model works on");
    v("--json", json,
      "a JSON object a line: of each token its id, text and logprob, and one with \"done\" at the "
      "end; or of each picture, sound or text what was found");
    common.visit(v);
    answer.visit(v);
    program.visit(v);
  }
};

// What the words on the command line mean.
struct Request {
  std::string model;
  std::optional<std::string> prompt;
};

std::unexpected<Error> unquoted_prompt(std::string_view word) {
  return fail(Code::invalid_argument, "put the prompt in quotes: hone run \"", printable(word),
              " ...\"");
}

// Takes the model off the words if they begin with one.
Expected<std::string> take_model(std::vector<std::string>& words, Context& context) {
  if (words.empty()) return std::string();
  std::string word = words[0];
  HONE_TRY(const bool is_model, names_model(word, context));
  if (is_model) {
    words.erase(words.begin());
    return word;
  }
  if (words.size() > 2 && !looks_like_model_file(word)) return unquoted_prompt(word);
  if (words.size() == 2 || looks_like_model_file(word)) {
    // Neither a model nor a single prompt: the error of the model search has the suggestion.
    HONE_TRY([[maybe_unused]] const ModelFiles files, one_model(word, Network::forbidden, context));
  }
  return std::string();
}

Expected<Request> read_words(const RunOptions& options, Context& context) {
  std::vector<std::string> words = options.words;
  Request request{options.model, options.prompt};
  if (request.model.empty()) {
    HONE_TRY(request.model, take_model(words, context));
  }
  if (words.empty()) return request;
  if (options.prompt) {
    return fail(Code::invalid_argument, "unexpected argument '", printable(words[0]),
                "': the prompt is what -p gives",
                request.model.empty() ? ", and this is no model" : "");
  }
  if (words.size() > 1) return unquoted_prompt(words[0]);
  request.prompt = std::move(words[0]);
  return request;
}

// The prompt of the command line, and what comes on standard input below it.
Expected<std::string> whole_prompt(const std::optional<std::string>& given, Context& context) {
  if (!given && isatty(STDIN_FILENO) != 0) {
    return fail(
        Code::invalid_argument,
        "there is no prompt; write hone run \"your question\", or hone chat for a conversation");
  }
  HONE_TRY(std::string input, read_piped_input(kMaxPrompt, context));
  // The newline that echo and editors end a text with is not part of it.
  if (input.ends_with('\n')) input.pop_back();
  std::string prompt = given.value_or("");
  if (!prompt.empty() && trim(input).empty()) return prompt;
  if (!prompt.empty()) prompt += "\n\n";
  prompt += input;
  if (prompt.empty()) {
    return fail(Code::invalid_argument,
                given ? "the prompt is empty" : "there is no prompt: standard input is empty",
                "; write hone run \"your question\"");
  }
  return prompt;
}

// Whether the catalogue knows the word as something else than a language model.
Expected<bool> is_program_of_catalogue(const std::string& word, Context& context) {
  if (looks_like_model_file(word) || file_exists(word)) return false;
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  const CatalogueEntry* entry = library.catalogue.find(word);
  return entry != nullptr && (entry->is_bundle() || entry->format != FileFormat::gguf);
}

// The run that the words mean if the model is no language model.
Expected<std::optional<ProgramRun>> program_run(const RunOptions& options, Context& context) {
  std::string word = options.model;
  ProgramRun run{.words = options.words};
  if (word.empty() && !run.words.empty()) {
    HONE_TRY(const bool is_model, names_model(run.words[0], context));
    if (is_model || looks_like_model_file(run.words[0])) {
      word = run.words[0];
      run.words.erase(run.words.begin());
    }
  }
  if (word.empty()) return std::optional<ProgramRun>();
  // A language model that is to be pulled waits until there is a prompt.
  HONE_TRY(const bool pulls, is_program_of_catalogue(word, context));
  const bool may_pull = pulls && !options.common.offline;
  auto files = model_files(word, may_pull ? Network::allowed : Network::forbidden, context);
  if (!files && (pulls || looks_like_model_file(word) || file_exists(word))) {
    return std::unexpected(std::move(files).error());
  }
  if (!files) return std::optional<ProgramRun>();
  run.files = std::move(*files);
  if (run.files.parts.empty() && !takes_tensors(run.files)) return std::optional<ProgramRun>();
  if (options.prompt) run.words.push_back(*options.prompt);
  run.threads = options.common.threads;
  run.json = options.json;
  return run;
}

// What only a language model has a use for.
Status check_program(const RunOptions& options) {
  const std::vector<std::string> given = changed_options(options.answer);
  if (given.empty()) return {};
  return fail(Code::invalid_argument, given[0], " is for language models, and this is none");
}

// A misspelled model must not become the default one's prompt.
Status check_language_model(const RunOptions& options, Context& context) {
  const std::string word =
      options.model.empty() && !options.words.empty() ? options.words[0] : options.model;
  Status fits = check_language_options(word, options.program);
  if (fits || word.empty()) return fits;
  HONE_TRY(const bool is_model, names_model(word, context));
  if (is_model) return fits;
  // The error of the model search has the suggestion.
  HONE_TRY([[maybe_unused]] const ModelFiles files, one_model(word, Network::forbidden, context));
  return fits;
}

Status check_options(const RunOptions& options) {
  if (options.answer.top_logprobs > 0 && !options.json) {
    return fail(Code::invalid_argument, "--top-logprobs needs --json, which prints them");
  }
  return {};
}

Expected<std::vector<int32_t>> encode_prompt(const TextModel& model, const std::string& prompt,
                                             const RunOptions& options) {
  const bool completes = options.answer.raw || model.completes_only();
  if (completes && options.answer.system) {
    return fail(Code::invalid_argument, "--system needs a chat template, and ",
                options.answer.raw ? "--raw leaves it out" : "this model has none");
  }
  if (completes) return model.tokenizer->encode(prompt, {.parse_special = options.answer.raw});
  std::vector<ChatMessage> messages;
  if (options.answer.system) messages.push_back({"system", Json(*options.answer.system), {}});
  messages.push_back({"user", Json(prompt), {}});
  return encode_chat(model, messages);
}

std::string finish_note(Finish finish, const LanguageModel& model) {
  if (finish != Finish::context_full) return {};
  return cat("hone: the context of ", model.context(),
             " tokens is full, so the answer ends here; raise it with -c\n");
}

// Shows an answer as it comes, and what there is to say at its end.
class AnswerPrinter {
 public:
  AnswerPrinter(const RunOptions& options, const TextModel& model, Context& context)
      : options_(options), model_(model), console_(context.console) {}

  Status take(const GeneratedToken& token) {
    if (!options_.json) {
      return token.text.empty() ? Status{} : console_.print(console_.shown(token.text));
    }
    if (token.id != kNoToken) {
      return console_.print(token_line(*model_.tokenizer, token, options_.answer.top_logprobs));
    }
    rest_ += token.text;
    return {};
  }

  Status finish(const Answer& answer, Clock::time_point start) {
    std::optional<double> first_ms;
    if (answer.speed.tokens > 0) first_ms = milliseconds(answer.speed.first_token - start);
    HONE_RETURN_IF_ERROR(console_.print(options_.json ? done_line(answer, rest_, first_ms) : "\n"));
    console_.note(finish_note(answer.finish, *model_.loaded.model));
    const std::string first =
        first_ms ? cat("; first token after ", fixed(*first_ms, 0), " ms") : "";
    console_.note(console_.err_style(Style::dim, cat(speed_text(answer.speed), first)) + "\n");
    return {};
  }

 private:
  const RunOptions& options_;
  const TextModel& model_;
  Console& console_;
  std::string rest_;
};

Expected<int> run_run(const RunOptions& options, Context& context) {
  HONE_RETURN_IF_ERROR(check_options(options));
  HONE_TRY(const std::optional<ProgramRun> program, program_run(options, context));
  if (program) {
    HONE_RETURN_IF_ERROR(check_program(options));
    return run_program(*program, options.program, context);
  }
  HONE_RETURN_IF_ERROR(check_language_model(options, context));
  HONE_TRY(const Request request, read_words(options, context));
  HONE_TRY(const std::string text, whole_prompt(request.prompt, context));
  const auto start = Clock::now();  // whoever writes the prompt takes their own time
  HONE_TRY(TextModel model, open_text_model(request.model, options.common, context));
  HONE_TRY(const std::vector<int32_t> prompt, encode_prompt(model, text, options));
  const int logprobs = options.json ? options.answer.top_logprobs : -1;
  HONE_TRY(Sampler sampler, Sampler::make(options.answer.sampling.to_sample_options(logprobs)));
  Generator generator(*model.loaded.model, *model.tokenizer, std::move(sampler));
  AnswerPrinter printer(options, model, context);
  HONE_TRY(const Answer answer,
           give_answer(
               generator, prompt,
               {.max_tokens = options.answer.predict,
                .stop = options.answer.stop,
                .ignore_end = options.answer.ignore_eos},
               [&](const GeneratedToken& token) { return printer.take(token); },
               [&] { return context.interrupt.requested(); }));
  if (answer.error) {
    // So that the error begins its own line.
    if (!options.json && !answer.text.empty()) (void)context.console.print("\n");
    return std::unexpected(*answer.error);
  }
  HONE_RETURN_IF_ERROR(printer.finish(answer, start));
  return answer.finish == Finish::interrupted ? info(Code::canceled).exit_status : 0;
}

}  // namespace

Command run_command() {
  return make_command<RunOptions>(
      {.name = "run",
       .summary = "run a model: answer a prompt, look at pictures, hear sounds, compare texts",
       .words = "[MODEL] \"prompt\" | MODEL FILE...",
       .description =
           "The first word is a model if it is a file or a name of the catalogue (hone list).\n\n"
           "A language model answers a prompt, word by word as it comes; without a model's name "
           "the "
           "default one does, pulled first if need be. What comes on standard input is put below "
           "the prompt, after an empty line, or is the prompt if there is none; in a script's "
           "loop, < /dev/null leaves it out. Speed and the time to the first token go to stderr. "
           "With --json the texts of all lines together are the answer, \"bytes\" has a token's "
           "own "
           "where they are no whole characters, and the last line has \"done\", the \"reason\" "
           "(stop, length or interrupted) and the figures.\n\n"
           "Other models do what they were made for (docs/tasks.md): they classify pictures, find "
           "things, faces, poses and text in them, hear speech and words, and compare or classify "
           "texts; files, folders and patterns of them follow the model's name or --image, --video "
           "and --audio. Models of which nothing is known take tensors: --input and --random.",
       .examples = {{"hone run \"Why is the sky blue?\"", "the default model"},
                    {"hone run gemma3-270m \"The three primary colors are\"",
                     "a model of the catalogue"},
                    {"hone run \"Summarize this:\" < report.txt", "a prompt and a text for it"},
                    {"hone run -m model.gguf --temp 0 -n 64 < prompt.txt", "a file, repeatable"},
                    {"hone run --json --top-logprobs 3 \"Hi\"", "tokens with their alternatives"},
                    {"hone run efficientnet-lite0 --image 'photos/*.jpg' --json",
                     "what pictures show"},
                    {"hone run blazeface --image people.jpg --out faces.jpg", "faces, drawn"},
                    {"hone run blazeface --video clip.mp4 --out faces.mp4", "in each frame"},
                    {"hone run rapidocr --image receipt.png", "text in a picture"},
                    {"hone run silero-vad --audio talk.wav", "when somebody speaks"},
                    {"hone run minilm \"a sentence\" \"another\"", "how alike texts are"},
                    {"hone run model.onnx --input x=data.npy --output-dir out", "any tensors"}},
       .opens_models = true,
       .takes_backends = true},
      run_run);
}

}  // namespace hone::cli
