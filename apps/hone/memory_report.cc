#include "memory_report.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/memory.h"
#include "memory_drawing.h"
#include "table.h"

namespace hone::cli {
namespace {

SessionMemory sum_of(std::span<const Session* const> sessions) {
  SessionMemory sum;
  std::set<const WeightCopies*> counted;
  for (const Session* session : sessions) {
    const SessionMemory one = session->memory();
    sum.mapped += one.mapped;
    if (counted.insert(&session->copies()).second) sum.packed += one.packed;
    sum.kernels += one.kernels;
    sum.states += one.states;
    sum.inputs += one.inputs;
    sum.arena += one.arena;
    sum.spare += one.spare;
    sum.scratch += one.scratch;
  }
  return sum;
}

// Values that take each other's place one after the other: each lives until the next is written.
void end_at_successors(const Arena& arena, std::vector<PlacedValue>& placed,
                       const std::vector<size_t>& indices) {
  std::map<size_t, std::vector<size_t>> chains;  // by the first value's index
  for (size_t p = 0; p < indices.size(); ++p) {
    const int32_t over = arena.slots[indices[p]].over;
    chains[over < 0 ? indices[p] : static_cast<size_t>(over)].push_back(p);
  }
  for (auto& [first, chain] : chains) {
    std::ranges::stable_sort(chain, {}, [&](size_t p) { return placed[p].first; });
    for (size_t i = 0; i + 1 < chain.size(); ++i) {
      placed[chain[i]].last = placed[chain[i + 1]].first - 1;
    }
  }
}

void add_inputs(const Session& session, const SessionMemory& memory, PlacedPlan& placed) {
  if (memory.inputs == 0) return;
  const size_t count = session.plan().inputs.size();
  const std::string name = count == 1 ? "input" : cat(count, " inputs");
  placed.values.push_back(
      {name, "input", 0, static_cast<int64_t>(memory.inputs), 0, placed.groups - 1});
}

PlacedPlan place(const Session& session) {
  const Plan& plan = session.plan();
  const Arena& arena = *session.arena();
  const SessionMemory memory = session.memory();
  std::vector<std::string_view> makers(plan.values.size());
  PlacedPlan placed{.bytes = static_cast<int64_t>(memory.inputs + memory.arena), .groups = 1};
  for (const PlanStep& step : plan.steps) {
    placed.groups = std::max(placed.groups, step.group + 1);
    for (const int32_t result : step.results) {
      makers[static_cast<size_t>(result)] = step.op->name;
    }
  }
  std::vector<size_t> indices;
  for (size_t i = 0; i < arena.slots.size(); ++i) {
    const ArenaSlot& slot = arena.slots[i];
    if (slot.offset < 0 || slot.bytes == 0) continue;
    indices.push_back(i);
    placed.values.push_back({plan.values[i].name, std::string(makers[i]), slot.offset, slot.bytes,
                             slot.first_group, std::min(slot.last_group, placed.groups - 1)});
  }
  end_at_successors(arena, placed.values, indices);
  add_inputs(session, memory, placed);
  for (const PlacedValue& value : placed.values) placed.apart += value.bytes;
  return placed;
}

Json json_of(const PlacedPlan& plan) {
  Json json = Json::object();
  json.set("bytes", plan.bytes);
  json.set("apart_bytes", plan.apart);
  json.set("groups", plan.groups);
  Json& values = json.set("values", Json::array());
  for (const PlacedValue& value : plan.values) {
    Json one = Json::object();
    one.set("name", value.name);
    one.set("op", value.op);
    one.set("offset", value.offset);
    one.set("bytes", value.bytes);
    one.set("first_group", value.first);
    one.set("last_group", value.last);
    values.push(std::move(one));
  }
  return json;
}

}  // namespace

uint64_t MemoryReport::total() const {
  uint64_t total = 0;
  for (const MemoryPart& part : parts_of(*this)) total += part.bytes;
  return total;
}

std::vector<MemoryPart> parts_of(const MemoryReport& report) {
  const SessionMemory& memory = report.sessions;
  return {
      {"weights_mapped", "weights, read where the file has them", memory.mapped},
      {"weights_packed", "weights, packed or copied to where they are aligned when opened",
       memory.packed},
      {"weights_kernels", "weights, packed as the kernels of these sizes want them",
       memory.kernels},
      {"states", "states, taken as they are written", memory.states},
      {"inputs", "inputs", memory.inputs},
      {"arena", "arena of all values between", memory.arena},
      {"spare", "kept for larger sizes, untouched", memory.spare},
      {"scratch", "scratch of the threads", memory.scratch},
      {"heap", "heap: plans, names, tensors between plans, and the program's own",
       report.heap_besides()},
      {"heap_free", "heap that was given back and is kept for the next to ask", report.heap.free}};
}

MemoryReport memory_report(std::span<const Session* const> sessions) {
  MemoryReport report{.sessions = sum_of(sessions),
                      .heap = heap_memory(),
                      .resident = resident_memory(),
                      .peak = peak_resident_memory()};
  for (const Session* session : sessions) {
    if (session->arena() != nullptr) report.plans.push_back(place(*session));
  }
  return report;
}

std::string text_of(const MemoryReport& report, const Console& console) {
  Table table({{{}, Align::right}, {}}, "  ");
  for (const MemoryPart& part : parts_of(report)) {
    if (part.bytes > 0) table.row({human_bytes(part.bytes), std::string(part.meaning)});
  }
  table.row({human_bytes(report.total()), "together"});
  table.row({human_bytes(report.resident.anonymous + report.resident.file),
             cat("of the process in memory now, ", human_bytes(report.resident.file),
                 " of it mapped files and the program's code; ", human_bytes(report.peak),
                 " at most so far")});
  std::string text = table.text_for(console);
  for (const PlacedPlan& plan : report.plans) text += "\n" + drawing_of(plan, console);
  return text;
}

Json json_of(const MemoryReport& report) {
  Json json = Json::object();
  for (const MemoryPart& part : parts_of(report)) json.set(cat(part.name, "_bytes"), part.bytes);
  json.set("total_bytes", report.total());
  Json& process = json.set("process", Json::object());
  process.set("anonymous_bytes", report.resident.anonymous);
  process.set("file_bytes", report.resident.file);
  process.set("peak_bytes", report.peak);
  Json& plans = json.set("plans", Json::array());
  for (const PlacedPlan& plan : report.plans) plans.push(json_of(plan));
  return json;
}

}  // namespace hone::cli
