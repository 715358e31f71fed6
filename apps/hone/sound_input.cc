#include "sound_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/descriptor.h"
#include "standard_input.h"

namespace hone::cli {
namespace {

constexpr size_t kMaxHeader = 1 << 20;
constexpr uint64_t kMaxPiped = uint64_t{512} << 20;  // of a file that must be there whole

// While it lives, what goes to standard error is lost: libmpg123, below libsndfile, talks there
// about every oddity of an MP3 file.
class SilentErrors {
 public:
  SilentErrors() : kept_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const Descriptor nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (kept_.get() >= 0 && nothing.get() >= 0) ::dup2(nothing.get(), STDERR_FILENO);
  }
  SilentErrors(const SilentErrors&) = delete;
  SilentErrors& operator=(const SilentErrors&) = delete;
  ~SilentErrors() {
    if (kept_.get() >= 0) ::dup2(kept_.get(), STDERR_FILENO);
  }

 private:
  Descriptor kept_;
};

}  // namespace

Expected<SoundInput> SoundInput::open(const std::string& path, int rate, Context& context) {
  SoundInput made(path, context);
  const SilentErrors silent;
  HONE_TRY(SoundReader reader, SoundReader::open(path, rate));
  made.reader_.emplace(std::move(reader));
  return made;
}

Expected<SoundInput> SoundInput::standard_input(int rate, int raw_rate, Context& context) {
  SoundInput made("standard input", context);
  HONE_RETURN_IF_ERROR(made.begin_input(rate, raw_rate));
  return made;
}

// Takes what is needed to know what comes.
Status SoundInput::begin_input(int rate, int raw_rate) {
  constexpr size_t kMark = 12;
  while (true) {
    HONE_TRY(const std::string more, read_next_input(*context_));
    bytes_ += more;
    if (!more.empty() && bytes_.size() < kMark) continue;
    if (!begins_as_sound(as_bytes(bytes_))) return begin_stream({.rate = raw_rate}, 0, rate);
    const auto wav = read_wav_start(as_bytes(bytes_));
    if (!wav) return read_whole(rate);
    if (*wav) {
      left_ = (*wav)->data_bytes;
      return begin_stream((*wav)->format, (*wav)->header_bytes, rate);
    }
    if (more.empty() || bytes_.size() > kMaxHeader) {
      return fail(Code::corrupt, name_, ": the WAV file has no sound in it; it may be cut short");
    }
  }
}

Status SoundInput::begin_stream(const PcmFormat& format, size_t header_bytes, int rate) {
  HONE_TRY(PcmStream stream, PcmStream::create(format, rate));
  stream_.emplace(std::move(stream));
  bytes_.erase(0, header_bytes);
  bytes_a_second_ = static_cast<double>(format.rate) * format.channels *
                    static_cast<double>(bytes_of(format.samples));
  return {};
}

Status SoundInput::read_whole(int rate) {
  HONE_TRY(const std::string rest, read_standard_input(kMaxPiped, *context_));
  whole_ = std::make_unique<std::string>(std::move(bytes_) + rest);
  const SilentErrors silent;
  HONE_TRY_CONTEXT(SoundReader reader, SoundReader::open(as_bytes(*whole_), rate), name_);
  reader_.emplace(std::move(reader));
  return {};
}

Expected<std::vector<float>> SoundInput::read_stream() {
  while (!ended_) {
    if (bytes_.empty() && left_ != 0) {
      HONE_TRY(bytes_, read_next_input(*context_));
    }
    // What stands behind the samples is no sound.
    const size_t take =
        static_cast<size_t>(std::min<uint64_t>(left_.value_or(bytes_.size()), bytes_.size()));
    if (left_) *left_ -= take;
    ended_ = take == 0;
    std::vector<float> samples =
        ended_ ? stream_->finish() : stream_->push(as_bytes(bytes_).first(take));
    bytes_.clear();
    if (!samples.empty()) return samples;
  }
  return std::vector<float>();
}

Expected<std::vector<float>> SoundInput::read() {
  if (stream_) return read_stream();
  const SilentErrors silent;
  HONE_TRY_CONTEXT(std::vector<float> samples, reader_->read(), name_);
  return samples;
}

std::string SoundInput::warning() const {
  const double missing = reader_ ? reader_->missing_seconds()
                                 : static_cast<double>(left_.value_or(0)) / bytes_a_second_;
  // Less is an odd end, not a loss.
  if (missing < 0.01) return "";
  return cat("hone: ", printable(name_, 1000), ": the sound is cut short; ", fixed(missing, 2),
             " s that it should have are missing\n");
}

}  // namespace hone::cli
