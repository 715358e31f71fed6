#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "frontend/gguf/reader.h"
#include "frontend/gguf/test_models.h"

namespace hone {
namespace {

using test::GgufWriter;
using test::small_model;
using testing::HasSubstr;

// Files of a test in a directory of their own.
class GgufSplit : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = testing::TempDir() + "hone_gguf_" + test->name();
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path(size_t number, size_t parts) const {
    return directory_ + "/" + GgufWriter::split_name("m", number, parts);
  }
  void write(const std::string& file, const std::string& bytes) const {
    ASSERT_TRUE(write_file_atomic(file, bytes));
  }
  void write_all(const std::vector<std::string>& files) const {
    for (size_t i = 0; i < files.size(); ++i) write(path(i + 1, files.size()), files[i]);
  }
  std::string open_error(const std::string& file) const {
    const auto opened = GgufFile::open(file);
    EXPECT_FALSE(opened);
    return opened ? "" : opened.error().text();
  }

  std::string directory_;
};

TEST_F(GgufSplit, TheFirstPartOpensAll) {
  write_all(small_model().split(3));
  auto opened = GgufFile::open(path(1, 3));
  ASSERT_TRUE(opened) << opened.error().text();
  const GgufFile file = std::move(*opened);  // views survive a move
  EXPECT_EQ(file.file_count(), 3u);
  EXPECT_EQ(file.find_u64("llama.block_count"), 2u);
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.find_tensor("c")->file, 2u);
  EXPECT_EQ(as_text(file.find_tensor("c")->data), "xyz");
  EXPECT_EQ(PackedView<float>(file.find_tensor("a")->data)[3], 3.0f);
  for (const GgufTensor& tensor : file.tensors()) file.drop_pages(tensor.data);
  EXPECT_EQ(as_text(file.find_tensor("c")->data), "xyz");
}

TEST_F(GgufSplit, OneFileOpens) {
  write(directory_ + "/m.gguf", small_model().bytes());
  const auto file = GgufFile::open(directory_ + "/m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->file_count(), 1u);
  EXPECT_EQ(file->name(), directory_ + "/m.gguf");
}

TEST_F(GgufSplit, ALaterPartNamesTheFirst) {
  write_all(small_model().split(2));
  EXPECT_THAT(open_error(path(2, 2)), HasSubstr("open the first part, m-00001-of-00002.gguf"));
}

TEST_F(GgufSplit, AMissingPartIsNamed) {
  write_all(small_model().split(3));
  std::filesystem::remove(path(2, 3));
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("m-00002-of-00003.gguf"));
}

TEST_F(GgufSplit, ARenamedFirstPartIsExplained) {
  write(directory_ + "/m.gguf", small_model().split(3)[0]);
  EXPECT_THAT(open_error(directory_ + "/m.gguf"), HasSubstr("'-00001-of-00003.gguf'"));
}

TEST_F(GgufSplit, PartsOfDifferentModels) {
  auto files = small_model().split(3);
  std::swap(files[1], files[2]);
  write_all(files);
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("says that it is part 3 of 3, not part 2 of 3"));
  files = small_model().split(3);
  files[2] = small_model().split(2)[1];
  write_all(files);
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("part 2 of 2, not part 3 of 3"));
}

TEST_F(GgufSplit, ATensorInTwoParts) {
  auto files = small_model().split(3);
  files[2] = files[1];
  GgufWriter lying;
  lying.add("split.no", uint16_t{2}).add("split.count", uint16_t{3});
  lying.add_tensor("b", {1}, {1});
  files[2] = lying.bytes();
  write_all(files);
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("tensor 'b' is in parts 2 and 3"));
}

TEST_F(GgufSplit, AWrongTensorCount) {
  auto files = small_model().split(2);
  GgufWriter empty;
  empty.add("split.no", uint16_t{1}).add("split.count", uint16_t{2});
  files[1] = empty.bytes();
  write_all(files);
  EXPECT_THAT(open_error(path(1, 2)), HasSubstr("promises 3"));
}

TEST_F(GgufSplit, APartInMemoryIsRefused) {
  const std::string part = small_model().split(2)[0];
  const auto file = GgufFile::parse(as_bytes(part), "dir/m.gguf");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().text(), HasSubstr("dir/m.gguf: this is one of 2 parts"));
}

TEST_F(GgufSplit, TooManyFiles) {
  GgufWriter writer;
  writer.add("split.no", uint16_t{0}).add("split.count", uint16_t{65535});
  write(path(1, 65535), writer.bytes());
  EXPECT_THAT(open_error(path(1, 65535)), HasSubstr("at most 4096 are read"));
}

}  // namespace
}  // namespace hone
