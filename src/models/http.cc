#include "models/http.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

#if __has_include(<curl/curl.h>)
#include <curl/curl.h>
#define HONE_HAS_CURL 1
#else
#define HONE_HAS_CURL 0
#endif

namespace hone {

std::string url_host(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    url = url.substr(0, url.find_first_of("/?#"));
    if (const size_t at = url.rfind('@'); at != url.npos) url.remove_prefix(at + 1);
    url = url.substr(0, url.find(':'));
    std::string host(url);
    std::ranges::transform(host, host.begin(), [](unsigned char c) { return std::tolower(c); });
    return host;
  }
  return {};
}

#if HONE_HAS_CURL
namespace {

constexpr long kMaxRedirects = 10;

struct Curl {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) init = nullptr;
  decltype(&::curl_easy_setopt) setopt = nullptr;
  decltype(&::curl_easy_getinfo) getinfo = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  decltype(&::curl_easy_strerror) strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

template <class Function>
bool look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

// The library stays loaded until the process ends.
Expected<Curl> load_curl() {
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    if (library == nullptr) library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  Curl curl;
  const bool complete = library != nullptr &&
                        look_up(library, "curl_global_init", curl.global_init) &&
                        look_up(library, "curl_easy_init", curl.init) &&
                        look_up(library, "curl_easy_setopt", curl.setopt) &&
                        look_up(library, "curl_easy_getinfo", curl.getinfo) &&
                        look_up(library, "curl_easy_perform", curl.perform) &&
                        look_up(library, "curl_easy_cleanup", curl.cleanup) &&
                        look_up(library, "curl_easy_strerror", curl.strerror) &&
                        look_up(library, "curl_slist_append", curl.slist_append) &&
                        look_up(library, "curl_slist_free_all", curl.slist_free_all);
  if (!complete || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(Code::unsupported, "downloads need the library libcurl; install 'libcurl4'");
  }
  return curl;
}

class Transfer {
 public:
  Transfer(const Curl& curl, const HttpRequest& request, const HttpHandler& handler)
      : curl_(curl), request_(request), handler_(handler), easy_(curl.init()) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_.slist_free_all(headers_);
    curl_.cleanup(easy_);
  }

  Expected<HttpResponse> run() {
    if (easy_ == nullptr) return fail(Code::internal, "libcurl could not be started");
    set_target();
    set_limits();
    set_callbacks();
    const CURLcode code = curl_.perform(easy_);
    if (!stopped_) return std::unexpected(std::move(stopped_).error());
    if (code != CURLE_OK) return transport_error(code);
    HONE_RETURN_IF_ERROR(announce());
    return response_;
  }

 private:
  void set_target() {
    const bool secure = request_.url.starts_with("https://");
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMaxRedirects);
    set(CURLOPT_USERAGENT, "hone");
    if (!request_.bearer.empty()) {  // curl keeps it from other hosts, ports and protocols
      set(CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
      set(CURLOPT_XOAUTH2_BEARER, request_.bearer.c_str());
    }
    if (request_.from == 0) return;
    range_ = cat(request_.from, "-");
    set(CURLOPT_RANGE, range_.c_str());
    if (request_.validator.empty()) return;
    headers_ = curl_.slist_append(headers_, cat("If-Range: ", request_.validator).c_str());
    set(CURLOPT_HTTPHEADER, headers_);
  }

  void set_limits() {
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(request_.connect_limit.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.stall_limit.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error_text_.data());
  }

  void set_callbacks() {
    set(CURLOPT_HEADERFUNCTION, &Transfer::header_callback);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::body_callback);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::tick_callback);
    set(CURLOPT_XFERINFODATA, this);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_.setopt(easy_, option, value);
  }

  static size_t header_callback(char* data, size_t, size_t size, void* self) {
    static_cast<Transfer*>(self)->read_header({data, size});
    return size;
  }

  static size_t body_callback(char* data, size_t, size_t size, void* self) {
    return static_cast<Transfer*>(self)->take_body(as_bytes({data, size})) ? size : 0;
  }

  static int tick_callback(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* transfer = static_cast<Transfer*>(self);
    if (transfer->handler_.on_tick && transfer->stopped_) {
      transfer->stopped_ = transfer->handler_.on_tick();
    }
    return transfer->stopped_ ? 0 : 1;
  }

  void read_header(std::string_view line) {
    line = trim(line);
    if (line.starts_with("HTTP/")) {  // a redirect or "100 Continue" may have come before
      response_ = {};
      last_modified_.clear();
      content_length_.reset();
      return;
    }
    const size_t colon = line.find(':');
    if (colon == line.npos) return;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::string_view value = trim(line.substr(colon + 1));
    constexpr size_t kMaxValidator = 300;
    if (name == "etag" && !value.starts_with("W/") && value.size() <= kMaxValidator) {
      response_.validator = value;
    } else if (name == "last-modified" && value.size() <= kMaxValidator) {
      last_modified_ = value;
    } else if (name == "content-length") {
      content_length_ = parse_int(value);
    } else if (name == "content-range") {
      read_content_range(value);
    }
  }

  // "bytes 100-199/200", "bytes */200"
  void read_content_range(std::string_view value) {
    if (!value.starts_with("bytes ")) return;
    value.remove_prefix(6);
    const size_t slash = value.find('/');
    if (slash == value.npos) return;
    const auto first = parse_int(value.substr(0, std::min(value.find('-'), slash)));
    const auto total = parse_int(value.substr(slash + 1));
    if (first && *first >= 0) response_.from = static_cast<uint64_t>(*first);
    if (total && *total >= 0) response_.total = static_cast<uint64_t>(*total);
  }

  // Calls on_response, once.
  Status announce() {
    if (announced_) return {};
    announced_ = true;
    long status = 0;
    curl_.getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (response_.status == 200 && content_length_ && *content_length_ >= 0) {
      response_.total = static_cast<uint64_t>(*content_length_);
    }
    if (response_.validator.empty()) response_.validator = last_modified_;
    return handler_.on_response ? handler_.on_response(response_) : Status{};
  }

  bool take_body(Bytes bytes) {
    if (stopped_) stopped_ = announce();
    const bool wanted = response_.status == 200 || response_.status == 206;
    if (stopped_ && wanted && handler_.on_body) stopped_ = handler_.on_body(bytes);
    return stopped_.has_value();
  }

  std::unexpected<Error> transport_error(CURLcode code) const {
    const char* text = error_text_[0] != '\0' ? error_text_.data() : curl_.strerror(code);
    const std::string host = url_host(request_.url);
    switch (code) {
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL:
        return fail(Code::invalid_argument, "not a URL that can be fetched: ", printable(text));
      case CURLE_PARTIAL_FILE:
      case CURLE_RECV_ERROR:
      case CURLE_GOT_NOTHING:
      case CURLE_HTTP2_STREAM:
        return fail(Code::network, "the connection to ", host, " broke off; pull again to go on (",
                    printable(text), ")");
      case CURLE_OPERATION_TIMEDOUT:
        return fail(Code::network, host,
                    " does not answer or sends nothing more; pull again later (", printable(text),
                    ")");
      default:
        return fail(Code::network, "cannot fetch from ", host,
                    "; check the network and the proxy settings (", printable(text), ")");
    }
  }

  const Curl& curl_;
  const HttpRequest& request_;
  const HttpHandler& handler_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  std::string range_;
  std::array<char, CURL_ERROR_SIZE> error_text_ = {};
  HttpResponse response_;
  std::optional<int64_t> content_length_;
  std::string last_modified_;
  bool announced_ = false;
  Status stopped_;  // the first error of a callback
};

}  // namespace

Expected<HttpResponse> http_get(const HttpRequest& request, const HttpHandler& handler) {
  HONE_TRY(const Curl curl, load_curl());
  Transfer transfer(curl, request, handler);
  return transfer.run();
}

#else

Expected<HttpResponse> http_get(const HttpRequest&, const HttpHandler&) {
  return fail(Code::unsupported,
              "this hone was built without libcurl and cannot download; install "
              "'libcurl4-openssl-dev' and build it again");
}

#endif

}  // namespace hone
