#include "status_line.h"

#include "base/text.h"

namespace hone::cli {

void StatusLine::show(std::string_view text) {
  if (!console_.err_is_terminal()) return;
  // One column stays free: some terminals wrap when the last one is written.
  const auto room = static_cast<size_t>(std::max(1, console_.width() - 1));
  console_.note(cat("\r\x1b[K", console_.err_style(Style::dim, text.substr(0, room))));
  visible_ = true;
}

void StatusLine::clear() {
  if (visible_) console_.note("\r\x1b[K");
  visible_ = false;
}

}  // namespace hone::cli
