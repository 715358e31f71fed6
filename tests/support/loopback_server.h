// A small HTTP/1.1 server on 127.0.0.1 for tests: a function answers each request, and can lie,
// stall or break off on purpose.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hone::test {

struct HttpServerRequest {
  std::string method;
  std::string target;                          // "/model.gguf"
  std::map<std::string, std::string> headers;  // names in lower case
  // The N of "Range: bytes=N-".
  std::optional<size_t> range_from() const;
};

struct HttpServerResponse {
  int status = 200;
  std::map<std::string, std::string> headers = {};
  std::string body = {};
  // Announced instead of the body's size; negative: none is announced, the end of the connection
  // ends the body.
  std::optional<long> content_length = {};
  size_t cut_after = std::numeric_limits<size_t>::max();  // closes after so many bytes of the body
  size_t bytes_per_s = 0;                                 // 0: as fast as it goes
};

// `content` in full, or from the requested byte on, with that ETag.
HttpServerResponse serve_range(const HttpServerRequest& request, std::string_view content,
                               std::string_view etag);

class LoopbackServer {
 public:
  using Handler = std::function<HttpServerResponse(const HttpServerRequest&)>;

  // Listens at once on a port of the system's choice; the handler is called from one thread a
  // connection. One request a connection.
  explicit LoopbackServer(Handler handler);
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();

  std::string url(std::string_view target) const;
  // All requests so far.
  std::vector<HttpServerRequest> requests() const;

 private:
  void accept_loop();
  void answer(int connection);
  bool send_all(int connection, std::string_view bytes, size_t bytes_per_s) const;

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<HttpServerRequest> requests_;  // guarded by mutex_
  std::vector<std::thread> connections_;     // of the accepting thread
  std::thread acceptor_;
};

}  // namespace hone::test
