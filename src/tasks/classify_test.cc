#include "tasks/classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hone {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Task labeled(std::vector<std::string> labels) {
  Task task;
  task.labels = std::move(labels);
  return task;
}

TEST(Classify, ABackgroundThatTheModelLacksHasNoClass) {
  const Task task = labeled({"background", "cat", "dog"});
  EXPECT_THAT(class_labels(task, 2), ElementsAre("cat", "dog"));
  EXPECT_THAT(class_labels(task, 3), ElementsAre("background", "cat", "dog"));
  EXPECT_THAT(class_labels(task, 5), ElementsAre("background", "cat", "dog"));
  EXPECT_THAT(class_labels(labeled({}), 2), IsEmpty());
}

}  // namespace
}  // namespace hone
