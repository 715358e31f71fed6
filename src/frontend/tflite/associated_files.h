// Files that travel with a TFLite model, such as labels: TFLite Metadata appends them as a zip.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone::tflite {

namespace limits {
inline constexpr size_t kAssociatedFiles = 1 << 12;
}  // namespace limits

struct AssociatedFile {
  std::string_view name;  // as stored, with folders; never to be used as a path unchecked
  Bytes content;          // a view into the model's file
};

// The files behind the model in `file`, in the zip's order; none if no zip follows the model.
// Folders are left out. Compressed files are refused: TFLite stores them as they are. Source:
// APPNOTE.TXT 6.3.10 of the zip format, sections 4.3.7, 4.3.12 and 4.3.16.
Expected<std::vector<AssociatedFile>> associated_files(Bytes file);

}  // namespace hone::tflite
