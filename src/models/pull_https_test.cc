#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "models/http.h"
#include "models/pull.h"
#include "support/loopback_server.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using test::HttpServerRequest;
using test::HttpServerResponse;
using test::LoopbackServer;
using testing::HasSubstr;

constexpr std::string_view kEtag = "\"version-1\"";

std::string model_bytes(size_t size, uint32_t seed = 1) {
  std::string bytes = "GGUF";
  for (uint32_t x = seed; bytes.size() < size;) {
    bytes += static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
  }
  return bytes;
}

class PullHttps : public testing::Test {
 protected:
  PullHttps() {
    options_.retry_wait = milliseconds(10);
    options_.attempts = 3;
    options_.now_unix_s = 1000;
    entry_.name = "tiny";
    entry_.license = {"MIT", "https://example.org/license", "", false};
    state_hash();
  }

  void state_hash() {
    entry_.sha256 = sha256(as_bytes(content_));
    entry_.size_bytes = content_.size();
  }
  void state_no_hash() {
    entry_.sha256.reset();
    entry_.size_bytes.reset();
  }
  Expected<InstalledModel> pull_from(const LoopbackServer& server) {
    entry_.sources = {{.location = server.url("/tiny.gguf")}};
    return pull(entry_, store_, options_);
  }
  HttpServerResponse whole(const HttpServerRequest& request) const {
    return test::serve_range(request, content_, kEtag);
  }
  // Nothing is installed, and no lock, part or record is left but the empty lock file.
  void expect_nothing_left() const {
    EXPECT_FALSE(store_.find("tiny").value());
    for (const auto& file : fs::recursive_directory_iterator(store_.root())) {
      if (file.is_regular_file()) {
        EXPECT_EQ(file.path().string(), store_.lock_path("tiny"));
      }
    }
  }

  const test::ScratchFolder folder_;
  const Store store_{folder_.path() + "/models"};
  std::string content_ = model_bytes(300000);
  CatalogueEntry entry_;
  PullOptions options_;
};

TEST_F(PullHttps, InstallsWhatHasTheStatedHash) {
  LoopbackServer server([&](const auto& request) { return whole(request); });
  std::vector<Progress> seen;
  options_.progress = [&](const Progress& progress) { seen.push_back(progress); };
  const InstalledModel model = pull_from(server).value();
  EXPECT_EQ(model.trust, Trust::verified);
  EXPECT_EQ(model.pulled_at_unix_s, 1000);
  EXPECT_EQ(model.license, entry_.license);
  EXPECT_EQ(read_file(model.path).value(), content_);
  EXPECT_EQ(store_.find("tiny").value(), model);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().stage, Progress::Stage::downloading);
  EXPECT_EQ(seen.back().bytes, content_.size());
  EXPECT_EQ(seen.back().total, content_.size());
  // Installed once is installed: no second request.
  EXPECT_EQ(pull_from(server).value(), model);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(PullHttps, AnInstalledFileThatWasDamagedIsFetchedAnew) {
  LoopbackServer server([&](const auto& request) { return whole(request); });
  const InstalledModel model = pull_from(server).value();
  std::string damaged = content_;
  char& byte = damaged[damaged.size() / 2];
  byte = static_cast<char>(byte ^ 1);
  ASSERT_TRUE(write_file_atomic(model.path, damaged));
  ASSERT_TRUE(pull_from(server));
  EXPECT_EQ(read_file(model.path).value(), content_);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(PullHttps, ABrokenConnectionIsContinued) {
  std::atomic<int> count = 0;
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = whole(request);
    if (++count < 4) response.cut_after = 70000;  // more cuts than attempts: each gains bytes
    return response;
  });
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[1].range_from(), 70000u);
  EXPECT_EQ(requests[1].headers.at("if-range"), kEtag);
  EXPECT_EQ(requests[3].range_from(), 210000u);
}

TEST_F(PullHttps, AnEndedPullIsTakenUpByTheNext) {
  std::atomic<bool> broken = true;
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = whole(request);
    if (broken) response.cut_after = request.range_from() ? 0 : 100000;
    return response;
  });
  const auto first = pull_from(server);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::network);
  EXPECT_THAT(first.error().text(), HasSubstr("broke off"));
  EXPECT_FALSE(store_.find("tiny").value());
  EXPECT_EQ(fs::file_size(store_.part_path("tiny")), 100000u);
  broken = false;
  std::vector<Progress::Stage> stages;
  options_.progress = [&](const Progress& progress) { stages.push_back(progress.stage); };
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
  EXPECT_EQ(server.requests().back().range_from(), 100000u);
  EXPECT_EQ(stages.front(), Progress::Stage::checking);
  EXPECT_FALSE(file_exists(store_.part_path("tiny")));
}

TEST_F(PullHttps, AServerWithoutRangesIsReadFromTheStart) {
  std::atomic<int> count = 0;
  LoopbackServer server([&](const auto&) {
    HttpServerResponse response{.body = content_};
    if (++count == 1) response.cut_after = 50000;
    return response;
  });
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(PullHttps, AFileThatChangedInBetweenIsReadFromTheStart) {
  state_no_hash();
  const std::string old = model_bytes(300000, 2);
  std::atomic<int> count = 0;
  LoopbackServer server([&](const HttpServerRequest& request) {
    if (++count > 1) return whole(request);
    HttpServerResponse response = test::serve_range(request, old, "\"version-0\"");
    response.cut_after = 50000;
    return response;
  });
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
  EXPECT_EQ(server.requests()[1].headers.at("if-range"), "\"version-0\"");
}

TEST_F(PullHttps, WithoutHashAndEtagAPartIsNotTrusted) {
  state_no_hash();
  std::atomic<int> count = 0;
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = test::serve_range(request, content_, "");
    if (++count == 1) response.cut_after = 50000;
    return response;
  });
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
  EXPECT_FALSE(server.requests()[1].range_from());
}

TEST_F(PullHttps, AWrongHashIsRefusedAndRemoved) {
  const std::string other = model_bytes(content_.size(), 2);
  LoopbackServer server(
      [&](const auto& request) { return test::serve_range(request, other, kEtag); });
  const auto result = pull_from(server);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::untrusted);
  EXPECT_THAT(result.error().text(), HasSubstr("wrong sha256: " + hex(sha256(as_bytes(other)))));
  expect_nothing_left();
}

TEST_F(PullHttps, ADamagedPartIsFoundOutAtTheEnd) {
  std::atomic<bool> broken = true;
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = whole(request);
    if (broken) response.cut_after = request.range_from() ? 0 : 100000;
    return response;
  });
  EXPECT_FALSE(pull_from(server));
  std::string part = read_file(store_.part_path("tiny")).value();
  part[77] ^= 1;
  ASSERT_TRUE(write_file_atomic(store_.part_path("tiny"), part));
  broken = false;
  EXPECT_EQ(pull_from(server).error().code, Code::untrusted);
  expect_nothing_left();
  EXPECT_TRUE(pull_from(server));
}

TEST_F(PullHttps, AWrongSizeIsToldBeforeTheDownload) {
  LoopbackServer server(
      [&](const auto& request) { return test::serve_range(request, content_ + "more", kEtag); });
  const auto result = pull_from(server);
  EXPECT_EQ(result.error().code, Code::untrusted);
  EXPECT_THAT(result.error().text(), HasSubstr("the file there has 300004 bytes"));
}

TEST_F(PullHttps, MoreBytesThanTheModelHasAreCutOff) {
  LoopbackServer server([&](const auto&) {
    return HttpServerResponse{.body = content_ + content_, .content_length = -1};
  });
  EXPECT_EQ(pull_from(server).error().code, Code::untrusted);
}

TEST_F(PullHttps, AWebPageIsNoModel) {
  state_no_hash();
  LoopbackServer server(
      [&](const auto&) { return HttpServerResponse{.body = "<html>login</html>"}; });
  const auto result = pull_from(server);
  EXPECT_EQ(result.error().code, Code::corrupt);
  EXPECT_THAT(result.error().text(), HasSubstr("no GGUF file"));
  expect_nothing_left();
}

TEST_F(PullHttps, StatusesBecomeSentences) {
  const std::tuple<int, Code, std::string, size_t> cases[] = {
      {401, Code::network, "set HF_TOKEN", 1},
      {403, Code::network, "set HF_TOKEN", 1},
      {404, Code::not_found, "no such file (HTTP 404)", 1},
      {429, Code::network, "busy", 3},
      {503, Code::network, "HTTP 503", 3},
      {302, Code::network, "HTTP 302", 1},
  };
  for (const auto& [status, code, message, tries] : cases) {
    LoopbackServer server(
        [&](const auto&) { return HttpServerResponse{.status = status, .body = "no"}; });
    const auto result = pull_from(server);
    ASSERT_FALSE(result) << status;
    EXPECT_EQ(result.error().code, code) << status;
    EXPECT_THAT(result.error().text(), HasSubstr(message));
    EXPECT_EQ(server.requests().size(), tries) << status;
    EXPECT_FALSE(store_.find("tiny").value());
  }
}

TEST_F(PullHttps, ADeadHostIsToldWithItsName) {
  std::string url;
  {
    LoopbackServer gone([](const auto&) { return HttpServerResponse{}; });
    url = gone.url("/tiny.gguf");
  }
  entry_.sources = {{.location = url}};
  const auto result = pull(entry_, store_, options_);
  EXPECT_EQ(result.error().code, Code::network);
  EXPECT_THAT(result.error().text(), HasSubstr("cannot fetch from 127.0.0.1; check the network"));
}

TEST_F(PullHttps, AHostThatSendsNothingMoreIsGivenUp) {
  options_.stall_limit = std::chrono::seconds(1);
  options_.attempts = 1;
  std::atomic<bool> done = false;
  LoopbackServer server([&](const auto& request) {
    while (!done && request.target != "/never") std::this_thread::sleep_for(milliseconds(10));
    return whole(request);
  });
  const auto result = pull_from(server);
  done = true;
  EXPECT_EQ(result.error().code, Code::network);
  EXPECT_THAT(result.error().text(), HasSubstr("does not answer"));
}

TEST_F(PullHttps, RedirectsAreFollowedAndTheTokenStaysBehind) {
  options_.token = "secret";
  options_.token_hosts = {"127.0.0.1"};
  LoopbackServer storage([&](const auto& request) { return whole(request); });
  LoopbackServer hub([&](const auto&) {
    return HttpServerResponse{.status = 302, .headers = {{"Location", storage.url("/blob")}}};
  });
  EXPECT_TRUE(pull_from(hub));
  EXPECT_EQ(hub.requests().at(0).headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(storage.requests().at(0).headers.count("authorization"), 0u);
}

TEST_F(PullHttps, TheTokenIsForTheHubAlone) {
  PullOptions options;
  options.token = "secret";
  EXPECT_EQ(token_for("https://huggingface.co/a/b", options), "secret");
  EXPECT_EQ(token_for("https://cdn.huggingface.co/a/b", options), "secret");
  for (const char* url :
       {"http://huggingface.co/a", "https://huggingface.co.example.org/a",
        "https://nothuggingface.co/a", "https://example.org/huggingface.co",
        "https://huggingface.co@example.org/a", "https://example.org/?@huggingface.co"}) {
    EXPECT_EQ(token_for(url, options), "") << url;
  }
}

TEST_F(PullHttps, PlainHttpNeedsAHashOrThisMachine) {
  state_no_hash();
  entry_.sources = {{.location = "http://example.org/tiny.gguf"}};
  EXPECT_EQ(pull(entry_, store_, options_).error().code, Code::untrusted);
}

TEST_F(PullHttps, OfflineAsksNobody) {
  LoopbackServer server([&](const auto& request) { return whole(request); });
  options_.network = Network::forbidden;
  const auto result = pull_from(server);
  EXPECT_EQ(result.error().code, Code::network);
  EXPECT_THAT(result.error().text(), HasSubstr("'tiny' is not on this machine, and --offline"));
  EXPECT_THAT(result.error().text(), HasSubstr("'hone pull tiny'"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(PullHttps, TheNextSourceStepsIn) {
  LoopbackServer gone([](const auto&) { return HttpServerResponse{.status = 404}; });
  LoopbackServer wrong([&](const auto& request) {
    return test::serve_range(request, model_bytes(content_.size(), 3), kEtag);
  });
  const std::string file = folder_.path() + "/local.gguf";
  entry_.sources = {{.location = gone.url("/tiny.gguf")}, {.location = wrong.url("/tiny.gguf")}};
  const auto none = pull(entry_, store_, options_);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().text(), HasSubstr("HTTP 404"));
  EXPECT_THAT(none.error().text(), HasSubstr("; and http://127.0.0.1"));
  ASSERT_TRUE(write_file_atomic(file, content_));
  entry_.sources.push_back({.kind = ModelSource::Kind::local, .location = file});
  EXPECT_EQ(pull(entry_, store_, options_).value().source, "local:" + file);
}

TEST_F(PullHttps, AnUnverifiedModelIsPinnedAtTheFirstPull) {
  state_no_hash();
  LoopbackServer server([&](const auto& request) { return whole(request); });
  EXPECT_EQ(pull_from(server).value().trust, Trust::pinned);
  ASSERT_TRUE(store_.remove("tiny"));
  content_ = model_bytes(1000, 9);
  const auto changed = pull_from(server);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Code::untrusted);
  EXPECT_THAT(changed.error().text(), HasSubstr("hone rm --pin tiny"));
  EXPECT_FALSE(store_.find("tiny").value());
  ASSERT_TRUE(store_.unpin(entry_));
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
}

TEST_F(PullHttps, ANewerHashInTheCatalogueReplacesTheModel) {
  LoopbackServer server([&](const auto& request) { return whole(request); });
  ASSERT_TRUE(pull_from(server));
  content_ = model_bytes(2000, 5);
  state_hash();
  EXPECT_EQ(pull_from(server).value().size_bytes, 2000u);
}

TEST_F(PullHttps, CanceledLeavesAPartToGoOnFrom) {
  std::atomic<size_t> speed = 500000;
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = whole(request);
    response.bytes_per_s = speed;
    return response;
  });
  options_.canceled = [&] {
    std::error_code error;
    const auto size = fs::file_size(store_.part_path("tiny"), error);
    return !error && size > 50000;
  };
  const auto result = pull_from(server);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::canceled);
  const size_t kept = fs::file_size(store_.part_path("tiny"));
  EXPECT_GT(kept, 50000u);
  options_.canceled = {};
  speed = 0;
  EXPECT_TRUE(pull_from(server));
  EXPECT_EQ(server.requests().back().range_from(), kept);
}

TEST_F(PullHttps, AKilledPullIsTakenUpByTheNext) {
  std::atomic<size_t> speed = 500000;
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = whole(request);
    response.bytes_per_s = speed;
    return response;
  });
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(pull_from(server));
    ::_exit(0);
  }
  std::error_code error;
  for (int i = 0; i < 500; ++i) {
    const auto size = fs::file_size(store_.part_path("tiny"), error);
    if (!error && size > 40000) break;
    std::this_thread::sleep_for(milliseconds(10));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(store_.find("tiny").value());
  speed = 0;
  EXPECT_EQ(read_file(pull_from(server).value().path).value(), content_);
  EXPECT_GT(server.requests().back().range_from().value_or(0), 40000u);
}

TEST_F(PullHttps, TwoPullsFetchOnce) {
  LoopbackServer server([&](const auto& request) {
    HttpServerResponse response = whole(request);
    response.bytes_per_s = 1000000;
    return response;
  });
  entry_.sources = {{.location = server.url("/tiny.gguf")}};
  std::atomic<bool> waited = false;
  options_.progress = [&](const Progress& progress) {
    if (progress.stage == Progress::Stage::waiting) waited = progress.source == "pulls tiny";
  };
  std::optional<Expected<InstalledModel>> results[2];
  {
    std::jthread a([&] { results[0] = pull(entry_, store_, options_); });
    std::jthread b([&] { results[1] = pull(entry_, store_, options_); });
  }
  EXPECT_EQ(results[0]->value(), results[1]->value());
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(waited);
}

// The limit on file sizes stands in for a full disk where no disk can be mounted.
TEST_F(PullHttps, AWriteThatFailsIsToldAndCanGoOn) {
  LoopbackServer server([&](const auto& request) { return whole(request); });
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto result = pull_from(server);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::io);
  EXPECT_THAT(result.error().text(), HasSubstr("tiny.gguf.part: cannot write: File too large"));
  EXPECT_TRUE(pull_from(server));
  EXPECT_EQ(server.requests().back().range_from(), 100000u);
}

TEST_F(PullHttps, AFullDiskIsTold) {
  ASSERT_TRUE(store_.create());
  if (::mount("tmpfs", store_.root().c_str(), "tmpfs", 0, "size=128k") != 0) {
    GTEST_SKIP() << "no right to mount a small disk";
  }
  LoopbackServer server([&](const HttpServerRequest& request) {
    HttpServerResponse response = whole(request);
    if (request.target == "/tiny.gguf") response.content_length = -1;
    return response;
  });
  const auto midway = pull_from(server);  // no size is announced
  entry_.sources = {{.location = server.url("/announced.gguf")}};
  const auto announced = pull(entry_, store_, options_);
  ::umount2(store_.root().c_str(), MNT_DETACH);
  ASSERT_FALSE(midway);
  EXPECT_EQ(midway.error().code, Code::io);
  EXPECT_THAT(midway.error().text(), HasSubstr("No space left on device; free some space"));
  ASSERT_FALSE(announced);
  EXPECT_THAT(announced.error().text(),
              HasSubstr("the disk has no room: 300 kB are still to come"));
}

TEST_F(PullHttps, HostNames) {
  EXPECT_EQ(url_host("https://Example.org:443/x"), "example.org");
  EXPECT_EQ(url_host("http://user@example.org?x"), "example.org");
  EXPECT_EQ(url_host("ftp://example.org"), "");
}

}  // namespace
}  // namespace hone
