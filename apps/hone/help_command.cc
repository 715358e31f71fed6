#include "commands.h"
#include "help.h"

namespace hone::cli {
namespace {

struct HelpOptions {
  std::string topic;
  bool markdown = false;
  bool man = false;

  template <class V>
  void visit(V& v) {
    v("topic", topic, "a command, or exit-codes").as("TOPIC");
    v("--markdown", markdown, "print the whole reference as Markdown (docs/cli.md)");
    v("--man", man, "print the manual page: hone help --man | man -l -");
  }
};

Expected<int> run(const HelpOptions& options, Context& context) {
  std::string text;
  if (options.markdown) {
    text = markdown_reference(context.commands);
  } else if (options.man) {
    text = manual_page(context.commands);
  } else if (options.topic.empty()) {
    text = overview(context.commands, context.console);
  } else if (options.topic == "exit-codes") {
    text = exit_codes_help();
  } else if (const Command* command = find_command(context.commands, options.topic)) {
    text = command_help(*command, context.console);
  } else {
    return std::unexpected(unknown_command(context.commands, options.topic));
  }
  HONE_RETURN_IF_ERROR(context.console.print(text));
  return 0;
}

}  // namespace

Command help_command() {
  return make_command<HelpOptions>(
      {.name = "help",
       .summary = "explain a command or the exit codes",
       .words = "[TOPIC]",
       .description = "",
       .examples = {{"hone help run", "the same as hone run --help"},
                    {"hone help exit-codes", "what each exit code means"}}},
      run);
}

}  // namespace hone::cli
