// A tokenizer.json becomes a tokenizer that cuts texts as the package tokenizers does.
#include "frontend/tokenizer_json/tokenizer_json.h"

#include <gtest/gtest.h>

#include "llm/tokenizer/tokenizer.h"
#include "support/golden.h"

namespace hone {
namespace {

TEST(TokenizerJson, CutsTextsAsThePackageTokenizers) {
  const auto golden = test::Golden::open(
      cat(HONE_SOURCE_DIR, "/src/frontend/tokenizer_json/testdata/word_piece.golden"));
  ASSERT_TRUE(golden);
  const auto file = TokenizerFile::parse(golden->text("json"));
  ASSERT_TRUE(file) << file.error().text();
  const auto tokenizer = Tokenizer::open((*file)->data());
  ASSERT_TRUE(tokenizer) << tokenizer.error().text();
  size_t texts = 0;
  for (; golden->has(cat(texts, ".text")); ++texts) {
    const std::string_view text = golden->text(cat(texts, ".text"));
    const auto ids = tokenizer->encode(text);
    ASSERT_TRUE(ids);
    const std::span<const int32_t> wanted = golden->ints(cat(texts, ".ids"));
    EXPECT_EQ(*ids, std::vector<int32_t>(wanted.begin(), wanted.end())) << text;
  }
  EXPECT_EQ(texts, 13);
}

}  // namespace
}  // namespace hone
