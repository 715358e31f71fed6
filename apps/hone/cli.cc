#include "cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>
#include <vector>

namespace hone::cli {
namespace {

std::vector<std::string> dashed_names(std::span<const Option> options) {
  std::vector<std::string> names = {"--help"};
  for (const Option& option : options) {
    for (std::string& name : option.name_list()) {
      if (name.starts_with("--")) names.push_back(std::move(name));
    }
  }
  return names;
}

Error unexpected_word(std::span<const Option> options, const std::string& word) {
  Error error{Code::invalid_argument, cat("unexpected argument '", printable(word), "'"), {}};
  if (word.size() < 2 || word[0] != '-') return error;
  const std::string name = word.substr(0, word.find('='));
  error.message = cat("unknown option '", printable(name), "'");
  if (word.find(' ') != word.npos) {
    error.message += "; put -- before text that starts with a dash";
  } else if (const auto near = did_you_mean(name, dashed_names(options))) {
    error.message += cat("; did you mean '", *near, "'?");
  }
  return error;
}

// 1000000 rather than 1e+06.
std::string limit_text(double limit) {
  return limit == std::floor(limit) && std::abs(limit) < 1e15 ? cat(static_cast<int64_t>(limit))
                                                              : cat(limit);
}

Status check_value(const Option& option, std::string_view text) {
  if (text.empty() && !option.takes_empty) {
    return fail(Code::invalid_argument, "an empty ", option.value_name, " means nothing here");
  }
  if (!option.choices.empty() && std::ranges::count(option.choices, text) == 0) {
    const auto near = did_you_mean(text, option.choices);
    return fail(Code::invalid_argument, "'", printable(text), "' is not one of ",
                join(option.choices, ", "), near ? cat("; did you mean '", *near, "'?") : "");
  }
  const std::optional<double> number = parse_double(text);
  // Written so that NaN fails too.
  if (number && !(*number >= option.min && *number <= option.max)) {
    if (option.max == std::numeric_limits<double>::infinity()) {
      return fail(Code::invalid_argument, text, " is too small; at least ", limit_text(option.min),
                  " is needed");
    }
    return fail(Code::invalid_argument, text, " is not between ", limit_text(option.min), " and ",
                limit_text(option.max));
  }
  return {};
}

Status assign_all(const Option& option, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    Status status = assign_checked(option, value);
    if (!status) return std::unexpected(std::move(status).error().context(option.display_name()));
  }
  return {};
}

using Values = std::vector<std::vector<std::string>>;

// CLI11 only tells options from words; values are checked by our own, stricter rules.
void add(CLI::App& app, const Option& option, std::vector<std::string>& values) {
  const std::string names = option.dashed_names();
  if (names.empty()) return;
  if (option.arity == Arity::flag) {
    app.add_flag_function(names, [&values](int64_t) { values = {""}; }, "");
    return;
  }
  CLI::Option* added = app.add_option(names, [&values](const CLI::results_t& results) {
    values = results;
    return true;
  });
  option.arity == Arity::many ? added->take_all()->expected(1) : added->take_last();
}

// Options of llama.cpp whose names CLI11 would take for ours with a value behind: "-ngl" is no -n
// of "gl".
constexpr std::pair<std::string_view, std::string_view> kForeign[] = {
    {"-ngl", "hone computes on the processor alone"},
    {"-mg", "hone computes on the processor alone"},
    {"-fa", "hone chooses its kernels itself"},
    {"-ctk", "the cache is always F16"},
    {"-ctv", "the cache is always F16"},
    {"-cnv", "a conversation is 'hone chat'"},
    {"-hf", "models come by name; 'hone list' shows them"},
    {"-mu", "models come by name; 'hone list' shows them"},
};

// The option that `word` begins with, as in "-n5"; null if it is none, or has two dashes.
const Option* short_option(std::span<const Option> options, std::string_view word) {
  if (word.size() < 2 || word[0] != '-' || word[1] == '-') return nullptr;
  for (const Option& option : options) {
    if (std::ranges::count(option.name_list(), word.substr(0, 2)) != 0) return &option;
  }
  return nullptr;
}

bool takes_number(const Option& option) {
  return option.value_name == "N" || option.value_name == "X";
}

std::unexpected<Error> foreign_option(std::string_view word, std::string_view reason,
                                      const Option* near) {
  return fail(Code::invalid_argument, "hone has no option '", printable(word), "'",
              reason.empty() ? "" : "; ", reason,
              near == nullptr
                  ? ""
                  : cat(" (", word.substr(0, 2), " ", near->value_name, " is: ", near->help, ")"));
}

// Words with one dash and several letters, before CLI11 cuts them apart.
Status refuse_foreign(std::span<const Option> options, std::span<const std::string> arguments) {
  bool is_value = false;
  for (const std::string& word : arguments) {
    if (word == "--") return {};
    const Option* option = short_option(options, word);
    const bool letters = word.size() > 2 && std::isalpha(static_cast<unsigned char>(word[2])) != 0;
    if (!is_value) {
      for (const auto& [name, reason] : kForeign) {
        if (word == name) return foreign_option(word, reason, option);
      }
      if (option != nullptr && letters && takes_number(*option)) {
        return foreign_option(word, "", option);
      }
    }
    const auto is_whole = [&](const Option& each) {
      return each.arity != Arity::flag && std::ranges::count(each.name_list(), word) != 0;
    };
    is_value = !is_value && word.starts_with('-') && std::ranges::any_of(options, is_whole);
  }
  return {};
}

bool looks_like_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

// Words without dashes go to the options that take words, in order. This is not left to CLI11: it
// would split a prompt like "[1,2]" at the comma.
Status place_words(std::span<const Option> options, std::span<const std::string> words,
                   Values& values) {
  bool only_words = false;
  size_t next = 0;
  for (const std::string& word : words) {
    if (!only_words && word == "--") {
      only_words = true;
      continue;
    }
    if (!only_words && looks_like_option(word)) {
      return std::unexpected(unexpected_word(options, word));
    }
    const auto open = [&](size_t i) {
      return options[i].takes_word() && (values[i].empty() || options[i].arity == Arity::many);
    };
    while (next < options.size() && !open(next)) ++next;
    if (next == options.size()) return std::unexpected(unexpected_word(options, word));
    values[next].push_back(word);
  }
  return {};
}

Status required_are_there(std::span<const Option> options, const Values& values) {
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i].required && values[i].empty()) {
      return fail(Code::invalid_argument, options[i].value_name, " is missing");
    }
  }
  return {};
}

// A missing value is all that is left for CLI11 to complain about.
Error missing_value(std::span<const Option> options, const std::string& complaint) {
  for (const Option& option : options) {
    if (complaint.starts_with(option.display_name() + ":")) {
      return {Code::invalid_argument, cat("needs a value (", option.value_name, ")"),
              option.display_name()};
    }
  }
  return {Code::invalid_argument, complaint, {}};
}

}  // namespace

Expected<Request> parse_arguments(std::span<const Option> options,
                                  std::span<const std::string> arguments) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  bool help = false;
  app.add_flag("-h,--help", help, "");
  Values values(options.size());
  const Status known = refuse_foreign(options, arguments);
  try {
    for (size_t i = 0; i < options.size(); ++i) add(app, options[i], values[i]);
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (help) return Request::help;
    HONE_RETURN_IF_ERROR(known);
    return std::unexpected(missing_value(options, error.what()));
  }
  if (help) return Request::help;
  HONE_RETURN_IF_ERROR(known);
  HONE_RETURN_IF_ERROR(place_words(options, app.remaining(), values));
  HONE_RETURN_IF_ERROR(required_are_there(options, values));
  for (size_t i = 0; i < options.size(); ++i) {
    HONE_RETURN_IF_ERROR(assign_all(options[i], values[i]));
  }
  return Request::run;
}

Status assign_checked(const Option& option, std::string_view value) {
  HONE_RETURN_IF_ERROR(option.assign(value));
  return check_value(option, value);
}

}  // namespace hone::cli
