#include "task_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

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

TEST_F(TaskFiles, FoldersAndPatternsBecomeFilesByName) {
  for (const std::string name : {"b.jpg", "a.PNG", "c.txt", "d.wav", "a2.jpg"}) make(name);
  const auto all = expand_inputs({folder_.path()}, InputKind::picture);
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_THAT(*all, ElementsAre(EndsWith("a.PNG"), EndsWith("a2.jpg"), EndsWith("b.jpg")));
  EXPECT_THAT(*expand_inputs({folder_.path()}, InputKind::sound), ElementsAre(EndsWith("d.wav")));
  EXPECT_THAT(*expand_inputs({in_folder("a*.jpg"), in_folder("?.jpg")}, InputKind::picture),
              ElementsAre(EndsWith("a2.jpg"), EndsWith("b.jpg")));
  EXPECT_FALSE(expand_inputs({in_folder("z*")}, InputKind::picture));
  EXPECT_THAT(*expand_inputs({"missing.jpg", "-"}, InputKind::picture),
              ElementsAre("missing.jpg", "-"));
}

TEST_F(TaskFiles, LinksInACircleAreNoFiles) {
  make("a.jpg");
  std::filesystem::create_symlink("b.jpg", in_folder("b.jpg"));
  std::filesystem::create_symlink("none", in_folder("c.jpg"));
  std::filesystem::create_symlink("a.jpg", in_folder("d.jpg"));
  const auto all = expand_inputs({folder_.path()}, InputKind::picture);
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_THAT(*all, ElementsAre(EndsWith("a.jpg"), EndsWith("d.jpg")));
}

TEST_F(TaskFiles, ListsAreLinesOrJson) {
  EXPECT_THAT(*read_list(make("a.txt", "cat\r\ndog\n\n")), ElementsAre("cat", "dog"));
  EXPECT_THAT(*read_list(make("a.json", R"(["cat", "big dog"])")), ElementsAre("cat", "big dog"));
  EXPECT_FALSE(read_list(make("b.json", "[1]")));
  EXPECT_FALSE(read_list(in_folder("none")));
}

}  // namespace
}  // namespace hone::cli
