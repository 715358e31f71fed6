#include "profile_trace.h"

#include <algorithm>
#include <set>

#include "base/json.h"

namespace hone::cli {
namespace {

using TraceTime = ProfileClock::time_point;

double us_between(TraceTime begin, TraceTime end) {
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

Json trace_event(std::string_view kind, int process, int thread) {
  Json json = Json::object();
  json.set("ph", kind);
  json.set("pid", process);
  json.set("tid", thread);
  return json;
}

Json name_event(std::string_view what, int process, int thread, std::string name) {
  Json json = trace_event("M", process, thread);
  json.set("name", what);
  json.set("args", Json::object()).set("name", std::move(name));
  return json;
}

Json trace_slice(const StepTime& step, const WorkSpan& span, TraceTime start, int process) {
  Json json = trace_event("X", process, span.thread);
  json.set("name", step.name.empty() ? step.op : step.name);
  json.set("cat", step.op);
  json.set("ts", us_between(start, span.begin));
  json.set("dur", us_between(span.begin, span.end));
  Json& about = json.set("args", Json::object());
  about.set("op", step.op);
  about.set("variant", step.variant);
  about.set("step_us", step.us);
  about.set("flops", step.cost.flops);
  about.set("bytes", step.cost.bytes);
  return json;
}

void add_run(const TracedRun& run, int process, Json& events) {
  TraceTime start = TraceTime::max();
  std::set<int> threads;
  for (const StepTime& step : run.profile->steps) {
    for (const WorkSpan& span : step.spans) {
      start = std::min(start, span.begin);
      threads.insert(span.thread);
    }
  }
  events.push(name_event("process_name", process, 0, std::string(run.name)));
  for (const int thread : threads) {
    events.push(name_event("thread_name", process, thread, cat("thread ", thread)));
  }
  for (const StepTime& step : run.profile->steps) {
    for (const WorkSpan& span : step.spans) events.push(trace_slice(step, span, start, process));
  }
}

}  // namespace

std::string chrome_trace(std::span<const TracedRun> runs) {
  Json trace = Json::object();
  trace.set("displayTimeUnit", "ms");
  Json events = Json::array();
  int process = 0;
  for (const TracedRun& run : runs) add_run(run, ++process, events);
  trace.set("traceEvents", std::move(events));
  return trace.write() + "\n";
}

}  // namespace hone::cli
