#include "base/file.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace hone {
namespace {

std::string temporary(std::string_view name) { return testing::TempDir() + std::string(name); }

TEST(File, WriteReadMap) {
  const std::string path = temporary("hone_file_test");
  ASSERT_TRUE(write_file_atomic(path, "content"));
  EXPECT_EQ(read_file(path).value(), "content");
  EXPECT_EQ(as_text(MappedFile::open(path).value().bytes()), "content");
  EXPECT_EQ(read_file(path, 3).error().code, Code::limit_exceeded);
  std::filesystem::remove(path);
}

TEST(File, ErrorsNameTheFile) {
  const auto missing = MappedFile::open("/nonexistent/model.gguf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_EQ(missing.error().where, "/nonexistent/model.gguf");
  EXPECT_EQ(read_file("/tmp").error().code, Code::invalid_argument);
}

TEST(File, AFailedWriteLeavesNothing) {
  const std::string folder = temporary("hone_file_test_dir");
  std::filesystem::create_directories(folder + "/target");
  EXPECT_FALSE(write_file_atomic(folder + "/target", "x"));  // a folder stands in the way
  size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++entries;
  EXPECT_EQ(entries, 1u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hone
