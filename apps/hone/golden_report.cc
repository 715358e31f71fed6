#include "golden_report.h"

#include <algorithm>

#include "table.h"
#include "tensor/type.h"

namespace hone::cli {
namespace {

std::string share_text(double share) { return cat(static_cast<float>(share)); }
std::string ms_text(double ms) { return cat(fixed(ms, 2), " ms"); }

std::string against(const std::string& what, const std::string& budget, bool failed) {
  return cat(what, budget.empty() ? ", no budget" : cat(" of ", budget),
             failed ? ": TOO MUCH" : "");
}

double largest_bound(const GoldenSample& sample) {
  double bound = 0;
  for (const GoldenOutput& output : sample.outputs) bound = std::max(bound, output.bound);
  return bound;
}

std::string budget_of(const EngineGolden& golden) {
  return golden.memory_bytes == 0 ? "" : human_bytes(golden.memory_bytes);
}

std::string input_text(const GoldenSample& sample) {
  if (!sample.prompt.empty()) {
    return cat(sample.prompt.size(), " tokens, ", sample.answer.size(), " answered");
  }
  std::string text;
  for (const GoldenTensor& input : sample.inputs) {
    Shape shape;
    for (const int64_t size : input.sizes) shape.emplace_back(size);
    text += cat(text.empty() ? "" : ", ", to_text(TensorType{input.dtype, std::move(shape)}, {}));
  }
  return text;
}

}  // namespace

std::string golden_text(const EngineGolden& golden, const GoldenVerdict& verdict,
                        const Console& console) {
  Table samples({{"SAMPLE"}, {"ERROR", Align::right}, {"BOUND", Align::right}, {"RESULT"}}, "  ");
  for (const SampleVerdict& sample : verdict.samples) {
    samples.row({printable(sample.name), share_text(sample.error), share_text(sample.bound),
                 sample.wrong.empty() ? "ok" : cat("WRONG: ", printable(sample.wrong))});
  }
  Table costs({{}, {}}, "  ");
  costs.row({"latency p95",
             against(ms_text(verdict.latency_ms),
                     golden.latency_ms > 0 ? ms_text(golden.latency_ms) : "", verdict.too_slow)});
  costs.row({"peak memory",
             against(human_bytes(verdict.memory_bytes), budget_of(golden), verdict.too_large)});
  return cat("golden samples (numeric class ", printable(golden.numeric_class),
             ", errors as shares of the output's range):\n", samples.text_for(console),
             costs.text_for(console));
}

Json golden_json(const EngineGolden& golden, const GoldenVerdict& verdict) {
  Json json = Json::object();
  json.set("passed", verdict.passed());
  json.set("numeric_class", golden.numeric_class);
  json.set("latency_p95_ms", verdict.latency_ms);
  json.set("latency_budget_ms", golden.latency_ms);
  json.set("memory_bytes", verdict.memory_bytes);
  json.set("memory_budget_bytes", golden.memory_bytes);
  Json& samples = json.set("samples", Json::array());
  for (const SampleVerdict& sample : verdict.samples) {
    Json one = Json::object();
    one.set("name", sample.name);
    one.set("error", sample.error);
    one.set("bound", sample.bound);
    one.set("passed", sample.wrong.empty());
    if (!sample.wrong.empty()) one.set("wrong", sample.wrong);
    samples.push(std::move(one));
  }
  return json;
}

std::string golden_list(const EngineGolden& golden, const Console& console) {
  Table samples({{"SAMPLE"}, {"INPUT"}, {"OUTPUTS", Align::right}, {"BOUND", Align::right}}, "  ");
  for (const GoldenSample& sample : golden.samples) {
    samples.row({printable(sample.name), input_text(sample), cat(sample.outputs.size()),
                 share_text(largest_bound(sample))});
  }
  Table about({{}, {}}, "  ");
  about.row({"numeric class", printable(golden.numeric_class)});
  about.row(
      {"latency p95", against(ms_text(golden.measured_latency_ms),
                              golden.latency_ms > 0 ? ms_text(golden.latency_ms) : "", false)});
  about.row({"peak memory",
             against(human_bytes(golden.measured_memory_bytes), budget_of(golden), false)});
  about.row({"measured on", cat(printable(golden.measured_on), ", threads: ", golden.threads)});
  return samples.text_for(console) + about.text_for(console);
}

Json golden_list_json(const EngineGolden& golden) {
  Json json = Json::object();
  json.set("numeric_class", golden.numeric_class);
  json.set("latency_budget_ms", golden.latency_ms);
  json.set("memory_budget_bytes", golden.memory_bytes);
  json.set("measured_latency_p95_ms", golden.measured_latency_ms);
  json.set("measured_memory_bytes", golden.measured_memory_bytes);
  json.set("measured_on", golden.measured_on);
  json.set("threads", golden.threads);
  Json& samples = json.set("samples", Json::array());
  for (const GoldenSample& sample : golden.samples) {
    Json one = Json::object();
    one.set("name", sample.name);
    one.set("bound", largest_bound(sample));
    samples.push(std::move(one));
  }
  return json;
}

}  // namespace hone::cli
