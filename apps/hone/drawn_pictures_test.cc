#include "drawn_pictures.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

class Drawn : public testing::Test {
 protected:
  std::string in_folder(const std::string& name) const { return folder_.path() + "/" + name; }
  // A picture of that name.
  PictureFile make(const std::string& name) const {
    EXPECT_TRUE(write_image(in_folder(name), Image(4, 4)));
    return {in_folder(name)};
  }
  static std::string refused(const std::string& out, const PictureList& list,
                             std::string_view ending = ".jpg") {
    const auto made = DrawnPictures::create(out, list, ending);
    return made ? "" : made.error().text();
  }

  test::ScratchFolder folder_;
};

TEST_F(Drawn, PicturesKeepTheirNamesApart) {
  const Image image(4, 4);
  const PictureList one{{{"x/a.jpg"}}}, two{{{"x/a.png"}, {"y/a.jpg"}}};
  auto many = DrawnPictures::create(in_folder("out"), two);
  ASSERT_TRUE(many) << many.error().text();
  EXPECT_TRUE(many->write({"x/a.png"}, image));
  EXPECT_TRUE(many->write({"y/a.jpg"}, image));
  EXPECT_TRUE(std::filesystem::exists(in_folder("out/a.jpg")));
  EXPECT_TRUE(std::filesystem::exists(in_folder("out/a-2.jpg")));
  auto single = DrawnPictures::create(in_folder("one.png"), one);
  ASSERT_TRUE(single);
  EXPECT_TRUE(single->write({"x/a.jpg"}, image));
  EXPECT_TRUE(std::filesystem::exists(in_folder("one.png")));
  EXPECT_FALSE(DrawnPictures::create(in_folder("one.txt"), one));
  EXPECT_FALSE(DrawnPictures::create("", two)->wanted());
}

TEST_F(Drawn, WhatGoesInIsNotWrittenOver) {
  const PictureFile a = make("a.jpg"), b = make("b.png");
  std::filesystem::create_symlink(a.path, in_folder("link.jpg"));
  for (const std::string& out : {a.path, folder_.path() + "/./a.jpg", in_folder("link.jpg")}) {
    EXPECT_TRUE(refused(out, {{a}}).contains("is what goes in")) << out;
  }
  EXPECT_TRUE(refused(folder_.path(), {{a}}).contains("is what goes in"));
  EXPECT_TRUE(refused(folder_.path(), {{b, a}}).contains("is what goes in"));
  EXPECT_EQ(refused(folder_.path(), {{b}}), "");
  EXPECT_EQ(refused(in_folder("other.jpg"), {{a}}), "");
}

TEST_F(Drawn, ANameFitsWhatThereIs) {
  const PictureFile a{"a.jpg"}, b{"b.jpg"}, video{"v.mp4", PictureFile::Kind::video};
  EXPECT_TRUE(refused(in_folder("one.jpg"), {{a, b}}).contains("there are 2; name a folder"));
  EXPECT_TRUE(refused(in_folder("one.jpg"), {{video}}).contains("name a folder or a video (.mp4)"));
  EXPECT_TRUE(refused(in_folder("one.png"), {{video}}, ".png").contains("a video is many"));
  EXPECT_TRUE(refused(in_folder("all.mp4"), {{a, b}}).contains("a video is made of one video"));
  EXPECT_TRUE(refused(in_folder("all.mp4"), {{video, a}}).contains("a video is made of one video"));
  EXPECT_FALSE(std::filesystem::exists(in_folder("one.jpg")));
}

TEST_F(Drawn, FramesLieInOrder) {
  auto drawn = DrawnPictures::create(in_folder("frames/"), {{{"v.mp4", PictureFile::Kind::video}}});
  ASSERT_TRUE(drawn) << drawn.error().text();
  ASSERT_TRUE(drawn->write({"v.mp4", PictureName::Frame{7, 0.7}}, Image(4, 4)));
  EXPECT_TRUE(std::filesystem::exists(in_folder("frames/v-000007.jpg")));
}

}  // namespace
}  // namespace hone::cli
