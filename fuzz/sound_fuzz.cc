// Sounds in every format, from hostile bytes; the first second or two of each.
#include "media/sound.h"

// libsndfile 1.2.0 and the libraries below it forget some memory when a file is damaged.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libsndfile\nleak:libvorbis\nleak:libogg\nleak:libopus\nleak:libFLAC\nleak:"
         "libmpg123\n";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int kPieces = 8;
  auto reader = hone::SoundReader::open(std::as_bytes(std::span(data, size)), 16000);
  if (!reader) {
    if (reader.error().message.empty()) __builtin_trap();
    return 0;
  }
  for (int i = 0; i < kPieces; ++i) {
    const auto piece = reader->read();
    if (!piece || piece->empty()) break;
  }
  return 0;
}
