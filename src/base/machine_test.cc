#include "base/machine.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

// The tests are linked with --build-id where the linker knows it.
TEST(Machine, BuildIdIsSixteenDigitsOrNothing) {
  const std::string id = build_id();
  EXPECT_TRUE(id.empty() || id.size() == 16) << id;
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), id.npos);
  EXPECT_EQ(id, build_id());
}

TEST(Machine, CachesGrow) {
  EXPECT_LE(cache_bytes(1), cache_bytes(2) == 0 ? UINT64_MAX : cache_bytes(2));
}

}  // namespace
}  // namespace hone
