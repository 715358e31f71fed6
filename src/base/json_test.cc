#include "base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hone {
namespace {

Json parsed(std::string_view text) {
  auto json = Json::parse(text);
  EXPECT_TRUE(json) << text << ": " << json.error().text();
  return json ? *std::move(json) : Json();
}

std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
  const auto json = Json::parse(text, limits);
  EXPECT_FALSE(json) << text << " was taken as " << json->write();
  return json ? "" : json.error().text();
}

TEST(Json, EveryKindReadsAndWrites) {
  const std::string text =
      R"({"a":[null,true,false],"b":-12,"c":0.5,"d":"x\"\\\n\u001f","e":{},"f":[]})";
  const Json json = parsed(text);
  EXPECT_EQ(json.write(), text);
  EXPECT_EQ(json.find("a")->as_array()->size(), 3u);
  EXPECT_EQ(json.find("b")->as_int(), -12);
  EXPECT_EQ(json.find("b")->as_double(), -12.0);
  EXPECT_EQ(json.find("c")->as_int(), std::nullopt);
  EXPECT_EQ(*json.find("d")->as_string(), "x\"\\\n\x1f");
  EXPECT_EQ(json.find("nothing"), nullptr);
  EXPECT_EQ(json.find("b")->find("x"), nullptr);
}

TEST(Json, PrettyForm) {
  EXPECT_EQ(
      parsed(R"({"a":[1,{"b":2}],"c":[],"d":{}})").write(kJsonPretty),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
}

TEST(Json, BuildsDocuments) {
  Json json;
  json.set("name", "x").is_null();
  json.set("n", 3);
  json.set("n", uint32_t{4});
  json.set("list", Json::array()).push(true);
  json.set("f", 2.0);
  EXPECT_EQ(json.write(), R"({"name":"x","n":4,"list":[true],"f":2.0})");
  EXPECT_EQ(Json::parse(json.write()), json);
}

TEST(Json, NumbersKeepTheirKindAndValue) {
  EXPECT_EQ(parsed("-0").as_int(), 0);
  EXPECT_EQ(parsed("9223372036854775807").as_int(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parsed("-9223372036854775808").as_int(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parsed("9223372036854775808").as_double(), 9223372036854775808.0);
  EXPECT_EQ(parsed("9223372036854775808").as_int(), std::nullopt);
  EXPECT_EQ(parsed("1E3").as_double(), 1000.0);
  EXPECT_EQ(parsed("4.9e-324").as_double(), 4.9e-324);
  EXPECT_EQ(Json(1.0).write(), "1.0");
  EXPECT_EQ(Json(100000.0).write(), "100000.0");
  EXPECT_EQ(Json(1e16).write(), "1e+16");
  EXPECT_EQ(Json(0.0001).write(), "0.0001");
  EXPECT_EQ(Json(0.000015).write(), "1.5e-05");
  EXPECT_EQ(Json(-0.0).write(), "-0.0");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).write(), "null");
}

TEST(Json, EveryDoubleReadsBackEqual) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(parsed(Json(value).write()).as_double(), value);
  }
}

TEST(Json, RefusesBadNumbers) {
  for (const char* text : {"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_0", "NaN",
                           "Infinity", "-Infinity", "1e999", "-1e999", "--1", "1.2.3"}) {
    refusal(text);
  }
}

TEST(Json, Strings) {
  EXPECT_EQ(*parsed(R"("\ud83d\ude00\u00e9\/")").as_string(), "\U0001f600\u00e9/");
  EXPECT_EQ(*parsed(R"("\u0000")").as_string(), std::string(1, '\0'));
  EXPECT_EQ(*parsed("\"\x7f\"").as_string(), "\x7f");
  for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")",
                           R"("\u12g4")", R"("\u12)", R"("\x41")", R"("\)", R"(")", "\"a\nb\"",
                           "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "'a'"}) {
    refusal(text);
  }
}

TEST(Json, WritesValidUtf8WhateverTheBytes) {
  EXPECT_EQ(Json("a\xff"
                 "b\xe2\x82")
                .write(),
            "\"a\ufffdb\ufffd\"");
}

TEST(Json, RefusesBadStructure) {
  for (const char* text : {"",
                           " ",
                           "[",
                           "]",
                           "{",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{1:1}",
                           "{,}",
                           "[1]]",
                           "1 1",
                           "nul",
                           "truex",
                           "tru",
                           "[1}",
                           "// x\n1",
                           "\xef\xbb\xbf{}",
                           "{\"a\":1,\"b\":2,\"a\":3}"}) {
    refusal(text);
  }
}

TEST(Json, ErrorsTellThePlace) {
  EXPECT_EQ(refusal("{\n  \"a\": tru\n}"), "expected a JSON value (line 2, column 8)");
  EXPECT_EQ(refusal("[1] x"),
            "something follows after the end of the JSON value (line 1, column 5)");
}

TEST(Json, LimitsHold) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Json::parse(nested(128)));
  EXPECT_NE(refusal(nested(129)).find("128 levels"), std::string::npos);
  refusal(std::string(1'000'000, '['));
  refusal("[1,2,3]", {.values = 3});
  EXPECT_TRUE(Json::parse("[1,2,3]", {.values = 4}));
  refusal("[1,2,3]", {.bytes = 6});
}

TEST(Json, EveryTruncationIsRefused) {
  const std::string text = R"({"a":[1,2.5,"x\u00e9\n"],"b":{"c":null,"d":true}})";
  for (size_t size = 0; size < text.size(); ++size) refusal(text.substr(0, size));
}

}  // namespace
}  // namespace hone
