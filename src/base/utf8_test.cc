#include "base/utf8.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(Utf8, EveryScalarValueReadsBackAndNoOther) {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    std::string text;
    append_utf8(text, code);
    const Utf8Char back = decode_utf8(text, 0);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    ASSERT_TRUE(back.valid);
    ASSERT_EQ(back.code, surrogate ? kReplacement : code);
    ASSERT_EQ(back.size, text.size());
  }
}

TEST(Utf8, InvalidPartsAreReplacedAsUnicodeSays) {
  // Unicode 15, tables 3-8 to 3-11.
  EXPECT_EQ(to_valid_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"),
            "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"
            "A");
  EXPECT_EQ(to_valid_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"),
            "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"
            "A");
  EXPECT_EQ(to_valid_utf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"),
            "\ufffd\ufffd\ufffd\ufffd"
            "A");
  EXPECT_EQ(to_valid_utf8("a\xf0\x9f\x98"), "a\ufffd");
  EXPECT_EQ(to_valid_utf8("a\xf0\x9f\x98\x80"), "a\U0001f600");
}

TEST(Utf8, IsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("gr\u00fc\u00dfe \U0001f600"));
  EXPECT_FALSE(is_utf8("\xff"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
}

}  // namespace
}  // namespace hone
