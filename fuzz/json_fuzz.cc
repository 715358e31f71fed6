// JSON: whatever parses is written and parsed again to the same value, in both styles.
#include <cmath>

#include "base/json.h"
#include "base/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = hone::Json::parse(text);
  if (!json) {
    if (json.error().message.empty()) __builtin_trap();
    return 0;
  }
  for (const hone::JsonStyle& style : {hone::JsonStyle{}, hone::kJsonPretty}) {
    const std::string written = json->write(style);
    if (!hone::is_utf8(written)) __builtin_trap();
    const auto again = hone::Json::parse(written);
    if (!again || !(*again == *json)) __builtin_trap();
  }
  return 0;
}
