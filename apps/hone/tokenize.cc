#include "commands.h"
#include "llm/tokenizer/tokenizer.h"
#include "model_access.h"
#include "open/language_model_file.h"
#include "standard_input.h"

namespace hone::cli {
namespace {

// A tokenizer and the file that its texts lie in.
struct OpenedTokenizer {
  LanguageModelFile file;
  Tokenizer tokenizer;
};

Expected<OpenedTokenizer> open_tokenizer(std::string_view model, Network network,
                                         Context& context) {
  HONE_TRY(const ModelFiles files, one_model(model, network, context));
  HONE_TRY(LanguageModelFile file, LanguageModelFile::open(files));
  HONE_TRY(const TokenizerData data, file.tokenizer());
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(data), files.path);
  return OpenedTokenizer{std::move(file), std::move(tokenizer)};
}

Network network_for(bool offline) { return offline ? Network::forbidden : Network::allowed; }

struct TokenizeOptions {
  std::string model;
  std::vector<std::string> words;
  bool special = false;
  bool no_bos = false;
  bool offline = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "a GGUF file, or a name from the catalogue").as("MODEL");
    v("words", words, "[MODEL] and the text; without it, standard input to its end, byte for byte")
        .as("[MODEL] TEXT");
    v("--special", special, "control tokens written in the text become those tokens");
    v("--no-bos", no_bos, "only the text: nothing that the model wants before or after a prompt");
    v("--offline", offline, "use no network");
  }
};

struct TokenizeRequest {
  std::string model;
  std::optional<std::string> text;
};

Status take_words(std::vector<std::string> words, TokenizeRequest& request, Context& context) {
  if (request.model.empty() && !words.empty()) {
    HONE_TRY(const bool is_model, names_model(words[0], context));
    if (is_model || words.size() == 2 || looks_like_model_file(words[0])) {
      request.model = words[0];
      words.erase(words.begin());
    }
  }
  if (words.size() > 1) {
    return fail(Code::invalid_argument, "put the text in quotes: hone tokenize \"",
                printable(words[0]), " ...\"");
  }
  if (!words.empty()) request.text = std::move(words[0]);
  return {};
}

Expected<int> run_tokenize(const TokenizeOptions& options, Context& context) {
  TokenizeRequest request{options.model, {}};
  HONE_RETURN_IF_ERROR(take_words(options.words, request, context));
  HONE_TRY(const OpenedTokenizer opened,
           open_tokenizer(request.model, network_for(options.offline), context));
  std::string input;
  if (!request.text) {
    HONE_TRY(input, read_standard_input(kMaxTextBytes, context));
  }
  HONE_TRY(
      const std::vector<int32_t> ids,
      opened.tokenizer.encode(request.text ? *request.text : input,
                              {.add_special = !options.no_bos, .parse_special = options.special}));
  std::string line;
  for (const int32_t id : ids) {
    if (!line.empty()) line += ' ';
    append(line, id);
  }
  HONE_RETURN_IF_ERROR(context.console.print(line + "\n"));
  return 0;
}

struct DetokenizeOptions {
  std::string model;
  std::vector<std::string> ids;
  bool special = false;
  bool offline = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "a GGUF file, or a name from the catalogue").as("MODEL");
    v("ids", ids, "[MODEL] and token ids; without them, from standard input").as("[MODEL] IDS");
    v("--special", special, "show control tokens; otherwise they leave nothing");
    v("--offline", offline, "use no network");
  }
};

// Ids between spaces, commas or line ends.
Status read_ids(std::string_view text, std::vector<int32_t>& ids) {
  constexpr std::string_view kBetween = " \t\r\n,";
  for (size_t at = 0; (at = text.find_first_not_of(kBetween, at)) != text.npos;) {
    const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::optional<int64_t> id = parse_int(word);
    if (!id || *id < 0 || *id > INT32_MAX) {
      return fail(Code::invalid_argument, "'", printable(word), "' is no token id");
    }
    ids.push_back(static_cast<int32_t>(*id));
    at = end;
  }
  return {};
}

Expected<int> run_detokenize(const DetokenizeOptions& options, Context& context) {
  std::string model = options.model;
  std::vector<std::string> words = options.ids;
  // A word that is no number can only be the model.
  if (std::vector<int32_t> none; model.empty() && !words.empty() && !read_ids(words[0], none)) {
    model = words[0];
    words.erase(words.begin());
  }
  HONE_TRY(const OpenedTokenizer opened,
           open_tokenizer(model, network_for(options.offline), context));
  std::vector<int32_t> ids;
  for (const std::string& word : words) HONE_RETURN_IF_ERROR(read_ids(word, ids));
  if (words.empty()) {
    HONE_TRY(const std::string input, read_standard_input(kMaxTextBytes, context));
    HONE_RETURN_IF_ERROR(read_ids(input, ids));
  }
  HONE_TRY(const std::string text, opened.tokenizer.decode(ids, {.show_special = options.special}));
  HONE_RETURN_IF_ERROR(context.console.print(text + "\n"));
  return 0;
}

}  // namespace

Command tokenize_command() {
  return make_command<TokenizeOptions>(
      {.name = "tokenize",
       .summary = "turn text into token ids",
       .words = "[MODEL] [TEXT]",
       .description =
           "Prints the ids that MODEL's tokenizer gives for TEXT on one line. The file may "
           "hold a vocabulary and no weights. Without MODEL: the default model.",
       .examples = {{"hone tokenize smollm2-135m \"Hello, world\"", "an installed model"},
                    {"hone tokenize -m vocab.gguf --special \"<|im_start|>user\" --no-bos",
                     "control tokens by their text, nothing added"},
                    {"hone tokenize -m model.gguf < book.txt | wc -w", "count a file's tokens"}},
       .opens_models = true},
      run_tokenize);
}

Command detokenize_command() {
  return make_command<DetokenizeOptions>(
      {.name = "detokenize",
       .summary = "turn token ids into text",
       .words = "[MODEL] [IDS...]",
       .description =
           "Prints the text of token ids, and a line end. Without MODEL: the default model.",
       .examples = {{"hone detokenize smollm2-135m 19556 28 905", "three ids"},
                    {"hone tokenize -m model.gguf hi | hone detokenize -m model.gguf --special",
                     "there and back, control tokens shown"}},
       .opens_models = true},
      run_detokenize);
}

}  // namespace hone::cli
