// Sound from a file or from standard input, piece by piece, whichever form it has.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "command.h"
#include "media/sound.h"

namespace hone::cli {

// Move only; `context` must outlive it.
class SoundInput {
 public:
  static Expected<SoundInput> open(const std::string& path, int rate, Context& context);
  // Standard input as it comes: a WAV file, or else raw 16-bit samples, so many a second. FLAC, Ogg
  // and MP3 files are read to their end first.
  static Expected<SoundInput> standard_input(int rate, int raw_rate, Context& context);

  // Samples at that rate; none: the end.
  Expected<std::vector<float>> read();
  // After the end: a line for people if the sound was cut short; else empty.
  std::string warning() const;

 private:
  SoundInput(std::string name, Context& context) : name_(std::move(name)), context_(&context) {}
  Status begin_input(int rate, int raw_rate);
  Status begin_stream(const PcmFormat& format, size_t header_bytes, int rate);
  Status read_whole(int rate);
  Expected<std::vector<float>> read_stream();

  std::string name_;
  Context* context_;
  std::string bytes_;                   // of a stream, those not yet taken
  std::unique_ptr<std::string> whole_;  // of a file on standard input: what the reader views
  std::optional<SoundReader> reader_;
  std::optional<PcmStream> stream_;
  std::optional<uint64_t> left_;  // bytes that the stream has yet to give, if it says so
  double bytes_a_second_ = 0;
  bool ended_ = false;
};

}  // namespace hone::cli
