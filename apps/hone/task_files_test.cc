#include "task_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
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

TEST_F(TaskFiles, LabelsMayTravelBehindTheModel) {
  const std::string corpus = HONE_SOURCE_DIR "/fuzz/corpus/";
  const std::string labeled = read_file(corpus + "tflite/labels.tflite").value();
  const std::string model = read_file(corpus + "tflite_import/average_pool.tflite").value();
  ModelFiles files;
  files.path = make("model.tflite", model + labeled);  // whose zip then lies behind both
  files.format = FileFormat::tflite;
  files.task = *Json::parse(R"({"kind": "classify"})");
  const auto loaded = load_program(files, {.threads = 1});
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_THAT(find_task(files, {}, *loaded)->labels, ElementsAre("cat", "dog", "owl"));
  files.files = {{"labels", make("labels.txt", "a\nb\n")}};
  EXPECT_THAT(find_task(files, {}, *loaded)->labels, ElementsAre("a", "b"));
  files.files.clear();
  files.task = *Json::parse(R"({"kind": "classify", "labels": ["c"]})");
  EXPECT_THAT(find_task(files, {}, *loaded)->labels, ElementsAre("c"));
}

}  // namespace
}  // namespace hone::cli
