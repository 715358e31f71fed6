#include "base/zip.h"

#include <gtest/gtest.h>

#include <tuple>

#include "base/file.h"

namespace hone {
namespace {

// Written by PyTorch (tools/make_weights_goldens.py).
std::string zip_file() {
  return read_file(std::string(HONE_SOURCE_DIR) + "/fuzz/corpus/weights/checkpoint.pth")
      .value_or("");
}

Expected<std::vector<ZippedFile>> read(const std::string& content) {
  return read_zip(as_bytes(content));
}

std::string edited(size_t record, size_t offset, char value) {
  std::string content = zip_file();
  content[record + offset] = value;
  return content;
}

// The first record of the directory, and the record at the end.
size_t directory_of(const std::string& content) { return content.find("PK\x01\x02"); }
size_t end_of(const std::string& content) { return content.rfind("PK\x05\x06"); }

TEST(Zip, FilesAreReadWhereTheyLie) {
  const std::string content = zip_file();
  const auto files = read(content);
  ASSERT_TRUE(files) << files.error().text();
  ASSERT_FALSE(files->empty());
  EXPECT_EQ((*files)[0].name, "checkpoint/data.pkl");
  EXPECT_TRUE(as_text((*files)[0].content).starts_with("\x80\x02"));
  bool found = false;
  for (const ZippedFile& file : *files) {
    if (file.name == "checkpoint/byteorder") found = as_text(file.content) == "little";
  }
  EXPECT_TRUE(found);
}

TEST(Zip, WhatIsNoZipIsRefused) {
  const std::string content = zip_file();
  for (const std::string& other : {std::string(), std::string(100, '\0'), std::string("PK\5\6"),
                                   content.substr(0, content.size() - 1)}) {
    const auto files = read(other);
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, Code::corrupt);
  }
}

TEST(Zip, CompressedAndEncryptedFilesHaveNoContent) {
  const size_t at = directory_of(zip_file());
  using Form = ZippedFile::Form;
  for (const auto& [offset, value, form] :
       {std::tuple<size_t, char, Form>{10, 8, Form::compressed}, {8, 1, Form::encrypted}}) {
    const auto files = read(edited(at, offset, value));
    ASSERT_TRUE(files) << files.error().text();
    EXPECT_EQ((*files)[0].form, form);
    EXPECT_TRUE((*files)[0].content.empty());
    EXPECT_EQ((*files)[1].form, Form::stored);
  }
}

template <class T>
std::string little_endian(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

// Sizes and places that stand in a zip64 record, as archives above 4 GB have them.
TEST(Zip, Zip64IsRead) {
  std::string content = zip_file();
  const auto plain = read(content);
  ASSERT_TRUE(plain);
  const std::string name((*plain)[0].name);
  const size_t end = end_of(content), begin = directory_of(content);
  const std::string entries = little_endian(uint64_t{plain->size()});
  const std::string record = "PK\x06\x06" + little_endian(uint64_t{44}) + std::string(12, '\0') +
                             entries + entries + little_endian(uint64_t{end - begin}) +
                             little_endian(uint64_t{begin});
  const std::string place =
      "PK\x06\x07" + std::string(4, '\0') + little_endian(uint64_t{end}) + std::string(4, '\0');
  for (size_t i = 8; i < 20; ++i) content[end + i] = '\xff';
  content.insert(end, record + place);
  const auto files = read(content);
  ASSERT_TRUE(files) << files.error().text();
  ASSERT_EQ(files->size(), plain->size());
  EXPECT_EQ((*files)[0].name, name);
}

TEST(Zip, PlacesMayCountFromTheZipsBeginning) {
  std::string content = "some bytes" + zip_file();
  const size_t record = content.rfind("PK\x06\x06");
  content.erase(record, end_of(content) - record);  // what is of zip64
  const auto files = read(content), plain = read(zip_file());
  ASSERT_TRUE(files) << files.error().text();
  ASSERT_EQ(files->size(), plain->size());
  EXPECT_TRUE(as_text((*files)[0].content).starts_with("\x80\x02"));
  EXPECT_TRUE(ends_in_zip(as_bytes(content)));
  EXPECT_FALSE(ends_in_zip(as_bytes(content.substr(0, content.size() - 1))));
}

TEST(Zip, PlacesOutsideTheFileAreRefused) {
  const std::string content = zip_file();
  const size_t entry = directory_of(content), end = end_of(content);
  for (const std::string& bad :
       {edited(entry, 45, 0x7f), edited(entry, 29, 0x7f), edited(end, 19, 0x7f),
        edited(end, 15, 0x7f), edited(end, 11, 0x7f), edited(0, 0, 'X')}) {
    const auto files = read(bad);
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, Code::corrupt) << files.error().text();
  }
}

// An extra field that is longer than all of them; it ends nothing but itself.
TEST(Zip, AnExtraFieldThatEndsNowhereIsPassed) {
  std::string content = zip_file();
  const size_t entry = directory_of(content);
  const std::string name((*read(content))[0].name);
  content[entry + 30] =
      4;  // the length of the extra field, which takes the next record's first bytes
  content[entry + 31] = 0;
  content.insert(entry + 46 + name.size(), std::string("\7\0\xff\xff", 4));
  content[end_of(content) + 12] = static_cast<char>(content[end_of(content) + 12] + 4);
  const auto files = read(content);
  ASSERT_TRUE(files) << files.error().text();
  EXPECT_EQ((*files)[0].name, name);
}

TEST(Zip, EveryCutIsRefusedOrRead) {
  const std::string content = zip_file();
  for (size_t size = 0; size < content.size(); ++size) {
    const auto files = read(content.substr(0, size));
    EXPECT_TRUE(files || !files.error().message.empty());
  }
}

}  // namespace
}  // namespace hone
