// The terminal: answers go to stdout, everything about them (notes, progress, errors) to stderr.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "environment.h"

namespace hone::cli {

enum class Style { plain, bold, dim, red, green, yellow, cyan };

class Console {
 public:
  // What is known about one stream.
  struct Stream {
    int descriptor = -1;
    bool terminal = false;
    bool color = false;
  };

  // stdout and stderr of this process.
  static Console open(const Environment& environment);
  Console(Stream out, Stream err, int width) : out_(out), err_(err), width_(width) {}

  // Writes to stdout at once; a full disk or closed descriptor is an error of code io.
  Status print(std::string_view text);
  // Writes to stderr; its own failure has nowhere to go.
  void note(std::string_view text);
  // "hone: where: message" on stderr.
  void error(const Error& error);

  // What a model wrote, fit for stdout: as it is, but on a terminal without the controls that would
  // move the cursor or recolor the screen (they become visible \xNN). `text` is whole characters.
  std::string shown(std::string_view text) const;

  bool out_is_terminal() const { return out_.terminal; }
  bool err_is_terminal() const { return err_.terminal; }
  // Columns of the terminal; 80 if there is none.
  int width() const { return width_; }

  // The text in that style where the stream shows colors, else as it is.
  std::string out_style(Style style, std::string_view text) const;
  std::string err_style(Style style, std::string_view text) const;

 private:
  Stream out_;
  Stream err_;
  int width_;
};

// Columns a UTF-8 text takes: one a code point, none for combining marks, two for wide East Asian
// ones and emoji.
int display_width(std::string_view text);

}  // namespace hone::cli
