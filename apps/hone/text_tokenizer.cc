#include "text_tokenizer.h"

#include "base/file.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxTokenizerFile = uint64_t{64} << 20;

}  // namespace

Expected<TextTokenizer> open_tokenizer(const ModelFiles& files) {
  const std::string* path = files.file("tokenizer");
  if (path == nullptr) {
    return fail(Code::not_found, files.path,
                ": needs its tokenizer.json beside it, to turn texts into tokens");
  }
  HONE_TRY(const std::string text, read_file(*path, kMaxTokenizerFile));
  TextTokenizer made;
  HONE_TRY_CONTEXT(made.file, TokenizerFile::parse(text), *path);
  HONE_TRY_CONTEXT(Tokenizer tokenizer, Tokenizer::open(made.file->data()), *path);
  made.tokenizer = std::make_unique<Tokenizer>(std::move(tokenizer));
  return made;
}

}  // namespace hone::cli
