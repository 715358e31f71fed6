#include "llm/tokenizer/pattern.h"

#include <gtest/gtest.h>

#include <random>

#include "llm/tokenizer/pre_tokenizer.h"

#ifdef HONE_HAS_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

namespace hone {
namespace {

// Where PCRE2 10.42 differs on purpose: what Unicode assigned after version 14, and U+180E, white
// space to PCRE2 alone.
bool oracle_differs(uint32_t point) {
  return point == 0xCF3 || point == 0xECE || point >= 0x2FFC || point == 0x180E;
}

std::string random_text(std::mt19937& random) {
  constexpr std::string_view kParts[] = {
      "a",  "b",      "Z",   "hello",  " ",        "  ",          "\t",     "\n", "\r", "\r\n",
      "'",  "'s",     "'LL", "'re",    "1",        "22",          "333",    ".",  ",",  "!",
      "_",  "$",      "+",   "(",      "/",        "é",           "É",      "ß",  "д",  "Ж",
      "你", "好",     "か",  "カ",     "한",       "ㄱ",          "ㄅ",     "ก",  "ि",  "हि",
      "٣",  "½",      "Ⅷ",   "…",      "，",       "。",          "’",      "“",  "😀", "€",
      "©",  "\u0301", "　",  "\u00a0", "\u2003",   "\u200b",      "\u0085", "ﬁ",  "Ａ", "１",
      "ǅ",  "ſ",      "々",  "𠀀",     "IMGIMGAZ", "<sentinel:1>"};
  std::string text;
  const size_t count = 1 + random() % 24;
  for (size_t i = 0; i < count; ++i) {
    if (random() % 8 == 0) {
      auto point = static_cast<uint32_t>(random() % 0x3000);
      if (unicode_class(point) == UnicodeClass::unassigned || oracle_differs(point)) point = 'x';
      append_utf8(text, point);
    } else {
      text += kParts[random() % std::size(kParts)];
    }
  }
  return text;
}

#ifdef HONE_HAS_PCRE2
// PCRE2 as the oracle: what a pattern matches at a place, and nowhere else.
class Oracle {
 public:
  explicit Oracle(std::string_view pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                          PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY, &error,
                          &offset, nullptr);
    EXPECT_NE(code_, nullptr) << pattern << " at " << offset;
    match_ = pcre2_match_data_create_from_pattern(code_, nullptr);
  }
  ~Oracle() {
    pcre2_match_data_free(match_);
    pcre2_code_free(code_);
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  size_t match(std::string_view text, size_t position) const {
    const int count = pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                  position, PCRE2_NO_UTF_CHECK, match_, nullptr);
    return count < 0 ? PatternDfa::kNoMatch : pcre2_get_ovector_pointer(match_)[1];
  }

 private:
  pcre2_code* code_;
  pcre2_match_data* match_;
};

TEST(PatternDfaTest, EveryPatternMatchesWherePcre2Does) {
  std::mt19937 random(20261123);
  for (const PreTokenizerRecipe& recipe : pre_tokenizer_recipes()) {
    for (const std::string_view pattern : recipe.steps) {
      if (pattern.starts_with('@')) continue;
      const auto compiled = PatternDfa::compile(pattern);
      ASSERT_TRUE(compiled.has_value()) << compiled.error().text();
      const Oracle oracle(pattern);
      for (int i = 0; i < 200; ++i) {
        const std::string text = random_text(random);
        for (size_t at = 0; at < text.size(); at += utf8_length(text[at])) {
          ASSERT_EQ(compiled->match(text, at), oracle.match(text, at))
              << recipe.name << ": " << pattern << "\nat " << at << " of '" << text << "'";
        }
      }
    }
  }
}
#endif

TEST(PatternDfaTest, TheFirstAlternativeWinsAndQuantifiersAreGreedy) {
  const auto matched = [](std::string_view pattern, std::string_view text) {
    const auto compiled = PatternDfa::compile(pattern);
    EXPECT_TRUE(compiled.has_value());
    return compiled->match(text, 0);
  };
  EXPECT_EQ(matched("a|ab", "ab"), 1u);
  EXPECT_EQ(matched("ab|a", "ab"), 2u);
  EXPECT_EQ(matched("a{2,3}", "aaaa"), 3u);
  EXPECT_EQ(matched("a+(?!b)", "aaab"), 2u);
  EXPECT_EQ(matched("(a|b)*c", "ababc"), 5u);
  EXPECT_EQ(matched("[^a-c]+", "xyza"), 3u);
  EXPECT_EQ(matched("\\x{E9}", "\xC3\xA9"), 2u);
  EXPECT_EQ(matched("b", "ab"), PatternDfa::kNoMatch);
}

TEST(PatternDfaTest, RefusesWhatItDoesNotUnderstand) {
  for (const std::string_view pattern :
       {"(", ")", "[a", "a{2", "a{9999}", "\\x{41", "[b-a]", "\\"}) {
    EXPECT_FALSE(PatternDfa::compile(pattern).has_value()) << pattern;
  }
  EXPECT_FALSE(PatternDfa::compile(std::string(100, '(') + std::string(100, ')')).has_value());
}

TEST(PatternDfaTest, EveryPatternIsASmallTable) {
  for (const PreTokenizerRecipe& recipe : pre_tokenizer_recipes()) {
    for (const std::string_view pattern : recipe.steps) {
      if (pattern.starts_with('@')) continue;
      EXPECT_LE(PatternDfa::compile(pattern)->states(), 1100u) << pattern;  // jais-2 counts to 512
    }
  }
}

std::vector<std::string> words(std::string_view name, std::string_view text) {
  const auto recipe = find_pre_tokenizer(name);
  EXPECT_TRUE(recipe.has_value());
  const auto splitter = PreTokenizer::make(**recipe);
  EXPECT_TRUE(splitter.has_value());
  std::vector<std::string> found;
  splitter->split(text, [&found](std::string_view word) { found.emplace_back(word); });
  return found;
}

TEST(PreTokenizerTest, RulesThatCountFromTheRight) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words("superbpe", "a1234567"), (Words{"a", "1", "234", "567"}));
  EXPECT_EQ(words("tiny_aya", "12345 1"), (Words{"12", "345", " ", "1"}));
  EXPECT_EQ(words("deepseek-llm", "a  b  "), (Words{"a", " ", " b", "  "}));
}

TEST(PreTokenizerTest, WordsTogetherAreTheText) {
  std::mt19937 random(7);
  for (const PreTokenizerRecipe& recipe : pre_tokenizer_recipes()) {
    const auto splitter = PreTokenizer::make(recipe);
    for (int i = 0; i < 50; ++i) {
      const std::string text = random_text(random);
      std::string joined;
      splitter->split(text, [&joined](std::string_view word) {
        EXPECT_FALSE(word.empty());
        joined += word;
      });
      EXPECT_EQ(joined, text) << recipe.name;
    }
  }
}

}  // namespace
}  // namespace hone
