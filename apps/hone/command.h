// What a command of hone is.
//
// To add one:
// 1. Write apps/hone/NAME.cc with a struct of options whose `template <class V> void visit(V& v)`
//    names each field once: v("-n,--predict", predict, "most tokens to write").between(1, 1e6);
//    a name without dashes is a word on the command line (see option.h).
// 2. Write `Expected<int> run(const NameOptions&, Context&)`: print answers with
// context.console.print,
//    the rest with .note; return 0, or fail(...) for "hone: where: message" and the code's exit
//    status. Long work asks context.interrupt.requested() and then returns fail(Code::canceled,
//    ...).
// 3. Write `Command name_command() { return make_command<NameOptions>({name, summary, ...}, run);
// }`,
//    declare it in commands.h and put it into the table in main.cc. Help, docs and suggestions
//    follow.
// 4. Run `hone help --markdown > docs/cli.md`; a test holds them equal.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "console.h"
#include "device/probe/limits.h"
#include "environment.h"
#include "interrupt.h"
#include "option.h"

namespace hone::cli {

struct Command;

// Whose engines a command may open (trust.h).
struct TrustOptions {
  std::vector<std::string> keys;  // files of public keys
  bool required = false;
  std::optional<uint64_t> least_release;

  template <class V>
  void visit(V& v) {
    v("--trust", keys, "run nothing but engines that the owner of this public key signed")
        .as("NAME.pub");
    v("--require-signature", required,
      "the same for the keys of HONE_TRUST, a file or a folder of them");
    v("--min-release", least_release, "refuse an engine with a lower release number")
        .between(0, 1e15);
  }
};

// Where a command runs the steps of a model that takes tensors (docs/backends.md).
struct BackendOptions {
  std::vector<std::string> lists;  // "mock,cpu"; as typed
  uint64_t least_steps = 1;

  template <class V>
  void visit(V& v) {
    v("--backend", lists,
      "run each step by the first of these back ends that takes it: cpu, a library's path, or a "
      "name in the folder HONE_BACKENDS; with :OPTIONS behind it for the library")
        .as("LIST");
    v("--backend-steps", least_steps, "give a back end no fewer connected steps than this")
        .between(1, 1e6);
  }
};

// What main hands to every command.
struct Context {
  const Environment& environment;
  Console& console;
  Interrupt& interrupt;
  std::span<const Command> commands;
  TrustOptions trust = {};
  bool no_cache = false;
  ProbeOptions probe = {};  // how commands measure the machine
  BackendOptions backends = {};
};

struct Example {
  std::string_view command_line;
  std::string_view meaning;
};

struct CommandText {
  std::string_view name;
  std::string_view summary;       // one line for the overview, lower case, no period
  std::string_view words;         // "[MODEL] \"prompt\"" in the usage line
  std::string_view description;   // one paragraph or more for --help; may be empty
  std::vector<Example> examples;  // at least one
  bool opens_models = false;      // takes TrustOptions and --no-cache, too
  bool takes_backends = false;    // and BackendOptions
};

// Options with their defaults, and the function that runs with what was assigned to them.
struct Invocation {
  std::vector<Option> options;
  std::function<Expected<int>(Context&)> run;
};

struct Command {
  CommandText text;
  std::function<Invocation()> prepare;
};

template <class Options>
Command make_command(CommandText text, Expected<int> (*run)(const Options&, Context&)) {
  return {text, [text, run] {
            const auto options = std::make_shared<Options>();
            OptionList list;
            options->visit(list);
            const auto trust = std::make_shared<TrustOptions>();
            const auto no_cache = std::make_shared<bool>(false);
            if (text.opens_models) {
              trust->visit(list);
              list("--no-cache", *no_cache,
                   "use nothing that earlier runs kept of models in the cache folder, and keep "
                   "nothing");
            }
            const auto backends = std::make_shared<BackendOptions>();
            if (text.takes_backends) backends->visit(list);
            return Invocation{list.options(),
                              [options, trust, no_cache, backends, run](Context& context) {
                                context.trust = *trust;
                                context.no_cache = *no_cache;
                                context.backends = *backends;
                                return run(*options, context);
                              }};
          }};
}

const Command* find_command(std::span<const Command> commands, std::string_view name);
// not_found, with the nearest name.
Error unknown_command(std::span<const Command> commands, std::string_view name);

}  // namespace hone::cli
