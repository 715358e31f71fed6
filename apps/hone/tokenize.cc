#include "commands.h"
#include "frontend/gguf/reader.h"
#include "frontend/gguf/tokenizer_fields.h"
#include "llm/tokenizer/tokenizer.h"
#include "model_access.h"
#include "standard_input.h"

namespace hone::cli {
namespace {

// A tokenizer and the file that its texts lie in.
struct OpenedTokenizer {
  GgufFile file;
  Tokenizer tokenizer;
};

Expected<OpenedTokenizer> open_tokenizer(std::string_view model, Network network,
                                         Context& context) {
  HONE_TRY(const std::string path, model_file(model, network, context));
  HONE_TRY(GgufFile file, GgufFile::open(path));
  HONE_TRY_CONTEXT(const TokenizerData data, tokenizer_data(file), path);
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(data), path);
  return OpenedTokenizer{std::move(file), std::move(tokenizer)};
}

Network network_for(bool offline) { return offline ? Network::forbidden : Network::allowed; }

struct TokenizeOptions {
  std::string model;
  std::optional<std::string> text;
  bool special = false;
  bool no_bos = false;
  bool offline = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "a GGUF file, or a name from the catalogue").as("MODEL");
    v("text", text, "the text; without it, standard input to its end, byte for byte");
    v("--special", special, "control tokens written in the text become those tokens");
    v("--no-bos", no_bos, "only the text: nothing that the model wants before or after a prompt");
    v("--offline", offline, "use no network");
  }
};

Expected<int> run_tokenize(const TokenizeOptions& options, Context& context) {
  HONE_TRY(const OpenedTokenizer opened,
           open_tokenizer(options.model, network_for(options.offline), context));
  std::string input;
  if (!options.text) {
    HONE_TRY(input, read_standard_input(kMaxTextBytes));
  }
  HONE_TRY(
      const std::vector<int32_t> ids,
      opened.tokenizer.encode(options.text ? *options.text : input,
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
    v("ids", ids, "token ids; without them, from standard input").as("IDS");
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
  HONE_TRY(const OpenedTokenizer opened,
           open_tokenizer(options.model, network_for(options.offline), context));
  std::vector<int32_t> ids;
  for (const std::string& word : options.ids) HONE_RETURN_IF_ERROR(read_ids(word, ids));
  if (options.ids.empty()) {
    HONE_TRY(const std::string input, read_standard_input(kMaxTextBytes));
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
       .words = "-m MODEL [TEXT]",
       .description =
           "Prints the ids that MODEL's tokenizer gives for TEXT on one line. The file may "
           "hold a vocabulary and no weights. Without -m: the default model.",
       .examples = {{"hone tokenize -m smollm2-135m \"Hello, world\"", "an installed model"},
                    {"hone tokenize -m vocab.gguf --special \"<|im_start|>user\" --no-bos",
                     "control tokens by their text, nothing added"},
                    {"hone tokenize -m model.gguf < book.txt | wc -w", "count a file's tokens"}}},
      run_tokenize);
}

Command detokenize_command() {
  return make_command<DetokenizeOptions>(
      {.name = "detokenize",
       .summary = "turn token ids into text",
       .words = "-m MODEL [IDS...]",
       .description =
           "Prints the text of token ids, and a line end. Without -m: the default model.",
       .examples = {{"hone detokenize -m smollm2-135m 19556 28 905", "three ids"},
                    {"hone tokenize -m model.gguf hi | hone detokenize -m model.gguf --special",
                     "there and back, control tokens shown"}}},
      run_detokenize);
}

}  // namespace hone::cli
