// hone: builds the few things the commands need, and gives them the word.
#include <cstdlib>

#include "cli.h"
#include "commands.h"
#include "help.h"
#include "mapped_file_fault.h"
#include "within_memory.h"

namespace hone::cli {
namespace {

// In the order of the overview.
std::vector<Command> all_commands() {
  return {
      run_command(),     chat_command(),   pull_command(),       list_command(),
      rm_command(),      show_command(),   tokenize_command(),   detokenize_command(),
      compile_command(), tune_command(),   export_command(),     keygen_command(),
      sign_command(),    verify_command(), perplexity_command(), bench_command(),
      diff_command(),    eval_command(),   version_command(),    help_command(),
  };
}

Expected<int> run_command(const Command& command, std::span<const std::string> arguments,
                          Context& context) {
  const Invocation invocation = command.prepare();
  auto request = parse_arguments(invocation.options, arguments);
  if (!request) {
    request.error().message += cat(" ('hone ", command.text.name, " --help' lists the options)");
    return std::unexpected(std::move(request).error().context(command.text.name));
  }
  if (*request == Request::run) return invocation.run(context);
  HONE_RETURN_IF_ERROR(context.console.print(command_help(command, context.console)));
  return 0;
}

Expected<int> dispatch(std::vector<std::string> arguments, Context& context) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") arguments = {"help"};
  if (arguments[0] == "--version" || arguments[0] == "-V") arguments[0] = "version";
  const Command* command = find_command(context.commands, arguments[0]);
  if (command == nullptr) {
    return std::unexpected(unknown_command(context.commands, arguments[0]));
  }
  return run_command(*command, std::span(arguments).subspan(1), context);
}

int exit_status(const Expected<int>& result, Console& console) {
  if (result) return *result;
  const Error& error = result.error();
  if (error.code != Code::canceled || !error.message.empty()) console.error(error);
  return info(error.code).exit_status;
}

}  // namespace
}  // namespace hone::cli

int main(int count, char** words) {
  using namespace hone::cli;
  end_on_closed_pipe();
  end_on_shortened_file();
  Interrupt interrupt;
  const Environment environment = read_environment(std::getenv);
  Console console = Console::open(environment);
  const std::vector<Command> commands = all_commands();
  Context context{environment, console, interrupt, commands};
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  return exit_status(within_memory([&] { return dispatch(arguments, context); }), console);
}
