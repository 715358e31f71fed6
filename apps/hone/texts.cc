#include "texts.h"

#include <unistd.h>

#include "standard_input.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxTexts = uint64_t{64} << 20;

}  // namespace

Expected<std::vector<std::string>> texts_of(const TaskRun& with) {
  if (!with.run.words.empty()) return with.run.words;
  std::vector<std::string> texts;
  if (::isatty(STDIN_FILENO) == 0) {
    HONE_TRY(const std::string input, read_piped_input(kMaxTexts, with.context));
    for (const std::string_view line : split(input, '\n')) {
      if (!trim(line).empty()) texts.emplace_back(trim(line));
    }
  }
  if (!texts.empty()) return texts;
  return fail(
      Code::invalid_argument,
      "give it texts: hone run MODEL \"a sentence\" \"another\", or a line each on standard "
      "input");
}

}  // namespace hone::cli
