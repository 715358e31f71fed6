#include "profile_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>

#include "bench_tests.h"
#include "table.h"

namespace hone::cli {
namespace {

constexpr int kProfileRuns = 11;
// The measured bandwidth is not that exact; what moves more than this share of it reads from a
// cache.
constexpr double kMostOfMemory = 1.25;
// Below this share of its limit a model waits for something else.
constexpr double kNearLimit = 0.3;

std::string share_in_percent(double share, int digits = 0) {
  return cat(fixed(100 * share, digits), " %");
}

// What the roofline allows for so much work; the bound that it names.
struct Floor {
  double us = 0;
  Bound bound = Bound::nothing;
};

// A step is held against what its kernel multiplies with. Registers and tiles hold twice as many
// numbers in bf16 as in f32, half as many as codes; Winograd's makes a fourth of the products.
double peak_of(const StepTime& step, const MachineLimits& limits) {
  const bool by_tiles = step.variant.ends_with("tiles") && limits.int8_tile_gops > 0;
  if (!step.cost.on_codes && by_tiles) return limits.int8_tile_gops / 2;
  if (step.variant == "bf16") return 2 * limits.f32_gflops;
  if (step.variant == "winograd") return 4 * limits.f32_gflops;
  if (!step.cost.on_codes) return limits.f32_gflops;
  return by_tiles ? limits.int8_tile_gops : limits.int8_gops;
}

Floor floor_of(const StepTime& step, const MachineLimits& limits) {
  const double peak = peak_of(step, limits);
  const double computing = peak > 0 ? step.cost.flops / peak * 1e-3 : 0;
  const double moving = limits.read_gb_s > 0 ? step.cost.bytes / limits.read_gb_s * 1e-3 : 0;
  if (computing <= 0 && moving <= 0) return {};
  if (computing >= moving) return {computing, Bound::arithmetic};
  if (moving <= kMostOfMemory * step.us) return {moving, Bound::memory};
  return {computing, Bound::caches};
}

ProfileRow row_of(const StepTime& step, double total_us, const MachineLimits& limits) {
  const Floor floor = floor_of(step, limits);
  const double us = std::max(step.us, 1e-9);
  return {.name = step.name,
          .op = step.op,
          .variant = step.variant,
          .weights = step.weights,
          .calls = step.calls,
          .us = step.us,
          .share = total_us > 0 ? step.us / total_us : 0,
          .gflop_s = step.cost.flops / us * 1e-3,
          .gb_s = step.cost.bytes / us * 1e-3,
          .floor_us = std::min(floor.us, step.us),
          .bound = floor.bound};
}

void add_to(ProfileRow& sum, const ProfileRow& row) {
  const double us = std::max(sum.us + row.us, 1e-9);
  sum.gflop_s = (sum.gflop_s * sum.us + row.gflop_s * row.us) / us;
  sum.gb_s = (sum.gb_s * sum.us + row.gb_s * row.us) / us;
  sum.calls += row.calls;
  sum.us += row.us;
  sum.share += row.share;
  sum.floor_us += row.floor_us;
}

// By op, kernel and weights; a sum's bound is the one of most of its time.
std::vector<ProfileRow> sums_of(const std::vector<ProfileRow>& steps) {
  std::map<std::tuple<std::string, std::string, std::string>, ProfileRow> sums;
  std::map<std::tuple<std::string, std::string, std::string>, std::map<Bound, double>> bounds;
  for (const ProfileRow& step : steps) {
    const auto key = std::tuple(step.op, step.variant, step.weights);
    ProfileRow& sum = sums[key];
    std::tie(sum.op, sum.variant, sum.weights) = key;
    add_to(sum, step);
    bounds[key][step.bound] += step.us;
  }
  std::vector<ProfileRow> list;
  for (auto& [key, sum] : sums) {
    sum.bound = std::ranges::max_element(bounds[key], {}, [](const auto& entry) {
                  return entry.second;
                })->first;
    list.push_back(std::move(sum));
  }
  std::ranges::sort(list, std::greater{}, &ProfileRow::us);
  return list;
}

// The time of all steps with one bound, and what of it goes where.
struct BoundTime {
  Bound bound;
  double share = 0, us = 0, floor_us = 0;
  std::map<std::string, double> by_op;  // shares of the run
};

std::array<BoundTime, 4> by_bound(const std::vector<ProfileRow>& steps) {
  std::array<BoundTime, 4> times{
      {{Bound::arithmetic}, {Bound::memory}, {Bound::caches}, {Bound::nothing}}};
  for (const ProfileRow& step : steps) {
    BoundTime& time = times[static_cast<size_t>(step.bound)];
    time.share += step.share;
    time.us += step.us;
    time.floor_us += step.floor_us;
    time.by_op[step.op] += step.share;
  }
  return times;
}

// "62 % computes (conv 60 %), at 71 % of the peak".
std::string clause_of(const BoundTime& time) {
  const auto most =
      std::ranges::max_element(time.by_op, {}, [](const auto& entry) { return entry.second; });
  const std::string mostly = cat(" (mostly ", most->first, ")");
  const std::string reached = share_in_percent(time.us > 0 ? time.floor_us / time.us : 0);
  switch (time.bound) {
    case Bound::arithmetic:
      return cat(share_in_percent(time.share), " of the time computes", mostly, " and reaches ",
                 reached, " of the processor's peak");
    case Bound::memory:
      return cat(share_in_percent(time.share), " moves data", mostly, " and reaches ", reached,
                 " of the memory's bandwidth");
    case Bound::caches:
      return cat(share_in_percent(time.share), " moves data within the caches", mostly);
    case Bound::nothing:
      break;
  }
  return cat(share_in_percent(time.share), " is in steps without a known cost", mostly);
}

std::string sentence_of(const ProfileReport& report) {
  std::array<BoundTime, 4> times = by_bound(report.steps);
  std::ranges::stable_sort(times, std::greater{}, &BoundTime::us);
  const BoundTime& first = times[0];
  if (first.us <= 0) return "Nothing ran that takes time";
  const bool is_near = first.floor_us >= kNearLimit * first.us;
  std::string text = is_near && first.bound != Bound::nothing && first.bound != Bound::caches
                         ? cat("Bound by ", name_of(first.bound))
                         : "Bound by neither arithmetic nor memory";
  for (const BoundTime& time : times) {
    if (time.share < 0.005) continue;
    text += cat(&time == &first ? ": " : "; ", clause_of(time));
  }
  const double inside = std::transform_reduce(report.steps.begin(), report.steps.end(), 0.0,
                                              std::plus{}, [](const auto& s) { return s.share; });
  if (1 - inside >= 0.005) text += cat("; ", share_in_percent(1 - inside), " is between steps");
  return text;
}

std::vector<std::string> cells_of(const ProfileRow& row) {
  const auto rate = [](double value) { return value < 0.05 ? "" : fixed(value, 1); };
  const bool held = row.bound == Bound::arithmetic || row.bound == Bound::memory;
  return {fixed(row.us, 1),
          share_in_percent(row.share, 1),
          rate(row.gflop_s),
          rate(row.gb_s),
          held ? share_in_percent(row.roofline()) : "",
          std::string(row.bound == Bound::nothing ? "" : name_of(row.bound))};
}

Table table_of(std::vector<Table::Column> columns) {
  for (const char* title : {"US", "SHARE", "GFLOP/S", "GB/S", "ROOFLINE"}) {
    columns.push_back({title, Align::right});
  }
  columns.push_back({"BOUND BY"});
  return Table(std::move(columns), "  ");
}

void add_row(Table& table, std::vector<std::string> cells, const ProfileRow& row) {
  for (std::string& cell : cells_of(row)) cells.push_back(std::move(cell));
  table.row(std::move(cells));
}

Json json_of(const ProfileRow& row) {
  Json json = Json::object();
  if (!row.name.empty()) json.set("step", row.name);
  json.set("op", row.op);
  json.set("variant", row.variant);
  if (!row.weights.empty()) json.set("weights", row.weights);
  json.set("calls", row.calls);
  json.set("us", row.us);
  json.set("share", row.share);
  json.set("gflop_s", row.gflop_s);
  json.set("gb_s", row.gb_s);
  json.set("roofline_us", row.floor_us);
  json.set("roofline_share", row.roofline());
  json.set("bound_by", name_of(row.bound));
  return json;
}

// The median time of each step and of what is between steps, for the steps of `profile`; their sum,
// which other work on the machine disturbs less than it does any run as a whole.
void take_medians(const std::vector<Profile>& runs, Profile& profile) {
  std::map<std::pair<std::string, std::string>, std::vector<double>> times;
  std::vector<double> between;
  for (const Profile& run : runs) {
    between.push_back(run.us);
    for (const StepTime& step : run.steps) {
      times[{step.op, step.name}].push_back(step.us);
      between.back() -= step.us;
    }
  }
  profile.us = std::max(0.0, Spread::of(between).median);
  for (StepTime& step : profile.steps) {
    step.us = Spread::of(times[{step.op, step.name}]).median;
    profile.us += step.us;
  }
}

}  // namespace

std::string_view name_of(Bound bound) {
  static constexpr std::string_view kNames[] = {"arithmetic", "memory", "caches", "nothing"};
  return kNames[static_cast<size_t>(bound)];
}

Expected<MedianProfile> median_profile(const std::function<Expected<Profile>()>& run) {
  std::vector<Profile> runs;
  for (int i = 0; i < kProfileRuns; ++i) {
    HONE_TRY(runs.emplace_back(), run());
  }
  std::ranges::sort(runs, {}, &Profile::us);
  MedianProfile median{runs[runs.size() / 2], kProfileRuns};
  take_medians(runs, median.profile);
  return median;
}

ProfileReport report_of(const MedianProfile& median, const MachineLimits& limits) {
  ProfileReport report{.us = median.profile.us, .runs = median.runs};
  for (const StepTime& step : median.profile.steps) {
    report.steps.push_back(row_of(step, report.us, limits));
    report.floor_us += report.steps.back().floor_us;
  }
  report.ops = sums_of(report.steps);
  report.sentence = sentence_of(report);
  return report;
}

std::string text_of(const ProfileReport& report, std::string_view title, const Console& console) {
  constexpr size_t kShown = 30, kNameBytes = 60;
  Table ops = table_of({{"OP"}, {"VARIANT"}, {"WEIGHTS"}, {"CALLS", Align::right}});
  for (const ProfileRow& row : report.ops) {
    add_row(ops, {row.op, row.variant, row.weights, cat(row.calls)}, row);
  }
  std::vector<const ProfileRow*> order;
  for (const ProfileRow& row : report.steps) order.push_back(&row);
  std::ranges::stable_sort(order, std::greater{}, [](const auto* row) { return row->us; });
  Table steps = table_of({{"STEP"}, {"OP"}, {"VARIANT"}});
  for (size_t i = 0; i < std::min(kShown, order.size()); ++i) {
    add_row(steps, {printable(order[i]->name, kNameBytes), order[i]->op, order[i]->variant},
            *order[i]);
  }
  return cat("\n", console.out_style(Style::bold, title), ": ", fixed(report.us / 1000, 3),
             " ms (medians of ", report.runs, " runs); at the roofline it would take ",
             fixed(report.floor_us / 1000, 3), " ms\n", report.sentence, "\n\nBy op\n",
             ops.text_for(console), "\nThe slowest steps\n", steps.text_for(console));
}

Json json_of(const ProfileReport& report) {
  Json json = Json::object();
  json.set("us", report.us);
  json.set("roofline_us", report.floor_us);
  json.set("runs", report.runs);
  json.set("bound", report.sentence);
  Json& ops = json.set("ops", Json::array());
  for (const ProfileRow& row : report.ops) ops.push(json_of(row));
  Json& steps = json.set("steps", Json::array());
  for (const ProfileRow& row : report.steps) steps.push(json_of(row));
  return json;
}

}  // namespace hone::cli
