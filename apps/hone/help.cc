#include "help.h"

#include <array>

#include "commands.h"
#include "table.h"

namespace hone::cli {
namespace {

constexpr size_t kOptionColumn = 30;

// "-t, --threads N"; a word without dashes: "MODEL".
std::string option_syntax(const Option& option) {
  const std::string names = option.dashed_names();
  std::string dashed;
  for (const std::string_view name : split(names, ',')) {
    dashed += cat(dashed.empty() ? "" : ", ", name);
  }
  if (dashed.empty()) return option.value_name;
  const std::string value = option.arity == Arity::flag ? "" : " " + option.value_name;
  return dashed + value;
}

std::string option_meaning(const Option& option) {
  std::string text = option.help;
  if (!option.choices.empty()) text += cat(": ", join(option.choices, ", "));
  if (option.arity == Arity::many && !option.dashed_names().empty()) text += "; may be repeated";
  if (!option.default_text.empty()) text += cat(" [", option.default_text, "]");
  return text;
}

// Breaks at spaces; lines after the first start `indent` columns in.
std::string wrap(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t column = indent;
  for (const std::string_view word : split(text, ' ')) {
    const auto length = static_cast<size_t>(display_width(word));
    if (column > indent && column + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
  }
  return out;
}

std::string option_lines(std::span<const Option> options, size_t width) {
  std::string out;
  for (const Option& option : options) {
    std::string line = "  " + option_syntax(option);
    if (line.size() + 2 > kOptionColumn) {
      out += line + "\n";
      line.clear();
    }
    line.resize(kOptionColumn, ' ');
    out += line + wrap(option_meaning(option), kOptionColumn, width) + "\n";
  }
  return out;
}

std::string usage(const Command& command) {
  return cat("hone ", command.text.name, " [options]", command.text.words.empty() ? "" : " ",
             command.text.words);
}

size_t text_width(const Console& console) {
  constexpr int kMin = 60;
  constexpr int kMax = 100;
  return static_cast<size_t>(std::min(std::max(console.width(), kMin), kMax));
}

std::vector<Option> with_help(std::vector<Option> options) {
  Option help;
  help.names = "-h,--help";
  help.help = "show this help";
  help.arity = Arity::flag;
  options.push_back(std::move(help));
  return options;
}

// Option texts name things like <FILE|NAME>, and a | ends a cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

constexpr std::array<std::array<std::string_view, 2>, 9> kVariables = {{
    {"HONE_HOME", "folder for models, cache and history, in place of the XDG folders"},
    {"XDG_DATA_HOME`, `XDG_CACHE_HOME`, `XDG_STATE_HOME", "hone's folders lie in these"},
    {"HONE_CATALOGUE", "file with models of your own, in place of `models.json`"},
    {"HONE_TRUST", "public keys, a file or a folder of them, for `--require-signature`"},
    {"HONE_BACKENDS", "folder of the libraries that `--backend` names"},
    {"HF_TOKEN", "sent to the model hub, for models that ask for a login"},
    {"HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY", "proxies for downloads"},
    {"NO_COLOR", "any value: no colors"},
    {"COLUMNS", "width of tables and help"},
}};

// Text as roff takes it: nothing in it is a request or an escape.
std::string roff(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '`') continue;
    out += c == '\\' ? "\\e" : c == '-' ? "\\-" : c == '"' ? "\\(dq" : std::string(1, c);
  }
  return out;
}

std::string tagged(std::string_view tag, std::string_view text) {
  return cat(".TP\n.B ", roff(tag), "\n", roff(text), "\n");
}

std::string command_manual(const Command& command) {
  std::string out = cat(".SS hone ", roff(command.text.name), "\n.B ", roff(usage(command)),
                        "\n.PP\n", roff(command.text.summary), ".\n");
  if (!command.text.description.empty()) {
    out += cat(".PP\n", roff(command.text.description), "\n");
  }
  for (const Option& option : with_help(command.prepare().options)) {
    out += tagged(option_syntax(option), option_meaning(option));
  }
  for (const Example& example : command.text.examples) {
    out +=
        cat(".PP\n", roff(example.meaning), ":\n.EX\n    ", roff(example.command_line), "\n.EE\n");
  }
  return out;
}

std::string command_markdown(const Command& command) {
  std::string out = cat("## hone ", command.text.name, "\n\n", command.text.summary, "\n\n    ",
                        usage(command), "\n\n");
  if (!command.text.description.empty()) out += cat(command.text.description, "\n\n");
  out += "| option | meaning |\n|---|---|\n";
  for (const Option& option : with_help(command.prepare().options)) {
    out += cat("| `", cell(option_syntax(option)), "` | ", cell(option_meaning(option)), " |\n");
  }
  out += "\n";
  for (const Example& example : command.text.examples) {
    out += cat("    ", example.command_line, "   # ", example.meaning, "\n");
  }
  return out + "\n";
}

}  // namespace

std::string overview(std::span<const Command> commands, const Console& console) {
  std::string out = cat(
      console.out_style(Style::bold, "hone"), " ", kVersion,
      ": takes a model to an edge device and runs it there\n\nUsage: hone COMMAND [options]\n\n",
      console.out_style(Style::bold, "Commands"), "\n");
  Table table({{}, {}}, "  ");
  for (const Command& command : commands) {
    table.row({std::string(command.text.name), std::string(command.text.summary)});
  }
  out += table.text();
  out += cat("\n", console.out_style(Style::bold, "Examples"), "\n");
  Table examples({{}, {}}, "  ");
  for (const Command& command : commands) {
    const Example& example = command.text.examples.front();
    examples.row({std::string(example.command_line), std::string(example.meaning)});
  }
  out += examples.text();
  out += "\n'hone COMMAND --help' tells more; 'hone help exit-codes' lists the exit codes.\n";
  return out;
}

std::string command_help(const Command& command, const Console& console) {
  const size_t width = text_width(console);
  std::string out =
      cat("Usage: ", usage(command), "\n\n",
          wrap(command.text.description.empty() ? command.text.summary : command.text.description,
               0, width),
          "\n\n", console.out_style(Style::bold, "Options"), "\n",
          option_lines(with_help(command.prepare().options), width), "\n",
          console.out_style(Style::bold, "Examples"), "\n");
  for (const Example& example : command.text.examples) {
    out += cat("  ", example.command_line, "\n      ", example.meaning, "\n");
  }
  return out;
}

std::string exit_codes_help() {
  Table table({{"CODE", Align::right}, {"NAME"}, {"MEANING"}});
  table.row({"0", "ok", "it worked"});
  for (const CodeInfo& code : all_codes()) {
    table.row({cat(code.exit_status), std::string(code.name), std::string(code.meaning)});
  }
  return table.text();
}

std::string markdown_reference(std::span<const Command> commands) {
  std::string out =
      "# The command line\n\n"
      "Made by `hone help --markdown`; a test holds it equal to the program.\n\n"
      "Answers go to standard output, everything about them (notes, progress, errors) to standard\n"
      "error. Progress bars and colors appear only on a terminal; `NO_COLOR` turns colors off.\n"
      "Errors read `hone: where: message`. Ctrl-C stops what runs; a second one ends hone at "
      "once.\n\n"
      "## Exit codes\n\n| code | name | meaning |\n|---|---|---|\n| 0 | ok | it worked |\n";
  for (const CodeInfo& code : all_codes()) {
    out += cat("| ", code.exit_status, " | ", code.name, " | ", code.meaning, " |\n");
  }
  out += "\n## Environment\n\n| variable | meaning |\n|---|---|\n";
  for (const auto& [name, meaning] : kVariables) out += cat("| `", name, "` | ", meaning, " |\n");
  out += "\n";
  for (const Command& command : commands) out += command_markdown(command);
  out.pop_back();
  return out;
}

std::string manual_page(std::span<const Command> commands) {
  std::string out = cat(".TH HONE 1 \"\" \"hone ", kVersion, "\"\n.SH NAME\n",
                        "hone \\- takes a model to an edge device and runs it there\n",
                        ".SH SYNOPSIS\n.B hone\n.I COMMAND\n[options]\n.SH COMMANDS\n");
  for (const Command& command : commands) out += command_manual(command);
  out += ".SH EXIT STATUS\n" + tagged("0", "it worked");
  for (const CodeInfo& code : all_codes()) {
    out += tagged(cat(code.exit_status), cat(code.name, ": ", code.meaning));
  }
  out += ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kVariables) out += tagged(name, meaning);
  return out;
}

}  // namespace hone::cli
