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

constexpr std::string_view kBundle = R"({"models": [
  {"name": "eye", "license": {"name": "MIT"}, "format": "onnx", "size_bytes": 5, "hidden": true,
   "task": {"kind": "detect", "input": {"width": 8}}, "sources": [{"kind": "local", "path": "/e"}],
   "files": {"labels": {"size_bytes": 7, "sources": [{"kind": "local", "path": "/l"}]},
             "tokenizer": {"size_bytes": 9, "sources": [{"kind": "local", "path": "/t"}]}}},
  {"name": "ear", "license": {"name": "MIT"}, "format": "pth", "architecture": "net",
   "size_bytes": 11, "sources": [{"kind": "local", "path": "/r"}]},
  {"name": "head", "license": {"name": "MIT"}, "task": {"kind": "ocr"},
   "parts": {"see": "eye", "hear": "ear"}}]})";

TEST(Catalogue, ReadsFilesBesideAModelTasksAndBundles) {
  const Catalogue catalogue = Catalogue::parse(kBundle).value();
  const CatalogueEntry& eye = *catalogue.find("eye");
  EXPECT_EQ(eye.format, FileFormat::onnx);
  EXPECT_TRUE(eye.hidden);
  EXPECT_EQ(eye.task.write(), R"({"kind":"detect","input":{"width":8}})");
  EXPECT_EQ(kind_of(eye), "detect");
  ASSERT_EQ(eye.files.size(), 2u);
  EXPECT_EQ(eye.files[0].role, "labels");
  EXPECT_EQ(eye.files[0].format, FileFormat::txt);
  EXPECT_EQ(eye.files[1].format, FileFormat::json);
  EXPECT_EQ(eye.files[1].sources[0].location, "/t");
  EXPECT_EQ(catalogue.total_bytes(eye), 21u);
  EXPECT_EQ(catalogue.find("ear")->architecture, "net");
  EXPECT_EQ(kind_of(*catalogue.find("ear")), "");
  const CatalogueEntry& head = *catalogue.find("head");
  EXPECT_TRUE(head.is_bundle());
  EXPECT_EQ(catalogue.total_bytes(head), 32u);
  const auto parts = catalogue.parts_of(head).value();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].role, "hear");
  EXPECT_EQ(parts[1].entry, catalogue.find("ear"));
  EXPECT_TRUE(catalogue.parts_of(eye).value().empty());
}

TEST(Catalogue, RefusesBrokenBundlesAndFiles) {
  const auto bundle_with = [](std::string_view from, std::string_view to) {
    std::string text(kBundle);
    const size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::pair<std::string, std::string> cases[] = {
      {bundle_with("\"onnx\"", "\"exe\""), "format 'exe' is unknown here; there are gguf, onnx"},
      {bundle_with("\"onnx\"", "\"json\""), "format 'json' is unknown here"},
      {bundle_with("\"labels\": {", "\"labels\": {\"format\": \"onnx\", "),
       "file 'labels': format 'onnx' is unknown here; there are json and txt"},
      {bundle_with("\"labels\"", "\"../x\""), "this role is unknown; there are labels, "},
      {bundle_with("{\"kind\": \"ocr\"}", "[]"), "'task' must be an object"},
      {bundle_with("{\"see\": \"eye\", \"hear\": \"ear\"}", "{}"), "'parts' is empty"},
      {bundle_with("\"see\": \"eye\"", "\"see\": \"../eye\""), "the name of a model for each role"},
      {bundle_with("\"task\": {\"kind\": \"ocr\"}", "\"sources\": []"), "unknown key 'sources'"},
      {bundle_with("\"name\": \"eye\"", "\"name\": \"eye.labels\""), "no model name"},
  };
  for (const auto& [text, message] : cases) {
    const auto catalogue = Catalogue::parse(text);
    ASSERT_FALSE(catalogue) << text;
    EXPECT_THAT(catalogue.error().text(), HasSubstr(message));
  }
  const auto lacking =
      Catalogue::parse(bundle_with("\"see\": \"eye\"", "\"see\": \"nose\"")).value();
  EXPECT_THAT(lacking.parts_of(*lacking.find("head")).error().text(),
              HasSubstr("'head' has 'nose' as a part, which is not in the catalogue"));
  const auto nested =
      Catalogue::parse(bundle_with("\"see\": \"eye\"", "\"see\": \"head\"")).value();
  EXPECT_THAT(nested.parts_of(*nested.find("head")).error().text(), HasSubstr("a bundle itself"));
}

TEST(Catalogue, AnyCutIsAnErrorAndNoCrash) {
  for (const std::string_view whole : {kEntry, kBundle}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(Catalogue::parse(whole.substr(0, size))) << size;
    }
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

// What is not about language comes from packages alone: its hashes are known and its parts there.
TEST(Catalogue, TheBuiltInModelsOfPicturesAndSoundAreVerified) {
  const Catalogue catalogue = Catalogue::builtin().value();
  const std::pair<const char*, const char*> kinds[] = {
      {"efficientnet-lite0", "classify"}, {"blazeface", "detect"}, {"face-detection", "detect"},
      {"face-mesh", "landmarks"},         {"rapidocr", "ocr"},     {"ppocrv5", "ocr"},
      {"ddddocr-det", "detect"},          {"silero-vad", "vad"},   {"minilm", "embed"},
      {"minilm-int8", "embed"},           {"alexa", "keyword"},    {"hey-jarvis", "keyword"},
      {"paraphrase-minilm", "embed"}};
  for (const auto& [name, kind] : kinds) {
    ASSERT_NE(catalogue.find(name), nullptr) << name;
    EXPECT_EQ(kind_of(*catalogue.find(name)), kind);
  }
  for (const CatalogueEntry& entry : catalogue.entries()) {
    EXPECT_TRUE(catalogue.parts_of(entry)) << entry.name;
    EXPECT_EQ(entry.is_bundle() || entry.format != FileFormat::gguf, !entry.task.is_null());
    if (entry.is_bundle() || entry.format == FileFormat::gguf) continue;
    EXPECT_TRUE(entry.sha256 && entry.size_bytes) << entry.name;
    for (const CompanionFile& file : entry.files) EXPECT_TRUE(file.sha256) << entry.name;
  }
  for (const char* name : {"alexa", "hey-jarvis"}) {
    EXPECT_TRUE(catalogue.find(name)->license.show_before_use) << name;
  }
}

}  // namespace
}  // namespace hone
