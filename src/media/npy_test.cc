#include "media/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "support/scratch_folder.h"
#include "tensor/float.h"

namespace hone {
namespace {

// Written by NumPy: tools/make_media_goldens.py.
std::string golden(std::string_view name) {
  return cat(HONE_SOURCE_DIR "/src/media/testdata/npy/", name, ".npy");
}

template <class T>
std::vector<double> numbers_as(const NpyArray& array) {
  std::vector<double> out;
  for (const T value : PackedView<T>(array.bytes)) out.push_back(static_cast<double>(value));
  return out;
}

std::vector<double> numbers(const NpyArray& array) {
  switch (array.dtype) {
    case DType::f16: {
      std::vector<double> out;
      for (const uint16_t half : PackedView<uint16_t>(array.bytes)) {
        out.push_back(f16_to_f32(half));
      }
      return out;
    }
    case DType::f32:
      return numbers_as<float>(array);
    case DType::f64:
      return numbers_as<double>(array);
    case DType::i8:
      return numbers_as<int8_t>(array);
    case DType::i16:
      return numbers_as<int16_t>(array);
    case DType::i32:
      return numbers_as<int32_t>(array);
    case DType::i64:
      return numbers_as<int64_t>(array);
    case DType::u16:
      return numbers_as<uint16_t>(array);
    case DType::u32:
      return numbers_as<uint32_t>(array);
    case DType::u64:
      return numbers_as<uint64_t>(array);
    default:
      return numbers_as<uint8_t>(array);
  }
}

// The content of every golden of shape 2, 3, 4.
std::vector<double> expected() {
  std::vector<double> values;
  for (int i = 0; i < 24; ++i) values.push_back((i * 7 + 3) % 100);
  return values;
}

std::string with_header(std::string_view header, size_t data_bytes = 0) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + std::string(header) + std::string(data_bytes, '\0');
}

TEST(Npy, EveryDtypeInBothByteAndAxisOrders) {
  const std::pair<std::string_view, DType> types[] = {
      {"f2", DType::f16}, {"f4", DType::f32}, {"f8", DType::f64}, {"i1", DType::i8},
      {"i2", DType::i16}, {"i4", DType::i32}, {"i8", DType::i64}, {"u1", DType::u8},
      {"u2", DType::u16}, {"u4", DType::u32}, {"u8", DType::u64}};
  for (const auto& [name, dtype] : types) {
    for (const std::string_view order : {"", "_big_fortran"}) {
      const auto array = read_npy(golden(cat(name, order)));
      ASSERT_TRUE(array) << array.error().text();
      EXPECT_EQ(array->dtype, dtype);
      EXPECT_THAT(array->shape, testing::ElementsAre(2, 3, 4));
      EXPECT_EQ(numbers(*array), expected()) << name << order;
    }
  }
}

TEST(Npy, Booleans) {
  for (const std::string_view name : {"b1", "b1_big_fortran"}) {
    const auto array = read_npy(golden(name));
    ASSERT_TRUE(array);
    EXPECT_EQ(array->dtype, DType::boolean);
    for (size_t i = 0; i < 24; ++i) EXPECT_EQ(numbers(*array)[i], expected()[i] > 50);
  }
  const auto odd = parse_npy(
      as_bytes(with_header("{'descr':'|b1','fortran_order':False,'shape':(1,)}") + "\x07"));
  EXPECT_EQ(odd->bytes[0], std::byte{1});
}

TEST(Npy, LaterVersionsScalarsAndEmptyArrays) {
  for (const std::string_view name : {"version_2", "version_3"}) {
    EXPECT_EQ(numbers(read_npy(golden(name)).value()), expected());
  }
  const auto scalar = read_npy(golden("scalar"));
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_EQ(numbers(*scalar), std::vector<double>{1.5});
  const auto empty = read_npy(golden("empty"));
  EXPECT_THAT(empty->shape, testing::ElementsAre(3, 0, 2));
  EXPECT_TRUE(empty->bytes.empty());
}

// NumPy's own files are the measure: what is read from them is written to the same bytes.
TEST(Npy, WritesTheBytesThatNumPyWrites) {
  const test::ScratchFolder folder;
  for (const std::string_view name : {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4",
                                      "u8", "b1", "scalar", "empty"}) {
    const std::string path = cat(folder.path(), "/", name, ".npy");
    ASSERT_TRUE(write_npy(path, read_npy(golden(name)).value()));
    EXPECT_EQ(read_file(path).value(), read_file(golden(name)).value()) << name;
  }
}

TEST(Npy, Bf16IsWrittenAsF32) {
  NpyArray array{DType::bf16, {2}, {}};
  for (const float value : {1.5f, -2.0f}) {
    const uint16_t half = f32_to_bf16(value);
    const auto raw = std::as_bytes(std::span(&half, 1));
    array.bytes.insert(array.bytes.end(), raw.begin(), raw.end());
  }
  const auto back = parse_npy(as_bytes(npy_text(array).value()));
  EXPECT_EQ(back->dtype, DType::f32);
  EXPECT_EQ(numbers(*back), (std::vector<double>{1.5, -2}));
}

TEST(Npy, WhatIsNoPlainArrayIsRefused) {
  for (const std::string_view name : {"complex", "fields", "text"}) {
    const auto array = read_npy(golden(name));
    ASSERT_FALSE(array) << name;
    EXPECT_EQ(array.error().code, Code::unsupported);
    EXPECT_EQ(array.error().where, golden(name));
  }
  EXPECT_EQ(npy_text({DType::q4_0, {32}, std::vector<std::byte>(18)}).error().code,
            Code::invalid_argument);
  EXPECT_EQ(npy_text({DType::f32, {2}, std::vector<std::byte>(7)}).error().code,
            Code::invalid_argument);
  EXPECT_EQ(npy_text({DType::f32, {-2}, std::vector<std::byte>(8)}).error().code,
            Code::invalid_argument);
}

TEST(Npy, EveryCutFileIsRefused) {
  const std::string whole = read_file(golden("f4")).value();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_npy(as_bytes(whole.substr(0, size)))) << size;
  }
  EXPECT_FALSE(parse_npy(as_bytes(whole + "x")));
}

TEST(Npy, HostileHeadersAreRefused) {
  const std::string_view shapes[] = {
      "(4294967296, 4294967296)",
      "(9223372036854775807, 2)",
      "(99999999999999999999,)",
      "(-1,)",
      "(1 2)",
      "(1,,)",
      "(1",
      "1",
      "()()",
      "(1000000000000,)",
  };
  for (const std::string_view shape : shapes) {
    const auto array = parse_npy(as_bytes(
        with_header(cat("{'descr': '<f4', 'fortran_order': False, 'shape': ", shape, "}"), 4)));
    EXPECT_FALSE(array) << shape;
  }
  std::string many = "(";
  for (size_t i = 0; i <= kMaxNpyRank; ++i) many += "1,";
  const std::string_view headers[] = {
      "",
      "{",
      "{}",
      "{'descr': '<f4'}",
      "{'descr': '<f4",
      "{'descr' '<f4'}",
      "{3: 4}",
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
  };
  for (const std::string_view header : headers) {
    EXPECT_FALSE(parse_npy(as_bytes(with_header(header, 4)))) << header;
  }
  const auto deep = parse_npy(as_bytes(
      with_header(cat("{'descr': '<f4', 'fortran_order': False, 'shape': ", many, ")}"), 4)));
  EXPECT_EQ(deep.error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace hone
