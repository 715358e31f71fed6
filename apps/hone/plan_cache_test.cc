#include "plan_cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/scratch_folder.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kNever = 1e9;  // nothing takes so long

class PlanCache : public testing::Test {
 protected:
  PlanCache() {
    fs::copy_file(cat(HONE_SOURCE_DIR, "/tests/golden/onnx_quantized/qdq_chain/model.onnx"),
                  model_);
  }
  ModelFiles files() const {
    return {.path = model_, .format = FileFormat::onnx, .cache_folder = folder_.path() + "/cache"};
  }
  // Whether the model came from the cache, be it that it was put there just now.
  bool is_kept(double long_ms = 0) const {
    const auto loaded = load_cached_program(files(), {.threads = 1}, long_ms);
    EXPECT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->inputs.size(), 1u);
    return loaded->engine != nullptr;
  }
  fs::path kept_file() const {
    return fs::directory_iterator(folder_.path() + "/cache/prepared")->path();
  }

  test::ScratchFolder folder_;
  std::string model_ = folder_.path() + "/model.onnx";
};

TEST_F(PlanCache, TheFirstStartWritesAndMapsAndTheSecondMaps) {
  EXPECT_TRUE(is_kept());
  EXPECT_TRUE(is_kept(kNever));
}

TEST_F(PlanCache, WhatIsReadFastIsNotKept) {
  EXPECT_FALSE(is_kept(kNever));
  EXPECT_FALSE(fs::exists(folder_.path() + "/cache"));
}

TEST_F(PlanCache, AnotherFileIsAnotherModel) {
  EXPECT_TRUE(is_kept());
  fs::last_write_time(model_, fs::last_write_time(model_) - std::chrono::hours(1));
  EXPECT_FALSE(is_kept(kNever));
}

TEST_F(PlanCache, DamageIsMadeGood) {
  EXPECT_TRUE(is_kept());
  std::ofstream(kept_file(), std::ios::binary) << "no engine";
  EXPECT_FALSE(is_kept(kNever));
  EXPECT_TRUE(is_kept());
  EXPECT_TRUE(is_kept(kNever));
}

TEST_F(PlanCache, WithoutAFolderNothingIsKept) {
  ModelFiles alone = files();
  alone.cache_folder.clear();
  for (int i = 0; i < 2; ++i) {
    const auto loaded = load_cached_program(alone, {.threads = 1}, 0);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->engine, nullptr);
  }
}

}  // namespace
}  // namespace hone::cli
