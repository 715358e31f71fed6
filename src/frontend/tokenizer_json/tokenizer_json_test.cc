// Tokens against the package tokenizers: tools/make_task_goldens.py.
#include "frontend/tokenizer_json/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file = *test::Golden::open(
      cat(HONE_SOURCE_DIR, "/src/frontend/tokenizer_json/testdata/word_piece.golden"));
  return file;
}

TEST(TokenizerJson, TokensAreSpelledAsInGguf) {
  const auto file = TokenizerFile::parse(golden().text("json"));
  ASSERT_TRUE(file) << file.error().text();
  const TokenizerData& data = (*file)->data();
  EXPECT_EQ(data.model, "bert");
  EXPECT_EQ(data.tokens[0], "[PAD]");
  EXPECT_EQ(data.tokens[6], "\xE2\x96\x81hello");
  EXPECT_EQ(data.tokens[9], "believ");
  EXPECT_EQ(data.tokens[18], "\xE2\x96\x81[");
  EXPECT_EQ(data.bos, 3);
  EXPECT_EQ(data.separator, 4);
  EXPECT_EQ(data.unknown, 2);
  EXPECT_EQ(data.types[3], static_cast<int32_t>(TokenType::control));
  EXPECT_EQ(data.types[6], static_cast<int32_t>(TokenType::normal));
  EXPECT_EQ(data.lowercase, TokenizerData::Flag::yes);
}

std::string error_of(std::string_view json) {
  const auto file = TokenizerFile::parse(json);
  return file ? "" : file.error().text();
}

TEST(TokenizerJson, WhatIsNoWordPieceIsRefused) {
  using testing::HasSubstr;
  EXPECT_THAT(error_of(R"({"model": {"type": "BPE", "vocab": {}}})"), HasSubstr("'BPE'"));
  EXPECT_THAT(error_of("{}"), HasSubstr("not supported"));
  EXPECT_THAT(error_of("[1"), HasSubstr("tokenizer.json"));
  EXPECT_THAT(error_of(R"({"model": 3})"), HasSubstr("not supported"));
}

TEST(TokenizerJson, IdsAreCheckedOneByOne) {
  for (const std::string_view vocab :
       {R"({"a": -1})", R"({"a": 0, "b": 0})", R"({"a": "0"})", R"({"a": 1e99})", "[]", "{}"}) {
    EXPECT_THAT(error_of(cat(R"({"model": {"type": "WordPiece", "vocab": )", vocab, "}}")),
                testing::HasSubstr("vocab"))
        << vocab;
  }
}

}  // namespace
}  // namespace hone
