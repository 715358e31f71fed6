// Files in a zip, read in place where it stores them as they are.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

inline constexpr uint64_t kMaxZipFiles = 1 << 20;

struct ZippedFile {
  std::string_view name;  // with folders; never to be used as a path unchecked
  Bytes content;          // a view into the zip; empty if it is not stored
  enum class Form : uint8_t { stored, compressed, encrypted };
  Form form = Form::stored;
};

// Whether a zip ends where `bytes` end.
bool ends_in_zip(Bytes bytes);

// The files of a zip that ends where `zip` ends (zip64, too), in the order of its directory,
// without folders. Its places may count from its own beginning, if that lies behind other bytes and
// it is none of zip64. Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16
// and 4.5.3.
Expected<std::vector<ZippedFile>> read_zip(Bytes zip);

}  // namespace hone
