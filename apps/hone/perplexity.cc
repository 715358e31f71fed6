#include "llm/generate/perplexity.h"

#include <chrono>

#include "base/file.h"
#include "base/json.h"
#include "commands.h"
#include "context_note.h"
#include "frontend/gguf/tokenizer_fields.h"
#include "llm/tokenizer/tokenizer.h"
#include "model_access.h"
#include "open/load_language_model.h"
#include "progress.h"
#include "status_line.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct TextOptions {
  std::string model;
  std::string file;
  std::vector<std::string> words;
  int64_t window = 512;
  int64_t chunks = -1;
  int threads = 0;
  bool json = false;
  bool offline = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "a GGUF file, or a name from the catalogue")
        .as("MODEL")
        .when_unset("the catalogue's default");
    v("-f,--file", file, "the text").as("FILE").when_unset("the last word");
    v("words", words, "[MODEL] and the text's file").as("[MODEL] FILE");
    v("-c,--ctx-size", window, "tokens of a window").between(kMinPerplexityWindow, 1 << 24);
    v("--chunks", chunks, "measure only the first N windows, at least 1; -1: all").between(-1, 1e9);
    v("-t,--threads", threads, "threads that compute")
        .between(0, 1024)
        .when_unset("all processors");
    v("--json", json, "print one JSON object");
    v("--offline", offline, "use no network");
  }
};

struct Words {
  std::string model;
  std::string file;
};

// One word alone is the text, unless it can only be a model.
Expected<Words> read_words(const TextOptions& options, Context& context) {
  std::vector<std::string> words = options.words;
  Words names{options.model, options.file};
  const bool model_is_open = names.model.empty();
  if (model_is_open && !words.empty() && (words.size() > 1 || !names.file.empty())) {
    names.model = words[0];
    words.erase(words.begin());
  }
  if (names.file.empty() && !words.empty()) {
    names.file = words[0];
    words.erase(words.begin());
  }
  if (!words.empty()) {
    return fail(Code::invalid_argument, "unexpected argument '", printable(words[0]), "'");
  }
  const std::string& file = names.file;
  bool missing = file.empty();
  if (model_is_open && names.model.empty() && !missing) {
    HONE_TRY(const bool is_model, names_model(file, context));
    missing = looks_like_model_file(file) || (is_model && !file_exists(file));
  }
  if (missing)
    return fail(Code::invalid_argument, "FILE is missing: which text is to be measured?");
  return names;
}

// Prints "[1]29.5289,[2]23.4051," as the windows are done.
class PerplexityReport {
 public:
  PerplexityReport(const TextOptions& options, int64_t windows, Context& context)
      : json_(options.json), windows_(windows), context_(context), line_(context.console) {
    line_.show(cat("0 of ", windows, " windows"));
  }

  Status window_done(const Perplexity& so_far) {
    if (context_.interrupt.requested()) return fail(Code::canceled, "");
    running_.push_back(so_far.value);
    line_.clear();
    if (!json_) {
      HONE_RETURN_IF_ERROR(
          context_.console.print(cat("[", so_far.windows, "]", fixed(so_far.value, 4), ",")));
    }
    // Where answers and notes share a terminal, the running values are the progress.
    if (json_ || !context_.console.out_is_terminal()) show_time_left(so_far.windows);
    return {};
  }

  std::string text(const Perplexity& result) {
    line_.clear();
    return cat("\nFinal estimate: PPL = ", fixed(result.value, 4), " +/- ",
               fixed(result.uncertainty, 5), "\n");
  }

  // Members are named as in tests/golden/llm/perplexity.json.
  std::string json(const Perplexity& result, const TextOptions& options, size_t tokens) {
    line_.clear();
    Json json = Json::object();
    json.set("perplexity", result.value);
    json.set("uncertainty", result.uncertainty);
    Json running = Json::array();
    for (const double value : running_) running.push(value);
    json.set("running", std::move(running));
    json.set("context", options.window);
    json.set("chunks", result.windows);
    json.set("scored_tokens", result.scored);
    json.set("tokens_of_text", tokens);
    return json.write(kJsonPretty) + "\n";
  }

 private:
  void show_time_left(int64_t done) {
    const double spent_s = std::chrono::duration<double>(Clock::now() - begin_).count();
    const auto left = static_cast<double>(windows_ - done);
    line_.show(cat(done, " of ", windows_, " windows, ",
                   human_duration(spent_s / static_cast<double>(done) * left), " left"));
  }

  bool json_;
  int64_t windows_;
  Context& context_;
  StatusLine line_;
  std::vector<double> running_;
  Clock::time_point begin_ = Clock::now();
};

struct EncodedText {
  std::vector<int32_t> tokens;
  int32_t bos = kNoToken;  // only if the model puts one before a prompt
};

Expected<EncodedText> encode(const LanguageModelFile& file, std::string_view text) {
  HONE_TRY(const TokenizerData data, file.tokenizer());
  auto tokenizer = Tokenizer::open(data);
  if (!tokenizer) return std::unexpected(std::move(tokenizer).error().context(file.name()));
  HONE_TRY(std::vector<int32_t> tokens, tokenizer->encode(text));
  return EncodedText{std::move(tokens), tokenizer->adds_bos() ? tokenizer->bos() : kNoToken};
}

Expected<int> run_perplexity(const TextOptions& options, Context& context) {
  if (options.chunks == 0) {
    return fail(Code::invalid_argument,
                "--chunks: 0 windows measure nothing; 1 or more, or -1 for all");
  }
  HONE_TRY(const Words names, read_words(options, context));
  HONE_TRY(const std::string text, read_file(names.file, kMaxTextBytes));
  HONE_TRY(
      const ModelFiles files,
      one_model(names.model, options.offline ? Network::forbidden : Network::allowed, context));
  HONE_TRY(LanguageModelFile file, LanguageModelFile::open(files));
  HONE_TRY(const EncodedText encoded, encode(file, text));
  HONE_TRY(const LoadedLanguageModel loaded,
           load_language_model(std::move(file),
                               {.threads = options.threads, .context = options.window}));
  note_long_context(*loaded.model, context.console);
  const std::vector<int32_t>& tokens = encoded.tokens;
  const PerplexityOptions measure{
      .window = options.window, .max_windows = options.chunks, .bos = encoded.bos};
  PerplexityReport report(options, perplexity_windows(tokens.size(), measure), context);
  HONE_TRY_CONTEXT(const Perplexity result,
                   measure_perplexity(*loaded.model, tokens, measure,
                                      [&](const Perplexity& p) { return report.window_done(p); }),
                   names.file);
  HONE_RETURN_IF_ERROR(context.console.print(
      options.json ? report.json(result, options, tokens.size()) : report.text(result)));
  return 0;
}

}  // namespace

Command perplexity_command() {
  return make_command<TextOptions>(
      {.name = "perplexity",
       .summary = "measure how well a model foretells a text",
       .words = "[MODEL] FILE",
       .description = "The text is cut into windows of -c tokens, and the second half of each is "
                      "scored, exactly "
                      "as llama-perplexity does it: values are comparable for the same text and "
                      "window. Prints "
                      "the value after each window, and at the end the result with its standard "
                      "error. Lower is "
                      "better. Without MODEL the default model is measured.",
       .examples = {{"hone perplexity smollm2-135m book.txt", "the whole text"},
                    {"hone perplexity model.gguf book.txt --chunks 16", "its first 16 windows"},
                    {"hone perplexity -m model.gguf -f book.txt -c 2048 --json",
                     "larger windows, for a program"}},
       .opens_models = true},
      run_perplexity);
}

}  // namespace hone::cli
