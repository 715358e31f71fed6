// Sounds through whatever listens to them (vad.h, keyword.h, wake_word.h), from files or as raw
// samples on standard input.
#pragma once

#include <string>
#include <vector>

#include "media/sound.h"
#include "run_tasks.h"
#include "standard_input.h"

namespace hone::cli {

template <class Listener, class Printer>
Status listen_to_file(Listener& listener, Printer& printer, const TaskRun& with,
                      const std::string& path) {
  HONE_TRY(SoundReader sound, SoundReader::open(path, listener.rate()));
  while (true) {
    if (with.context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY_CONTEXT(const std::vector<float> samples, sound.read(), path);
    if (samples.empty()) break;
    HONE_TRY_CONTEXT(const auto heard, listener.push(samples), path);
    HONE_RETURN_IF_ERROR(printer.print(heard));
  }
  HONE_TRY_CONTEXT(const auto rest, listener.finish(), path);
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

template <class Listener, class Printer>
Status listen_to_input(Listener& listener, Printer& printer, const TaskRun& with) {
  HONE_TRY(PcmStream stream, PcmStream::create({.rate = with.options.rate}, listener.rate()));
  while (true) {
    HONE_TRY(const std::string bytes, read_next_input(with.context));
    if (bytes.empty()) break;
    HONE_TRY(const auto heard, listener.push(stream.push(as_bytes(bytes))));
    HONE_RETURN_IF_ERROR(printer.print(heard));
  }
  HONE_TRY(const auto last, listener.push(stream.finish()));
  HONE_RETURN_IF_ERROR(printer.print(last));
  HONE_TRY(const auto rest, listener.finish());
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

// `create` gives a fresh listener, Expected<Listener>, and Printer is made of `with`, the sound's
// name (empty if it is the only one) and the rate. Without sounds: standard input.
template <class Printer, class Create>
Expected<int> listen(const Create& create, const TaskRun& with,
                     const std::vector<std::string>& sounds) {
  if (sounds.empty() || (sounds.size() == 1 && sounds[0] == "-")) {
    HONE_TRY(auto listener, create());
    Printer printer(with, "", listener.rate());
    HONE_RETURN_IF_ERROR(listen_to_input(listener, printer, with));
    return 0;
  }
  for (const std::string& path : sounds) {
    HONE_TRY(auto listener, create());
    Printer printer(with, sounds.size() > 1 ? path : "", listener.rate());
    HONE_RETURN_IF_ERROR(listen_to_file(listener, printer, with, path));
  }
  return 0;
}

}  // namespace hone::cli
