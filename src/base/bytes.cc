#include "base/bytes.h"

namespace hone {

Bytes ByteReader::take(uint64_t size) {
  if (!ok_) return {};
  if (size > remaining()) {
    fail(Code::corrupt,
         cat("the data ends at byte ", bytes_.size(), " but ", size, " bytes are needed at byte ",
             position_, "; the file is cut short or damaged"));
    return {};
  }
  const Bytes taken = bytes_.subspan(position_, size);
  position_ += size;
  return taken;
}

std::string_view ByteReader::text(uint64_t size) { return as_text(take(size)); }

void ByteReader::fail(Code code, std::string message) {
  if (!ok_) return;
  ok_ = false;
  error_ = Error{code, std::move(message), {}};
}

Status ByteReader::status() const {
  if (ok_) return {};
  return std::unexpected(error_);
}

}  // namespace hone
