#include "bench_process.h"

#include <chrono>

#include "base/process.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Measured {
  double first_byte_ms = 0;
  double peak_mb = 0;
};

// The same prompt and context as bench/peers/compare.py takes.
std::vector<std::string> run_arguments(const BenchProcess& settings, int tokens,
                                       const TrustOptions& trust) {
  std::vector<std::string> arguments = {"/proc/self/exe",
                                        "run",
                                        "--raw",
                                        "--temp",
                                        "0",
                                        "--ignore-eos",
                                        "--offline",
                                        "-c",
                                        "512",
                                        "-t",
                                        cat(settings.threads),
                                        "-n",
                                        cat(tokens),
                                        "-m",
                                        settings.model_path,
                                        "-p",
                                        "The capital of France is"};
  for (const std::string& key : trust.keys) arguments.insert(arguments.end(), {"--trust", key});
  if (trust.required) arguments.emplace_back("--require-signature");
  return arguments;
}

// What 'hone run' said last, as an error of our own.
Error error_of(const ProcessResult& result) {
  constexpr size_t kMaxError = 1000;
  std::string_view text = trim(result.errors);
  text.remove_prefix(text.find_last_of('\n') + 1);
  if (text.starts_with("hone: ")) text.remove_prefix(6);
  for (const CodeInfo& code : all_codes()) {
    if (code.exit_status == result.exit_status) return {code.code, printable(text, kMaxError), {}};
  }
  return {
      Code::internal,
      cat("'hone run' ended with status ", result.exit_status, ": ", printable(text, kMaxError)),
      {}};
}

Expected<Measured> measure(const BenchProcess& settings, int tokens, Context& context) {
  const auto begin = Clock::now();
  Measured measured;
  hone::Command command{.argv = run_arguments(settings, tokens, context.trust)};
  command.on_output = [&](Bytes) -> Status {
    if (measured.first_byte_ms == 0) {
      measured.first_byte_ms =
          std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    }
    return {};
  };
  command.on_tick = [&]() -> Status {
    return context.interrupt.requested() ? fail(Code::canceled, "") : Status{};
  };
  HONE_TRY(const ProcessResult result, run_process(command));
  if (result.exit_status != 0) return std::unexpected(error_of(result));
  measured.peak_mb = static_cast<double>(result.peak_resident_bytes) * 1e-6;
  return measured;
}

}  // namespace

Expected<BenchResult> bench_process(const BenchTest& test, const BenchProcess& settings,
                                    Context& context) {
  const bool memory = test.kind == BenchTest::Kind::peak_memory;
  const int tokens = memory ? 128 : 1;
  // The first start may read the file from the disk.
  if (!memory) {
    HONE_TRY([[maybe_unused]] const Measured warm_up, measure(settings, 1, context));
  }
  std::vector<double> values;
  for (int i = 0; i < (memory ? 1 : settings.repeat); ++i) {
    HONE_TRY(const Measured measured, measure(settings, tokens, context));
    values.push_back(memory ? measured.peak_mb : measured.first_byte_ms);
  }
  return BenchResult{test, Spread::of(std::move(values)), 0};
}

}  // namespace hone::cli
