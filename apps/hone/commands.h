// Every command of hone; main.cc lists them in the order of the overview.
#pragma once

#include <string_view>

#include "command.h"

namespace hone::cli {

inline constexpr std::string_view kVersion = HONE_VERSION;

Command bench_command();
Command chat_command();
Command compile_command();
Command tune_command();
Command detokenize_command();
Command diff_command();
Command eval_command();
Command export_command();
Command help_command();
Command keygen_command();
Command list_command();
Command perplexity_command();
Command pull_command();
Command rm_command();
Command run_command();
Command show_command();
Command sign_command();
Command tokenize_command();
Command verify_command();
Command version_command();

}  // namespace hone::cli
