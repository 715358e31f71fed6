// The engines of tests/fixtures on the processor that runs this: x86 made them, and they hold packs
// for others. tests/engine_fixture_test.py asks the binary about them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/engine_file.h"
#include "golden_run.h"
#include "open/load_program.h"

namespace hone::cli {
namespace {

std::vector<std::string> engines() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(cat(HONE_SOURCE_DIR, "/tests/fixtures"))) {
    if (entry.path().extension() == ".hone") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

TEST(EngineFixtures, AnswerAsWhereTheyWereMade) {
  size_t answered = 0;
  for (const std::string& path : engines()) {
    SCOPED_TRACE(path);
    const auto engine = EngineFile::open(path);
    ASSERT_TRUE(engine) << engine.error().text();
    if (!engine->holds(section_kind::kGolden)) continue;  // of format 1.0
    const ModelFiles files{.path = path, .format = FileFormat::hone};
    const auto verdict = check_golden({.files = files, .threads = 1}, engine->golden().value());
    ASSERT_TRUE(verdict) << verdict.error().text();
    for (const SampleVerdict& sample : verdict->samples) {
      EXPECT_EQ(sample.wrong, "");
      ++answered;
    }
  }
  EXPECT_GE(answered, 6u);
}

TEST(EngineFixtures, PacksForThisProcessorAreReadWhereTheyLie) {
  const std::string path = cat(HONE_SOURCE_DIR, "/tests/fixtures/engine_1_3_program.hone");
  const EngineFile engine = EngineFile::open(path).value();
  const EngineGolden golden = engine.golden().value();
  std::vector<RunValue> inputs;
  for (const GoldenTensor& input : golden.samples.at(0).inputs) {
    inputs.emplace_back(tensor_of(input).value());
  }
  for (const Isa isa : supported_isas()) {
    SCOPED_TRACE(name_of(isa));
    const auto loaded =
        load_program({.path = path, .format = FileFormat::hone}, {.threads = 1, .isa = isa});
    ASSERT_TRUE(loaded) << loaded.error().text();
    ASSERT_TRUE(loaded->session->run(inputs));
    size_t packed = 0;
    for (const Session* session : loaded->session->sessions()) {
      for (const PlanValue& value : session->plan().values) {
        packed += value.layout.starts_with("f32.") ? 1 : 0;
      }
      EXPECT_EQ(session->memory().kernels, 0u) << "packed again";
    }
    EXPECT_GT(packed, 0u);
  }
}

}  // namespace
}  // namespace hone::cli
