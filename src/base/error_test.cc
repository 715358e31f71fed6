#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace hone {
namespace {

Expected<int> read_number(std::string_view text) {
  const auto number = parse_int(text);
  if (!number) return fail(Code::corrupt, "'", text, "' is not a number");
  return static_cast<int>(*number);
}

Expected<int> read_in_context(std::string_view text) {
  HONE_TRY_CONTEXT(const int number, read_number(text), "field '", 7, "'");
  return number + 1;
}

TEST(Error, ContextTellsTheRoad) {
  const auto result = read_in_context("x");
  ASSERT_FALSE(result);
  EXPECT_EQ(std::move(result).error().text(), "field '7': 'x' is not a number");
  EXPECT_EQ(read_in_context("41").value(), 42);
}

TEST(Error, ContextIsNotToldTwice) {
  const Error error{Code::corrupt, "broken", "dir/a.gguf: tensor 'x'"};
  EXPECT_EQ(Error(error).context("dir/a.gguf").text(), "dir/a.gguf: tensor 'x': broken");
  EXPECT_EQ(Error(error).context("dir/a").text(), "dir/a: dir/a.gguf: tensor 'x': broken");
  EXPECT_EQ((Error{Code::corrupt, "broken", "a"}.context("a").text()), "a: broken");
  EXPECT_EQ((Error{Code::corrupt, "a: broken", {}}.context("a").text()), "a: a: broken");
}

TEST(Error, EveryCodeHasItsOwnNameAndExitStatus) {
  std::set<std::string_view> names;
  std::set<int> statuses;
  for (const CodeInfo& code : all_codes()) {
    EXPECT_TRUE(names.insert(code.name).second) << code.name;
    EXPECT_TRUE(statuses.insert(code.exit_status).second) << code.name;
    EXPECT_NE(code.exit_status, 0);
  }
}

}  // namespace
}  // namespace hone
