#include "support/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace hone::test {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

HttpServerRequest parse_request(const std::string& head) {
  HttpServerRequest request;
  request.method = head.substr(0, head.find(' '));
  const size_t target = request.method.size() + 1;
  request.target = head.substr(target, head.find(' ', target) - target);
  size_t line = head.find("\r\n");
  while (line != head.npos && line + 2 < head.size()) {
    const size_t start = line + 2;
    line = head.find("\r\n", start);
    const std::string text = head.substr(start, line - start);
    const size_t colon = text.find(": ");
    if (colon != text.npos) request.headers[lower(text.substr(0, colon))] = text.substr(colon + 2);
  }
  return request;
}

std::string response_head(const HttpServerResponse& response) {
  std::string head =
      "HTTP/1.1 " + std::to_string(response.status) + " Told\r\nConnection: close\r\n";
  const long length = response.content_length.value_or(static_cast<long>(response.body.size()));
  if (length >= 0) head += "Content-Length: " + std::to_string(length) + "\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

}  // namespace

std::optional<size_t> HttpServerRequest::range_from() const {
  const auto range = headers.find("range");
  if (range == headers.end() || !range->second.starts_with("bytes=")) return std::nullopt;
  return std::strtoul(range->second.c_str() + 6, nullptr, 10);
}

HttpServerResponse serve_range(const HttpServerRequest& request, std::string_view content,
                               std::string_view etag) {
  HttpServerResponse response;
  if (!etag.empty()) response.headers["ETag"] = etag;
  response.body = content;
  const auto condition = request.headers.find("if-range");
  const auto from = request.range_from();
  if (!from || (condition != request.headers.end() && condition->second != etag)) return response;
  const std::string size = std::to_string(content.size());
  if (*from >= content.size()) {
    response.status = 416;
    response.headers["Content-Range"] = "bytes */" + size;
    response.body.clear();
    return response;
  }
  response.status = 206;
  response.headers["Content-Range"] =
      "bytes " + std::to_string(*from) + "-" + std::to_string(content.size() - 1) + "/" + size;
  response.body = content.substr(*from);
  return response;
}

LoopbackServer::LoopbackServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

LoopbackServer::~LoopbackServer() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
}

std::string LoopbackServer::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
}

std::vector<HttpServerRequest> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void LoopbackServer::accept_loop() {
  while (!stopping_) {
    pollfd ready = {listener_, POLLIN, 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) connections_.emplace_back([this, connection] { answer(connection); });
  }
}

void LoopbackServer::answer(int connection) {
  std::string head;
  char piece[4096];
  while (head.find("\r\n\r\n") == head.npos && head.size() < 65536) {
    const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
    if (got <= 0) break;
    head.append(piece, static_cast<size_t>(got));
  }
  const HttpServerRequest request = parse_request(head);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  const HttpServerResponse response = handler_(request);
  const std::string_view body =
      std::string_view(response.body).substr(0, std::min(response.cut_after, response.body.size()));
  if (send_all(connection, response_head(response), 0)) {
    send_all(connection, body, response.bytes_per_s);
  }
  ::shutdown(connection, SHUT_RDWR);
  ::close(connection);
}

bool LoopbackServer::send_all(int connection, std::string_view bytes, size_t bytes_per_s) const {
  constexpr auto kPause = std::chrono::milliseconds(10);
  const size_t step = bytes_per_s == 0 ? size_t{1} << 16 : std::max<size_t>(1, bytes_per_s / 100);
  while (!bytes.empty() && !stopping_) {
    const ssize_t sent =
        ::send(connection, bytes.data(), std::min(step, bytes.size()), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
    if (bytes_per_s != 0) std::this_thread::sleep_for(kPause);
  }
  return bytes.empty();
}

}  // namespace hone::test
