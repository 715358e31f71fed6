// Stop strings in a stream of text: what may be the beginning of one is held back until it is
// clear.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone {

class StopMatcher {
 public:
  // Empty stop strings are ignored.
  explicit StopMatcher(std::vector<std::string> stops);

  // Adds text and returns what is certain to stand before any stop string. Once stopped() only
  // empty text comes back.
  std::string push(std::string_view text);
  // The end of the stream: what was held back.
  std::string flush();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace hone
