#include "frontend/tflite/associated_files.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace hone::tflite {
namespace {

// A model with a zip of two files that Python's zipfile appended (tools/tflite_models.py).
std::string labels_file() {
  const auto content =
      read_file(std::string(HONE_SOURCE_DIR) + "/fuzz/corpus/tflite/labels.tflite");
  return content.value_or("");
}

void expect_labels(const std::string& content) {
  const auto files = associated_files(as_bytes(content));
  ASSERT_TRUE(files) << files.error().text();
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].name, "labels.txt");
  EXPECT_EQ(as_text((*files)[0].content), "cat\ndog\nowl\n");
  EXPECT_EQ((*files)[1].name, "folder/empty.txt");
  EXPECT_TRUE((*files)[1].content.empty());
}

TEST(AssociatedFiles, AreReadWhereTheyLie) { expect_labels(labels_file()); }

TEST(AssociatedFiles, OffsetsMayCountFromTheZipsBeginning) {
  expect_labels("some bytes" + labels_file());
}

TEST(AssociatedFiles, AZipMayEndInAComment) {
  std::string content = labels_file();
  content[content.size() - 2] = 5;
  expect_labels(content + "PK\5\6!");
}

TEST(AssociatedFiles, AModelWithoutAZipHasNone) {
  for (const std::string& content :
       {std::string(), std::string(100, '\0'), std::string("PK\5\6")}) {
    const auto files = associated_files(as_bytes(content));
    ASSERT_TRUE(files);
    EXPECT_TRUE(files->empty());
  }
}

TEST(AssociatedFiles, CompressedOnesAreRefused) {
  std::string content = labels_file();
  content[content.find("PK\1\2") + 10] = 8;
  const auto files = associated_files(as_bytes(content));
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Code::unsupported);
  EXPECT_NE(files.error().message.find("'labels.txt' behind the model is compressed"),
            std::string::npos);
}

TEST(AssociatedFiles, DamagedZipsAreErrorsOrNone) {
  const std::string content = labels_file();
  const size_t zip = content.find("PK\3\4");
  ASSERT_NE(zip, std::string::npos);
  for (size_t at = zip; at < content.size(); ++at) {
    for (const char value : {'\0', '\1', '\x7f', '\xff'}) {
      std::string bad = content;
      bad[at] = value;
      const auto files = associated_files(as_bytes(bad));
      EXPECT_TRUE(files || !files.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace hone::tflite
