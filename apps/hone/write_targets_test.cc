// Engines for several processors, and for others than this.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/fields.h"
#include "support/scratch_folder.h"
#include "support/small_engines.h"
#include "support/tiny_models.h"
#include "write_gguf.h"

namespace hone::cli {
namespace {

// Bytes that kernels packed anew in a run.
size_t packed_anew(const ModelFiles& files, Isa isa) {
  const auto loaded = load_program(files, {.threads = 1, .isa = isa});
  EXPECT_TRUE(loaded) << loaded.error().text();
  EXPECT_TRUE(loaded->session->run(inputs_of(*loaded)));
  size_t bytes = 0;
  for (const Session* session : loaded->session->sessions()) bytes += session->memory().kernels;
  return bytes;
}

TEST(EngineTargets, PacksOfSeveralTargetsAreReadWhereTheyLieByEach) {
  const test::ScratchFolder folder;
  for (const char* name : {"onnx_quantized/qlinear_conv", "onnx_quantized/dynamic_quantize_matmul",
                           "onnx_contrib/fused_conv_relu", "onnx_contrib/attention_plain"}) {
    const ModelFiles files = golden_program(name);
    const std::string engine =
        compiled(files, folder.path(), "model.hone", targets({"x86-avx512vnni", "arm-dotprod"}));
    EXPECT_TRUE(EngineFile::open(engine)->check_all());
    for (const Isa isa : supported_isas()) {
      SCOPED_TRACE(cat(name, " on ", name_of(isa)));
      EXPECT_EQ(run_bytes(engine_at(engine), isa), run_bytes(files, isa));
      EXPECT_EQ(packed_anew(engine_at(engine), isa), 0u);
    }
    // An older reader takes the first target's.
    const auto first = EngineFile::open(engine)->program().value();
    const auto alone = compiled(files, folder.path(), "alone.hone", targets({"x86-avx512vnni"}));
    EXPECT_EQ(write_record(Program(first)),
              write_record(EngineFile::open(alone)->program().value()));
  }
}

TEST(EngineTargets, MadeForOthersRunsAndGivesTheSame) {
  const test::ScratchFolder folder;
  for (const ModelFiles& files : {small_conv(), golden_program("onnx_contrib/attention_plain")}) {
    for (const EngineTarget& target : engine_targets()) {
      const std::string engine =
          compiled(files, folder.path(), "model.hone", targets({target.name}));
      for (const Isa isa : supported_isas()) {
        EXPECT_EQ(run_bytes(engine_at(engine), isa), run_bytes(files, isa))
            << "made for " << target.name << ", run by " << name_of(isa);
      }
    }
  }
}

TEST(EngineTargets, AnEngineIsPackedAnewAsItsSourceWouldBe) {
  const test::ScratchFolder folder;
  const auto all_targets = {targets({"arm-neon"}), targets({"generic"}),
                            targets({"x86-avx512vnni", "x86-avx2"})};
  for (const char* name : {"onnx_quantized/qlinear_conv", "onnx_quantized/dynamic_quantize_lstm",
                           "onnx_contrib/fused_conv_relu", "onnx_contrib/attention_plain"}) {
    for (const EngineOptions& from : all_targets) {
      const std::string engine = compiled(golden_program(name), folder.path(), "from.hone", from);
      for (const EngineOptions& to : all_targets) {
        const std::string path = folder.path() + "/to.hone";
        const auto made = repack_engine(EngineFile::open(engine).value(), path, to,
                                        [](uint64_t, uint64_t) { return Status(); });
        ASSERT_TRUE(made) << made.error().text();
        EXPECT_EQ(content(path),
                  content(compiled(golden_program(name), folder.path(), "source.hone", to)))
            << name << " from " << from.targets[0].name << " to " << to.targets[0].name;
      }
    }
  }
}

TEST(EngineTargets, PacksThatTargetsShareAreStoredOnce) {
  const test::ScratchFolder folder;
  const auto shares = [&](const ModelFiles& files, std::initializer_list<std::string_view> names) {
    const auto engine =
        EngineFile::open(compiled(files, folder.path(), "shared.hone", targets(names)));
    return target_shares(engine->weight_index().value());
  };
  const auto alike = shares(small_conv(), {"x86-avx2", "arm-neon", "arm-dotprod", "scalar"});
  for (size_t i = 1; i < alike.size(); ++i) EXPECT_EQ(alike[i].more_bytes, 0u) << alike[i].name;
  const auto differ = shares(small_conv(), {"x86-avx2", "x86-avx512vnni", "generic"});
  EXPECT_GT(differ[1].more_bytes, 0u);
  EXPECT_LT(differ[1].more_bytes, differ[1].bytes) << "the bias is stored once";
  EXPECT_GT(differ[2].more_bytes, 0u);
  const auto codes = shares(small_program(), {"x86-avx512vnni", "arm-dotprod"});
  EXPECT_EQ(codes[1].more_bytes, 0u);
  EXPECT_EQ(codes[1].bytes, codes[0].bytes);
  const ModelFiles gguf = model_at(folder.path() + "/model.gguf", FileFormat::gguf);
  write_bytes(gguf.path, test::tiny_model({}));
  EXPECT_EQ(shares(gguf, {"x86-avx512vnni", "arm-dotprod", "wasm-simd"})[2].more_bytes, 0u);
  const std::string back = folder.path() + "/back.gguf";
  const auto engine = EngineFile::open(folder.path() + "/shared.hone");
  EXPECT_EQ(write_gguf(*engine, back).value(), GgufLikeness::file);
  EXPECT_EQ(content(back), content(gguf.path));
}

}  // namespace
}  // namespace hone::cli
