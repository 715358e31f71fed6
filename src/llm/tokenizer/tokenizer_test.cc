#include "llm/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/tokenizer/stream_decoder.h"

namespace hone {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TokenizerData byte_level(std::vector<std::string_view> tokens,
                         std::vector<std::string_view> merges = {}) {
  TokenizerData data;
  data.model = "gpt2";
  data.pre = "gpt-2";
  data.tokens = std::move(tokens);
  data.merges = std::move(merges);
  return data;
}

TEST(TokenizerTest, MergesBestRankFirst) {
  const auto tokenizer = Tokenizer::open(byte_level({"a", "b", "c", "bc", "ab"}, {"b c", "a b"}));
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().text();
  EXPECT_THAT(*tokenizer->encode("abc"), ElementsAre(0, 3));
  EXPECT_THAT(*tokenizer->encode("ab"), ElementsAre(4));
}

TEST(TokenizerTest, UnknownNamesAreErrorsThatNameThem) {
  TokenizerData data = byte_level({"a"});
  data.pre = "no-such-pre";
  EXPECT_THAT(Tokenizer::open(data).error().message, HasSubstr("no-such-pre"));
  data.model = "no-such-model";
  EXPECT_THAT(Tokenizer::open(data).error().message, HasSubstr("no-such-model"));
  EXPECT_EQ(Tokenizer::open(byte_level({})).error().code, Code::corrupt);
}

TEST(StreamDecoderTest, NeverSplitsACharacter) {
  // The bytes of U+20AC, E2 82 AC, as GPT-2 spells them.
  const auto tokenizer = Tokenizer::open(byte_level({"â", "Ĥ", "¬", "a"}));
  ASSERT_TRUE(tokenizer.has_value());
  StreamDecoder stream(*tokenizer);
  EXPECT_EQ(stream.push(0), "");
  EXPECT_EQ(stream.push(1), "");
  EXPECT_EQ(stream.push(2), "\xE2\x82\xAC");
  EXPECT_EQ(stream.push(0), "");
  EXPECT_EQ(stream.push(3),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(stream.push(2), "\xEF\xBF\xBD");
  EXPECT_EQ(stream.push(0), "");
  EXPECT_EQ(stream.flush(), "\xEF\xBF\xBD");
  EXPECT_EQ(stream.flush(), "");
}

}  // namespace
}  // namespace hone
