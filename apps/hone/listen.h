// Sounds through whatever listens to them (vad.h, keyword.h, wake_word.h).
#pragma once

#include <string>
#include <vector>

#include "run_tasks.h"
#include "sound_input.h"

namespace hone::cli {

template <class Listener, class Printer>
Status listen_to(SoundInput& sound, Listener& listener, Printer& printer, Context& context) {
  while (true) {
    if (context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY(const std::vector<float> samples, sound.read());
    if (samples.empty()) break;
    HONE_TRY(const auto heard, listener.push(samples));
    HONE_RETURN_IF_ERROR(printer.print(heard));
  }
  context.console.note(sound.warning());
  HONE_TRY(const auto rest, listener.finish());
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

// How a sound is called in what is printed.
struct SoundName {
  std::string path;     // "-": standard input
  std::string heading;  // before each line for people; empty if it is the only sound
};

// `create` gives a fresh listener, Expected<Listener>, and Printer is made of `with`, the sound's
// name and the rate. Without sounds: standard input. Of several
// sounds an error is told and the others go on.
template <class Printer, class Create>
Expected<int> listen(const Create& create, const TaskRun& with, std::vector<std::string> sounds) {
  if (sounds.empty()) sounds = {"-"};
  int status = 0;
  for (const std::string& path : sounds) {
    HONE_TRY(auto listener, create());
    const std::string heading = sounds.size() > 1 ? cat(printable(path, 1000), "  ") : "";
    Printer printer(with, {path, heading}, listener.rate());
    auto sound = path == "-"
                     ? SoundInput::standard_input(listener.rate(), with.options.rate, with.context)
                     : SoundInput::open(path, listener.rate(), with.context);
    Status heard = sound ? listen_to(*sound, listener, printer, with.context)
                         : Status(std::unexpected(std::move(sound).error()));
    if (heard) continue;
    Error error = std::move(heard).error();
    if (sounds.size() == 1 || error.code == Code::canceled) {
      return std::unexpected(std::move(error));
    }
    with.context.console.error(error);
    if (status == 0) status = info(error.code).exit_status;
  }
  return status;
}

}  // namespace hone::cli
