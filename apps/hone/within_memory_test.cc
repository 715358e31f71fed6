#include "within_memory.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <type_traits>

namespace hone::cli {
namespace {

TEST(WithinMemory, ReturnsWhatTheWorkReturns) {
  EXPECT_EQ(within_memory([]() -> Expected<int> { return 3; }), 3);
  const auto refused = within_memory([]() -> Expected<int> { return fail(Code::io, "no"); });
  EXPECT_EQ(refused.error().code, Code::io);
}

// Thrown here and not asked for: sanitizers end a process that asks for too much.
template <class Thrown>
Expected<int> throws() {
  if constexpr (std::is_same_v<Thrown, std::bad_alloc>)
    throw Thrown();
  else
    throw Thrown("vector");
}

TEST(WithinMemory, NoMemoryIsAnErrorWithASentence) {
  for (const auto work : {throws<std::bad_alloc>, throws<std::length_error>}) {
    const auto refused = within_memory(work);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::limit_exceeded);
    EXPECT_TRUE(refused.error().text().starts_with("this needs more memory than there is"));
  }
}

}  // namespace
}  // namespace hone::cli
