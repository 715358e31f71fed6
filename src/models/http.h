// One HTTP GET with libcurl, which is loaded when first needed (it costs 5 ms and 30 libraries).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

struct HttpRequest {
  std::string url;        // http or https; redirects are followed, from https only to https
  std::string bearer;     // a token for this URL's own host; never sent on to another one
  uint64_t from = 0;      // ask for the bytes from here on
  std::string validator;  // ... if the file is still this version; empty: in any case
  std::chrono::seconds connect_limit{20};
  std::chrono::seconds stall_limit{30};  // without a byte
};

struct HttpResponse {
  int status = 0;
  uint64_t from = 0;              // where the body begins in the file (status 206)
  std::optional<uint64_t> total;  // of the whole file, if the host says so
  std::string validator;          // strong ETag, else Last-Modified; may be empty
};

// An error from a function ends the transfer and is returned.
struct HttpHandler {
  std::function<Status(const HttpResponse&)> on_response;  // once, of the last redirect
  std::function<Status(Bytes)> on_body;                    // only for status 200 and 206
  std::function<Status()> on_tick;                         // at least once a second
};

// The last response, whatever its status. Code::network: no or a broken connection, a body shorter
// than announced; trying again may help. Proxies come from the usual environment variables.
Expected<HttpResponse> http_get(const HttpRequest& request, const HttpHandler& handler);

// "huggingface.co" of "https://huggingface.co:443/x"; empty if that is no http URL.
std::string url_host(std::string_view url);

}  // namespace hone
