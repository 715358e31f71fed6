#include "llm/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "base/file.h"
#include "base/utf8.h"
#include "llm/tokenizer/stream_decoder.h"
#include "llm/tokenizer/test_gguf.h"
#include "llm/tokenizer/unicode.h"

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

// A vocabulary of tests/golden/tokenizer, with the file that its texts lie in.
struct Golden {
  MappedFile file;
  TokenizerData data;

  static Golden read(std::string_view name) {
    auto file = MappedFile::open(cat(HONE_SOURCE_DIR, "/tests/golden/tokenizer/", name, ".gguf"));
    EXPECT_TRUE(file.has_value()) << file.error().text();
    auto data = TestGguf::read(file->bytes());
    EXPECT_TRUE(data.has_value());
    return {std::move(*file), std::move(*data)};
  }
};

constexpr std::string_view kVocabularies[] = {"byte_level", "characters", "sentence_piece",
                                              "unigram", "word_piece"};

std::string random_bytes(std::mt19937& random) {
  constexpr std::string_view kParts[] = {"a",        " ",    "\n",       "the",  "é",
                                         "你",       "😀",   "<tool>",   "</s>", "<|im_start|>",
                                         "\xE2\x82", "\xFF", "\xC0\x80", "12"};
  std::string text;
  for (auto parts = random() % 30; parts > 0; --parts) {
    if (random() % 4 == 0) {
      text += static_cast<char>(random() & 255);
    } else {
      text += kParts[random() % std::size(kParts)];
    }
  }
  return text;
}

TEST(TokenizerTest, ByteLevelDecodesToWhatWasEncoded) {
  const Golden golden = Golden::read("byte_level");
  std::mt19937 random(1);
  for (const std::string_view pre : {"gpt-2", "llama-bpe", "deepseek-llm", "gpt-4o", "superbpe"}) {
    TokenizerData data = golden.data;
    data.pre = pre;
    const auto tokenizer = Tokenizer::open(data);
    ASSERT_TRUE(tokenizer.has_value());
    for (int i = 0; i < 500; ++i) {
      const std::string text = to_valid_utf8(random_bytes(random));
      for (const bool special : {false, true}) {
        const auto ids = tokenizer->encode(text, {.add_special = false, .parse_special = special});
        EXPECT_EQ(*tokenizer->decode(*ids, {.show_special = true}), text);
      }
    }
  }
}

// But for the space that the reference puts after a special token, and spaces within broken UTF-8.
TEST(TokenizerTest, SentencePieceDecodesToWhatWasEncoded) {
  const Golden golden = Golden::read("sentence_piece");
  const auto tokenizer = Tokenizer::open(golden.data);
  ASSERT_TRUE(tokenizer.has_value());
  std::mt19937 random(2);
  for (int i = 0; i < 500; ++i) {
    const std::string text = to_valid_utf8(random_bytes(random));
    if (text.find("<tool>") != text.npos) continue;
    EXPECT_EQ(*tokenizer->decode(*tokenizer->encode(text, {.add_special = false}),
                                 {.show_special = true}),
              text);
  }
}

TEST(TokenizerTest, ControlTokensInTheTextAreTextUnlessAskedFor) {
  const Golden golden = Golden::read("byte_level");
  const auto tokenizer = Tokenizer::open(golden.data);
  ASSERT_TRUE(tokenizer.has_value());
  const int32_t start = tokenizer->token_by_text("<|im_start|>");
  const EncodeOptions parsed{.add_special = false, .parse_special = true};
  const EncodeOptions plain{.add_special = false, .parse_special = false};
  EXPECT_THAT(*tokenizer->encode("<|im_start|>", parsed), ElementsAre(start));
  EXPECT_THAT(*tokenizer->encode("<|im_start|>", plain),
              ::testing::Not(::testing::Contains(start)));
  EXPECT_EQ(*tokenizer->decode(std::vector{start}), "");
  EXPECT_EQ(*tokenizer->decode(std::vector{start}, {.show_special = true}), "<|im_start|>");
  EXPECT_TRUE(tokenizer->is_special(start));
  EXPECT_FALSE(tokenizer->is_end(start));
  EXPECT_TRUE(tokenizer->is_end(tokenizer->token_by_text("<|im_end|>")));
  // The longer token wins wherever it lies.
  const int32_t tool = tokenizer->token_by_text("<tool>");
  EXPECT_THAT(*tokenizer->encode("ll<tool>", plain), ::testing::Contains(tool));
}

TEST(TokenizerTest, IdsThatAreNoTokensAreErrorsOrNothing) {
  const auto tokenizer = Tokenizer::open(byte_level({"a", "b"}));
  ASSERT_TRUE(tokenizer.has_value());
  for (const int32_t id : {-1, 2, 1 << 30}) {
    EXPECT_EQ(tokenizer->decode(std::vector{id}).error().code, Code::invalid_argument);
    EXPECT_EQ(tokenizer->piece(id), "");
    EXPECT_EQ(tokenizer->text(id), "");
    EXPECT_FALSE(tokenizer->is_end(id) || tokenizer->is_special(id));
  }
}

TEST(TokenizerTest, MergesOfPartsThatAreNoTokens) {
  // "b" and "bc" are no tokens, yet the way to "abc" leads over them.
  const auto whole = Tokenizer::open(byte_level({"a", "c", "abc"}, {"b c", "a bc"}));
  ASSERT_TRUE(whole.has_value());
  EXPECT_THAT(*whole->encode("abc"), ElementsAre(2));
  EXPECT_THAT(*whole->encode("bc"), ElementsAre(1));  // what no token spells is left out
}

TEST(TokenizerTest, ListsThatDoNotFitAreErrors) {
  TokenizerData data = byte_level({"a", "b"});
  const std::vector<float> scores = {1};
  data.scores = scores;
  EXPECT_EQ(Tokenizer::open(data).error().code, Code::corrupt);
  data.scores = {};
  const std::vector<int32_t> types = {1};
  data.types = types;
  EXPECT_EQ(Tokenizer::open(data).error().code, Code::corrupt);

  TokenizerData long_special = byte_level({"a", std::string_view()});
  const std::string text(kMaxSpecialBytes + 1, 'x');
  const std::vector<int32_t> control = {1, static_cast<int32_t>(TokenType::control)};
  long_special.tokens[1] = text;
  long_special.types = control;
  EXPECT_EQ(Tokenizer::open(long_special).error().code, Code::limit_exceeded);

  TokenizerData cut = byte_level({"a"});
  cut.model = "t5";
  cut.precompiled_charsmap = as_bytes("\xFF\xFF\xFF\x7F");
  EXPECT_EQ(Tokenizer::open(cut).error().code, Code::corrupt);
}

TEST(TokenizerTest, HostileNumbersDoNoHarm) {
  for (const std::string_view model : {"gpt2", "llama", "t5", "bert"}) {
    TokenizerData data = byte_level({"a", "b", "ab", "", "ab"}, {"a b", "b", "", " ", "a  b"});
    data.model = model;
    const std::vector<float> scores = {NAN, -INFINITY, INFINITY, 0, 1e38f};
    const std::vector<int32_t> types = {-7, 99, 1, 1, 4};
    data.scores = scores;
    data.types = types;
    data.bos = data.eos = data.unknown = data.separator = 1 << 30;
    data.add_bos = data.add_eos = TokenizerData::Flag::yes;
    const auto tokenizer = Tokenizer::open(data);
    ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().text();
    EXPECT_EQ(tokenizer->bos(), kNoToken);
    EXPECT_TRUE(tokenizer->encode("abab ab \xFF").has_value());
    EXPECT_TRUE(tokenizer->encode("").has_value());
  }
}

double seconds_to_encode(const Tokenizer& tokenizer, std::string_view text) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(tokenizer.encode(text).has_value());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A quadratic step would take minutes over 256 KiB; the bound leaves room for sanitizers and a busy
// machine.
TEST(TokenizerTest, LongRunsTakeLinearTime) {
  for (const std::string_view name : kVocabularies) {
    const Golden golden = Golden::read(name);
    const auto tokenizer = Tokenizer::open(golden.data);
    ASSERT_TRUE(tokenizer.has_value());
    for (const std::string_view part : {"a", " ", "\n", "1", "<", "\xFF", " \n", "你"}) {
      std::string text;
      while (text.size() < size_t{1} << 18) text += part;
      EXPECT_LT(seconds_to_encode(*tokenizer, text), 30) << name << " '" << printable(part) << "'";
    }
  }
}

TEST(TokenizerTest, TextBeyondTheLimitIsRefused) {
  const auto tokenizer = Tokenizer::open(byte_level({"a"}));
  const std::string text(kMaxTextBytes + 1, 'a');
  EXPECT_EQ(tokenizer->encode(text).error().code, Code::limit_exceeded);
}

TEST(TokenTableTest, FindsEveryTextAndNothingElse) {
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i) texts.push_back(cat("token", i * 7));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto table = TokenTable::make(views);
  ASSERT_TRUE(table.has_value());
  std::vector<int32_t> many(views.size());
  table->find_many(views, many);
  for (size_t i = 0; i < views.size(); ++i) {
    EXPECT_EQ(table->find(views[i]), static_cast<int32_t>(i));
    EXPECT_EQ(many[i], static_cast<int32_t>(i));
  }
  EXPECT_EQ(table->find("token1"), kNoToken);
  EXPECT_EQ(table->find(""), kNoToken);
  EXPECT_EQ(TokenTable::make({})->find("a"), kNoToken);
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

// Streamed text is what decoding at once gives, made valid.
TEST(StreamDecoderTest, StreamsWhatDecodeGives) {
  std::mt19937 random(3);
  for (const std::string_view name : kVocabularies) {
    const Golden golden = Golden::read(name);
    const auto tokenizer = Tokenizer::open(golden.data);
    ASSERT_TRUE(tokenizer.has_value());
    for (int i = 0; i < 300; ++i) {
      StreamDecoder stream(*tokenizer);
      std::string streamed, whole;
      for (auto count = random() % 20; count > 0; --count) {
        const auto id = static_cast<int32_t>(random() % static_cast<uint64_t>(tokenizer->size()));
        const std::string part = stream.push(id);
        EXPECT_TRUE(is_utf8(part));
        streamed += part;
        if (!tokenizer->is_special(id)) whole += tokenizer->piece(id);
      }
      streamed += stream.flush();
      EXPECT_EQ(streamed, to_valid_utf8(whole));
    }
  }
}

TEST(UnicodeTest, ClassesCaseAndAccents) {
  EXPECT_EQ(unicode_class('a'), UnicodeClass::letter);
  EXPECT_EQ(unicode_class(0x664), UnicodeClass::number);
  EXPECT_EQ(unicode_class(0x301), UnicodeClass::mark);
  EXPECT_EQ(unicode_class(0x3002), UnicodeClass::punctuation);
  EXPECT_EQ(unicode_class(0x20AC), UnicodeClass::symbol);
  EXPECT_EQ(unicode_class(0x200B), UnicodeClass::other);
  EXPECT_EQ(unicode_class(0x31350), UnicodeClass::letter);  // Unicode 15.0
  EXPECT_EQ(unicode_class(0x378), UnicodeClass::unassigned);
  EXPECT_EQ(unicode_class(0x110000), UnicodeClass::unassigned);
  EXPECT_TRUE(is_white_space(0x3000) && is_white_space('\v') && !is_white_space(0x200B));
  EXPECT_EQ(to_lower(0x416), 0x436u);
  EXPECT_EQ(to_lower('Z'), uint32_t{'z'});
  EXPECT_EQ(base_letter(0xE9), uint32_t{'e'});
  EXPECT_EQ(base_letter(0xD55C), 0x1112u);
}

TEST(UnicodeTest, CleansAsTheReferenceReads) {
  const auto clean = [](std::string_view text) {
    std::string storage;
    return std::string(make_clean_utf8(text, storage));
  };
  EXPECT_EQ(clean("a\xFF"
                  "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(clean("\xC1\x81"), "A");                         // overlong
  EXPECT_EQ(clean("\xED\xA0\x80"), "\xED\xA0\x80");          // a surrogate stays
  EXPECT_EQ(clean("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // cut off: each byte
  EXPECT_EQ(clean("12345678é"), "12345678é");
}

}  // namespace
}  // namespace hone
