#include "base/output_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace hone {
namespace {

class OutputFileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  // A folder a test: they run at the same time.
  const std::string folder_ = testing::TempDir() + "hone_output_file_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string path_ = folder_ + "/file";
};

TEST_F(OutputFileTest, GrowsAndIsCut) {
  {
    OutputFile file = OutputFile::open(path_).value();
    ASSERT_TRUE(file.write(as_bytes("hello ")));
    ASSERT_TRUE(file.write(as_bytes("world")));
    EXPECT_EQ(file.size(), 11u);
    ASSERT_TRUE(file.truncate(5));
  }
  OutputFile file = OutputFile::open(path_).value();
  EXPECT_EQ(file.size(), 5u);
  ASSERT_TRUE(file.write(as_bytes("!")));
  ASSERT_TRUE(file.flush_to_disk());
  ASSERT_TRUE(move_into_place(path_, path_ + ".moved"));
  EXPECT_EQ(read_file(path_ + ".moved").value(), "hello!");
  EXPECT_FALSE(file_exists(path_));
}

TEST_F(OutputFileTest, RefusesWhatIsNoRegularFile) {
  EXPECT_FALSE(OutputFile::open(folder_));
  EXPECT_FALSE(OutputFile::open("/dev/full"));
  std::filesystem::create_symlink("/dev/null", path_);
  EXPECT_FALSE(OutputFile::open(path_));
  EXPECT_EQ(OutputFile::open(folder_ + "/missing/file").error().code, Code::not_found);
}

TEST_F(OutputFileTest, LockIsExclusiveAndEndsWithItsHolder) {
  {
    auto held = FileLock::try_lock(path_).value();
    ASSERT_TRUE(held);
    EXPECT_FALSE(FileLock::try_lock(path_).value());
  }
  EXPECT_TRUE(FileLock::try_lock(path_).value());
}

TEST_F(OutputFileTest, FreeSpace) {
  EXPECT_GT(free_space(folder_).value(), 0u);
  EXPECT_FALSE(free_space(folder_ + "/missing"));
}

}  // namespace
}  // namespace hone
