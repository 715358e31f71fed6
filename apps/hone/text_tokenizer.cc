#include "text_tokenizer.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxTokenizerFile = uint64_t{64} << 20;

}  // namespace

Expected<TextTokenizer> open_tokenizer(const ModelFiles& files) {
  HONE_TRY(const std::optional<std::string> text, files.read("tokenizer", kMaxTokenizerFile));
  if (!text) {
    return fail(Code::not_found, files.path,
                files.format == FileFormat::hone
                    ? ": holds no tokenizer; compile it anew with tokenizer.json beside its source"
                    : ": needs its tokenizer.json beside it, to turn texts into tokens");
  }
  TextTokenizer made;
  HONE_TRY_CONTEXT(made.file, TokenizerFile::parse(*text), files.path);
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(made.file->data()), files.path);
  made.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  return made;
}

Expected<std::vector<int32_t>> tokens_of(const TextTokenizer& tokenizer, const std::string& text,
                                         const TextInput& input, Console& console) {
  HONE_TRY(std::vector<int32_t> ids, tokenizer.tokenizer->encode(text));
  if (ids.size() > input.max_tokens) {
    console.note(cat("hone: '", printable(text, 40), "...' has ", ids.size(),
                     " tokens; what is behind the first ", input.max_tokens,
                     " is cut off (the task's input.max_tokens)\n"));
  }
  return ids;
}

}  // namespace hone::cli
