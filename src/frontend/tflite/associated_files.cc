#include "frontend/tflite/associated_files.h"

#include "base/text.h"

namespace hone::tflite {

Expected<std::vector<ZippedFile>> associated_files(Bytes file) {
  if (!ends_in_zip(file)) return std::vector<ZippedFile>();
  HONE_TRY_CONTEXT(std::vector<ZippedFile> files, read_zip(file), "files behind the model");
  for (const ZippedFile& entry : files) {
    if (entry.form == ZippedFile::Form::stored) continue;
    return fail(Code::unsupported, "'", printable(entry.name, 80),
                "' behind the model is compressed or encrypted; store it as it is");
  }
  return files;
}

}  // namespace hone::tflite
