#include "frontend/onnx/tensor_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "frontend/onnx/test_proto.h"
#include "support/scratch_folder.h"

namespace hone::onnx {
namespace {

namespace fs = std::filesystem;
namespace names = field::TensorProto;
using hone::test::ScratchFolder;
using test::Proto;
using testing::ElementsAre;
using testing::HasSubstr;

Proto proto(DataType type, const std::vector<int64_t>& dims) {
  Proto message;
  message.text(names::name, "w").number(names::data_type, static_cast<uint64_t>(type));
  for (const int64_t dim : dims) message.number(names::dims, static_cast<uint64_t>(dim));
  return message;
}

Expected<TensorBytes> read(std::string_view message, TensorSource& source) {
  HONE_TRY(const TensorView view, parse_tensor(as_bytes(message)));
  return tensor_bytes(view, source);
}

std::string error_of(const Proto& message, TensorSource source = {}) {
  const auto bytes = read(message.bytes(), source);
  EXPECT_FALSE(bytes);
  return bytes ? "" : bytes.error().text();
}

template <class T>
std::vector<T> values(const TensorBytes& tensor) {
  std::vector<T> out(tensor.bytes.size() / sizeof(T));
  std::memcpy(out.data(), tensor.bytes.data(), out.size() * sizeof(T));
  return out;
}

std::string floats(std::initializer_list<float> list) {
  return {reinterpret_cast<const char*>(std::data(list)), list.size() * sizeof(float)};
}

TEST(OnnxTensorBytes, RawDataAreAView) {
  // The payload at each of four addresses: copied only where it must be.
  for (const bool is_raw : {true, false}) {
    int copies = 0;
    for (size_t shift = 0; shift < 4; ++shift) {
      const std::string message =
          proto(DataType::FLOAT, {2})
              .text(names::doc_string, std::string(shift, 'x'))
              .text(is_raw ? names::raw_data : names::float_data, floats({1.5f, -2.0f}))
              .bytes();
      TensorSource source;
      const auto view = parse_tensor(as_bytes(message));
      ASSERT_TRUE(view);
      const auto aligned = tensor_bytes(*view, source);
      const auto anywhere = tensor_bytes(*view, source, Placement::anywhere);
      ASSERT_TRUE(aligned && anywhere);
      EXPECT_THAT(values<float>(*aligned), ElementsAre(1.5f, -2.0f));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned->bytes.data()) % sizeof(float), 0u);
      EXPECT_EQ(anywhere->owned, nullptr);
      EXPECT_EQ(as_text(anywhere->bytes).data(), message.data() + message.size() - 8);
      copies += aligned->owned != nullptr;
    }
    EXPECT_EQ(copies, 3);
  }
}

TEST(OnnxTensorBytes, TypedDataMayComeInPieces) {
  TensorSource source;
  const auto integers = read(proto(DataType::INT64, {3})
                                 .number(names::int64_data, static_cast<uint64_t>(-7))
                                 .text(names::int64_data, "\x01\x02")
                                 .bytes(),
                             source);
  ASSERT_TRUE(integers);
  EXPECT_THAT(values<int64_t>(*integers), ElementsAre(-7, 1, 2));
  const auto numbers = read(proto(DataType::FLOAT, {4})
                                .f32(names::float_data, 1.0f)
                                .text(names::float_data, floats({2.0f, 3.0f}))
                                .f32(names::float_data, 4.0f)
                                .bytes(),
                            source);
  ASSERT_TRUE(numbers);
  EXPECT_THAT(values<float>(*numbers), ElementsAre(1.0f, 2.0f, 3.0f, 4.0f));
}

TEST(OnnxTensorBytes, SmallTypesAreUnpacked) {
  TensorSource source;
  const auto raw = [&](DataType type, int64_t count, std::string_view bytes) {
    return read(proto(type, {count}).text(names::raw_data, bytes).bytes(), source);
  };
  const auto i4 = raw(DataType::INT4, 3, "\x8f\x07");
  ASSERT_TRUE(i4);
  EXPECT_THAT(values<int8_t>(*i4), ElementsAre(-1, -8, 7));
  const auto u4 = raw(DataType::UINT4, 3, "\x8f\x07");
  ASSERT_TRUE(u4);
  EXPECT_THAT(values<uint8_t>(*u4), ElementsAre(15, 8, 7));
  const auto i2 = raw(DataType::INT2, 5, "\xe4\x02");
  ASSERT_TRUE(i2);
  EXPECT_THAT(values<int8_t>(*i2), ElementsAre(0, 1, -2, -1, -2));
  const auto f6 = raw(DataType::FLOAT6E2M3, 4, "\xc1\x8f\xfc");
  ASSERT_TRUE(f6);
  EXPECT_THAT(values<uint8_t>(*f6), ElementsAre(1, 63, 8, 63));
  const auto boolean = raw(DataType::BOOL, 3, std::string_view("\x01\x02\0", 3));
  ASSERT_TRUE(boolean);
  EXPECT_THAT(values<uint8_t>(*boolean), ElementsAre(1, 1, 0));
}

TEST(OnnxTensorBytes, ScalarsAndEmptyTensors) {
  TensorSource source;
  const auto scalar = read(proto(DataType::INT32, {}).number(names::int32_data, 5).bytes(), source);
  ASSERT_TRUE(scalar);
  EXPECT_THAT(values<int32_t>(*scalar), ElementsAre(5));
  const auto empty = read(proto(DataType::FLOAT, {0, int64_t{1} << 50}).bytes(), source);
  EXPECT_FALSE(empty);  // the other dimensions are bounded all the same
  const auto none = read(proto(DataType::FLOAT, {0, 3}).bytes(), source);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->bytes.empty());
  EXPECT_THAT(none->dims, ElementsAre(0, 3));
}

TEST(OnnxTensorBytes, WhatLiesAboutItsSizeIsRefused) {
  const std::string eight(8, '\0');
  EXPECT_EQ(error_of(proto(DataType::FLOAT, {3}).text(names::raw_data, eight)),
            "tensor 'w': its shape needs 12 bytes, but its data have 8; the file is damaged");
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {1}).text(names::raw_data, eight)),
              HasSubstr("needs 4 bytes"));
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {3}).text(names::float_data, eight)),
              HasSubstr("needs 12 bytes"));
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {1}).text(names::float_data, eight)),
              HasSubstr("needs 4 bytes"));
  EXPECT_THAT(error_of(proto(DataType::INT32, {1}).text(names::int32_data, eight)),
              HasSubstr("needs 4 bytes"));
  EXPECT_THAT(error_of(proto(DataType::INT32, {9}).text(names::int32_data, eight)),
              HasSubstr("needs 36 bytes"));
  EXPECT_THAT(error_of(proto(DataType::INT64, {int64_t{1} << 39}).text(names::int64_data, eight)),
              HasSubstr("its shape needs"));
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {2})), HasSubstr("its data have 0"));
  EXPECT_THAT(error_of(proto(DataType::INT64, {1}).text(names::int64_data, "\xff")),
              HasSubstr("end within a number"));
}

TEST(OnnxTensorBytes, AbsurdShapesAreRefused) {
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {-1})), HasSubstr("a dimension is -1"));
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {int64_t{1} << 32, int64_t{1} << 32})),
              HasSubstr("more than 1099511627776 elements"));
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {int64_t{1} << 62, 4})), HasSubstr("elements"));
}

TEST(OnnxTensorBytes, TypesThatHoneHasNot) {
  EXPECT_THAT(error_of(proto(DataType::COMPLEX64, {1}).text(names::raw_data, std::string(8, 'x'))),
              HasSubstr("of type COMPLEX64 (14)"));
  EXPECT_THAT(error_of(proto(DataType::STRING, {1}).text(names::string_data, "x")),
              HasSubstr("of type STRING"));
  EXPECT_THAT(error_of(proto(DataType{99}, {1})), HasSubstr("(99)"));
  EXPECT_THAT(error_of(proto(DataType::FLOAT, {1}).text(names::segment, "")), HasSubstr("segment"));
}

TEST(OnnxTensorBytes, Strings) {
  const std::string message = proto(DataType::STRING, {2})
                                  .text(names::string_data, "one")
                                  .text(names::string_data, "")
                                  .bytes();
  const auto view = parse_tensor(as_bytes(message));
  ASSERT_TRUE(view);
  const auto strings = tensor_strings(*view);
  ASSERT_TRUE(strings);
  EXPECT_THAT(*strings, ElementsAre("one", ""));
  const std::string three = proto(DataType::STRING, {3}).text(names::string_data, "x").bytes();
  const auto lacking = tensor_strings(*parse_tensor(as_bytes(three)));
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().text(), "tensor 'w': its shape needs 3 strings, but it has 1");
  const std::string number = proto(DataType::FLOAT, {0}).bytes();
  EXPECT_FALSE(tensor_strings(*parse_tensor(as_bytes(number))));
}

Proto int64s(const std::vector<int64_t>& dims, std::initializer_list<uint64_t> list) {
  Proto message = proto(DataType::INT64, dims);
  for (const uint64_t value : list) message.number(names::int64_data, value);
  return message;
}

std::string read_sparse(const Proto& indices, const std::vector<int64_t>& dims,
                        std::vector<float>* out = nullptr) {
  namespace sparse = field::SparseTensorProto;
  Proto whole;
  whole.add(sparse::values,
            proto(DataType::FLOAT, {2}).text(names::raw_data, floats({5.0f, 6.0f})));
  whole.add(sparse::indices, indices);
  for (const int64_t dim : dims) whole.number(sparse::dims, static_cast<uint64_t>(dim));
  const auto view = parse_sparse_tensor(as_bytes(whole.bytes()));
  if (!view) return view.error().text();
  TensorSource source;
  const auto bytes = tensor_bytes(*view, source);
  if (!bytes) return bytes.error().text();
  if (out != nullptr) *out = values<float>(*bytes);
  return "";
}

TEST(OnnxTensorBytes, SparseTensorsAreWrittenOut) {
  std::vector<float> out;
  EXPECT_EQ(read_sparse(int64s({2}, {1, 3}), {2, 2}, &out), "");
  EXPECT_THAT(out, ElementsAre(0.0f, 5.0f, 0.0f, 6.0f));
  EXPECT_EQ(read_sparse(int64s({2, 2}, {0, 1, 1, 0}), {2, 2}, &out), "");
  EXPECT_THAT(out, ElementsAre(0.0f, 5.0f, 6.0f, 0.0f));
  EXPECT_THAT(read_sparse(int64s({2}, {1, 4}), {2, 2}), HasSubstr("value 1 lies outside"));
  EXPECT_THAT(read_sparse(int64s({2, 2}, {0, 1, 2, 0}), {2, 2}), HasSubstr("lies outside"));
  EXPECT_THAT(read_sparse(int64s({1}, {1}), {2, 2}), HasSubstr("do not fit"));
  EXPECT_THAT(read_sparse(int64s({2, 1}, {1, 2}), {2, 2}), HasSubstr("do not fit"));
  EXPECT_THAT(read_sparse(int64s({2}, {0, 1}), {1 << 20, 1 << 10}), HasSubstr("written out"));
}

class OnnxExternal : public testing::Test {
 protected:
  OnnxExternal() {
    fs::create_directories(root_ / "model" / "sub");
    std::ofstream(root_ / "secret.bin") << std::string(64, 's');
    std::ofstream(root_ / "model" / "w.bin") << "0123456789abcdef";
    std::ofstream(root_ / "model" / "sub" / "w.bin") << "sub.";
  }

  Proto tensor(std::string_view location, std::string_view offset = "",
               std::string_view length = "") {
    return external(proto(DataType::UINT8, {4}), location, offset, length);
  }
  static Proto external(Proto message, std::string_view location, std::string_view offset = "",
                        std::string_view length = "") {
    namespace entry = field::StringStringEntryProto;
    message.number(names::data_location, 1);
    const auto add = [&](std::string_view key, std::string_view value) {
      if (value.empty()) return;
      message.add(names::external_data, Proto().text(entry::key, key).text(entry::value, value));
    };
    add("location", location);
    add("offset", offset);
    add("length", length);
    return message;
  }
  std::string text(const Proto& message) {
    const auto bytes = read(message.bytes(), source_);
    return bytes ? std::string(as_text(bytes->bytes)) : bytes.error().text();
  }

  ScratchFolder scratch_;
  fs::path root_ = scratch_.path();
  TensorSource source_{root_ / "model"};
};

TEST_F(OnnxExternal, IsReadFromItsFolder) {
  EXPECT_EQ(text(tensor("w.bin")), "0123");
  EXPECT_EQ(text(tensor("w.bin", "12", "4")), "cdef");
  EXPECT_EQ(text(tensor("./sub/w.bin")), "sub.");
  fs::create_symlink("w.bin", root_ / "model" / "link.bin");
  EXPECT_EQ(text(tensor("link.bin", "1")), "1234");
  fs::create_directory_symlink(root_ / "model", root_ / "alias");
  source_ = TensorSource(root_ / "alias");
  EXPECT_EQ(text(tensor("w.bin", "2")), "2345");
}

TEST_F(OnnxExternal, IsAViewOfAFileThatIsMappedOnce) {
  const std::string first = tensor("w.bin").bytes();
  const std::string second = tensor("w.bin", "4").bytes();
  const auto a = read(first, source_);
  const auto b = read(second, source_);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->owned, nullptr);
  EXPECT_EQ(a->bytes.data() + 4, b->bytes.data());
}

TEST_F(OnnxExternal, NothingElseIsRead) {
  EXPECT_THAT(text(tensor("../secret.bin")), HasSubstr("only files in the model's own folder"));
  EXPECT_THAT(text(tensor("sub/../w.bin")), HasSubstr("only files in the model's own folder"));
  EXPECT_THAT(text(tensor("/etc/passwd")), HasSubstr("only files in the model's own folder"));
  EXPECT_THAT(text(tensor(std::string_view("w.bin\0x", 7))), HasSubstr("only files"));
  EXPECT_THAT(text(tensor("")), HasSubstr("which is not named"));
  fs::create_symlink(root_ / "secret.bin", root_ / "model" / "out.bin");
  EXPECT_THAT(text(tensor("out.bin")), HasSubstr("leads out of the model's folder"));
  fs::create_directory_symlink(root_, root_ / "model" / "up");
  EXPECT_THAT(text(tensor("up/secret.bin")), HasSubstr("leads out of the model's folder"));
  fs::create_directory_symlink(root_ / "model", root_ / "model-2");
  EXPECT_THAT(text(tensor("sub")), HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((root_ / "model" / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(text(tensor("pipe")), HasSubstr("not a regular file"));
  EXPECT_THAT(text(tensor("none.bin")), HasSubstr("belongs beside the model"));
}

TEST_F(OnnxExternal, OffsetsAndLengthsAreChecked) {
  EXPECT_THAT(text(tensor("w.bin", "13")), HasSubstr("reach beyond the end of 'w.bin'"));
  EXPECT_THAT(text(tensor("w.bin", "9223372036854775807")), HasSubstr("reach beyond"));
  EXPECT_THAT(text(tensor("w.bin", "0", "5")), HasSubstr("5 are given as the length"));
  EXPECT_THAT(text(tensor("w.bin", "-1")), HasSubstr("'-1' is not a number of bytes"));
  EXPECT_THAT(text(tensor("w.bin", "0", "4x")), HasSubstr("not a number of bytes"));
  EXPECT_THAT(text(tensor("w.bin", "99999999999999999999")), HasSubstr("not a number of bytes"));
}

// Each takes new memory, though all lie over the same 16 bytes.
TEST_F(OnnxExternal, IsUnpackedOnlySoOften) {
  for (const DataType type : {DataType::INT4, DataType::BOOL}) {
    const int64_t elements = type == DataType::INT4 ? 32 : 16;
    source_ = TensorSource(root_ / "model");
    for (uint64_t i = 0; i < limits::kExternalCopies; ++i) {
      EXPECT_EQ(text(external(proto(type, {elements}), "w.bin")).size(),
                static_cast<size_t>(elements));
    }
    EXPECT_THAT(text(external(proto(type, {elements}), "w.bin")),
                HasSubstr("would be unpacked more than 2 times"));
    EXPECT_EQ(text(tensor("w.bin")), "0123");  // a view
  }
}

TEST_F(OnnxExternal, InMemoryThereIsNoFolder) {
  source_ = TensorSource();
  EXPECT_THAT(text(tensor("w.bin")), HasSubstr("a model in memory"));
}

}  // namespace
}  // namespace hone::onnx
