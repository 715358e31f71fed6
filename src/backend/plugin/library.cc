#include <dlfcn.h>

#include "backend/plugin/backend.h"

namespace hone {
namespace {

std::string last_error() {
  const char* text = ::dlerror();
  return text == nullptr ? "it cannot be loaded" : printable(text, 300);
}

}  // namespace

Expected<std::shared_ptr<Backend>> Backend::load(const std::string& path,
                                                 const std::string& options) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return fail(Code::not_found, "back end: ", last_error());
  const auto entry = reinterpret_cast<hone_backend_entry>(::dlsym(library, HONE_BACKEND_ENTRY));
  if (entry == nullptr) {
    return fail(Code::unsupported, "back end '", printable(path), "': it has no function ",
                HONE_BACKEND_ENTRY);
  }
  const hone_backend* table = nullptr;
  try {
    table = entry();
  } catch (...) {  // against its contract
    return fail(Code::unsupported, "back end '", printable(path), "': it threw an exception");
  }
  HONE_TRY_CONTEXT(std::shared_ptr<Backend> made, of(table, options), "back end '", printable(path),
                   "'");
  return made;
}

}  // namespace hone
