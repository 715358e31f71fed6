#include "base/error.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace hone {
namespace {

constexpr std::array kCodes = {
    CodeInfo{Code::invalid_argument, "invalid_argument", 2, 400, "the request makes no sense"},
    CodeInfo{Code::not_found, "not_found", 3, 404, "a file, model or name does not exist"},
    CodeInfo{Code::corrupt, "corrupt", 4, 422, "a file does not follow its format"},
    CodeInfo{Code::unsupported, "unsupported", 5, 501, "this build cannot do it"},
    CodeInfo{Code::limit_exceeded, "limit_exceeded", 6, 413,
             "larger than a limit, a context or the memory"},
    CodeInfo{Code::io, "io", 7, 500, "the operating system refused to read or write"},
    CodeInfo{Code::network, "network", 8, 502, "a remote host failed"},
    CodeInfo{Code::untrusted, "untrusted", 9, 403, "a hash or signature does not match"},
    CodeInfo{Code::conflict, "conflict", 10, 409, "another process or file is in the way"},
    CodeInfo{Code::canceled, "canceled", 130, 499, "ended by the user or a deadline"},
    CodeInfo{Code::internal, "internal", 70, 500, "a bug in hone"},
};

}  // namespace

const CodeInfo& info(Code code) {
  for (const CodeInfo& entry : kCodes) {
    if (entry.code == code) return entry;
  }
  return kCodes.back();
}

std::span<const CodeInfo> all_codes() { return kCodes; }

Error&& Error::context(std::string_view step) && {
  if (where == step || where.starts_with(cat(step, ": "))) return std::move(*this);
  where = where.empty() ? std::string(step) : cat(step, ": ", where);
  return std::move(*this);
}

std::string Error::text() const { return where.empty() ? message : cat(where, ": ", message); }

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "hone: internal error: '%s' does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace hone
