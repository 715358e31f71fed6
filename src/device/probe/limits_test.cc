#include "device/probe/limits.h"

#include <gtest/gtest.h>

#include "backend/cpu/isa_table.h"
#include "device/probe/kernels.h"

namespace hone {

HONE_ISA_TABLE(ProbeFns, probe_fns)
HONE_AMX_TABLE(ProbeTileFns, probe_tile_fns)

namespace {

TEST(Probe, TheDotProductsAreComputed) {
  // Every instruction set multiplies the same numbers; those with more chains have more rows.
  for (const Isa isa : supported_isas()) {
    const ProbeFns& fns = probe_fns(isa);
    const int64_t chains = fns.dot_ops / (2 * kProbeVector * 32);
    // Codes are 0 to 15 over and over, row k holds 4k - chains ... 4k + 3 - chains.
    double expected = 0;
    for (int64_t k = 0; k < chains; ++k) {
      for (int64_t byte = 0; byte < kProbeVector * 32; ++byte) {
        expected += static_cast<double>((byte % 16) * (4 * k + byte % 4 - chains));
      }
    }
    EXPECT_EQ(fns.dot(1), expected) << name_of(isa);
    EXPECT_EQ(fns.dot(3), 3 * expected) << name_of(isa);
  }
}

TEST(Probe, TheFusedProductsAreComputed) {
  for (const Isa isa : supported_isas()) {
    const ProbeFns& fns = probe_fns(isa);
    const auto products = static_cast<double>(fns.fma_ops / 2);
    EXPECT_EQ(fns.fma(1, 0.5f), products / 4) << name_of(isa);
    EXPECT_EQ(fns.fma(3, 2.0f), 3 * 4 * products) << name_of(isa);
  }
}

TEST(Probe, TheProductsOfTilesAreComputed) {
  const ProbeTileFns* fns = probe_tile_fns(best_isa());
  if (fns == nullptr) GTEST_SKIP() << "no instruction set here has tiles";
  // Rows hold 0 to 15 over and over, columns 1, 2, 3 from byte to byte of the tile.
  double expected = 0;
  for (int64_t k = 0; k < 64; ++k) {
    for (int64_t column = 0; column < 16; ++column) {
      const int64_t byte = k / 4 * 64 + column * 4 + k % 4;
      expected += static_cast<double>(16 * (k % 16) * (1 + byte % 3));
    }
  }
  const auto products = static_cast<double>(fns->dot_ops / (2 * 16 * 16 * 64));
  EXPECT_EQ(fns->dot(1), products * expected);
  EXPECT_EQ(fns->dot(3), 3 * products * expected);
}

TEST(Probe, EveryByteIsRead) {
  std::vector<uint8_t> data(32 * kProbeVector, 0);
  for (const Isa isa : supported_isas()) {
    EXPECT_EQ(probe_fns(isa).read(data.data(), 32), 0.0f) << name_of(isa);
    for (size_t i = 0; i < data.size(); ++i) {
      data[i] = 1;
      ASSERT_EQ(probe_fns(isa).read(data.data(), 32), 1.0f) << name_of(isa) << ", byte " << i;
      data[i] = 0;
    }
  }
}

TEST(Probe, LimitsAreOfASaneSize) {
  ThreadPool pool(2);
  for (const Isa isa : supported_isas()) {
    const ProbeOptions options{.isa = isa, .buffer_bytes = 8 << 20, .seconds = 0.01};
    const auto read = measure_read_gb_s(pool, options);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_GT(*read, 0.01) << name_of(isa);
    EXPECT_LT(*read, 1e5) << name_of(isa);
    const double rate = measure_int8_gops(pool, options);
    EXPECT_GT(rate, 0.01) << name_of(isa);
    EXPECT_LT(rate, 1e6) << name_of(isa);
    const double tiles = measure_int8_tile_gops(pool, options);
    EXPECT_EQ(tiles > 0, probe_tile_fns(isa) != nullptr) << name_of(isa);
    EXPECT_LT(tiles, 1e6) << name_of(isa);
    const double floats = measure_f32_gflops(pool, options);
    EXPECT_GT(floats, 0.01) << name_of(isa);
    EXPECT_LT(floats, 1e6) << name_of(isa);
  }
}

TEST(Probe, TheProcessorHasAName) { EXPECT_FALSE(processor_name().empty()); }

}  // namespace
}  // namespace hone
