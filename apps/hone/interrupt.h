// Ctrl-C as a flag that long work asks for.
#pragma once

#include "base/error.h"

namespace hone::cli {

// The first Ctrl-C sets the flag; a second one before clear() ends the process at once, as without
// hone's help. One lives in main; signal handlers are a property of the whole process.
class Interrupt {
 public:
  // Installs the handler; restores what was there at the end.
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  bool requested() const;
  // Ok, or Code::canceled once it was requested: for work that ends by an error.
  Status check() const;
  // For a conversation that goes on: the next Ctrl-C is a first one again.
  void clear();
};

// A reader that goes away (`hone ... | head`) ends hone quietly, even if the parent ignored that.
void end_on_closed_pipe();

}  // namespace hone::cli
