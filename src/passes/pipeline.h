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

inline constexpr std::string_view kBeforePasses = "imported";

// A graph as a pass left it.
struct PassResult {
  std::string_view pass;  // or kBeforePasses: the graph as it came
  double ms = 0;
  std::string_view body;  // of the branch or loop whose body this is, its name; or empty
  const ir::Graph& graph;
};

struct PipelineOptions {
  std::vector<std::string> skip;  // passes to leave out; a name that is none is an error
  std::function<void(const PassResult&)> observe;
};

// Whether each is the name of a pass.
Status check_pass_names(std::span<const std::string> names);

Expected<ir::Graph> run_pipeline(ir::Graph graph, const TargetDesc& target,
                                 const PipelineOptions& options = {});

}  // namespace hone::passes
