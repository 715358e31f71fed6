#include "input_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

class InputFiles : public testing::Test {
 protected:
  void make(const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(in_folder(name)).parent_path());
    std::ofstream(in_folder(name)) << "";
  }
  std::string in_folder(const std::string& name) const { return folder_.path() + "/" + name; }

  test::ScratchFolder folder_;
};

TEST_F(InputFiles, FoldersAndPatternsBecomeFilesByName) {
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

TEST_F(InputFiles, LinksInACircleAreNoFiles) {
  make("a.jpg");
  std::filesystem::create_symlink("b.jpg", in_folder("b.jpg"));
  std::filesystem::create_symlink("none", in_folder("c.jpg"));
  std::filesystem::create_symlink("a.jpg", in_folder("d.jpg"));
  const auto all = expand_inputs({folder_.path()}, InputKind::picture);
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_THAT(*all, ElementsAre(EndsWith("a.jpg"), EndsWith("d.jpg")));
}

TEST_F(InputFiles, PatternsGoThroughFolders) {
  for (const std::string name : {"a/b1.jpg", "a/x/b2.jpg", "a/x/y/b3.jpg", "a/x/c.jpg",
                                 "a/.git/b4.jpg", "c/x/b5.jpg", "a/b6.jpg/b7.jpg"}) {
    make(name);
  }
  std::filesystem::create_directory_symlink(in_folder("a"), in_folder("a/x/up"));
  const auto fitting = [&](const std::string& pattern) {
    auto found = expand_inputs({in_folder(pattern)}, InputKind::picture);
    std::string all;
    for (const std::string& path : found.value_or(std::vector<std::string>())) {
      all += path.substr(folder_.path().size() + 1) + " ";
    }
    return all;
  };
  EXPECT_EQ(fitting("a/**/b*.jpg"), "a/b1.jpg a/b6.jpg/b7.jpg a/x/b2.jpg a/x/y/b3.jpg ");
  EXPECT_EQ(fitting("*/x/b?.jpg"), "a/x/b2.jpg c/x/b5.jpg ");
  EXPECT_EQ(fitting("**/x/*"), "a/x/b2.jpg a/x/c.jpg c/x/b5.jpg ");
  EXPECT_EQ(fitting("c/**"), "");
  EXPECT_EQ(fitting("c/**/**/b*"), "c/x/b5.jpg ");
  EXPECT_EQ(fitting("none/**/b*.jpg"), "");
}

}  // namespace
}  // namespace hone::cli
