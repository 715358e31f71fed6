#include <chrono>
#include <thread>

#include "base/text.h"
#include "models/fetch.h"
#include "models/http.h"

namespace hone {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

enum class Retry : uint8_t { no, yes };

struct Attempt {
  Status status;
  Retry retry = Retry::no;
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host.starts_with("127.");
}

// Without a stated hash only the transport vouches for the bytes.
Status check_transport(const Fetch& fetch) {
  const std::string& url = fetch.source.location;
  if (url.starts_with("https://") || fetch.file.sha256 || is_loopback(url_host(url))) return {};
  return fail(Code::untrusted, "plain http needs a 'sha256' in the catalogue; use an https URL");
}

Attempt judge_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return {fail(Code::network, "access refused (HTTP ", status,
                   "): the model may be gated; accept its license on its page and set HF_TOKEN to "
                   "a token of yours")};
    case 404:
    case 410:
      return {fail(Code::not_found, "there is no such file (HTTP ", status,
                   "); it may have moved: a newer hone or your own models.json may know where")};
    case 408:
    case 429:
      return {fail(Code::network, "the host is busy (HTTP ", status, "); pull again later"),
              Retry::yes};
    default:
      return {fail(Code::network, "the host answered HTTP ", status, "; pull again later"),
              status >= 500 ? Retry::yes : Retry::no};
  }
}

class Download {
 public:
  Download(const Fetch& fetch, PartFile& part) : fetch_(fetch), part_(part) {}

  Attempt once() {
    const std::string& url = fetch_.source.location;
    // A part that nothing identifies could be continued with another file's bytes.
    if (part_.size() > 0 && part_.validator().empty() && !fetch_.file.sha256) {
      if (auto restarted = part_.restart(); !restarted) return {restarted};
    }
    const HttpRequest request{.url = url,
                              .bearer = token_for(url, fetch_.options),
                              .from = part_.size(),
                              .validator = part_.validator(),
                              .stall_limit = fetch_.options.stall_limit};
    fetch_.reporter.begin(Progress::Stage::connecting, url_host(url), part_.size(),
                          fetch_.file.size_bytes, Clock::now());
    const auto response =
        http_get(request, {.on_response = [this](const HttpResponse& r) { return begin(r); },
                           .on_body = [this](Bytes bytes) { return take(bytes); },
                           .on_tick = [this] { return fetch_.reporter.check_canceled(); }});
    if (!response) {
      const bool transport = response.error().code == Code::network;
      return {std::unexpected(response.error()), transport ? Retry::yes : Retry::no};
    }
    return finish(*response);
  }

 private:
  Status begin(const HttpResponse& response) {
    if (response.status != 200 && response.status != 206) return {};
    const uint64_t from = response.status == 206 ? response.from : 0;
    if (from != part_.size()) {
      if (from != 0)
        return fail(Code::network, "the host sent another range than the one asked for");
      HONE_RETURN_IF_ERROR(part_.restart());  // it knows no ranges, or the file has changed
    }
    if (response.total) {
      HONE_RETURN_IF_ERROR(check_total(*response.total));
      HONE_RETURN_IF_ERROR(check_room(fetch_.store, *response.total - from));
    }
    HONE_RETURN_IF_ERROR(part_.set_validator(response.validator));
    fetch_.reporter.begin(Progress::Stage::downloading, url_host(fetch_.source.location),
                          part_.size(), response.total, Clock::now());
    return {};
  }

  // With a stated hash the size is known for certain: a wrong one need not be downloaded.
  Status check_total(uint64_t total) const {
    const RemoteFile& file = fetch_.file;
    const bool wrong = file.sha256 && file.size_bytes && *file.size_bytes != total;
    if (!wrong && total >= part_.size() && total <= kMaxModelBytes) return {};
    return fail(Code::untrusted, "the file there has ", total, " bytes, the catalogue's has ",
                file.size_bytes.value_or(0), "; it is not the same file");
  }

  Status take(Bytes bytes) {
    if (part_.size() + bytes.size() > size_limit(fetch_)) {
      return fail(Code::untrusted, "the host sends more bytes than the model has");
    }
    HONE_RETURN_IF_ERROR(part_.write(bytes));
    return fetch_.reporter.update(part_.size(), Clock::now());
  }

  Attempt finish(const HttpResponse& response) {
    if (response.status == 416) {  // nothing left beyond what is here, or the file has shrunk
      if (response.total == part_.size()) return {};
      if (auto restarted = part_.restart(); !restarted) return {restarted};
      return {fail(Code::network, "the file at the host has changed; pull again"), Retry::yes};
    }
    if (response.status != 200 && response.status != 206) return judge_status(response.status);
    if (response.total && part_.size() < *response.total) {
      return {fail(Code::network, "the host ended the file early; pull again to go on"),
              Retry::yes};
    }
    return {};
  }

  const Fetch& fetch_;
  PartFile& part_;
};

Status wait(const Fetch& fetch, milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    HONE_RETURN_IF_ERROR(fetch.reporter.check_canceled());
    std::this_thread::sleep_for(std::min(milliseconds(100), time));
  }
  return {};
}

bool is_complete(const Fetch& fetch, const PartFile& part) {
  return fetch.file.sha256 && fetch.file.size_bytes == part.size();
}

}  // namespace

std::string token_for(const std::string& url, const PullOptions& options) {
  const std::string host = url_host(url);
  if (!url.starts_with("https://") && !is_loopback(host)) return {};
  for (const std::string& known : options.token_hosts) {
    if (host == known || host.ends_with("." + known)) return options.token;
  }
  return {};
}

Status fetch_https(const Fetch& fetch, PartFile& part) {
  HONE_RETURN_IF_ERROR(check_transport(fetch));
  if (is_complete(fetch, part)) return {};
  Download download(fetch, part);
  milliseconds pause = fetch.options.retry_wait;
  int left = fetch.options.attempts;
  for (;;) {
    const uint64_t before = part.size();
    Attempt attempt = download.once();
    if (attempt.status || attempt.retry == Retry::no) return attempt.status;
    if (part.size() > before) {
      left = fetch.options.attempts;
      pause = fetch.options.retry_wait;
    }
    if (--left <= 0) return attempt.status;
    HONE_RETURN_IF_ERROR(wait(fetch, pause));
    pause = std::min(pause * 2, milliseconds(30000));
  }
}

}  // namespace hone
