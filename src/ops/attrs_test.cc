#include "ops/attrs.h"

#include <gtest/gtest.h>

#include "ops/unary/op.h"

namespace hone {
namespace {

TEST(Attrs, CopiesAreEqualAndOnTheirOwn) {
  Attrs a = UnaryAttrs{UnaryKind::tanh};
  Attrs b = NoAttrs{};
  b = a;
  EXPECT_EQ(a, b);
  const Attrs& same = b;
  b = same;
  EXPECT_EQ(b.as<UnaryAttrs>().kind, UnaryKind::tanh);
  b = UnaryAttrs{UnaryKind::exp};
  EXPECT_EQ(a.as<UnaryAttrs>().kind, UnaryKind::tanh);
}

}  // namespace
}  // namespace hone
