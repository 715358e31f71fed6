#include "frontend/tflite/flatbuffer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "frontend/tflite/test_writer.h"

namespace hone::flatbuffer {
namespace {

using test::TestWriter;

struct Leaf {
  static constexpr Scalar<Leaf, int32_t> value{4, -7};
  static constexpr std::array<Field, 1> kFields{{{4, FieldKind::scalar, 4}}};
};
struct Root {
  static constexpr Scalar<Root, float> number{4, 0.5f};
  static constexpr Scalar<Root, bool> flag{6, true};
  static constexpr Vector<Root, int64_t> list{8};
  static constexpr String<Root> text{10};
  static constexpr Ref<Root, Leaf> leaf{12};
  static constexpr Refs<Root, Leaf> leaves{14};
  static constexpr std::array<Field, 6> kFields{{{4, FieldKind::scalar, 4},
                                                 {6, FieldKind::scalar, 1},
                                                 {8, FieldKind::vector, 8},
                                                 {10, FieldKind::vector, 1},
                                                 {12, FieldKind::table, 4},
                                                 {14, FieldKind::vector, 4}}};
};

const std::vector<uint16_t> kAll = {4, 6, 8, 10, 12, 14};

TestWriter written() {
  TestWriter w;
  const auto root = w.table(kAll, 0);
  w.set(root[0], 2.5f);
  w.set(root[1], uint8_t{0});
  w.vector<int64_t>({1, -2, int64_t{1} << 40}, root[2]);
  w.vector<char>({'a', 'b'}, root[3]);
  const auto leaf = w.table({4}, root[4]);
  w.set(leaf[0], int32_t{11});
  const auto leaves = w.list(2, root[5]);
  w.set(w.table({4}, leaves[0])[0], int32_t{12});
  w.table({}, leaves[1]);
  return w;
}

void expect_error(const Status& status, Code code, std::string_view part) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, code);
  EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().text();
}
template <class T>
Status status_of(Expected<T> value) {
  if (value) return {};
  return std::unexpected(std::move(value).error());
}

TEST(Flatbuffer, ReadsEveryKindOfField) {
  const TestWriter w = written();
  const auto root = TableOf<Root>::root(w.bytes());
  ASSERT_TRUE(root) << root.error().text();
  EXPECT_EQ(root->get(Root::number), 2.5f);
  EXPECT_FALSE(root->get(Root::flag));
  const PackedView<int64_t> list = root->get(Root::list);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[1], -2);
  EXPECT_EQ(list[2], int64_t{1} << 40);
  EXPECT_EQ(root->get(Root::text), "ab");
  EXPECT_EQ(root->get(Root::leaf)->get(Leaf::value), 11);
  ASSERT_EQ(root->size(Root::leaves), 2u);
  EXPECT_EQ(root->get(Root::leaves, 0)->get(Leaf::value), 12);
  EXPECT_EQ(root->get(Root::leaves, 1)->get(Leaf::value), -7);
  expect_error(status_of(root->get(Root::leaves, 2)), Code::corrupt, "entry 2 of a list of 2");
}

TEST(Flatbuffer, AbsentFieldsHaveTheirDefaults) {
  TestWriter w;
  w.table({}, 0);
  for (const auto& root :
       {TableOf<Root>::root(w.bytes()), Expected<TableOf<Root>>(TableOf<Root>())}) {
    ASSERT_TRUE(root);
    EXPECT_EQ(root->get(Root::number), 0.5f);
    EXPECT_TRUE(root->get(Root::flag));
    EXPECT_TRUE(root->get(Root::list).empty());
    EXPECT_EQ(root->get(Root::text), "");
    EXPECT_TRUE(root->get(Root::leaf)->empty());
    EXPECT_EQ(root->size(Root::leaves), 0u);
    EXPECT_FALSE(root->has(Root::text));
  }
}

TEST(Flatbuffer, KnowsFieldsOfANewerSchema) {
  TestWriter w;
  w.table({4, 16}, 0);
  EXPECT_TRUE(Table::root(w.bytes(), Root::kFields)->has_more_than(Root::kFields));
  const TestWriter all = written();
  EXPECT_FALSE(Table::root(all.bytes(), Root::kFields)->has_more_than(Root::kFields));
}

TEST(Flatbuffer, RefusesTablesThatDoNotLieInTheFile) {
  const TestWriter w = written();
  TestWriter far = w;
  far.set(0, uint32_t{0xfffffff0});
  expect_error(status_of(TableOf<Root>::root(far.bytes())), Code::corrupt, "a table is said to be");
  expect_error(status_of(TableOf<Root>::root(w.bytes().first(7))), Code::corrupt, "7 bytes");
  const uint32_t root = PackedView<uint32_t>(w.bytes())[0];
  for (const int32_t distance : {INT32_MIN, INT32_MAX, -1000, static_cast<int32_t>(root + 1)}) {
    TestWriter bad = w;
    bad.set(root, distance);
    expect_error(status_of(TableOf<Root>::root(bad.bytes())), Code::corrupt, "list of fields");
  }
}

TEST(Flatbuffer, RefusesImpossibleSizes) {
  const TestWriter w = written();
  const uint32_t root = PackedView<uint32_t>(w.bytes())[0];
  const size_t vtable = root - 4 - 6 * 2;
  for (const auto& [place, value] :
       {std::pair<size_t, uint16_t>{0, 3}, {0, 0}, {0, 7}, {0, 65534}, {2, 3}, {2, 65535}}) {
    TestWriter bad = w;
    bad.set(vtable + place, value);
    expect_error(status_of(TableOf<Root>::root(bad.bytes())), Code::corrupt, "impossible sizes");
  }
  TestWriter long_list;
  long_list.table({static_cast<uint16_t>(4 + 2 * kMaxFields)}, 0);
  expect_error(status_of(TableOf<Root>::root(long_list.bytes())), Code::limit_exceeded,
               "256 fields");
}

TEST(Flatbuffer, RefusesFieldsThatPointOutside) {
  const TestWriter w = written();
  const uint32_t root = PackedView<uint32_t>(w.bytes())[0];
  const size_t vtable = root - 4 - 6 * 2;
  for (size_t field = 0; field < 6; ++field) {
    TestWriter bad = w;
    bad.set(vtable + 4 + 2 * field, uint16_t{27});  // the table's last byte but one
    const Status status = status_of(TableOf<Root>::root(bad.bytes()));
    if (field == 1) continue;  // a single byte fits
    expect_error(status, Code::corrupt, "lies outside the table");
  }
  for (size_t field = 2; field < 6; ++field) {
    TestWriter bad = w;
    bad.set(root + 4 + 4 * field, uint32_t{0x7fffffff});
    expect_error(status_of(TableOf<Root>::root(bad.bytes())), Code::corrupt,
                 "does not lie in the file");
  }
  for (const size_t field : {2u, 3u, 5u}) {  // longer than the file
    TestWriter bad = w;
    const size_t at = root + 4 + 4 * field;
    bad.set(at + PackedView<uint32_t>(w.bytes().subspan(at))[0], uint32_t{0xffffffff});
    expect_error(status_of(TableOf<Root>::root(bad.bytes())), Code::corrupt,
                 "does not lie in the file");
  }
}

TEST(Flatbuffer, ReadsOnlyInsideTheFileWhateverIsWrong) {
  const TestWriter w = written();
  for (size_t size = 0; size <= w.size(); ++size) {
    const std::vector<std::byte> cut(w.bytes().begin(),
                                     w.bytes().begin() + static_cast<long>(size));
    const auto root = TableOf<Root>::root(cut);
    if (!root) continue;
    for (size_t i = 0; i < root->size(Root::leaves); ++i) status_of(root->get(Root::leaves, i));
    status_of(root->get(Root::leaf));
  }
}

}  // namespace
}  // namespace hone::flatbuffer
