#include "base/bytes.h"

#include <gtest/gtest.h>

#include <vector>

namespace hone {
namespace {

TEST(ByteReader, FirstErrorStays) {
  ByteReader reader(
      as_bytes(std::string_view("\x01\x00\x00\x00"
                                "ab",
                                6)));
  EXPECT_EQ(reader.u32(), 1u);
  EXPECT_EQ(reader.u64(), 0u);
  EXPECT_EQ(reader.u8(), 0u);  // two bytes are left, but the reader has failed
  ASSERT_FALSE(reader.ok());
  EXPECT_NE(reader.status().error().message.find("8 bytes are needed at byte 4"),
            std::string::npos);
}

TEST(ByteReader, SizesNearTheLimitDoNotWrap) {
  ByteReader reader(as_bytes("abcd"));
  reader.skip(2);
  EXPECT_TRUE(reader.take(UINT64_MAX).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(PackedView, ReadsAtAnyAlignment) {
  const char raw[] = "?\x01\x00\x00\x00\x02\x00\x00\x00\x03";
  const PackedView<int32_t> view(as_bytes(std::string_view(raw + 1, 9)));
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[0], 1);
  EXPECT_EQ(view[1], 2);
  int32_t sum = 0;
  for (const int32_t value : view) sum += value;
  EXPECT_EQ(sum, 3);
}

TEST(PackedView, IsMadeFromAVector) {
  const std::vector<float> values = {1.5f, -2.0f};
  const PackedView<float> view = values;
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[1], -2.0f);
  EXPECT_TRUE(PackedView<float>().empty());
}

}  // namespace
}  // namespace hone
