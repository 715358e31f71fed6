#include "engine/tuning_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "engine/fields.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

Tuning small_tuning(std::string processor) {
  Tuning tuning{.processor = std::move(processor), .build = "b1", .choices = {}};
  tuning.set({"conv f32[1,3]", "product", -1, 12.5, 14});
  tuning.set({"add f32[2]", "simd", 0, 3, 3});
  return tuning;
}

void expect_equal(const Tuning& a, const Tuning& b) { EXPECT_EQ(write_record(a), write_record(b)); }

TEST(Tuning, IsFoundByStep) {
  Tuning tuning = small_tuning("p");
  ASSERT_NE(tuning.find("add f32[2]"), nullptr);
  EXPECT_EQ(tuning.find("add f32[2]")->variant, "simd");
  EXPECT_EQ(tuning.find("add"), nullptr);
  tuning.set({"add f32[2]", "generic", 1, 0, 0});
  EXPECT_EQ(tuning.choices.size(), 2u);
  EXPECT_EQ(tuning.find("add f32[2]")->variant, "generic");
}

TEST(Tuning, WhatComesInNoOrderAndTwiceIsSorted) {
  Tuning tuning{.processor = {}, .build = {}, .choices = {{"b", "1"}, {"a", "2"}, {"b", "3"}}};
  tuning.sort();
  ASSERT_EQ(tuning.choices.size(), 2u);
  EXPECT_EQ(tuning.find("b")->variant, "1");
  EXPECT_EQ(tuning.find("a")->variant, "2");
}

TEST(TuningFile, ComesBackAsItWas) {
  const test::ScratchFolder folder;
  const std::string path = (folder.path() + "/cache.hone");
  const std::vector<Tuning> written = {small_tuning("p"), small_tuning("q")};
  ASSERT_TRUE(write_tunings(path, written));
  const auto read = read_tunings(path);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->size(), 2u);
  expect_equal((*read)[0], written[0]);
  ASSERT_NE(find_tuning(*read, "q", "b1"), nullptr);
  expect_equal(*find_tuning(*read, "q", "b1"), written[1]);
  EXPECT_EQ(find_tuning(*read, "q", "b2"), nullptr);
}

TEST(TuningFile, EqualTuningsAreEqualBytes) {
  const test::ScratchFolder folder;
  const std::vector<Tuning> written = {small_tuning("p")};
  ASSERT_TRUE(write_tunings((folder.path() + "/a"), written));
  ASSERT_TRUE(write_tunings((folder.path() + "/b"), written));
  EXPECT_EQ(read_file((folder.path() + "/a")).value(), read_file((folder.path() + "/b")).value());
}

TEST(TuningFile, NoFileIsNoTuning) {
  const test::ScratchFolder folder;
  const auto none = read_tunings((folder.path() + "/none"));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

// Every cut and every flipped byte is refused, and nothing crashes.
TEST(TuningFile, DamageIsRefused) {
  const test::ScratchFolder folder;
  const std::string path = (folder.path() + "/cache.hone"), bent = (folder.path() + "/bent.hone");
  const std::vector<Tuning> written = {small_tuning("p")};
  ASSERT_TRUE(write_tunings(path, written));
  const std::string whole = read_file(path).value();
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(bent, std::ios::binary) << bytes;
    return !read_tunings(bent).has_value();
  };
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    EXPECT_TRUE(refused(flipped)) << "byte " << i;
    EXPECT_TRUE(refused(whole.substr(0, i))) << "cut at " << i;
  }
}

Program program_of(std::string name) {
  Program program;
  program.name = std::move(name);
  return program;
}

TEST(TuningStore, KeepsByModelProcessorAndBuild) {
  const test::ScratchFolder folder;
  const TuningStore store((folder.path() + "/tuned"));
  const Sha256Digest a = digest_of(program_of("a")), b = digest_of(program_of("b"));
  EXPECT_FALSE(store.has_files());
  EXPECT_FALSE(store.find(a, "p", "b1"));
  ASSERT_TRUE(store.keep(a, small_tuning("p")));
  EXPECT_TRUE(store.has_files());
  const auto found = store.find(a, "p", "b1");
  ASSERT_TRUE(found);
  expect_equal(*found, small_tuning("p"));
  EXPECT_FALSE(store.find(b, "p", "b1"));
  EXPECT_FALSE(store.find(a, "q", "b1"));
  EXPECT_FALSE(store.find(a, "p", "b2"));
  ASSERT_TRUE(store.forget(a, "p", "b1"));
  EXPECT_FALSE(store.find(a, "p", "b1"));
  EXPECT_TRUE(store.forget(a, "p", "b1")) << "forgetting twice is no error";
}

TEST(TuningStore, DamagedFilesAreAsNone) {
  const test::ScratchFolder folder;
  const TuningStore store((folder.path() + "/tuned"));
  const Sha256Digest a = digest_of(program_of("a"));
  ASSERT_TRUE(store.keep(a, small_tuning("p")));
  for (const auto& entry : fs::directory_iterator((folder.path() + "/tuned"))) {
    std::ofstream(entry.path(), std::ios::binary) << "no engine";
  }
  EXPECT_FALSE(store.find(a, "p", "b1"));
  ASSERT_TRUE(store.keep(a, small_tuning("p")));
  EXPECT_TRUE(store.find(a, "p", "b1"));
}

TEST(TuningStore, OldOnesGo) {
  const test::ScratchFolder folder;
  const std::string tuned = (folder.path() + "/tuned");
  const TuningStore store(tuned);
  fs::create_directories(tuned);
  const auto now = fs::file_time_type::clock::now();
  for (int i = 0; i < 300; ++i) {
    const std::string path = cat(tuned, "/old", i);
    std::ofstream(path) << "x";
    fs::last_write_time(path, now - std::chrono::hours(1000 - i));
  }
  const Sha256Digest a = digest_of(program_of("a"));
  ASSERT_TRUE(store.keep(a, small_tuning("p")));
  EXPECT_TRUE(store.find(a, "p", "b1"));
  EXPECT_FALSE(fs::exists(tuned + "/old0"));
  EXPECT_TRUE(fs::exists(tuned + "/old299"));
  EXPECT_EQ(std::distance(fs::directory_iterator(tuned), fs::directory_iterator()), 256);
}

TEST(TuningStore, WithoutAFolderNothingIsKept) {
  const TuningStore store{std::string()};
  const Sha256Digest a = digest_of(program_of("a"));
  EXPECT_TRUE(store.keep(a, small_tuning("p")));
  EXPECT_FALSE(store.find(a, "p", "b1"));
}

}  // namespace
}  // namespace hone
