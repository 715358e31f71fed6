#include "base/cache_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/scratch_folder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

class Cache : public testing::Test {
 protected:
  // A file of so many bytes, `age` hours old.
  std::string add(std::string_view key, size_t bytes, int age) const {
    const std::string path = cache_.path_of(key);
    std::ofstream(path) << std::string(bytes, 'x');
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(age));
    return path;
  }
  test::ScratchFolder folder_;
  CacheFolder cache_{folder_.path() + "/a/b", {.files = 3, .bytes = 100}};
};

TEST_F(Cache, IsMadeWhenItIsNeeded) {
  EXPECT_FALSE(cache_.exists());
  ASSERT_TRUE(cache_.make());
  EXPECT_TRUE(cache_.exists());
  EXPECT_TRUE(cache_.make());
  EXPECT_NE(cache_.path_of("x"), cache_.path_of("y"));
  EXPECT_FALSE(CacheFolder(std::string(), {}).exists());
}

TEST_F(Cache, TheOldestGoWhenThereAreTooMany) {
  ASSERT_TRUE(cache_.make());
  const std::string old = add("old", 1, 9), used = add("used", 1, 8);
  add("c", 1, 7);
  const std::string last = add("d", 1, 6);
  cache_.touch(used);
  cache_.trim();
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(used));
  EXPECT_TRUE(fs::exists(last));
}

TEST_F(Cache, TheOldestGoWhenTheyAreTooLarge) {
  ASSERT_TRUE(cache_.make());
  const std::string old = add("old", 60, 9), late = add("late", 60, 1);
  cache_.trim();
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(late));
}

}  // namespace
}  // namespace hone
