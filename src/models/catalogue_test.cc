#include "models/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json.h"

namespace hone {
namespace {

using testing::HasSubstr;

constexpr std::string_view kEntry = R"({"models": [{"name": "tiny", "aliases": ["tiny:1"],
  "license": {"name": "MIT", "show": true}, "size_bytes": 12,
  "sources": [{"kind": "npm", "files": [{"package": "@a/b", "version": "1.0.0", "path": "x/y.gguf"}]},
              {"kind": "https", "url": "https://example.org/tiny.gguf"},
              {"kind": "local", "path": "/models/tiny.gguf"}]}]})";

TEST(Catalogue, ReadsAnEntry) {
  const Catalogue catalogue = Catalogue::parse(kEntry).value();
  const CatalogueEntry* entry = catalogue.find("tiny:1");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry, catalogue.find("tiny"));
  EXPECT_EQ(entry->title, "tiny");
  EXPECT_EQ(entry->size_bytes, 12u);
  EXPECT_FALSE(entry->sha256);
  EXPECT_TRUE(entry->license.show_before_use);
  ASSERT_EQ(entry->sources.size(), 3u);
  EXPECT_EQ(entry->sources[0].text(), "npm:@a/b@1.0.0/x/y.gguf");
  EXPECT_EQ(entry->sources[1].text(), "https://example.org/tiny.gguf");
  EXPECT_EQ(entry->sources[2].text(), "local:/models/tiny.gguf");
  EXPECT_EQ(catalogue.find("other"), nullptr);
  EXPECT_EQ(catalogue.suggest("tinny"), "tiny");
  EXPECT_EQ(catalogue.default_entry(), nullptr);
}

// The entry with one piece of its text replaced.
std::string with(std::string_view from, std::string_view to) {
  std::string text(kEntry);
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Catalogue, RefusesWhatIsNotSafeOrNotUnderstood) {
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "an object is expected"},
      {with("\"size_bytes\"", "\"size_byte\""), "model 'tiny': unknown key 'size_byte'"},
      {with("12,", "-1,"), "'size_bytes' must be a positive number"},
      {with("12,", "12, \"sha256\": \"abc\","), "64 hexadecimal digits"},
      {with("\"name\": \"tiny\"", "\"name\": \"../tiny\""), "no model name"},
      {with("\"name\": \"tiny\"", "\"name\": \"-rf\""), "no model name"},
      {with("\"name\": \"tiny\"", "\"name\": 3"), "'name' must be a text"},
      {with("[\"tiny:1\"]", "[\"a b\"]"), "alias"},
      {with("@a/b", "--index-url=x"), "no package name"},
      {with("@a/b", "@a/b/c"), "no package name"},
      {with("1.0.0", "1.0 --x"), "no package version"},
      {with("x/y.gguf", "../y.gguf"), "no path inside a package"},
      {with("x/y.gguf", "/y.gguf"), "no path inside a package"},
      {with("\"https\"", "\"ftp\""), "there are pip, npm, https and local"},
      {with("https://example.org", "file://"), "no https URL"},
      {with("\"license\"", "\"licens\""), "'license' is missing"},
  };
  for (const auto& [text, message] : cases) {
    const auto catalogue = Catalogue::parse(text);
    ASSERT_FALSE(catalogue) << text;
    EXPECT_EQ(catalogue.error().code, Code::corrupt);
    EXPECT_THAT(catalogue.error().text(), HasSubstr(message));
  }
}

TEST(Catalogue, AnyCutIsAnErrorAndNoCrash) {
  for (size_t size = 0; size < kEntry.size(); ++size) {
    EXPECT_FALSE(Catalogue::parse(kEntry.substr(0, size))) << size;
  }
}

TEST(Catalogue, TheOthersEntriesComeFirst) {
  Catalogue catalogue = Catalogue::builtin().value();
  const size_t before = catalogue.entries().size();
  catalogue.merge(Catalogue::parse(R"({"default": "mine", "models": [
    {"name": "mine", "license": {"name": "MIT"}, "sources": [{"kind": "local", "path": "/m"}]},
    {"name": "qwen3-4b", "license": {"name": "MIT"}, "sources": [{"kind": "local", "path": "/q"}]}]})")
                      .value());
  EXPECT_EQ(catalogue.entries().size(), before + 1);
  EXPECT_EQ(catalogue.default_entry()->name, "mine");
  EXPECT_EQ(catalogue.find("qwen3-4b")->sources[0].location, "/q");
  EXPECT_NE(catalogue.find("qwen3-0.6b"), nullptr);
}

TEST(Catalogue, TheBuiltInOneHasWhatIsPromised) {
  const Catalogue catalogue = Catalogue::builtin().value();
  EXPECT_EQ(catalogue.default_entry()->name, "smollm2-135m");
  EXPECT_TRUE(catalogue.default_entry()->sha256);
  for (const char* name : {"smollm2-360m", "smollm2-1.7b", "gemma3-270m", "gemma3-1b", "gemma3-4b",
                           "llama3.2-1b", "llama3.2-3b", "qwen3-0.6b", "qwen3-1.7b", "qwen3-4b"}) {
    EXPECT_NE(catalogue.find(name), nullptr) << name;
  }
  EXPECT_FALSE(catalogue.find("gemma3-270m")->chat);
  std::set<std::string> words;
  for (const CatalogueEntry& entry : catalogue.entries()) {
    EXPECT_FALSE(entry.license.url.empty()) << entry.name;
    EXPECT_TRUE(words.insert(entry.name).second) << entry.name;
    for (const std::string& alias : entry.aliases) EXPECT_TRUE(words.insert(alias).second) << alias;
    for (const ModelSource& source : entry.sources) {
      EXPECT_FALSE(source.text().starts_with("http:")) << entry.name;
    }
  }
}

}  // namespace
}  // namespace hone
