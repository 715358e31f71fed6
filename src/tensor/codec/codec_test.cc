#include "tensor/codec/codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"

namespace hone {
namespace {

// A file that tools/make_codec_goldens.py wrote.
struct Golden {
  int64_t blocks = 0;
  std::string raw;
  std::vector<uint64_t> hashes;      // a block each
  std::vector<uint32_t> first_bits;  // of the first block's floats
};

template <class T>
std::vector<T> read_all(ByteReader& reader, int64_t count) {
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(reader.read<T>());
  return values;
}

Golden read_golden(const DTypeInfo& type) {
  const auto content =
      read_file(cat(HONE_SOURCE_DIR, "/src/tensor/codec/testdata/", type.name, ".golden"));
  EXPECT_TRUE(content) << type.name;
  if (!content) return {};
  ByteReader reader(as_bytes(*content));
  Golden golden;
  golden.blocks = reader.u32();
  golden.raw = reader.text(static_cast<uint64_t>(golden.blocks * type.block_bytes));
  golden.hashes = read_all<uint64_t>(reader, golden.blocks);
  golden.first_bits = read_all<uint32_t>(reader, type.block_elements);
  EXPECT_TRUE(reader.ok() && reader.remaining() == 0) << type.name;
  return golden;
}

// All NaNs are alike: their payload and sign depend on the instructions chosen.
uint32_t canonical_bits(float value) {
  return std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value);
}

uint64_t fnv1a(std::span<const float> floats) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const float value : floats) {
    for (int shift = 0; shift < 32; shift += 8) {
      hash = (hash ^ (canonical_bits(value) >> shift & 255u)) * 0x100000001b3u;
    }
  }
  return hash;
}

std::vector<float> decode(const DTypeInfo& type, const std::byte* blocks, int64_t count) {
  std::vector<float> out(static_cast<size_t>(count * type.block_elements));
  find_codec(type.dtype)->decode(blocks, count * type.block_elements, out.data());
  return out;
}

std::vector<DTypeInfo> types_with_codec() {
  std::vector<DTypeInfo> types;
  for (const DTypeInfo& type : all_dtypes()) {
    if (find_codec(type.dtype) != nullptr) types.push_back(type);
  }
  return types;
}

class CodecTest : public testing::TestWithParam<DTypeInfo> {};

TEST_P(CodecTest, IsBitEqualToTheReference) {
  const DTypeInfo& type = GetParam();
  const Golden golden = read_golden(type);
  ASSERT_GT(golden.blocks, 0);
  const std::vector<float> out = decode(type, as_bytes(golden.raw).data(), golden.blocks);
  const auto elements = static_cast<size_t>(type.block_elements);
  for (size_t i = 0; i < elements; ++i) {
    ASSERT_EQ(canonical_bits(out[i]), golden.first_bits[i])
        << "element " << i << ": " << out[i] << " instead of "
        << std::bit_cast<float>(golden.first_bits[i]);
  }
  for (size_t block = 0; block < golden.hashes.size(); ++block) {
    const std::span floats = std::span(out).subspan(block * elements, elements);
    ASSERT_EQ(fnv1a(floats), golden.hashes[block]) << "block " << block;
  }
}

TEST_P(CodecTest, ReadsAndWritesNothingElse) {
  const DTypeInfo& type = GetParam();
  const Golden golden = read_golden(type);
  ASSERT_GT(golden.blocks, 1);
  const auto bytes = static_cast<size_t>(type.block_bytes);
  // An odd address, and a heap block that ends with the data: sanitizers see what is read beyond.
  std::vector<std::byte> odd(bytes + 1);
  std::memcpy(odd.data() + 1, golden.raw.data(), bytes);
  std::vector<float> out(static_cast<size_t>(type.block_elements) + 1, 42.0f);
  find_codec(type.dtype)->decode(odd.data() + 1, type.block_elements, out.data());
  EXPECT_EQ(out.back(), 42.0f);
  out.pop_back();
  EXPECT_EQ(fnv1a(out), golden.hashes[0]);
  find_codec(type.dtype)->decode(odd.data() + 1, 0, out.data());
}

INSTANTIATE_TEST_SUITE_P(Types, CodecTest, testing::ValuesIn(types_with_codec()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Codec, EveryFileTypeHasOne) {
  EXPECT_EQ(types_with_codec().size(), 52u);
  for (const DTypeInfo& type : types_with_codec()) {
    EXPECT_EQ(find_codec(type.dtype)->dtype, type.dtype);
  }
  EXPECT_EQ(find_codec(DType::q8_a), nullptr);
}

}  // namespace
}  // namespace hone
