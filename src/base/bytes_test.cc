#include "base/bytes.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(ByteReader, FirstErrorStays) {
  ByteReader reader(as_bytes(std::string_view("\x01\x00\x00\x00" "ab", 6)));
  EXPECT_EQ(reader.u32(), 1u);
  EXPECT_EQ(reader.u64(), 0u);
  EXPECT_EQ(reader.u8(), 0u);  // two bytes are left, but the reader has failed
  ASSERT_FALSE(reader.ok());
  EXPECT_NE(reader.status().error().message.find("8 bytes are needed at byte 4"), std::string::npos);
}

TEST(ByteReader, SizesNearTheLimitDoNotWrap) {
  ByteReader reader(as_bytes("abcd"));
  reader.skip(2);
  EXPECT_TRUE(reader.take(UINT64_MAX).empty());
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace hone
