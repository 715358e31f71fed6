// Passes over graphs: named, timed, skippable, dumped on request, and verified after each.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/target.h"
#include "ir/graph.h"

namespace hone::passes {

struct Pass {
  std::string_view name;
  Expected<ir::Graph> (*run)(const ir::Graph&, const TargetDesc&);
};

// In the order they run.
std::span<const Pass> all_passes();

struct PipelineOptions {
  std::vector<std::string> skip;  // names of passes to leave out
  // Called after each pass with its name, its time and the graph.
  std::function<void(std::string_view pass, double ms, const ir::Graph&)> observe;
};

Expected<ir::Graph> run_pipeline(ir::Graph graph, const TargetDesc& target,
                                 const PipelineOptions& options = {});

}  // namespace hone::passes
