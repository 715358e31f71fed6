#include "backend/cpu/strided_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "backend/cpu/copy_bytes.h"
#include "support/split_mix.h"

namespace hone {
namespace {

// What a copy means, an element at a time.
void copy_plainly(int64_t bytes, std::span<const CopyAxis> axes, const std::byte* from,
                  std::byte* to) {
  if (axes.empty()) {
    std::copy_n(from, bytes, to);
    return;
  }
  for (int64_t i = 0; i < axes[0].size; ++i) {
    copy_plainly(bytes, axes.subspan(1), from + i * axes[0].from * bytes,
                 to + i * axes[0].to * bytes);
  }
}

struct Sample {
  std::vector<CopyAxis> axes;
  int64_t from_elements = 1, to_elements = 1;
};

// A dense target whose axes walk the source in any order, some of them repeated or with gaps.
Sample make_sample(test::SplitMix64& random) {
  const size_t rank = random.next() % 5;
  Sample sample;
  for (size_t i = 0; i < rank; ++i) {
    const uint64_t kind = random.next() % 4;
    const auto most = static_cast<uint64_t>(kind == 0 ? 40 : 7);
    sample.axes.push_back({static_cast<int64_t>(1 + random.next() % most), 0, 0});
  }
  std::vector<size_t> order(rank);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = rank; i > 1; --i) std::swap(order[i - 1], order[random.next() % i]);
  for (const size_t axis : order) {
    CopyAxis& a = sample.axes[axis];
    if (random.next() % 5 == 0) continue;  // repeated
    a.from = sample.from_elements;
    sample.from_elements *= a.size + static_cast<int64_t>(random.next() % 3 == 0 ? 2 : 0);
  }
  for (size_t i = rank; i-- > 0;) {
    sample.axes[i].to = sample.to_elements;
    sample.to_elements *=
        sample.axes[i].size + static_cast<int64_t>(random.next() % 4 == 0 ? 1 : 0);
  }
  return sample;
}

TEST(StridedCopy, AgreesWithElementsCopiedOneByOne) {
  test::SplitMix64 random(7);
  for (int run = 0; run < 3000; ++run) {
    const Sample sample = make_sample(random);
    const int64_t bytes = int64_t{1} << random.next() % 4;
    std::vector<std::byte> from(static_cast<size_t>(sample.from_elements * bytes) + 1);
    for (std::byte& byte : from) byte = static_cast<std::byte>(random.next());
    const size_t off = random.next() % 2;  // any address
    std::vector<std::byte> expected(static_cast<size_t>(sample.to_elements * bytes) + 1,
                                    std::byte{0x5a});
    std::vector<std::byte> actual = expected;
    copy_plainly(bytes, sample.axes, from.data() + off, expected.data() + off);
    const StridedCopy copy(bytes, sample.axes);
    for (int64_t tile = copy.tiles(); tile-- > 0;) {
      copy.run(tile, from.data() + off, actual.data() + off);
    }
    ASSERT_EQ(actual, expected) << "run " << run;
  }
}

TEST(StridedCopy, WalksBack) {
  const std::vector<uint32_t> from{1, 2, 3, 4, 5, 6};
  std::vector<uint32_t> to(6);
  const CopyAxis axes[] = {{2, 3, 3}, {3, -1, 1}};
  const StridedCopy copy(4, axes);
  for (int64_t tile = 0; tile < copy.tiles(); ++tile) {
    copy.run(tile, reinterpret_cast<const std::byte*>(from.data() + 2),
             reinterpret_cast<std::byte*>(to.data()));
  }
  EXPECT_EQ(to, (std::vector<uint32_t>{3, 2, 1, 6, 5, 4}));
}

TEST(StridedCopy, HasNothingToDoForAnEmptyAxis) {
  const CopyAxis axes[] = {{5, 1, 1}, {0, 1, 1}};
  EXPECT_EQ(StridedCopy(4, axes).tiles(), 0);
}

TEST(StridedCopy, IsCutIntoTilesThatSeveralThreadsCanShare) {
  const CopyAxis row[] = {{1 << 20, 1, 1}};
  EXPECT_GT(StridedCopy(4, row).tiles(), 8);
  const CopyAxis matrix[] = {{1024, 1, 1024}, {1024, 1024, 1}};
  EXPECT_GT(StridedCopy(4, matrix).tiles(), 8);
}

TEST(CopyBytes, CopiesAsManyAsItIsToldAndNoMore) {
  for (size_t bytes = 0; bytes < 100; ++bytes) {
    std::vector<std::byte> from(bytes), to(bytes + 1, std::byte{0x5a});
    for (size_t i = 0; i < bytes; ++i) from[i] = static_cast<std::byte>(i + 1);
    copy_bytes(to.data(), from.data(), bytes);
    ASSERT_TRUE(std::equal(from.begin(), from.end(), to.begin())) << bytes;
    ASSERT_EQ(to.back(), std::byte{0x5a}) << bytes;
  }
}

}  // namespace
}  // namespace hone
