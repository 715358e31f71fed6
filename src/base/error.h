// Errors are values: every function that can fail on input returns Expected<T>.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace hone {

// One stable table (error.cc) gives each code its name, exit status and HTTP status.
enum class Code : uint8_t {
  invalid_argument,  // the caller asked for something that makes no sense
  not_found,         // a file, model or name does not exist
  corrupt,           // bytes do not follow their format
  unsupported,       // a valid request that this build cannot serve
  limit_exceeded,    // larger than a named limit, a context or this machine's memory
  io,                // the operating system refused to read or write
  network,           // a remote host could not be reached or gave a wrong answer
  untrusted,         // a hash or signature does not match
  conflict,          // another process or an existing file is in the way
  canceled,          // the user or a deadline ended it
  internal,          // a bug in hone
};

struct CodeInfo {
  Code code;
  std::string_view name;
  int exit_status;
  int http_status;
  std::string_view meaning;
};

const CodeInfo& info(Code code);
std::span<const CodeInfo> all_codes();

struct Error {
  Code code = Code::internal;
  std::string message;  // what happened and what to do about it, one sentence
  std::string where;    // the road to it: "model.gguf: tensor 'blk.3.attn_q.weight'"

  // Prepends a step to the road, unless it begins with that already: both ends may name the file.
  Error&& context(std::string_view step) &&;
  // "where: message"
  std::string text() const;
};

template <class T>
using Expected = std::expected<T, Error>;
using Status = std::expected<void, Error>;

// fail(Code::corrupt, "tensor has ", n, " dimensions; at most 4 are allowed")
template <class... Parts>
std::unexpected<Error> fail(Code code, const Parts&... parts) {
  return std::unexpected(Error{code, cat(parts...), {}});
}

// A bug, not an input error: prints what and where to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace hone

// Always on; for cheap conditions that no input can break.
#define HONE_CHECK(condition) \
  ((condition) ? (void)0 : ::hone::check_failed(#condition, __FILE__, __LINE__))

#define HONE_CONCAT_INNER(a, b) a##b
#define HONE_CONCAT(a, b) HONE_CONCAT_INNER(a, b)

// HONE_TRY(auto file, File::open(path)); returns the error to the caller.
#define HONE_TRY(declaration, expression) \
  HONE_TRY_INNER(HONE_CONCAT(hone_try_, __LINE__), declaration, expression)
#define HONE_TRY_INNER(result, declaration, expression)           \
  auto&& result = (expression);                                   \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = std::move(*result)

// HONE_TRY_CONTEXT(auto t, read_tensor(r), "tensor '", name, "'"); adds a step to the road.
#define HONE_TRY_CONTEXT(declaration, expression, ...) \
  HONE_TRY_CONTEXT_INNER(HONE_CONCAT(hone_try_, __LINE__), declaration, expression, __VA_ARGS__)
#define HONE_TRY_CONTEXT_INNER(result, declaration, expression, ...)                     \
  auto&& result = (expression);                                                          \
  if (!result)                                                                           \
    return std::unexpected(std::move(result).error().context(::hone::cat(__VA_ARGS__))); \
  declaration = std::move(*result)

// HONE_RETURN_IF_ERROR(status_expression);
#define HONE_RETURN_IF_ERROR(expression)                      \
  do {                                                        \
    if (auto hone_status = (expression); !hone_status)        \
      return std::unexpected(std::move(hone_status).error()); \
  } while (false)
