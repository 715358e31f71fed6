#include "backend/cpu/engine_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "backend/cpu/processor.h"

namespace hone {
namespace {

using ::testing::HasSubstr;

std::string_view nearest(const std::vector<std::string>& names, Isa isa) {
  return names[nearest_target(names, isa)];
}

TEST(EngineTargets, AreThereForEveryInstructionSet) {
  std::set<std::string_view> names;
  for (const EngineTarget& target : engine_targets()) {
    EXPECT_TRUE(names.insert(target.name).second) << target.name;
    EXPECT_EQ(find_target(target.name)->isa, target.isa);
  }
#define HONE_EXPECT_TARGET(set) EXPECT_EQ(target_of(Isa::set).isa, Isa::set);
  HONE_FOR_EACH_ISA(HONE_EXPECT_TARGET)
#undef HONE_EXPECT_TARGET
  EXPECT_EQ(find_target("native")->isa, best_isa());
}

TEST(EngineTargets, UnknownOnesAreRefusedWithThoseThereAre) {
  for (const char* name : {"", "x86", "cortex-m", "arm-i8mm", "avx2"}) {
    const auto target = find_target(name);
    ASSERT_FALSE(target) << name;
    EXPECT_EQ(target.error().code, Code::not_found);
    EXPECT_THAT(target.error().text(), HasSubstr("native, x86-avx2")) << name;
    EXPECT_THAT(target.error().text(), HasSubstr("generic")) << name;
  }
}

TEST(EngineTargets, TheNearestNeedsTheLeastWork) {
  const std::vector<std::string> both = {"x86-avx512vnni", "arm-dotprod"};
  EXPECT_EQ(nearest(both, Isa::avx512vnni), "x86-avx512vnni");
  EXPECT_EQ(nearest(both, Isa::avx512bf16), "x86-avx512vnni");
  EXPECT_EQ(nearest(both, Isa::neon_dotprod), "arm-dotprod");
  EXPECT_EQ(nearest(both, Isa::neon), "arm-dotprod");
  EXPECT_EQ(nearest(both, Isa::avx2), "arm-dotprod") << "its kernels read alike";
  EXPECT_EQ(nearest({"arm-neon", "generic"}, Isa::avx512vnni), "generic") << "nothing to unpack";
  EXPECT_EQ(nearest({"x86-avx512vnni", "x86-avx512bf16"}, Isa::avx512bf16), "x86-avx512bf16");
  EXPECT_EQ(nearest({"riscv-v", "risc"}, Isa::avx2), "riscv-v") << "of a newer hone: the first";
}

TEST(EngineTargets, ThoseOfThisProcessorAreKnown) {
  EXPECT_TRUE(is_for_here(target_of(best_isa())));
  EXPECT_FALSE(is_for_here(find_target("generic").value()));
  for (const EngineTarget& target : engine_targets()) {
    if (!is_for_here(target)) continue;
    EXPECT_EQ(sizes_of(*target.isa), sizes_of(best_isa())) << target.name;
  }
#if defined(__x86_64__)
  EXPECT_FALSE(is_for_here(target_of(Isa::neon_dotprod)));
#else
  EXPECT_FALSE(is_for_here(target_of(Isa::avx2)));
#endif
}

TEST(EngineTargets, ProcessorsAreOfTheirBestSet) {
  EXPECT_TRUE(is_processor_of(processor_key(), best_isa()));
  EXPECT_TRUE(is_processor_of("0x410fd0c1, neon_dotprod, 64 KiB L1", Isa::neon_dotprod));
  EXPECT_FALSE(is_processor_of("0x410fd0c1, neon_dotprod, 64 KiB L1", Isa::neon));
  EXPECT_TRUE(is_processor_of("0x410fd0c1, neon", Isa::neon));
}

TEST(EngineTargets, OnlySetsOfThisArchitectureAreSupported) {
  for (const Isa isa : supported_isas()) {
    const std::string_view name = target_of(isa).name;
#if defined(__x86_64__)
    EXPECT_FALSE(name.starts_with("arm-")) << name;
#else
    EXPECT_FALSE(name.starts_with("x86-")) << name;
#endif
  }
}

}  // namespace
}  // namespace hone
