#include "eval_truth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(EvalTruth, LabelsAreReadFromLinesCsvAndJson) {
  const auto wanted = ElementsAre(Pair("a.jpg", "3"), Pair("b.jpg", "tench, Tinca tinca"));
  EXPECT_THAT(*parse_picture_labels("a.jpg 3\nb.jpg tench, Tinca tinca\n\n"), wanted);
  EXPECT_THAT(*parse_picture_labels("a.jpg\t3\r\nb.jpg\ttench, Tinca tinca\r\n"), wanted);
  EXPECT_THAT(*parse_picture_labels("a.jpg,3\n\"b.jpg\",\"tench, Tinca tinca\"\n"), wanted);
  EXPECT_THAT(*parse_picture_labels(R"({"a.jpg": 3, "b.jpg": "tench, Tinca tinca"})"), wanted);
  EXPECT_THAT(*parse_picture_labels(R"([{"image": "a.jpg", "label": 3},
                                        {"image": "b.jpg", "label": "tench, Tinca tinca"}])"),
              wanted);
  EXPECT_FALSE(parse_picture_labels("{\"a.jpg\": [3]}"));
  EXPECT_FALSE(parse_picture_labels("[{\"image\": \"a.jpg\"}]"));
  EXPECT_FALSE(parse_picture_labels("{\"a.jpg\": "));
}

TEST(EvalTruth, ALabelIsANumberOrAName) {
  const std::vector<std::string> names = {"background", "tench, Tinca tinca", "goldfish"};
  EXPECT_EQ(class_of("1", names, 0), 1);
  EXPECT_EQ(class_of("1", names, 1), 2);
  EXPECT_EQ(class_of(" Goldfish", names, 1), 2);
  EXPECT_EQ(class_of("tinca tinca", names, 0), 1);
  EXPECT_FALSE(class_of("shark", names, 0));
  EXPECT_FALSE(class_of("", names, 0));
  EXPECT_FALSE(class_of("-1", names, 0));
  EXPECT_FALSE(class_of("99999999999", names, 0));
}

TEST(EvalTruth, PicturesAreFoundByFileOrFolder) {
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder.path() + "/all/cat");
  std::filesystem::create_directories(folder.path() + "/all/dog");
  for (const std::string name : {"/all/cat/1.jpg", "/all/dog/2.jpg", "/all/dog/3.png"}) {
    std::ofstream(folder.path() + name) << "x";
  }
  std::filesystem::create_symlink("circle", folder.path() + "/all/circle");
  std::ofstream(folder.path() + "/labels.txt") << "2 7\n";
  const auto by_folder = find_labeled_pictures(folder.path() + "/all", "");
  ASSERT_TRUE(by_folder) << by_folder.error().text();
  ASSERT_EQ(by_folder->pictures.size(), 3);
  EXPECT_EQ(by_folder->pictures[2].label, "dog");
  EXPECT_EQ(by_folder->pictures[2].folder, 1);
  const auto by_file =
      find_labeled_pictures(folder.path() + "/all/dog", folder.path() + "/labels.txt");
  ASSERT_TRUE(by_file) << by_file.error().text();
  ASSERT_EQ(by_file->pictures.size(), 1);
  EXPECT_EQ(by_file->pictures[0].label, "7");
  EXPECT_EQ(by_file->unlabeled, 1);
  EXPECT_FALSE(find_labeled_pictures(folder.path() + "/all/cat", folder.path() + "/labels.txt"));
  EXPECT_FALSE(find_labeled_pictures(folder.path() + "/all/cat", ""));
}

constexpr std::string_view kCoco = R"({
  "images": [{"id": 10, "file_name": "a.jpg"}, {"id": 11, "file_name": "b.jpg"}],
  "categories": [{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}],
  "annotations": [{"image_id": 11, "category_id": 18, "bbox": [1, 2, 3, 4.5], "iscrowd": 1},
                  {"image_id": 11, "category_id": 3, "bbox": [5, 6, 7, 8]}]})";

std::vector<int64_t> categories_of(std::string_view coco, const DetectorClasses& classes) {
  const auto truth = parse_coco(std::string(coco), classes);
  EXPECT_TRUE(truth) << truth.error().text();
  std::vector<int64_t> categories;
  for (const ScoredBox& box : truth->pictures[1].boxes) categories.push_back(box.category);
  return categories;
}

TEST(EvalTruth, CocoBoxesAreTheirPictures) {
  const auto truth = parse_coco(std::string(kCoco), {.names = {"dog", "cat", "car"}});
  ASSERT_TRUE(truth) << truth.error().text();
  ASSERT_EQ(truth->pictures.size(), 2);
  EXPECT_TRUE(truth->pictures[0].boxes.empty());
  ASSERT_EQ(truth->pictures[1].boxes.size(), 2);
  const ScoredBox& dog = truth->pictures[1].boxes[0];
  EXPECT_EQ(dog.height, 4.5);
  EXPECT_EQ(dog.crowd, ScoredBox::Crowd::yes);
  EXPECT_EQ(truth->note, "");
}

TEST(EvalTruth, CategoriesAreClassesByName) {
  EXPECT_THAT(categories_of(kCoco, {.names = {"dog", "cat", "car"}}), ElementsAre(0, 2));
  // A class that the model does not have is missed, and said to be.
  EXPECT_THAT(categories_of(kCoco, {.names = {"dog", "cat"}}), ElementsAre(0, testing::Gt(100)));
  const auto truth = parse_coco(std::string(kCoco), {.names = {"dog", "cat"}});
  EXPECT_THAT(truth->note, HasSubstr("1 of the 2 categories are none of the model's classes"));
  EXPECT_THAT(truth->note, HasSubstr("car"));
}

TEST(EvalTruth, WithoutNamesCocosCategoriesAreCountedAsModelsCountThem) {
  EXPECT_THAT(categories_of(kCoco, {}), ElementsAre(16, 2));  // of 80; a file may list only some
  const DetectorClasses ssd{.numbers = DetectorClasses::Numbers::coco_ids};
  EXPECT_THAT(categories_of(kCoco, ssd), ElementsAre(17, 2));  // ids 18 and 3
  EXPECT_THAT(parse_coco(std::string(kCoco), {})->note, HasSubstr("--names"));
  std::string unlisted(kCoco);
  unlisted.replace(unlisted.find("categories"), 10, "other name");
  EXPECT_THAT(categories_of(unlisted, {}), ElementsAre(16, 2));
  const std::map<int64_t, std::string> all = coco_categories();
  ASSERT_EQ(all.size(), 80);
  EXPECT_EQ(all.rbegin()->first, 90);
  EXPECT_EQ(map_categories(all, {}).class_of.at(90), 79);
}

TEST(EvalTruth, CategoriesThatNothingKnowsAreTakenInOrder) {
  std::string own(kCoco);
  own.replace(own.find("dog"), 3, "cup of tea");
  EXPECT_THAT(categories_of(own, {}), ElementsAre(1, 0));
  EXPECT_THAT(categories_of(own, {.names = {"x", "y"}}), ElementsAre(1, 0));
  EXPECT_THAT(parse_coco(own, {.names = {"x", "y"}})->note, HasSubstr("order of their ids"));
}

TEST(EvalTruth, CocoPicturesMayLieInFolders) {
  const test::ScratchFolder folder;
  std::string two(kCoco);
  two.replace(two.find("a.jpg"), 5, "train/1.jpg");
  two.replace(two.find("b.jpg"), 5, "val/1.jpg");
  std::ofstream(folder.path() + "/coco.json") << two;
  const auto found = [&] {
    return find_picture_boxes(folder.path(), folder.path() + "/coco.json", {});
  };
  EXPECT_FALSE(found());
  std::ofstream(folder.path() + "/1.jpg") << "x";
  EXPECT_THAT(found().error().text(), HasSubstr("twice"));  // which of the two is it?
  for (const std::string part : {"/train", "/val"}) {
    std::filesystem::create_directory(folder.path() + part);
    std::ofstream(folder.path() + part + "/1.jpg") << "x";
  }
  const auto both = found();
  ASSERT_TRUE(both) << both.error().text();
  const std::vector<PictureBoxes>& pictures = both->pictures;
  ASSERT_EQ(pictures.size(), 2);
  EXPECT_EQ(pictures[0].path, folder.path() + "/train/1.jpg");
  EXPECT_TRUE(pictures[0].boxes.empty());
  EXPECT_EQ(pictures[1].path, folder.path() + "/val/1.jpg");
  EXPECT_EQ(pictures[1].boxes.size(), 2);
  two.replace(two.find("val/1.jpg"), 9, "../../1.jpg");
  std::ofstream(folder.path() + "/coco.json") << two;
  EXPECT_EQ(found()->pictures[1].path, folder.path() + "/1.jpg");
}

TEST(EvalTruth, BrokenCocoFilesAreRefused) {
  EXPECT_FALSE(parse_coco("[]", {}));
  EXPECT_FALSE(parse_coco(R"({"images": [], "annotations": {}})", {}));
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"3, 4.5", "3"},
                                 {"\"image_id\": 11, \"category_id\": 18", "\"image_id\": 9"},
                                 {"\"file_name\": \"a.jpg\"", "\"name\": 1"}}) {
    std::string broken(kCoco);
    broken.replace(broken.find(from), from.size(), to);
    EXPECT_FALSE(parse_coco(broken, {})) << from;
  }
}

TEST(EvalTruth, YoloLinesAreBoxesOrPolygons) {
  const auto boxes = parse_yolo("2 0.5 0.5 0.25 0.5\n0 0.1 0.2 0.4 0.3 0.2 0.6\n");
  ASSERT_TRUE(boxes) << boxes.error().text();
  ASSERT_EQ(boxes->size(), 2);
  EXPECT_EQ((*boxes)[0].category, 2);
  EXPECT_EQ((*boxes)[0].x, 0.375);
  EXPECT_EQ((*boxes)[0].y, 0.25);
  EXPECT_NEAR((*boxes)[1].x, 0.1, 1e-12);
  EXPECT_NEAR((*boxes)[1].width, 0.3, 1e-12);
  EXPECT_NEAR((*boxes)[1].height, 0.4, 1e-12);
  for (const std::string_view line :
       {"1 0.5 0.5 0.5", "1 0.5 0.5 x 0.5", "-1 0 0 0 0", "1 0 0 0 0 0"}) {
    const auto refused = parse_yolo(line);
    ASSERT_FALSE(refused) << line;
    EXPECT_THAT(refused.error().text(), HasSubstr("line 1"));
  }
}

}  // namespace
}  // namespace hone::cli
