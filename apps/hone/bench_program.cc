#include "bench_program.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "device/probe/limits.h"
#include "machine_limits.h"
#include "plan_cache.h"
#include "profile_report.h"
#include "profile_trace.h"
#include "show_backends.h"
#include "status_line.h"
#include "table.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmups = 5;
constexpr int kLeastRuns = 20;
constexpr double kSeconds = 2;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

int threads_of(const ProgramBench& bench) {
  return bench.threads > 0 ? bench.threads : available_processors();
}

struct Latency {
  double p50 = 0, least = 0, mean = 0;
  // Only of as many runs as it takes for one to lie above.
  std::optional<double> p95, p99;
  size_t runs = 0;
};

// `times` in any order, at least one.
Latency latency_of(std::vector<double> times) {
  std::ranges::sort(times);
  const auto rank = [&](double share) {
    const auto last = static_cast<double>(times.size() - 1);
    return times[static_cast<size_t>(share * last + 0.5)];
  };
  const double sum = std::accumulate(times.begin(), times.end(), 0.0);
  Latency latency{.p50 = rank(0.5),
                  .least = times.front(),
                  .mean = sum / static_cast<double>(times.size()),
                  .runs = times.size()};
  if (times.size() >= 20) latency.p95 = rank(0.95);
  if (times.size() >= 100) latency.p99 = rank(0.99);
  return latency;
}

struct ProgramReport {
  std::string role;  // of a bundle's part; empty otherwise
  std::string path;
  std::vector<ProgramValue> inputs;  // as they were given
  double load_ms = 0;
  double first_ms = 0;  // the first run, which binds the plan and packs weights
  Latency latency;
  double peak_mb = 0;
  std::optional<MedianProfile> profile;
  MachineLimits limits;  // with a profile
};

Expected<Latency> measure(LoadedProgram& model, std::span<const RunValue> inputs,
                          const ProgramBench& bench, Context& context) {
  StatusLine line(context.console);
  for (int i = 0; i < kWarmups; ++i) {
    line.show("warming up");
    HONE_TRY([[maybe_unused]] const auto outputs, model.session->run(inputs));
  }
  std::vector<double> times;
  const auto start = Clock::now();
  const auto enough = [&] {
    if (bench.repeat > 0) return times.size() >= static_cast<size_t>(bench.repeat);
    return times.size() >= kLeastRuns && ms_since(start) > 1000 * kSeconds;
  };
  while (!enough()) {
    if (context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    const auto begun = Clock::now();
    HONE_TRY([[maybe_unused]] const auto outputs, model.session->run(inputs));
    times.push_back(ms_since(begun));
    if (times.size() % 64 == 0) line.show(cat("run ", times.size()));
  }
  return latency_of(std::move(times));
}

std::string machine_text(const ProgramBench& bench) {
  const int threads = threads_of(bench);
  return cat(processor_name(), ", ", threads, threads == 1 ? " thread, " : " threads, ",
             name_of(best_isa()), "\n");
}

// With digits that tell something.
std::string figure(double value) { return fixed(value, value < 10 ? 3 : 1); }

std::string text_of(const ProgramReport& report, const Console& console) {
  std::string text = cat(printable(report.path, 1000), "\n");
  for (const ProgramValue& input : report.inputs) {
    text += cat("  ", printable(input.name), " ", to_text(input.type, {}), "\n");
  }
  Table table({{}, {{}, Align::right}, {}}, "  ");
  const Latency& latency = report.latency;
  const bool is_short = latency.p50 < 1;
  const auto time = [&](std::string_view name, double ms) {
    table.row({std::string(name), figure(is_short ? 1000 * ms : ms), is_short ? "µs" : "ms"});
  };
  time("latency p50", latency.p50);
  if (latency.p95) time("latency p95", *latency.p95);
  if (latency.p99) time("latency p99", *latency.p99);
  time("least", latency.least);
  table.row({"throughput", figure(1000 / latency.mean), "runs/s"});
  table.row({"loading", figure(report.load_ms), "ms"});
  table.row({"first run", figure(report.first_ms), "ms"});
  if (report.role.empty()) table.row({"peak memory", fixed(report.peak_mb, 1), "MB"});
  text += cat("\n", table.text_for(console), "  ", latency.runs,
              latency.runs == 1 ? " run" : " runs", " after ", kWarmups, " to warm up\n");
  if (report.profile) {
    text += cat("\nThe machine reads ", fixed(report.limits.read_gb_s, 1), " GB/s and computes ",
                fixed(report.limits.f32_gflops, 0), " GFLOP/s, on int8 ",
                fixed(report.limits.int8_gops, 0), " GOP/s",
                report.limits.int8_tile_gops > 0
                    ? cat(", by tiles ", fixed(report.limits.int8_tile_gops, 0), " GOP/s")
                    : std::string(),
                "\n", text_of(report_of(*report.profile, report.limits), "A run", console));
  }
  return text;
}

Json machine_json(const ProgramBench& bench) {
  Json machine = Json::object();
  machine.set("cpu", processor_name());
  machine.set("threads", threads_of(bench));
  machine.set("isa", name_of(best_isa()));
  return machine;
}

Json inputs_json(const ProgramReport& report) {
  Json list = Json::array();
  for (const ProgramValue& input : report.inputs) {
    Json one = Json::object();
    one.set("name", input.name);
    one.set("type", to_text(input.type, {}));
    list.push(std::move(one));
  }
  return list;
}

void set_figures(Json& json, const ProgramReport& report) {
  Json latency = Json::object();
  latency.set("p50", report.latency.p50);
  if (report.latency.p95) latency.set("p95", *report.latency.p95);
  if (report.latency.p99) latency.set("p99", *report.latency.p99);
  latency.set("min", report.latency.least);
  latency.set("mean", report.latency.mean);
  latency.set("runs", static_cast<int64_t>(report.latency.runs));
  json.set("model", report.path);
  json.set("inputs", inputs_json(report));
  json.set("latency_ms", std::move(latency));
  json.set("runs_per_s", 1000 / report.latency.mean);
  json.set("load_ms", report.load_ms);
  json.set("first_run_ms", report.first_ms);
  if (!report.profile) return;
  Json& profile = json.set("profile", json_of(report_of(*report.profile, report.limits)));
  set_limits(profile.set("machine", Json::object()), report.limits);
}

Status take_profile(LoadedProgram& model, std::span<const RunValue> inputs,
                    const ProbeOptions& probe, ProgramReport& report) {
  HONE_RETURN_IF_ERROR(measure_machine(*model.pool, probe, report.limits));
  HONE_TRY(report.profile, median_profile([&] { return model.session->profile(inputs); }));
  return measure_machine(*model.pool, probe, report.limits);
}

// Of a model, or of a bundle's parts.
Status write_trace(const ProgramBench& bench, std::span<const ProgramReport> reports) {
  if (bench.trace.empty()) return {};
  std::vector<TracedRun> runs;
  for (const ProgramReport& report : reports) {
    runs.push_back({report.role.empty() ? "run" : report.role, &report.profile->profile});
  }
  return write_file_atomic(bench.trace, chrome_trace(runs));
}

Expected<ProgramReport> measure_model(const ModelFiles& files, const ProgramBench& bench,
                                      Context& context) {
  ProgramReport report{.role = files.role, .path = files.path};
  const auto start = Clock::now();
  HONE_TRY(LoadedProgram model, load_cached_program(files, {.threads = threads_of(bench)}));
  report.load_ms = ms_since(start);
  HONE_TRY(const std::vector<RunValue> inputs, usual_inputs(model, files, bench.inputs));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& tensor = inputs[i].tensor;
    report.inputs.push_back(
        {model.inputs[i].name, Type(TensorType{tensor.dtype(), tensor.dims().shape()})});
  }
  const auto begun = Clock::now();
  HONE_TRY([[maybe_unused]] const auto outputs, model.session->run(inputs));
  report.first_ms = ms_since(begun);
  tell_fallbacks(model, context.console);
  HONE_TRY(report.latency, measure(model, inputs, bench, context));
  report.peak_mb = static_cast<double>(peak_resident_memory()) / 1e6;
  if (bench.profile) HONE_RETURN_IF_ERROR(take_profile(model, inputs, context.probe, report));
  return report;
}

// One part after the other; the memory is that of the largest.
Expected<int> bench_parts(const ProgramBench& bench, Context& context) {
  if (!bench.inputs.empty()) {
    return fail(Code::invalid_argument, "--input is for one model, and '", bench.files.name,
                "' is made of several; 'hone show ", bench.files.name, "' names them");
  }
  Json list = Json::array();
  std::string text = machine_text(bench);
  double peak_mb = 0;
  std::vector<ProgramReport> reports;
  for (const ModelFiles& part : bench.files.parts) {
    HONE_TRY_CONTEXT(reports.emplace_back(), measure_model(part, bench, context), part.role);
    const ProgramReport& report = reports.back();
    Json& json = list.as_array()->emplace_back(Json::object());
    json.set("part", part.role);
    set_figures(json, report);
    text += cat("\n", part.role, ": ", text_of(report, context.console));
    peak_mb = report.peak_mb;
  }
  HONE_RETURN_IF_ERROR(write_trace(bench, reports));
  Json json = Json::object();
  json.set("machine", machine_json(bench));
  json.set("parts", std::move(list));
  json.set("peak_mb", peak_mb);
  text += cat("\n  peak memory  ", fixed(peak_mb, 1), " MB\n");
  HONE_RETURN_IF_ERROR(context.console.print(bench.json ? json.write(kJsonPretty) + "\n" : text));
  return 0;
}

}  // namespace

Expected<int> bench_program(const ProgramBench& bench, Context& context) {
  if (!bench.files.parts.empty()) return bench_parts(bench, context);
  HONE_TRY(const ProgramReport report, measure_model(bench.files, bench, context));
  HONE_RETURN_IF_ERROR(write_trace(bench, {&report, 1}));
  if (!bench.json) {
    HONE_RETURN_IF_ERROR(
        context.console.print(machine_text(bench) + text_of(report, context.console)));
    return 0;
  }
  Json json = Json::object();
  json.set("machine", machine_json(bench));
  set_figures(json, report);
  json.set("peak_mb", report.peak_mb);
  HONE_RETURN_IF_ERROR(context.console.print(json.write(kJsonPretty) + "\n"));
  return 0;
}

}  // namespace hone::cli
