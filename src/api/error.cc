#include <array>
#include <cstring>

#include "api/handles.h"

struct hone_error {
  hone_code code;
  std::string text;
};

namespace hone::api {
namespace {

// In the order of hone.h, which is that of Code.
constexpr std::array kCodes = {
    Code::invalid_argument, Code::not_found, Code::corrupt,  Code::unsupported,
    Code::limit_exceeded,   Code::io,        Code::network,  Code::untrusted,
    Code::conflict,         Code::canceled,  Code::internal,
};

constexpr hone_code code_of(Code code) {
  return static_cast<hone_code>(std::ranges::find(kCodes, code) - kCodes.begin()) + 1;
}
static_assert(code_of(Code::invalid_argument) == HONE_INVALID_ARGUMENT);
static_assert(code_of(Code::limit_exceeded) == HONE_LIMIT_EXCEEDED);
static_assert(code_of(Code::internal) == HONE_INTERNAL);

// There is no memory to make this one when it is needed; its address tells it apart.
constexpr char kNoMemory = 0;
hone_error* no_memory() { return reinterpret_cast<hone_error*>(const_cast<char*>(&kNoMemory)); }

}  // namespace

hone_error* out_of_memory() noexcept { return no_memory(); }

hone_error* to_handle(const Error& error) noexcept {
  try {
    return new hone_error{code_of(error.code), error.text()};
  } catch (...) {
    return out_of_memory();
  }
}

std::unexpected<Error> null_argument(std::string_view name) {
  return fail(Code::invalid_argument, "'", name, "' is a null pointer");
}

}  // namespace hone::api

using namespace hone::api;

hone_code hone_error_code(const hone_error* error) {
  if (error == nullptr) return HONE_OK;
  return error == no_memory() ? HONE_LIMIT_EXCEEDED : error->code;
}

const char* hone_error_message(const hone_error* error) {
  if (error == nullptr) return "";
  if (error == no_memory()) {
    return "this needs more memory than there is; take a smaller model or smaller inputs";
  }
  return error->text.c_str();
}

void hone_error_free(hone_error* error) {
  if (error != no_memory()) delete error;
}

const char* hone_code_name(hone_code code) {
  if (code == HONE_OK) return "ok";
  if (code < 0 || static_cast<size_t>(code) > kCodes.size()) return "unknown";
  return hone::info(kCodes[static_cast<size_t>(code) - 1]).name.data();  // of a literal
}

#define HONE_TEXT(x) #x
#define HONE_NUMBER(x) HONE_TEXT(x)

const char* hone_version(void) {
  return HONE_NUMBER(HONE_VERSION_MAJOR) "." HONE_NUMBER(HONE_VERSION_MINOR) "." HONE_NUMBER(
      HONE_VERSION_PATCH);
}

uint32_t hone_version_number(void) {
  return HONE_VERSION_MAJOR * 1000000 + HONE_VERSION_MINOR * 1000 + HONE_VERSION_PATCH;
}
