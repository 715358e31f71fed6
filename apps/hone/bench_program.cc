#include "bench_program.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>

#include "base/json.h"
#include "base/memory.h"
#include "device/probe/limits.h"
#include "load_program.h"
#include "status_line.h"
#include "table.h"
#include "tensor_files.h"

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

struct Latency {
  double p50 = 0, p95 = 0, p99 = 0, least = 0, mean = 0;
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
  return {
      rank(0.5),   rank(0.95), rank(0.99), times.front(), sum / static_cast<double>(times.size()),
      times.size()};
}

struct Report {
  std::string cpu;
  int threads = 0;
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
  return cat("\nBy kernel: ", fixed(total / 1000, 3), " ms, one step at a time\n",
             ops.text_for(console), "\nThe slowest steps\n", slowest.text_for(console));
}

std::string text_of(const Report& report, const ProgramBench& bench, const Console& console) {
  std::string text =
      cat(report.cpu, ", ", report.threads, report.threads == 1 ? " thread, " : " threads, ",
          name_of(best_isa()), "\n", printable(bench.files.path, 1000), "\n\n");
  Table table({{}, {{}, Align::right}, {}}, "  ");
  const auto line = [&](std::string_view name, double value, std::string_view unit) {
    table.row({std::string(name), fixed(value, value < 10 ? 3 : 1), std::string(unit)});
  };
  line("latency p50", report.latency.p50, "ms");
  line("latency p95", report.latency.p95, "ms");
  line("latency p99", report.latency.p99, "ms");
  line("least", report.latency.least, "ms");
  line("throughput", 1000 / report.latency.mean, "runs/s");
  line("loading", report.load_ms, "ms");
  line("first run", report.first_ms, "ms");
  line("peak memory", report.peak_mb, "MB");
  text += table.text_for(console);
  text += cat("  ", report.latency.runs, " runs after ", kWarmups, " to warm up\n");
  if (bench.profile) text += profile_text(report.steps, console);
  return text;
}

Json json_of(const Report& report, const ProgramBench& bench) {
  Json machine = Json::object();
  machine.set("cpu", report.cpu);
  machine.set("threads", report.threads);
  machine.set("isa", name_of(best_isa()));
  Json latency = Json::object();
  latency.set("p50", report.latency.p50);
  latency.set("p95", report.latency.p95);
  latency.set("p99", report.latency.p99);
  latency.set("min", report.latency.least);
  latency.set("mean", report.latency.mean);
  latency.set("runs", static_cast<int64_t>(report.latency.runs));
  Json json = Json::object();
  json.set("machine", std::move(machine));
  json.set("model", bench.files.path);
  json.set("latency_ms", std::move(latency));
  json.set("runs_per_s", 1000 / report.latency.mean);
  json.set("load_ms", report.load_ms);
  json.set("first_run_ms", report.first_ms);
  json.set("peak_mb", report.peak_mb);
  if (bench.profile) {
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
  return json;
}

}  // namespace

Expected<int> bench_program(const ProgramBench& bench, Context& context) {
  Report report;
  report.cpu = processor_name();
  report.threads = bench.threads > 0 ? bench.threads : available_processors();
  const auto start = Clock::now();
  HONE_TRY(LoadedProgram model, load_program(bench.files, {.threads = report.threads}));
  report.load_ms = ms_since(start);
  HONE_TRY(const std::vector<RunValue> inputs, read_inputs(model, bench.inputs, {.random = true}));
  const auto begun = Clock::now();
  HONE_TRY([[maybe_unused]] const auto outputs, model.session->run(inputs));
  report.first_ms = ms_since(begun);
  HONE_TRY(report.latency, measure(model, inputs, bench, context));
  report.peak_mb = static_cast<double>(peak_resident_memory()) / 1e6;
  if (bench.profile) {
    HONE_TRY(report.steps, profile(model, inputs));
  }
  HONE_RETURN_IF_ERROR(context.console.print(bench.json
                                                 ? json_of(report, bench).write(kJsonPretty) + "\n"
                                                 : text_of(report, bench, context.console)));
  return 0;
}

}  // namespace hone::cli
