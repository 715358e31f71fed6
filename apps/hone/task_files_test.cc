#include "task_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

using testing::ElementsAre;

class TaskFiles : public testing::Test {
 protected:
  std::string make(const std::string& name, std::string_view text = "") {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string in_folder(const std::string& name) const { return folder_.path() + "/" + name; }

  test::ScratchFolder folder_;
};

TEST_F(TaskFiles, ListsAreLinesOrJson) {
  EXPECT_THAT(*read_list(make("a.txt", "cat\r\ndog\n\n")), ElementsAre("cat", "dog"));
  EXPECT_THAT(*read_list(make("a.json", R"(["cat", "big dog"])")), ElementsAre("cat", "big dog"));
  EXPECT_FALSE(read_list(make("b.json", "[1]")));
  EXPECT_FALSE(read_list(in_folder("none")));
}

}  // namespace
}  // namespace hone::cli
