#include "bench_program.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <optional>

#include "base/json.h"
#include "base/memory.h"
#include "device/probe/limits.h"
#include "plan_cache.h"
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
constexpr int kProfiles = 11;

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
  std::vector<ItemTime> steps;  // medians, in the order they run
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

// The median time of each step over several runs.
Expected<std::vector<ItemTime>> profile(LoadedProgram& model, std::span<const RunValue> inputs) {
  std::vector<std::vector<ItemTime>> runs;
  for (int i = 0; i < kProfiles; ++i) {
    HONE_TRY(std::vector<ItemTime> times, model.session->profile(inputs));
    if (!runs.empty() && times.size() != runs[0].size()) continue;  // a branch went another way
    runs.push_back(std::move(times));
  }
  std::vector<ItemTime> steps = runs[0];
  for (size_t s = 0; s < steps.size(); ++s) {
    std::vector<double> us;
    for (const auto& run : runs) us.push_back(run[s].us);
    std::ranges::nth_element(us, us.begin() + static_cast<std::ptrdiff_t>(us.size() / 2));
    steps[s].us = us[us.size() / 2];
  }
  return steps;
}

double total_us(std::span<const ItemTime> steps) {
  double total = 0;
  for (const ItemTime& step : steps) total += step.us;
  return total;
}

std::string profile_text(std::span<const ItemTime> steps, const Console& console) {
  constexpr size_t kShown = 30;
  const double total = std::max(1e-9, total_us(steps));
  const auto percent = [&](double us) { return cat(fixed(100 * us / total, 1), " %"); };
  struct Sum {
    int calls = 0;
    double us = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> by_kernel;
  for (const ItemTime& step : steps) {
    Sum& sum = by_kernel[{step.op, step.variant}];
    ++sum.calls;
    sum.us += step.us;
  }
  std::vector<std::pair<std::pair<std::string, std::string>, Sum>> sums(by_kernel.begin(),
                                                                        by_kernel.end());
  std::ranges::sort(sums, std::greater{}, [](const auto& entry) { return entry.second.us; });
  Table ops(
      {{"OP"}, {"VARIANT"}, {"STEPS", Align::right}, {"US", Align::right}, {"SHARE", Align::right}},
      "  ");
  for (const auto& [name, sum] : sums) {
    ops.row({name.first, name.second, cat(sum.calls), fixed(sum.us, 1), percent(sum.us)});
  }
  std::vector<size_t> order(steps.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](size_t i) { return steps[i].us; });
  Table slowest({{"STEP"}, {"OP"}, {"VARIANT"}, {"US", Align::right}, {"SHARE", Align::right}},
                "  ");
  for (size_t i = 0; i < std::min(kShown, order.size()); ++i) {
    const ItemTime& step = steps[order[i]];
    slowest.row({printable(step.name), step.op, step.variant, fixed(step.us, 1), percent(step.us)});
  }
  return cat("\nBy kernel: ", fixed(total, 1), " µs, one step at a time\n", ops.text_for(console),
             "\nThe slowest steps\n", slowest.text_for(console));
}

std::string machine_text(const ProgramBench& bench) {
  const int threads = threads_of(bench);
  return cat(processor_name(), ", ", threads, threads == 1 ? " thread, " : " threads, ",
             name_of(best_isa()), "\n");
}

// With digits that tell something.
std::string figure(double value) { return fixed(value, value < 10 ? 3 : 1); }

std::string text_of(const ProgramReport& report, const ProgramBench& bench,
                    const Console& console) {
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
  if (bench.profile) text += profile_text(report.steps, console);
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

void set_figures(Json& json, const ProgramReport& report, const ProgramBench& bench) {
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
  if (!bench.profile) return;
  Json list = Json::array();
  for (const ItemTime& step : report.steps) {
    Json item = Json::object();
    item.set("step", step.name);
    item.set("op", step.op);
    item.set("variant", step.variant);
    item.set("us", step.us);
    list.push(std::move(item));
  }
  json.set("profile", std::move(list));
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
  if (bench.profile) {
    HONE_TRY(report.steps, profile(model, inputs));
  }
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
  for (const ModelFiles& part : bench.files.parts) {
    HONE_TRY_CONTEXT(const ProgramReport report, measure_model(part, bench, context), part.role);
    Json& json = list.as_array()->emplace_back(Json::object());
    json.set("part", part.role);
    set_figures(json, report, bench);
    text += cat("\n", part.role, ": ", text_of(report, bench, context.console));
    peak_mb = report.peak_mb;
  }
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
  if (!bench.json) {
    HONE_RETURN_IF_ERROR(
        context.console.print(machine_text(bench) + text_of(report, bench, context.console)));
    return 0;
  }
  Json json = Json::object();
  json.set("machine", machine_json(bench));
  set_figures(json, report, bench);
  json.set("peak_mb", report.peak_mb);
  HONE_RETURN_IF_ERROR(context.console.print(json.write(kJsonPretty) + "\n"));
  return 0;
}

}  // namespace hone::cli
