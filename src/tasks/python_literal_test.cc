// The texts are what Python 3.11's repr() gives.
#include "tasks/python_literal.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

std::string json_of(std::string_view text) {
  const auto value = parse_python_literal(text);
  return value ? value->write() : cat("error: ", value.error().text());
}

TEST(PythonLiteral, DictionariesListsAndTuples) {
  EXPECT_EQ(json_of("{0: 'person', 1: 'bicycle'}"), R"({"0":"person","1":"bicycle"})");
  EXPECT_EQ(json_of("['a', \"it's\", 'b']"), R"(["a","it's","b"])");
  EXPECT_EQ(json_of("(17, 3)"), "[17,3]");
  EXPECT_EQ(json_of("[640, 640,]"), "[640,640]");
  EXPECT_EQ(json_of("{'batch': 1, 'half': False, 'x': None, 'r': 1e-05, 'a': {}, 'b': (2,)}"),
            R"({"batch":1,"half":false,"x":null,"r":1e-05,"a":{},"b":[2]})");
  EXPECT_EQ(json_of(" 32 "), "32");
  EXPECT_EQ(json_of("True"), "true");
}

TEST(PythonLiteral, EscapesAreWhatReprWrites) {
  EXPECT_EQ(*parse_python_literal(R"('it\'s "a" \\ \n\t')")->as_string(), "it's \"a\" \\ \n\t");
  EXPECT_EQ(*parse_python_literal(R"('\xe9\u4e2d\U0001f600')")->as_string(), "é中😀");
}

TEST(PythonLiteral, WhatIsNoneIsRefused) {
  for (const std::string_view bad :
       {"", "{", "{0 'a'}", "{0: 'a'", "['a' 'b']", "'open", "'\\", "'\\x4", "'\\q'", "person",
        "[1] 2", "b'x'", "{1, 2}", "[1", "(", "[,]", "1j"}) {
    EXPECT_FALSE(parse_python_literal(bad)) << bad;
  }
  EXPECT_FALSE(parse_python_literal(std::string(100000, '[')));
  EXPECT_FALSE(parse_python_literal(std::string_view("'\\\0'", 4)));
}

}  // namespace
}  // namespace hone
