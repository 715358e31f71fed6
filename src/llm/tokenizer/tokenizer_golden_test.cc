// The peer's results as goldens: tests/golden/tokenizer/README.md.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/json.h"
#include "llm/tokenizer/test_gguf.h"
#include "llm/tokenizer/tokenizer.h"
#include "llm/tokenizer/unicode.h"

namespace hone {
namespace {

constexpr int kBlock = 50;

std::string golden_path(std::string_view name) {
  return cat(HONE_SOURCE_DIR, "/tests/golden/tokenizer/", name);
}

Json read_json(std::string_view name) {
  const auto text = read_file(golden_path(name));
  EXPECT_TRUE(text.has_value()) << text.error().text();
  auto json = Json::parse(*text);
  EXPECT_TRUE(json.has_value()) << json.error().text();
  return std::move(*json);
}

std::string from_hex(std::string_view digits) {
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    int byte = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    out += static_cast<char>(byte);
  }
  return out;
}

std::vector<std::string> read_cases() {
  std::vector<std::string> cases;
  const Json json = read_json("cases.json");
  for (const Json& item : *json.as_array()) {
    const std::string* text = item.as_string();
    cases.push_back(text != nullptr ? *text : from_hex(*item.find("hex")->as_string()));
  }
  return cases;
}

// splitmix64, as in tools/make_tokenizer_goldens.py.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint32_t next(size_t bound) {
    state_ += 0x9E3779B97F4A7C15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return static_cast<uint32_t>(((z ^ (z >> 31)) >> 16) % bound);
  }

  std::string text(const std::vector<std::string>& fragments) {
    constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
        {0x20, 0x7E},     {0x80, 0x24F},    {0x250, 0x1FFF},  {0x2000, 0x2FFF},
        {0x3000, 0x9FFF}, {0xA000, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, 0x323AF}};
    std::string out;
    for (uint32_t parts = 1 + next(10); parts > 0; --parts) {
      const uint32_t kind = next(8);
      if (kind < 5) {
        out += fragments[next(fragments.size())];
      } else if (kind == 5) {
        const auto [first, last] = kRanges[next(std::size(kRanges))];
        append_utf8(out, first + next(last - first + 1));
      } else {
        out += static_cast<char>(kind == 6 ? 0x20 + next(95) : next(0xF4));
      }
    }
    return out;
  }

 private:
  uint64_t state_;
};

uint64_t fnv(const std::vector<int32_t>& ids) {
  uint64_t value = 0xCBF29CE484222325u;
  const auto add = [&value](uint32_t word) {
    for (int i = 0; i < 4; ++i) value = (value ^ ((word >> (8 * i)) & 255)) * 0x100000001B3u;
  };
  add(static_cast<uint32_t>(ids.size()));
  for (const int32_t id : ids) add(static_cast<uint32_t>(id));
  return value;
}

std::vector<int32_t> encode(const Tokenizer& tokenizer, std::string_view text, uint32_t flags) {
  const auto ids =
      tokenizer.encode(text, {.add_special = (flags & 1) != 0, .parse_special = (flags & 2) != 0});
  EXPECT_TRUE(ids.has_value());
  return *ids;
}

void check_random(const Tokenizer& tokenizer, const Json& hashes,
                  const std::vector<std::string>& cases) {
  Random random(1);
  size_t block = 0;
  for (const Json& expected : *hashes.as_array()) {
    std::vector<int32_t> all;
    for (int i = 0; i < kBlock; ++i) {
      const std::string text = random.text(cases);
      const std::vector<int32_t> ids = encode(tokenizer, text, random.next(4));
      all.push_back(static_cast<int32_t>(all.size()));
      all.insert(all.end(), ids.begin(), ids.end());
    }
    char found[17];
    std::snprintf(found, sizeof found, "%016llx", static_cast<unsigned long long>(fnv(all)));
    EXPECT_EQ(*expected.as_string(), found) << "random texts, block " << block;
    ++block;
  }
}

void check_ends(const Tokenizer& tokenizer, const Json& expected) {
  Json ends = Json::array();
  for (int32_t id = 0; id < tokenizer.size(); ++id) {
    if (tokenizer.is_end(id)) ends.push(id);
  }
  EXPECT_EQ(ends.write(), expected.write());
}

TEST(TokenizerGoldenTest, EveryPreTokenizerAndModelEqualsThePeer) {
  const std::vector<std::string> cases = read_cases();
  const Json golden = read_json("synthetic.json");
  size_t names = 0;
  for (const Json& group : *golden.as_array()) {
    const std::string& vocabulary = *group.find("vocabulary")->as_string();
    const auto file = MappedFile::open(golden_path(cat(vocabulary, ".gguf")));
    ASSERT_TRUE(file.has_value()) << file.error().text();
    auto data = TestGguf::read(file->bytes());
    ASSERT_TRUE(data.has_value()) << data.error().text();
    for (const Json& pre : *group.find("pre")->as_array()) {
      SCOPED_TRACE(cat(vocabulary, " ", *pre.as_string()));
      data->pre = *pre.as_string();
      const auto tokenizer = Tokenizer::open(*data);
      ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().text();
      const std::string& expected = *group.find("cases")->as_string();
      for (size_t i = 0; i < cases.size(); ++i) {
        std::vector<int32_t> both = encode(*tokenizer, cases[i], 3);
        const std::vector<int32_t> plain = encode(*tokenizer, cases[i], 0);
        both.insert(both.end(), plain.begin(), plain.end());
        char found[9];
        std::snprintf(found, sizeof found, "%08x", static_cast<uint32_t>(fnv(both)));
        EXPECT_EQ(expected.substr(8 * i, 8), found) << "case " << i << ": " << printable(cases[i]);
      }
      check_random(*tokenizer, *group.find("random"), cases);
      check_ends(*tokenizer, *group.find("ends"));
      ++names;
    }
  }
  EXPECT_EQ(names, pre_tokenizer_recipes().size() + 3);  // three models have no pre-tokenizer
}

std::vector<int32_t> ids_of(const Json& json) {
  std::vector<int32_t> ids;
  for (const Json& id : *json.as_array()) ids.push_back(static_cast<int32_t>(*id.as_int()));
  return ids;
}

void check_model(std::string_view name) {
  const char* const folder = std::getenv("HONE_TEST_MODELS");
  if (folder == nullptr) GTEST_SKIP() << "HONE_TEST_MODELS names no folder of models";
  const Json golden = read_json(cat(name, ".json"));
  const auto file = MappedFile::open(cat(folder, "/", *golden.find("file")->as_string()));
  if (!file) GTEST_SKIP() << file.error().text();
  const auto data = TestGguf::read(file->bytes());
  ASSERT_TRUE(data.has_value()) << data.error().text();
  const auto tokenizer = Tokenizer::open(*data);
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().text();
  const std::vector<std::string> cases = read_cases();
  const Json::Array& expected = *golden.find("cases")->as_array();
  ASSERT_EQ(expected.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    const Json::Array& both = *expected[i].as_array();
    EXPECT_EQ(encode(*tokenizer, cases[i], 3), ids_of(both[0])) << printable(cases[i]);
    EXPECT_EQ(encode(*tokenizer, cases[i], 0), ids_of(both[1])) << printable(cases[i]);
  }
  check_random(*tokenizer, *golden.find("random"), cases);
  check_ends(*tokenizer, *golden.find("ends"));
}

TEST(TokenizerGoldenTest, SmolLm2ModelEqualsThePeer) { check_model("smollm2"); }
TEST(TokenizerGoldenTest, Gemma3ModelEqualsThePeer) { check_model("gemma3"); }

}  // namespace
}  // namespace hone
