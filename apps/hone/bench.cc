#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "bench_model.h"
#include "bench_process.h"
#include "bench_program.h"
#include "commands.h"
#include "context_note.h"
#include "device/probe/limits.h"
#include "machine_limits.h"
#include "model_access.h"
#include "open/load_language_model.h"
#include "profile_report.h"
#include "profile_trace.h"
#include "status_line.h"
#include "table.h"

namespace hone::cli {
namespace {

constexpr int64_t kProfilePrompt = 512;
constexpr int64_t kProfileDepth = 16;

struct BenchOptions {
  std::string model;
  std::string tests{kAllBenchTests};
  std::optional<int> repeat;
  int threads = 0;
  int64_t context = 0;
  bool profile = false;
  std::string trace;
  bool json = false;
  bool offline = false;
  std::vector<std::string> inputs;

  bool profiles() const { return profile || !trace.empty(); }

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "a GGUF file, or a name from the catalogue")
        .as("MODEL")
        .when_unset("the catalogue's default");
    v("--tests", tests, "what to measure, separated by commas").as("LIST");
    v("-r,--repeat", repeat, "runs of each test, after some to warm up")
        .between(1, 100000)
        .when_unset("5; of models that take tensors as many as fit into 2 s");
    v("-t,--threads", threads, "threads that compute")
        .between(0, 1024)
        .when_unset("all processors");
    v("-c,--ctx-size", context, "context in tokens")
        .between(0, 1 << 27)
        .when_unset("what the tests need");
    v("--profile", profile,
      "what each step takes and what bounds it; of a language model, of a decode step and of a "
      "prefill instead of the tests");
    v("--trace", trace, "the same, and what each thread did, as a trace for ui.perfetto.dev")
        .as("FILE.json");
    v("--json", json, "print one JSON object");
    v("--offline", offline, "use no network");
    v("--input", inputs, "of models that take tensors: NAME=1x3x640x640 or NAME=FILE.npy")
        .as("NAME=SIZES")
        .not_empty();
  }
};

struct Profiles {
  MedianProfile decode, prefill;
  int64_t prompt = 0;  // tokens of the prefill
};

struct BenchReport {
  std::string model_path;
  uint64_t model_bytes = 0;
  std::string cpu;
  int threads = 0;
  MachineLimits limits;
  std::vector<BenchResult> results;
  std::optional<Profiles> profiles;
};

std::string_view unit(BenchTest::Kind kind) {
  if (kind == BenchTest::Kind::first_token) return "ms";
  return kind == BenchTest::Kind::peak_memory ? "MB" : "tokens/s";
}

std::string percent(double share) { return cat(fixed(100 * share, 0), " %"); }

std::string share_text(const BenchResult& result) {
  if (result.share_of_limit <= 0) return {};
  return cat(percent(result.share_of_limit), " of the ",
             result.test.kind == BenchTest::Kind::decode ? "read bandwidth" : "int8 rate");
}

std::string text_of(const BenchReport& report, const Console& console) {
  std::string text =
      cat(report.cpu, ", ", report.threads, report.threads == 1 ? " thread, " : " threads, ",
          name_of(best_isa()), "; reads ", fixed(report.limits.read_gb_s, 1), " GB/s, computes ",
          fixed(report.limits.int8_gops, 0), " GOPS on int8\n", printable(report.model_path, 1000),
          ", ", human_bytes(report.model_bytes), "\n");
  if (!report.results.empty()) {
    Table table({{"TEST"},
                 {"MEDIAN", Align::right},
                 {"MIN", Align::right},
                 {"MAX", Align::right},
                 {},
                 {"SHARE OF THE LIMIT"}},
                "  ");
    for (const BenchResult& result : report.results) {
      table.row({result.test.name, fixed(result.values.median, 1), fixed(result.values.min, 1),
                 fixed(result.values.max, 1), std::string(unit(result.test.kind)),
                 share_text(result)});
    }
    text += "\n" + table.text_for(console);
  }
  if (report.profiles) {
    const auto& [decode, prefill, prompt] = *report.profiles;
    text += text_of(report_of(decode, report.limits), "One decode step", console);
    text += text_of(report_of(prefill, report.limits), cat("A prefill of ", prompt, " tokens"),
                    console);
  }
  return text;
}

Json result_json(const BenchResult& result) {
  Json json = Json::object();
  json.set("test", result.test.name);
  const bool rate = !result.test.needs_process();
  json.set(rate                             ? "tokens_per_s"
           : unit(result.test.kind) == "ms" ? "ms"
                                            : "mb",
           result.values.json());
  if (rate) json.set("share_of_limit", result.share_of_limit);
  return json;
}

Json json_of(const BenchReport& report) {
  Json machine = Json::object();
  machine.set("cpu", report.cpu);
  machine.set("threads", report.threads);
  machine.set("isa", name_of(best_isa()));
  set_limits(machine, report.limits);
  Json model = Json::object();
  model.set("file", std::filesystem::path(report.model_path).filename().string());
  model.set("size_bytes", report.model_bytes);
  Json results = Json::array();
  for (const BenchResult& result : report.results) results.push(result_json(result));
  Json json = Json::object();
  json.set("machine", std::move(machine));
  json.set("model", std::move(model));
  json.set("results", std::move(results));
  if (report.profiles) {
    Json profile = Json::object();
    profile.set("decode", json_of(report_of(report.profiles->decode, report.limits)));
    profile.set("prefill", json_of(report_of(report.profiles->prefill, report.limits)));
    json.set("profile", std::move(profile));
  }
  return json;
}

// Positions that the context must have.
Expected<int64_t> context_for(const BenchOptions& options, const std::vector<BenchTest>& tests) {
  int64_t needed = options.profiles() ? kProfilePrompt : 0;
  for (const BenchTest& test : tests) {
    if (options.context > 0 && test.positions() > options.context) {
      return fail(Code::invalid_argument, "test '", test.name, "' needs a context of ",
                  test.positions(), ", and -c allows ", options.context);
    }
    needed = std::max(needed, test.positions());
  }
  return std::max({needed, options.context, int64_t{1}});
}

class Bench {
 public:
  Bench(const BenchOptions& options, Context& context)
      : options_(options), context_(context), line_(context.console) {}

  Expected<BenchReport> run() {
    std::vector<BenchTest> tests;
    if (!options_.profiles()) {
      HONE_TRY(tests, parse_bench_tests(options_.tests));
    }
    HONE_TRY(const int64_t positions, context_for(options_, tests));
    HONE_TRY(const ModelFiles files,
             one_model(options_.model, options_.offline ? Network::forbidden : Network::allowed,
                       context_));
    report_.model_path = files.path;
    report_.threads = options_.threads > 0 ? options_.threads : available_processors();
    report_.cpu = processor_name();
    HONE_TRY(LanguageModelFile file, LanguageModelFile::open(files));
    report_.model_bytes = file.bytes();
    for (const BenchTest& test : tests) report_.results.push_back({test, {}, 0});
    HONE_RETURN_IF_ERROR(run_processes());
    HONE_RETURN_IF_ERROR(run_model(std::move(file), positions));
    line_.clear();
    return std::move(report_);
  }

 private:
  Status run_processes() {
    const BenchProcess settings{report_.model_path, report_.threads, repeat()};
    for (BenchResult& result : report_.results) {
      if (!result.test.needs_process()) continue;
      line_.show(result.test.name);
      HONE_TRY_CONTEXT(result, bench_process(result.test, settings, context_), result.test.name);
    }
    return {};
  }

  Status run_model(LanguageModelFile file, int64_t positions) {
    line_.show("opening the model");
    HONE_TRY(
        const LoadedLanguageModel loaded,
        load_language_model(std::move(file), {.threads = report_.threads, .context = positions}));
    line_.clear();
    note_long_context(*loaded.model, context_.console);
    ModelBench bench(*loaded.model, [this] { return context_.interrupt.requested(); });
    // Before and after, since other work on the machine comes and goes: the better one counts.
    HONE_RETURN_IF_ERROR(measure(*loaded.pool));
    HONE_RETURN_IF_ERROR(options_.profiles() ? profile(bench, *loaded.model) : run_tests(bench));
    HONE_RETURN_IF_ERROR(measure(*loaded.pool));
    for (BenchResult& result : report_.results) {
      if (result.test.needs_process()) continue;
      result.share_of_limit =
          bench.share_of_limit(result.test, result.values.median, report_.limits);
    }
    return {};
  }

  Status measure(ThreadPool& pool) {
    line_.show("measuring the machine");
    return measure_machine(pool, context_.probe, report_.limits);
  }

  Status run_tests(ModelBench& bench) {
    for (BenchResult& result : report_.results) {
      if (result.test.needs_process()) continue;
      const auto show = [&](int i) {
        line_.show(i == 0 ? cat(result.test.name, ", warming up")
                          : cat(result.test.name, ", run ", i, " of ", repeat()));
      };
      HONE_TRY_CONTEXT(result, bench.measure(result.test, repeat(), show), result.test.name);
    }
    return {};
  }

  Status profile(ModelBench& bench, const LanguageModel& model) {
    line_.show("profiling");
    report_.profiles.emplace();
    HONE_TRY(report_.profiles->decode, bench.profile(1, kProfileDepth));
    report_.profiles->prompt = std::min(kProfilePrompt, model.chunk());
    HONE_TRY(report_.profiles->prefill, bench.profile(report_.profiles->prompt, 0));
    if (options_.trace.empty()) return {};
    const std::vector<TracedRun> runs = {{"decode", &report_.profiles->decode.profile},
                                         {"prefill", &report_.profiles->prefill.profile}};
    return write_file_atomic(options_.trace, chrome_trace(runs));
  }

  int repeat() const { return options_.repeat.value_or(5); }

  const BenchOptions& options_;
  Context& context_;
  StatusLine line_;
  BenchReport report_;
};

Expected<int> run_bench(const BenchOptions& options, Context& context) {
  const Network network = options.offline ? Network::forbidden : Network::allowed;
  HONE_TRY(const ModelFiles files, model_files(options.model, network, context));
  HONE_RETURN_IF_ERROR(check_output(options.trace, files));
  if (takes_tensors(files) || !files.parts.empty()) {
    return bench_program({.files = files,
                          .inputs = options.inputs,
                          .repeat = options.repeat.value_or(0),
                          .threads = options.threads,
                          .profile = options.profiles(),
                          .trace = options.trace,
                          .json = options.json},
                         context);
  }
  HONE_TRY(const BenchReport report, Bench(options, context).run());
  HONE_RETURN_IF_ERROR(context.console.print(
      options.json ? json_of(report).write(kJsonPretty) + "\n" : text_of(report, context.console)));
  return 0;
}

}  // namespace

Command bench_command() {
  return make_command<BenchOptions>(
      {.name = "bench",
       .summary = "measure a model's speed and memory on this machine",
       .words = "[MODEL]",
       .description =
           "Tests: ppN reads a prompt of N tokens, tgN writes N tokens one by one after a prompt "
           "of "
           "16, both in tokens/s and, with @D, after D other tokens; ttft_ms is the time from the "
           "start of 'hone run' to the first byte of its answer, peak_mb its largest memory with "
           "an answer of 128 tokens. Writing is held against the memory bandwidth that was "
           "measured "
           "just before, reading a prompt against the rate of 8-bit multiplications and additions. "
           "Of a model that takes tensors: latency, throughput, memory. --profile holds each step "
           "against the machine's roofline: its arithmetic at the measured peak, its bytes at the "
           "measured bandwidth of memory.",
       .examples = {{"hone bench smollm2-135m", "all tests"},
                    {"hone bench model.gguf --tests pp512,tg64@1024 --repeat 9 --json",
                     "some tests, for a program"},
                    {"hone bench model.gguf --profile", "which step takes the time, and why"},
                    {"hone bench yolo.onnx --input images=1x3x640x640", "latency at a size"},
                    {"hone bench yolo.onnx --trace yolo.json", "open it in ui.perfetto.dev"}},
       .opens_models = true,
       .takes_backends = true},
      run_bench);
}

}  // namespace hone::cli
