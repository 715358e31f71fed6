// Files that lie: each is refused with a sentence that names what is wrong, and none does harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/gguf/reader.h"
#include "frontend/gguf/test_models.h"
#include "frontend/gguf/tokenizer_fields.h"

namespace hone {
namespace {

using test::GgufWriter;
using test::model_with_tokenizer;
using test::small_model;
using testing::HasSubstr;

std::string error_of(const std::string& bytes) {
  const auto file = GgufFile::parse(as_bytes(bytes), "dir/m.gguf");
  EXPECT_FALSE(file);
  if (file) return {};
  EXPECT_THAT(file.error().where, HasSubstr("m.gguf"));
  return file.error().text();
}

// Everything that can be asked of a file that parsed; sanitizers watch.
uint64_t use(const GgufFile& file) {
  uint64_t sum = 0;
  for (const GgufValue& value : file.metadata()) sum += value.text().size();
  for (const GgufTensor& tensor : file.tensors()) {
    for (const std::byte byte : tensor.data) sum += std::to_integer<uint64_t>(byte);
  }
  if (const auto data = tokenizer_data(file)) sum += data->tokens.size();
  return sum;
}

TEST(GgufHostile, EveryTruncationIsRefused) {
  const std::string bytes = model_with_tokenizer().bytes();
  // The last tensor's padding may be missing.
  const size_t needed = bytes.size() - 29;
  for (size_t size = 0; size < needed; ++size) {
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    const auto file = GgufFile::parse(std::as_bytes(std::span(exact)), "m.gguf");
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, Code::corrupt) << size;
    EXPECT_THAT(file.error().where, HasSubstr("m.gguf")) << size;
    EXPECT_FALSE(file.error().message.empty());
  }
  EXPECT_TRUE(GgufFile::parse(as_bytes(bytes).first(needed), "m.gguf"));
}

TEST(GgufHostile, NoFlippedBitOfTheHeaderDoesHarm) {
  const GgufWriter writer = model_with_tokenizer();
  std::string bytes = writer.bytes();
  size_t refused = 0;
  for (size_t bit = 0; bit < writer.header_size() * 8; ++bit) {
    const char mask = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
    if (file) {
      use(*file);
    } else {
      ++refused;
    }
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
  EXPECT_GT(refused, writer.header_size() * 8 / 3);
}

TEST(GgufHostile, NotAGguf) {
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of("PK\x03\x04zzzz"), HasSubstr("begins with 'PK\\x03\\x04'"));
  EXPECT_THAT(error_of("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(error_of("tjgg1234"), HasSubstr("before GGUF"));
  EXPECT_THAT(error_of("GGUF"), HasSubstr("cut short"));
}

TEST(GgufHostile, Versions) {
  EXPECT_THAT(error_of(GgufWriter(1).bytes()), HasSubstr("version 1 is not supported"));
  EXPECT_THAT(error_of(GgufWriter(4).bytes()), HasSubstr("version 4 is not supported"));
  EXPECT_THAT(error_of(GgufWriter(0).bytes()), HasSubstr("version 0 is not supported"));
  EXPECT_THAT(error_of(GgufWriter(0x03000000).bytes()), HasSubstr("big-endian"));
}

TEST(GgufHostile, Counts) {
  EXPECT_THAT(error_of(small_model().override_metadata_count(5000).bytes()),
              HasSubstr("promises 5000 metadata entries but only"));
  EXPECT_THAT(error_of(small_model().override_metadata_count(UINT64_MAX).bytes()),
              HasSubstr("at most 65536 are read"));
  EXPECT_THAT(error_of(small_model().override_tensor_count(60000).bytes()),
              HasSubstr("promises 60000 tensors but only"));
  EXPECT_THAT(error_of(small_model().override_tensor_count(1 << 20).bytes()),
              HasSubstr("at most 131072 are read"));
}

std::string payload(std::initializer_list<uint64_t> words) {
  std::string out;
  for (const uint64_t word : words) out.append(reinterpret_cast<const char*>(&word), 8);
  return out;
}

std::string array_payload(uint32_t type, uint64_t count) {
  return std::string(reinterpret_cast<const char*>(&type), 4) + payload({count});
}

TEST(GgufHostile, Metadata) {
  const auto error_with = [](uint32_t type, const std::string& raw) {
    return error_of(GgufWriter().add_raw("the.key", type, raw).add("z", 1u).bytes());
  };
  EXPECT_THAT(error_with(13, "xxxx"), HasSubstr("'the.key' has the unknown type 13"));
  EXPECT_THAT(error_with(7, "\x02"), HasSubstr("key 'the.key': a bool is 2"));
  EXPECT_THAT(error_with(8, payload({1000})), HasSubstr("key 'the.key': the data ends"));
  EXPECT_THAT(error_with(8, payload({UINT64_MAX})), HasSubstr("at most 67108864 are read"));
  EXPECT_THAT(error_with(9, array_payload(9, 1)), HasSubstr("nested arrays"));
  EXPECT_THAT(error_with(9, array_payload(77, 1)), HasSubstr("element type 77"));
  EXPECT_THAT(error_with(9, array_payload(4, UINT64_MAX / 4 + 2)), HasSubstr("at most 16777216"));
  EXPECT_THAT(error_with(9, array_payload(4, 1000)), HasSubstr("4000 bytes are needed"));
  EXPECT_THAT(error_with(9, array_payload(7, 1) + "\x07"), HasSubstr("a bool is 7"));
  EXPECT_THAT(error_with(9, array_payload(8, 2) + payload({0, UINT64_MAX - 3})),
              HasSubstr("string 1 of 2 does not fit"));
  EXPECT_THAT(error_with(9, array_payload(8, 900)), HasSubstr("does not fit"));
}

TEST(GgufHostile, Keys) {
  EXPECT_THAT(error_of(GgufWriter().add("k", 1u).add("k", 2u).bytes()),
              HasSubstr("metadata key 'k' occurs twice"));
  EXPECT_THAT(error_of(GgufWriter().add("", 1u).add("k", 1u).bytes()), HasSubstr("key is empty"));
  EXPECT_THAT(error_of(GgufWriter().add(std::string(70000, 'k'), 1u).bytes()),
              HasSubstr("a key of 70000 bytes"));
  EXPECT_THAT(error_of(GgufWriter().add("a\x1b[2J", 1u).add("a\x1b[2J", 2u).bytes()),
              HasSubstr("'a\\x1b[2J'"));
}

TEST(GgufHostile, Alignment) {
  for (const uint32_t bad : {0u, 1u, 4u, 24u, 33u, 0x80000000u}) {
    GgufWriter writer;
    writer.add("general.alignment", bad).add_tensor("t", {4}, {1, 2, 3, 4});
    EXPECT_THAT(error_of(writer.bytes()), HasSubstr(cat("general.alignment is ", bad)));
  }
  EXPECT_THAT(error_of(GgufWriter().add("general.alignment", "32").bytes()),
              HasSubstr("'general.alignment' is a string"));
}

TEST(GgufHostile, TensorShapes) {
  const auto error_with = [](const std::vector<uint64_t>& dims, DType dtype = DType::f32) {
    return error_of(GgufWriter().add_tensor("the.tensor", dtype, dims, "1234").bytes());
  };
  EXPECT_THAT(error_with({0, 4}), HasSubstr("tensor 'the.tensor': a dimension is 0"));
  EXPECT_THAT(error_with({4, UINT64_MAX}), HasSubstr("a dimension is -1"));
  EXPECT_THAT(error_with({1 << 30, 1 << 30}), HasSubstr("more than 281474976710656 elements"));
  EXPECT_THAT(error_with({INT64_MAX, INT64_MAX}), HasSubstr("more than"));
  EXPECT_THAT(error_with({uint64_t{1} << 32, uint64_t{1} << 32, 16}), HasSubstr("more than"));
  EXPECT_THAT(error_with({1, 1, 1, 1, 1}), HasSubstr("it has 5 dimensions"));
  EXPECT_THAT(error_with({33}, DType::q4_0), HasSubstr("not whole blocks of 32 (q4_0)"));
  EXPECT_THAT(error_with({255, 256}, DType::q4_k), HasSubstr("not whole blocks of 256 (q4_k)"));
  EXPECT_THAT(error_with({16}), HasSubstr("its 64 bytes at offset 0"));
  EXPECT_THAT(error_with({uint64_t{1} << 40}), HasSubstr("do not lie in the file"));
}

TEST(GgufHostile, TensorTypes) {
  for (const uint32_t bad : {4u, 5u, 31u, 33u, 36u, 43u, 0xffffffffu}) {
    EXPECT_THAT(error_of(small_model().override_type(bad).bytes()),
                HasSubstr(cat("tensor 'c': it has the unknown type ", bad)));
  }
}

TEST(GgufHostile, TensorPlaces) {
  EXPECT_THAT(error_of(small_model().override_offset(3).bytes()),
              HasSubstr("tensor 'c': its data at offset 3 is not aligned to 32"));
  EXPECT_THAT(error_of(small_model().override_offset(1 << 20).bytes()),
              HasSubstr("tensor 'c': its 3 bytes at offset 1048576"));
  EXPECT_THAT(error_of(small_model().override_offset(UINT64_MAX - 31).bytes()),
              HasSubstr("do not lie in the file"));
  EXPECT_THAT(error_of(small_model().override_offset(64).bytes()),
              HasSubstr("tensor 'c' overlaps tensor 'b'"));
  EXPECT_THAT(error_of(small_model().override_offset(0).bytes()), HasSubstr("overlaps tensor"));
}

TEST(GgufHostile, TensorNames) {
  EXPECT_THAT(error_of(small_model().add_tensor("a", {1}, {1}).bytes()),
              HasSubstr("tensor 'a' occurs twice"));
  EXPECT_THAT(error_of(small_model().add_tensor("", {1}, {1}).bytes()),
              HasSubstr("tensor entry 3: the name is empty"));
  EXPECT_THAT(error_of(small_model().add_tensor(std::string(300, 'x'), {1}, {1}).bytes()),
              HasSubstr("a tensor name of 300 bytes"));
}

TEST(GgufHostile, BrokenSizesOfTextsAreDamage) {
  const auto code_of = [](const std::string& bytes) {
    return parse_gguf_part(std::as_bytes(std::span(bytes))).error().code;
  };
  EXPECT_EQ(code_of(small_model().add_tensor(std::string(300, 'x'), {1}, {1}).bytes()),
            Code::corrupt);
  EXPECT_EQ(code_of(small_model().add(std::string(70000, 'k'), uint32_t{1}).bytes()),
            Code::corrupt);
  std::string bytes = small_model().add_tensor("a_long_name", {1}, {1}).bytes();
  const size_t at = bytes.find("a_long_name");
  ASSERT_NE(at, bytes.npos);
  bytes[at - 2] = '\x7f';  // in the size's upper bytes
  EXPECT_EQ(code_of(bytes), Code::corrupt);
}

}  // namespace
}  // namespace hone
