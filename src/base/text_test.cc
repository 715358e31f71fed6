#include "base/text.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(Text, CatTakesEveryKind) {
  EXPECT_EQ(cat("a", 'b', std::string("c"), -4, uint64_t{5}, true, 0.5, 1.5f), "abc-45true0.51.5");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ',').size(), 1u);
}

TEST(Text, ParseTakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_int("42"), 42);
  EXPECT_FALSE(parse_int("42x"));
  EXPECT_FALSE(parse_int(""));
  EXPECT_FALSE(parse_int("99999999999999999999"));
  EXPECT_EQ(parse_double("0.5"), 0.5);
  EXPECT_FALSE(parse_double("0.5.1"));
}

TEST(Text, Fixed) {
  EXPECT_EQ(fixed(18.86219230196344, 4), "18.8622");
  EXPECT_EQ(fixed(-2.5, 0), "-2");
  EXPECT_EQ(fixed(3, 2), "3.00");
  EXPECT_EQ(fixed(1.7e308, 17).size(), 309 + 18);
}

TEST(Text, HumanBytes) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(98362432), "98.4 MB");
  EXPECT_EQ(human_bytes(999999), "1.0 MB");
  EXPECT_EQ(human_bytes(253113024), "253 MB");
}

TEST(Text, DidYouMean) {
  const std::vector<std::string> words = {"run", "chat", "perplexity", "tokenize"};
  EXPECT_EQ(did_you_mean("chta", words), "chat");
  EXPECT_EQ(did_you_mean("perp", words), "perplexity");
  EXPECT_EQ(did_you_mean("xyzzy", words), std::nullopt);
  const std::vector<std::string> short_words = {"rm", "list"};
  EXPECT_EQ(did_you_mean("-v", short_words), std::nullopt);
  EXPECT_EQ(did_you_mean("ls", short_words), "list");
}

TEST(Text, PrintableHidesTerminalControls) {
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a\\x1b[31mb\\x0a");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

}  // namespace
}  // namespace hone
