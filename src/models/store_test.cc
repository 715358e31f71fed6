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
}

}  // namespace
}  // namespace hone
