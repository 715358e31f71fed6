#include "interrupt.h"

#include <csignal>

namespace hone::cli {
namespace {

// A handler reaches nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t interrupt_count = 0;

void on_interrupt(int signal) {
  if (interrupt_count > 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  interrupt_count = 1;
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocked read must return, so that the flag is seen.
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() { set_handler(SIGINT, on_interrupt); }
Interrupt::~Interrupt() { set_handler(SIGINT, SIG_DFL); }
bool Interrupt::requested() const { return interrupt_count > 0; }
Status Interrupt::check() const {
  return requested() ? Status(fail(Code::canceled, "interrupted")) : Status();
}
void Interrupt::clear() { interrupt_count = 0; }

void end_on_closed_pipe() { set_handler(SIGPIPE, SIG_DFL); }

}  // namespace hone::cli
