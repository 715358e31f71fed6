#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "media/sound_decoder.h"

#if __has_include(<sndfile.h>)
#include <sndfile.h>
#define HONE_HAS_SNDFILE 1
#else
#define HONE_HAS_SNDFILE 0
#endif

namespace hone {

#if HONE_HAS_SNDFILE
namespace {

struct Sndfile {
  decltype(&::sf_open_virtual) open_virtual = nullptr;
  decltype(&::sf_readf_float) readf_float = nullptr;
  decltype(&::sf_error) error = nullptr;
  decltype(&::sf_strerror) strerror = nullptr;
  decltype(&::sf_close) close = nullptr;
};

template <class Function>
bool look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

// The library stays loaded until the process ends.
Expected<Sndfile> load_sndfile() {
  void* library = ::dlopen("libsndfile.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  Sndfile sndfile;
  if (library == nullptr || !look_up(library, "sf_open_virtual", sndfile.open_virtual) ||
      !look_up(library, "sf_readf_float", sndfile.readf_float) ||
      !look_up(library, "sf_error", sndfile.error) ||
      !look_up(library, "sf_strerror", sndfile.strerror) ||
      !look_up(library, "sf_close", sndfile.close)) {
    return fail(Code::unsupported, "sounds other than plain WAV need the library libsndfile; ",
                "install 'libsndfile1' or convert the file to WAV");
  }
  return sndfile;
}

// The file's bytes with a place in them, for libsndfile's callbacks.
struct Source {
  Bytes bytes;
  sf_count_t at = 0;

  static Source& of(void* self) { return *static_cast<Source*>(self); }
  static sf_count_t size(void* self) { return static_cast<sf_count_t>(of(self).bytes.size()); }
  static sf_count_t tell(void* self) { return of(self).at; }
  static sf_count_t seek(sf_count_t offset, int whence, void* self) {
    sf_count_t from = 0;
    if (whence == SEEK_CUR) from = of(self).at;
    if (whence == SEEK_END) from = size(self);
    if (offset < -from || offset > size(self) - from) return -1;
    return of(self).at = from + offset;
  }
  static sf_count_t read(void* to, sf_count_t count, void* self) {
    Source& source = of(self);
    const sf_count_t got = std::clamp<sf_count_t>(count, 0, size(self) - source.at);
    std::memcpy(to, source.bytes.data() + source.at, static_cast<size_t>(got));
    source.at += got;
    return got;
  }
  static sf_count_t write(const void*, sf_count_t, void*) { return 0; }
};

// An open file of libsndfile's; closed when it goes.
struct Handle {
  Sndfile library;
  Source source;
  SF_INFO info = {};
  SNDFILE* file = nullptr;

  Handle(const Sndfile& functions, Bytes bytes) : library(functions), source{bytes} {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (file != nullptr) library.close(file);
  }
  void open() {
    SF_VIRTUAL_IO io = {Source::size, Source::seek, Source::read, Source::write, Source::tell};
    file = library.open_virtual(&io, SFM_READ, &info, &source);
  }
};

class SndfileDecoder : public SoundDecoder {
 public:
  explicit SndfileDecoder(std::unique_ptr<Handle> handle)
      : SoundDecoder(handle->info.samplerate, handle->info.channels, claimed(handle->info)),
        handle_(std::move(handle)) {}

  Expected<size_t> read(std::span<float> samples) override {
    const auto fit = static_cast<sf_count_t>(samples.size()) / channels();
    const Sndfile& library = handle_->library;
    const sf_count_t got = library.readf_float(handle_->file, samples.data(), fit);
    if (got < fit && library.error(handle_->file) != SF_ERR_NO_ERROR) {
      return fail(Code::corrupt,
                  "the sound is damaged: ", printable(library.strerror(handle_->file)));
    }
    return static_cast<size_t>(std::max<sf_count_t>(got, 0));
  }

 private:
  // MP3 and Ogg carry no count that holds.
  static int64_t claimed(const SF_INFO& info) {
    const int kind = info.format & SF_FORMAT_TYPEMASK;
    return kind == SF_FORMAT_FLAC || kind == SF_FORMAT_AIFF ? info.frames : 0;
  }

  std::unique_ptr<Handle> handle_;
};

}  // namespace

Expected<std::unique_ptr<SoundDecoder>> open_with_sndfile(Bytes file) {
  HONE_TRY(const Sndfile library, load_sndfile());
  auto handle = std::make_unique<Handle>(library, file);
  handle->open();
  if (handle->file == nullptr) {
    return fail(Code::unsupported, "this is no sound in a known format (",
                printable(library.strerror(nullptr)), "); WAV, FLAC, Ogg, MP3 and AIFF are read");
  }
  if (handle->info.channels < 1 || handle->info.channels > kMaxSoundChannels) {
    return fail(Code::limit_exceeded, "the sound has ", handle->info.channels,
                " channels; at most ", kMaxSoundChannels, " are read");
  }
  return std::make_unique<SndfileDecoder>(std::move(handle));
}
#else
Expected<std::unique_ptr<SoundDecoder>> open_with_sndfile(Bytes) {
  return fail(Code::unsupported, "hone was built without libsndfile; convert the sound to WAV");
}
#endif

}  // namespace hone
