#include "text_tokenizer.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxTokenizerFile = uint64_t{64} << 20;

}  // namespace

Expected<TextTokenizer> open_tokenizer(const ModelFiles& files) {
  HONE_TRY(const std::optional<std::string> text, files.read("tokenizer", kMaxTokenizerFile));
  if (!text) {
    return fail(Code::not_found, files.path,
                ": needs its tokenizer.json beside it, to turn texts into tokens");
  }
  TextTokenizer made;
  HONE_TRY_CONTEXT(made.file, TokenizerFile::parse(*text), files.path);
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(made.file->data()), files.path);
  made.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  return made;
}

}  // namespace hone::cli
