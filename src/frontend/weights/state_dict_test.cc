#include "frontend/weights/state_dict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "tensor/encode.h"

namespace hone::weights {
namespace {

using testing::HasSubstr;

std::string source(std::string_view path) {
  auto content = read_file(cat(HONE_SOURCE_DIR, "/", path));
  EXPECT_TRUE(content) << content.error().text();
  return content.value_or("");
}
std::string weights_file(std::string_view name) {
  return source(cat("fuzz/corpus/weights/", name));
}

// As tensors.txt has it: name, dtype, sizes, elements.
std::string line_of(const std::string& name, const StateTensor& tensor) {
  std::string sizes;
  for (const Dim& dim : tensor.type.shape) sizes += cat(sizes.empty() ? "" : "x", dim.value());
  std::string line = cat(name, " ", name_of(tensor.type.dtype), " ", sizes.empty() ? "-" : sizes);
  const int64_t width = info(tensor.type.dtype).block_bytes;
  const auto size = static_cast<int64_t>(tensor.data.bytes.size());
  for (int64_t at = 0; at < size; at += width) {
    line +=
        cat(" ",
            static_cast<int64_t>(decode_element(tensor.type.dtype, tensor.data.bytes.data() + at)));
  }
  return line;
}

void expect_tensors(const Expected<StateDict>& dict) {
  ASSERT_TRUE(dict) << dict.error().text();
  size_t lines = 0;
  const std::string truth = source("src/frontend/weights/testdata/tensors.txt");
  for (const std::string_view line : split(truth, '\n')) {
    if (line.empty()) continue;
    ++lines;
    const std::string name(line.substr(0, line.find(' ')));
    const auto found = dict->tensors.find(name);
    ASSERT_NE(found, dict->tensors.end()) << name;
    EXPECT_EQ(line_of(name, found->second), line);
  }
  EXPECT_EQ(dict->tensors.size(), lines);
}

TEST(StateDict, TorchsZipIsRead) {
  const std::string file = weights_file("zip.pth");
  expect_tensors(read_pth(as_bytes(file)));
}

TEST(StateDict, TorchsFormBefore16IsRead) {
  const std::string file = weights_file("legacy.pth");
  expect_tensors(read_pth(as_bytes(file)));
}

TEST(StateDict, SafetensorsAreRead) {
  const std::string file = weights_file("tensors.safetensors");
  expect_tensors(read_safetensors(as_bytes(file)));
}

TEST(StateDict, ACheckpointsStateDictIsFound) {
  const std::string file = weights_file("checkpoint.pth");
  const auto dict = read_pth(as_bytes(file));
  ASSERT_TRUE(dict) << dict.error().text();
  EXPECT_EQ(dict->tensors.size(), 2u);
  EXPECT_EQ(dict->tensors.at("weight").type, (TensorType{DType::f32, {Dim(2), Dim(3)}}));
}

TEST(StateDict, ModulesAndProgramsAreRefusedUnrun) {
  const std::string module = weights_file("module.pth"), script = weights_file("script.pt");
  const auto of_module = read_pth(as_bytes(module)), of_script = read_pth(as_bytes(script));
  ASSERT_FALSE(of_module || of_script);
  EXPECT_EQ(of_module.error().code, Code::unsupported);
  EXPECT_THAT(of_module.error().message, HasSubstr("torch.nn.modules.linear.Linear"));
  EXPECT_EQ(of_script.error().code, Code::unsupported);
  EXPECT_THAT(of_script.error().message, HasSubstr("TorchScript"));
}

// A state dict in the form before 1.6 with this pickle in the place of the tensors'.
Expected<StateDict> read_pickled(std::string_view pickle, std::string_view behind = "") {
  using std::string_literals::operator""s;
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  const std::string number = "\x80\x02K\x01."s;
  static std::string file;
  file = cat(magic, number, number, pickle, behind);
  return read_pth(as_bytes(file));
}

TEST(HostilePickle, WhatPythonWouldRunIsNamedAndLeft) {
  using std::string_literals::operator""s;
  const auto dict = read_pickled("\x80\x02"s + "cos\nsystem\nX\x02\0\0\0ls\x85R."s);
  ASSERT_FALSE(dict);
  EXPECT_EQ(dict.error().code, Code::unsupported);
  EXPECT_THAT(dict.error().message, HasSubstr("os.system"));
}

TEST(HostilePickle, NonsenseIsRefused) {
  using std::string_literals::operator""s;
  for (const std::string& pickle : {
           "\x80\x02."s,                   // nothing on the stack
           "\x80\x02R."s,                  // a call of nothing
           "\x80\x02t."s,                  // a tuple without a mark
           "\x80\x02h\x07."s,              // what was never remembered
           "\x80\x02q\x01."s,              // nothing to remember
           "\x80\x02}K\x01s."s,            // a key without a value
           "\x80\x02K\x01K\x02K\x03s."s,   // items of a number
           "\x80\x02(K\x01\x85."s,         // a tuple across a mark: fits, but is no dict
           "\x80\x02]K\x01u."s,            // items without a mark
           "\x80\x02(]e."s,                // a list that is its own mark's
           "\x80\x02X\xff\xff\xff\x7f."s,  // a text longer than the file
           "\x80\x02K\x01Q."s,             // elements that are nowhere
           "\x80\x04N."s,                  // another protocol
           "\x80\x02"
           "i."s,  // an opcode of no use here
           "\x80\x02"
           "cnever ends"s,
       }) {
    const auto dict = read_pickled(pickle);
    ASSERT_FALSE(dict) << printable(pickle);
    EXPECT_FALSE(dict.error().message.empty());
  }
}

// dict(x = _rebuild_tensor_v2((storage), offset, sizes, strides)) of four floats.
std::string tensor_pickle(std::string_view offset, std::string_view sizes,
                          std::string_view strides) {
  using std::string_literals::operator""s;
  return cat("\x80\x02}X\x01\0\0\0xctorch._utils\n_rebuild_tensor_v2\n("s,
             "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x03\0\0\0cpuK\x04tQ"s, offset,
             sizes, strides, "tRs."s);
}
const std::string& four_floats() {
  using std::string_literals::operator""s;
  static const std::string kBehind =
      cat("\x80\x02]X\x01\0\0\0aa."s, "\x04\0\0\0\0\0\0\0"s, std::string(16, '\0'));
  return kBehind;
}

TEST(HostilePickle, TensorsBeyondTheirElementsAreRefused) {
  using std::string_literals::operator""s;
  const auto good = read_pickled(tensor_pickle("K\x01", "K\x03\x85", "K\x01\x85"), four_floats());
  ASSERT_TRUE(good) << good.error().text();
  const std::string huge = "J\xff\xff\xff\x7f"s;
  const std::string largest = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"s;
  for (const auto& [offset, size, stride] : std::vector<std::array<std::string, 3>>{
           {"K\x02", "K\x03", "K\x01"},
           {"K\0"s, "K\x03", "K\x02"},
           {"K\0"s, "K\x02", huge},
           {"K\0"s, "K\x02", largest},
           {"K\0"s, largest, "K\0"s},
           {"K\0"s, huge, "K\0"s},
           {largest, "K\x01", "K\x01"},
           {"J\xff\xff\xff\xff", "K\x01", "K\x01"},
           {"K\0"s, "J\xff\xff\xff\xff", "K\x01"},
           {"N", "K\x01", "K\x01"},
       }) {
    const auto dict =
        read_pickled(tensor_pickle(offset, size + "\x85", stride + "\x85"), four_floats());
    EXPECT_FALSE(dict) << printable(cat(offset, "|", size, "|", stride));
  }
  EXPECT_FALSE(read_pickled(tensor_pickle("K\0"s, "K\x01K\x01\x86", "K\x01\x85"), four_floats()));
  EXPECT_FALSE(read_pickled(tensor_pickle("K\0"s, "K\x04\x85", "K\x01\x85"),
                            four_floats().substr(0, four_floats().size() - 1)));
}

TEST(HostilePickle, StepsAreBounded) {
  const auto dict = read_pickled(cat("\x80\x02", std::string(3'000'000, 'N'), "."));
  ASSERT_FALSE(dict);
  EXPECT_EQ(dict.error().code, Code::limit_exceeded);
}

TEST(HostilePickle, EveryCutOfEachFormIsRefused) {
  for (const std::string_view name : {"zip.pth", "legacy.pth"}) {
    const std::string file = weights_file(name);
    for (size_t size = 0; size < file.size(); ++size) {
      const std::string cut = file.substr(0, size);
      EXPECT_FALSE(read_pth(as_bytes(cut))) << name << " cut at " << size;
    }
  }
}

std::string safetensors(std::string_view header, size_t data) {
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  return cat(file, header, std::string(data, '\0'));
}

TEST(Safetensors, BrokenHeadersAreRefused) {
  for (const std::string_view header : {
           R"([])",
           R"({"x":1})",
           R"({"x":{"dtype":"F32","shape":[2]}})",
           R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}})",
           R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
           R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
           R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})",
           R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
           R"({"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})",
           R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})",
           R"({"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}})",
           R"({"x":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}})",
       }) {
    const std::string file = safetensors(header, 8);
    const auto dict = read_safetensors(as_bytes(file));
    ASSERT_FALSE(dict) << header;
    EXPECT_FALSE(dict.error().message.empty());
  }
  const std::string file =
      safetensors(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  EXPECT_TRUE(read_safetensors(as_bytes(file)));
  EXPECT_FALSE(read_safetensors(as_bytes(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff{}"))));
}

}  // namespace
}  // namespace hone::weights
