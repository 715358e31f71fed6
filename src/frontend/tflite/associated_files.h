// Files that travel with a TFLite model, such as labels: TFLite Metadata appends them as a zip.
#pragma once

#include <string_view>
#include <vector>

#include "base/zip.h"

namespace hone::tflite {

// The files behind the model in `file`, in the zip's order; none if no zip follows the model.
// Folders are left out. Compressed files are refused: TFLite stores them as they are.
Expected<std::vector<ZippedFile>> associated_files(Bytes file);

}  // namespace hone::tflite
