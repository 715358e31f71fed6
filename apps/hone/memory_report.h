// What memory a model takes when it runs, block by block, and what lies where in its arena.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/process_memory.h"
#include "console.h"
#include "runtime/session.h"

namespace hone::cli {

// A value in a plan's block of memory: inputs first, then the arena.
struct PlacedValue {
  std::string name, op;  // that makes it; "input"
  int64_t offset = 0, bytes = 0;
  int32_t first = 0, last = 0;  // groups of steps that it lives in
};

// The memory of one plan under the sizes bound last.
struct PlacedPlan {
  int64_t bytes = 0;   // of the block
  int64_t apart = 0;   // what the values would take without sharing
  int32_t groups = 0;  // of steps, one after the other
  std::vector<PlacedValue> values;
};

struct MemoryReport {
  SessionMemory sessions;  // of all plans together
  HeapMemory heap;         // its used part with sessions.kernels
  ResidentMemory resident;
  uint64_t peak = 0;  // of the process so far
  std::vector<PlacedPlan> plans;

  uint64_t heap_besides() const {
    return heap.used > sessions.kernels ? heap.used - sessions.kernels : 0;
  }
  uint64_t total() const;
};

// A block of memory, as the report names it.
struct MemoryPart {
  std::string_view name, meaning;
  uint64_t bytes = 0;
};
std::vector<MemoryPart> parts_of(const MemoryReport& report);

// Of sessions that have run.
MemoryReport memory_report(std::span<const Session* const> sessions);

std::string text_of(const MemoryReport& report, const Console& console);
Json json_of(const MemoryReport& report);

}  // namespace hone::cli
