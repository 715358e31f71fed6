#include "models/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/output_file.h"
#include "models/resolve.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  // Installs as pull does.
  InstalledModel install(const std::string& name, std::string_view bytes) {
    EXPECT_TRUE(store_.create());
    EXPECT_TRUE(write_file_atomic(store_.part_path(name), bytes));
    InstalledModel model{.name = name,
                         .size_bytes = bytes.size(),
                         .sha256 = sha256(as_bytes(bytes)),
                         .trust = Trust::verified,
                         .source = "local:/x",
                         .license = {"MIT", "https://example.org", "a note", true},
                         .pulled_at_unix_s = 42};
    EXPECT_TRUE(store_.install(model));
    return model;
  }

  const test::ScratchFolder folder_;
  const Store store_{folder_.path() + "/models"};
};

TEST_F(StoreTest, NothingIsThereAtFirstAndNothingIsMade) {
  EXPECT_TRUE(store_.list().value().empty());
  EXPECT_FALSE(store_.find("tiny").value());
  EXPECT_EQ(store_.remove("tiny").error().code, Code::not_found);
  EXPECT_FALSE(file_exists(store_.root()));
}

TEST_F(StoreTest, WhatIsInstalledIsFoundListedAndRemoved) {
  const InstalledModel tiny = install("tiny", "GGUF tiny");
  const InstalledModel big = install("big-1.5b", "GGUF big");
  EXPECT_EQ(store_.find("tiny").value(), tiny);
  EXPECT_EQ(store_.list().value(), (std::vector{big, tiny}));
  ASSERT_TRUE(store_.remove("tiny"));
  EXPECT_FALSE(store_.find("tiny").value());
  EXPECT_EQ(store_.list().value().size(), 1u);
}

TEST_F(StoreTest, AModelOfAnyFormatIsInstalledWithTheFilesBesideIt) {
  ASSERT_TRUE(store_.create());
  const std::string model_bytes = "\x08\x08 graph", labels = "cat\ndog\n";
  ASSERT_TRUE(write_file_atomic(store_.part_path("net", FileFormat::onnx), model_bytes));
  ASSERT_TRUE(write_file_atomic(store_.part_path("net", FileFormat::txt, "labels"), labels));
  InstalledModel net{.name = "net",
                     .format = FileFormat::onnx,
                     .size_bytes = model_bytes.size(),
                     .sha256 = sha256(as_bytes(model_bytes)),
                     .trust = Trust::verified,
                     .architecture = "tiny",
                     .task = Json::parse(R"({"kind": "classify"})").value(),
                     .files = {{.role = "labels",
                                .format = FileFormat::txt,
                                .size_bytes = labels.size(),
                                .sha256 = sha256(as_bytes(labels)),
                                .source = "local:/l"}}};
  ASSERT_TRUE(store_.install(net));
  EXPECT_EQ(net.path, store_.root() + "/net.onnx");
  ASSERT_NE(net.file("labels"), nullptr);
  EXPECT_EQ(net.file("labels")->path, store_.root() + "/net.labels.txt");
  EXPECT_EQ(store_.find("net").value(), net);
  EXPECT_EQ(store_.list().value(), std::vector{net});
  EXPECT_FALSE(store_.find("net.labels").value());
  EXPECT_EQ(net.total_bytes(), model_bytes.size() + labels.size());

  std::filesystem::remove(net.file("labels")->path);
  EXPECT_THAT(store_.find("net").error().text(),
              HasSubstr("net.labels.txt: this file of the model is missing; remove the model"));
  ASSERT_TRUE(store_.remove("net"));
  EXPECT_TRUE(store_.list().value().empty());
  EXPECT_FALSE(file_exists(store_.root() + "/net.onnx"));
}

TEST_F(StoreTest, AnotherFormatReplacesAllOldFiles) {
  ASSERT_TRUE(store_.create());
  install("net", "GGUF old");
  ASSERT_TRUE(write_file_atomic(store_.part_path("net", FileFormat::tflite), "1234TFL3"));
  InstalledModel net{.name = "net", .format = FileFormat::tflite, .size_bytes = 8};
  ASSERT_TRUE(store_.install(net));
  EXPECT_FALSE(file_exists(store_.path("net")));
  EXPECT_EQ(store_.find("net").value()->path, store_.root() + "/net.tflite");
}

TEST_F(StoreTest, RecordsOfTheFirstVersionAreGgufModels) {
  ASSERT_TRUE(store_.create());
  ASSERT_TRUE(write_file_atomic(store_.root() + "/old.gguf", "GGUF old"));
  const std::string digest = hex(sha256(as_bytes("GGUF old")));
  ASSERT_TRUE(write_file_atomic(
      store_.root() + "/old.json",
      R"({"name": "old", "sha256": ")" + digest + R"(", "trust": "verified", "size_bytes": 8})"));
  const auto old = store_.find("old").value();
  ASSERT_TRUE(old);
  EXPECT_EQ(old->format, FileFormat::gguf);
  EXPECT_TRUE(old->task.is_null() && old->files.empty());
  EXPECT_EQ(store_.list().value().size(), 1u);
}

TEST_F(StoreTest, NamesCannotLeaveTheFolder) {
  ASSERT_TRUE(write_file_atomic(folder_.path() + "/out.gguf", "GGUF"));
  ASSERT_TRUE(write_file_atomic(folder_.path() + "/out.json", "{}"));
  EXPECT_FALSE(store_.find("../out").value());
  EXPECT_FALSE(store_.remove("../out"));
  EXPECT_TRUE(file_exists(folder_.path() + "/out.gguf"));
}

TEST_F(StoreTest, ABrokenRecordOrACutFileIsTold) {
  const InstalledModel tiny = install("tiny", "GGUF tiny");
  std::filesystem::resize_file(tiny.path, 5);
  const auto cut = store_.find("tiny");
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().text(), HasSubstr("has 5 bytes, but 9 were installed"));
  EXPECT_TRUE(store_.list().value().empty());
  for (const char* record : {"", "[]", "{\"sha256\": 3}", "{\"sha256\": \"00\"}"}) {
    ASSERT_TRUE(write_file_atomic(store_.root() + "/tiny.json", record));
    EXPECT_EQ(store_.find("tiny").error().code, Code::corrupt) << record;
  }
}

TEST_F(StoreTest, AModelBeingPulledIsNotRemoved) {
  install("tiny", "GGUF tiny");
  const auto lock = FileLock::try_lock(store_.lock_path("tiny")).value();
  ASSERT_TRUE(lock);
  EXPECT_EQ(store_.remove("tiny").error().code, Code::conflict);
  EXPECT_TRUE(store_.find("tiny").value());
}

TEST_F(StoreTest, PinsOutliveTheModel) {
  CatalogueEntry entry;
  entry.sources = {{.location = "https://example.org/a"}, {.location = "https://example.org/b"}};
  const Sha256Digest digest = sha256(as_bytes("x"));
  ASSERT_TRUE(store_.create());
  EXPECT_FALSE(store_.pinned(entry.sources[0]).value());
  ASSERT_TRUE(store_.pin(entry.sources[0], digest));
  EXPECT_EQ(store_.pinned(entry.sources[0]).value(), digest);
  EXPECT_FALSE(store_.pinned(entry.sources[1]).value());
  ASSERT_TRUE(store_.unpin(entry));
  EXPECT_FALSE(store_.pinned(entry.sources[0]).value());
}

TEST_F(StoreTest, ResolveKnowsFilesInstalledModelsAndNames) {
  Catalogue catalogue = Catalogue::builtin().value();
  const std::string file = folder_.path() + "/own.gguf";
  ASSERT_TRUE(write_file_atomic(file, "GGUF"));
  EXPECT_EQ(resolve_model(file, catalogue, store_).value().path, file);

  EXPECT_EQ(resolve_model("", catalogue, store_).value().entry->name, "smollm2-135m");
  EXPECT_TRUE(resolve_model("qwen3:4b", catalogue, store_).value().path.empty());
  install("qwen3-4b", "GGUF q");
  EXPECT_EQ(resolve_model("qwen3:4b", catalogue, store_).value().path, store_.path("qwen3-4b"));
  install("mine", "GGUF m");
  EXPECT_EQ(resolve_model("mine", catalogue, store_).value().installed->name, "mine");

  EXPECT_THAT(resolve_model("mime", catalogue, store_).error().message,
              HasSubstr("did you mean 'mine'?"));
  EXPECT_THAT(resolve_model("qwen3-0.6", catalogue, store_).error().message,
              HasSubstr("did you mean 'qwen3-0.6b'?"));
  EXPECT_THAT(resolve_model("Why is the sky blue?", catalogue, store_).error().message,
              HasSubstr("neither a file nor a known model"));
  const auto folder = resolve_model(folder_.path(), catalogue, store_);
  EXPECT_EQ(folder.error().code, Code::invalid_argument);
  EXPECT_THAT(folder.error().message, HasSubstr("this is a directory"));
  EXPECT_THAT(resolve_model("/dev/null", catalogue, store_).error().message,
              HasSubstr("no regular file"));
  EXPECT_EQ(resolve_model("./none.gguf", catalogue, store_).error().text(),
            "./none.gguf: there is no such file");
  EXPECT_FALSE(resolve_model(folder_.path(), catalogue, store_));  // a folder is no model
  EXPECT_TRUE(resolve_model("rapidocr", catalogue, store_).value().entry->is_bundle());
}

TEST_F(StoreTest, FilesBesideAPlainFileBelongToIt) {
  const Catalogue catalogue;
  const std::string stem = folder_.path() + "/own";
  ASSERT_TRUE(write_file_atomic(stem + ".onnx", "\x08\x08 graph"));
  const auto files = [&] {
    return files_of(resolve_model(stem + ".onnx", catalogue, store_).value(), catalogue, store_);
  };
  const ModelFiles alone = files().value().value();
  EXPECT_EQ(alone.path, stem + ".onnx");
  EXPECT_EQ(alone.format, FileFormat::onnx);
  EXPECT_TRUE(alone.task.is_null() && alone.files.empty() && alone.name.empty());

  ASSERT_TRUE(write_file_atomic(stem + ".task.json", R"({"kind": "detect"})"));
  ASSERT_TRUE(write_file_atomic(stem + ".labels.txt", "cat"));
  ASSERT_TRUE(write_file_atomic(folder_.path() + "/tokenizer.json", "{}"));
  const ModelFiles whole = files().value().value();
  EXPECT_EQ(whole.task.write(), R"({"kind":"detect"})");
  ASSERT_NE(whole.file("labels"), nullptr);
  EXPECT_EQ(*whole.file("labels"), stem + ".labels.txt");
  ASSERT_NE(whole.file("tokenizer"), nullptr);
  EXPECT_EQ(*whole.file("tokenizer"), folder_.path() + "/tokenizer.json");
  EXPECT_EQ(whole.file("config"), nullptr);

  for (const char* broken : {"", "{", "[1]", "3"}) {
    ASSERT_TRUE(write_file_atomic(stem + ".task.json", broken));
    EXPECT_EQ(files().error().code, Code::corrupt) << broken;
    EXPECT_THAT(files().error().text(), HasSubstr("own.task.json"));
  }
}

TEST_F(StoreTest, ABundleHasTheFilesOfItsParts) {
  const Catalogue catalogue = Catalogue::parse(R"({"models": [
    {"name": "eye", "license": {"name": "MIT"}, "task": {"kind": "newer"},
     "sources": [{"kind": "local", "path": "/e"}]},
    {"name": "ear", "license": {"name": "MIT"}, "sources": [{"kind": "local", "path": "/r"}]},
    {"name": "head", "license": {"name": "MIT"}, "task": {"kind": "ocr"},
     "parts": {"see": "eye", "hear": "ear"}}]})")
                                  .value();
  const auto files = [&] {
    return files_of(resolve_model("head", catalogue, store_).value(), catalogue, store_).value();
  };
  EXPECT_FALSE(files());
  install("eye", "GGUF e");
  EXPECT_FALSE(files());
  install("ear", "GGUF r");
  const ModelFiles head = files().value();
  EXPECT_TRUE(head.path.empty() && !head.format);
  EXPECT_EQ(head.task.write(), R"({"kind":"ocr"})");
  ASSERT_NE(head.part("see"), nullptr);
  EXPECT_EQ(head.part("see")->path, store_.path("eye"));
  EXPECT_EQ(head.part("see")->task.write(), R"({"kind":"newer"})");  // as the catalogue has it now
  EXPECT_EQ(head.part("smell"), nullptr);
}

}  // namespace
}  // namespace hone
