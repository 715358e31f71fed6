#include "run_check.h"

#include <algorithm>

#include "changed_options.h"

namespace hone::cli {
namespace {

struct KindOptions {
  std::string_view kind;
  std::string_view takes;
  std::string_view inputs;   // the options that say what goes in
  std::string_view options;  // the others
};

constexpr std::string_view kPictures = "pictures: --image FILE or --video FILE";
constexpr std::string_view kSounds = "sounds: --audio FILE";
constexpr std::string_view kTexts = "texts: hone run MODEL \"a sentence\" \"another\"";
constexpr std::string_view kSeen = "--image --video --every --fps";
constexpr std::string_view kHeard = "--audio --sample-rate";

constexpr KindOptions kKinds[] = {
    {"classify", kPictures, kSeen, "--task --labels --top"},
    {"detect", kPictures, kSeen, "--out --task --labels --threshold"},
    {"segment", kPictures, kSeen, "--out --mask --task --labels --threshold"},
    {"pose", kPictures, kSeen, "--out --task --threshold"},
    {"landmarks", kPictures, kSeen, "--out --task --threshold"},
    {"ocr", kPictures, kSeen, "--out --task --threshold"},
    {"vad", kSounds, kHeard, "--task --threshold"},
    {"keyword", kSounds, kHeard, "--task --labels --threshold"},
    {"embed", kTexts, "", "--task"},
    {"text-classify", kTexts, "", "--task --labels --top"},
};

bool names(std::string_view list, std::string_view option) {
  return std::ranges::count(split(list, ' '), option) > 0;
}

// "--out, --task and --labels"
std::string in_words(std::string_view list) {
  std::string text;
  const std::vector<std::string_view> options = split(list, ' ');
  for (size_t i = 0; i < options.size(); ++i) {
    text += cat(i == 0 ? "" : i + 1 == options.size() ? " and " : ", ", options[i]);
  }
  return text;
}

}  // namespace

Status check_task_options(std::string_view kind, const ProgramRunOptions& options) {
  const auto* row = std::ranges::find(kKinds, kind, &KindOptions::kind);
  if (row == std::end(kKinds)) return {};
  for (const std::string& option : changed_options(options)) {
    if (names(row->inputs, option) || names(row->options, option)) continue;
    if (option == "--output-dir") {
      return fail(Code::invalid_argument,
                  "--output-dir is for tensors; it goes with --input or --random");
    }
    return fail(Code::invalid_argument, option, " does not go with this model; it takes ",
                row->takes, ", and of the other options ", in_words(row->options));
  }
  return {};
}

Status check_bundle_options(std::string_view kind, std::string_view name,
                            const ProgramRunOptions& options) {
  for (const std::string& option : changed_options(options)) {
    if (!names("--task --labels --input --random", option)) continue;
    return fail(Code::invalid_argument, option, " is for one model, and '", name,
                "' is made of several; 'hone show ", name, "' names them");
  }
  return check_task_options(kind, options);
}

Status check_tensor_options(const ProgramRunOptions& options,
                            const std::vector<std::string>& words) {
  const std::string_view gives = options.random ? "--random, which gives the model numbers"
                                 : options.inputs.empty()
                                     ? "a run on tensors"
                                     : "--input, which gives the model numbers";
  if (!words.empty()) {
    return fail(Code::invalid_argument, "'", printable(words[0]), "' does not go with ", gives);
  }
  for (const std::string& option : changed_options(options)) {
    if (names("--input --random --output-dir --task", option)) continue;
    return fail(Code::invalid_argument, option, " does not go with ", gives);
  }
  return {};
}

Status check_language_options(std::string_view model, const ProgramRunOptions& options) {
  const std::vector<std::string> given = changed_options(options);
  if (given.empty()) return {};
  if (model.empty()) {
    return fail(Code::invalid_argument, given[0], " needs a model: hone run MODEL ", given[0],
                " ...; 'hone list' shows those that there are");
  }
  return fail(Code::invalid_argument, given[0], " does not go with '", printable(model),
              "', which is a language model; it takes a prompt");
}

}  // namespace hone::cli
