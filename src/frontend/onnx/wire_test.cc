#include "frontend/onnx/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "frontend/onnx/test_proto.h"

namespace hone::onnx {
namespace {

using test::Proto;
using testing::ElementsAre;
using testing::HasSubstr;

// Examples of protobuf's encoding guide: 150 in field 1, "testing" in field 2, packed 3, 270,
// 86942.
TEST(WireReader, ReadsTheExamplesOfTheEncodingGuide) {
  WireReader number(as_bytes("\x08\x96\x01"));
  ASSERT_TRUE(number.next());
  EXPECT_EQ(number.field(), 1u);
  EXPECT_EQ(number.integer(), 150);
  EXPECT_FALSE(number.next());
  EXPECT_TRUE(number.status());

  WireReader text(as_bytes("\x12\x07testing"));
  ASSERT_TRUE(text.next());
  EXPECT_EQ(text.text(), "testing");

  WireReader packed(as_bytes("\x32\x06\x03\x8e\x02\x9e\xa7\x05"));
  ASSERT_TRUE(packed.next());
  EXPECT_EQ(packed.field(), 6u);
  std::vector<int64_t> numbers;
  packed.append_integers(numbers, 3);
  EXPECT_THAT(numbers, ElementsAre(3, 270, 86942));
  EXPECT_TRUE(packed.status());
}

TEST(WireReader, IntegersAreComplete) {
  for (const int64_t value : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()}) {
    const std::string bytes = Proto().number(1, static_cast<uint64_t>(value)).bytes();
    WireReader reader(as_bytes(bytes));
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.integer(), value);
    EXPECT_EQ(reader.integer32(), static_cast<int32_t>(value));
  }
}

TEST(WireReader, RepeatedNumbersMayBePackedOrNot) {
  const std::string bytes =
      Proto().number(1, 5).text(1, "\x06\x07").f32(2, 1.5f).text(2, std::string(8, '\0')).bytes();
  std::vector<int64_t> integers;
  std::vector<float> floats;
  WireReader reader(as_bytes(bytes));
  while (reader.next()) {
    if (reader.field() == 1) reader.append_integers(integers, 10);
    if (reader.field() == 2) reader.append_floats(floats, 10);
  }
  EXPECT_TRUE(reader.status());
  EXPECT_THAT(integers, ElementsAre(5, 6, 7));
  EXPECT_THAT(floats, ElementsAre(1.5f, 0.0f, 0.0f));
}

std::string first_error(std::string_view bytes) {
  WireReader reader(as_bytes(bytes));
  while (reader.next()) {
  }
  EXPECT_FALSE(reader.status());
  return reader.ok() ? "" : reader.status().error().message;
}

TEST(WireReader, RefusesWhatIsNoMessage) {
  EXPECT_THAT(first_error("\x08"), HasSubstr("cut short"));
  EXPECT_THAT(first_error("\x12\x07test"), HasSubstr("cut short"));
  EXPECT_THAT(first_error("\x0d\x01\x02\x03"), HasSubstr("cut short"));
  EXPECT_THAT(first_error("\x09\x01\x02\x03\x04\x05\x06\x07"), HasSubstr("cut short"));
  EXPECT_THAT(first_error(std::string("\x00\x01", 2)), HasSubstr("no field"));
  EXPECT_THAT(first_error("\x0b"), HasSubstr("no field"));
  EXPECT_THAT(first_error("\x0f"), HasSubstr("no field"));
  EXPECT_THAT(first_error("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
              HasSubstr("cut short"));
}

TEST(WireReader, KeepsItsFirstError) {
  WireReader reader(as_bytes("\x08\x01\x08\x02"));
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.next());
  reader.fail(Code::internal, "another");
  EXPECT_THAT(reader.status().error().message, HasSubstr("wire type 0 instead of 2"));
}

TEST(WireReader, ListsHaveALimit) {
  const std::string bytes = Proto().text(1, "\x01\x02\x03").text(2, std::string(12, '\0')).bytes();
  WireReader reader(as_bytes(bytes));
  std::vector<int64_t> integers;
  ASSERT_TRUE(reader.next());
  reader.append_integers(integers, 2);
  EXPECT_EQ(integers.size(), 2u);
  EXPECT_EQ(reader.status().error().code, Code::limit_exceeded);

  WireReader floats(as_bytes(std::string_view(bytes).substr(5)));
  std::vector<float> numbers;
  ASSERT_TRUE(floats.next());
  floats.append_floats(numbers, 2);
  EXPECT_EQ(floats.status().error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace hone::onnx
