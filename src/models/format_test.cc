#include "models/format.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

using namespace std::string_literals;

// How real files of each format begin, and that no other format takes them for its own.
TEST(FileFormat, BeginningsAreTold) {
  const std::pair<FileFormat, std::string> starts[] = {
      {FileFormat::gguf, "GGUF\3\0\0\0"s},
      {FileFormat::onnx, "\x08\x08\x12\x07pytorch"s},
      {FileFormat::tflite, "\x1c\0\0\0TFL3\x14\0"s},
      {FileFormat::safetensors, "\x20\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"pt\"}}"s},
      {FileFormat::pth, "PK\x03\x04\0\0"s},
      {FileFormat::pth, "\x80\x02\x8a\x0al"s},
      {FileFormat::json, "\n {\"a\": 1}"s},
      {FileFormat::txt, "cat\ndog\n"s},
  };
  for (const auto& [format, bytes] : starts) {
    EXPECT_TRUE(check_start(format, as_bytes(bytes))) << name_of(format);
    for (const FileFormat other : model_formats()) {
      if (other == format) continue;
      EXPECT_FALSE(check_start(other, as_bytes(bytes))) << name_of(format) << name_of(other);
    }
    EXPECT_EQ(parse_file_format(name_of(format)), format);
  }
}

TEST(FileFormat, AnOnnxFileIsKnownWithoutItsName) {
  const std::string model = "\x08\x08\x12\x07pytorch\x3a\x03\x12\x01g\x42\x02\x10\x0d"s;
  EXPECT_EQ(format_of("model", as_bytes(model)), FileFormat::onnx);
  EXPECT_EQ(format_of("model.bin", as_bytes(model)), FileFormat::onnx);
  for (const std::string& other :
       {model.substr(0, model.size() - 1),  // cut
        model + "x",                        // more than fields
        "\x08\x08\x12\x07pytorch"s,         // no graph
        "\x3a\x03\x12\x01g"s,               // no version
        "\x0a\x08\x3a\x03\x12\x01g"s,       // its version is no number
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s, ""s, "hello, this is a text"s}) {
    EXPECT_EQ(format_of("model", as_bytes(other)), std::nullopt) << printable(other);
  }
}

TEST(FileFormat, AWebPageOrNothingIsNoFormat) {
  for (const char* page : {"<!DOCTYPE html><html>", "<html>login</html>", ""}) {
    for (const FileFormat format : model_formats()) {
      const auto status = check_start(format, as_bytes(page));
      ASSERT_FALSE(status) << name_of(format) << page;
      EXPECT_EQ(status.error().code, Code::corrupt);
    }
    EXPECT_FALSE(check_start(FileFormat::json, as_bytes(page)));
  }
  EXPECT_FALSE(check_start(FileFormat::txt, as_bytes("<HTML>")));
  EXPECT_TRUE(check_start(FileFormat::txt, as_bytes("<unk>\n<s>")));  // a vocabulary
}

TEST(FileFormat, AFileTellsItsFormatByBytesElseByName) {
  EXPECT_EQ(format_of("x.onnx", as_bytes("GGUF")), FileFormat::gguf);
  EXPECT_EQ(format_of("x.onnx", as_bytes("?")), FileFormat::onnx);
  EXPECT_EQ(format_of("x.pt", as_bytes("?")), FileFormat::pth);
  EXPECT_EQ(format_of("x.json", as_bytes("{}")), std::nullopt);
  EXPECT_EQ(format_of("x", as_bytes("?")), std::nullopt);
  EXPECT_TRUE(has_model_ending("a/b.tflite") && !has_model_ending("b.txt"));
  EXPECT_EQ(format_of_file("/does/not/exist.onnx"), std::nullopt);
}

}  // namespace
}  // namespace hone
