#include "within_memory.h"

#include <gtest/gtest.h>

#include <vector>

namespace hone::cli {
namespace {

TEST(WithinMemory, ReturnsWhatTheWorkReturns) {
  EXPECT_EQ(within_memory([]() -> Expected<int> { return 3; }), 3);
  const auto refused = within_memory([]() -> Expected<int> { return fail(Code::io, "no"); });
  EXPECT_EQ(refused.error().code, Code::io);
}

TEST(WithinMemory, NoMemoryIsAnErrorWithASentence) {
  for (const size_t size : {SIZE_MAX / 2, SIZE_MAX / 32, SIZE_MAX / 64}) {
    const auto refused = within_memory(
        [&]() -> Expected<int> { return static_cast<int>(std::vector<int64_t>(size).size()); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::limit_exceeded);
    EXPECT_TRUE(refused.error().text().starts_with("this needs more memory than there is"));
  }
}

}  // namespace
}  // namespace hone::cli
