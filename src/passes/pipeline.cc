#include "passes/pipeline.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "ir/rewrite.h"
#include "ir/verify.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "passes/quantize.h"
#include "passes/quantized.h"
#include "passes/recognize.h"
#include "passes/simplify.h"
#include "passes/transpose.h"

namespace hone::passes {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kPasses = {
    Pass{"fold_but_dequantize", fold_but_dequantize},
    Pass{"cancel_transposes", cancel_transposes},
    Pass{"sink_dequantize", sink_dequantize},
    Pass{"fold_quantized", fold_quantized},
    Pass{"drop_floats", drop_dead},
    Pass{"cancel_last", cancel_transposes},
    Pass{"fold_constants", fold_constants},
    Pass{"shrink_numbers", shrink_numbers},
    Pass{"drop_identities", drop_identities},
    Pass{"merge_equal", merge_equal},
    Pass{"recognize_activations", recognize_activations},
    Pass{"recognize_norms", recognize_norms},
    Pass{"recognize_rotary", recognize_rotary},
    Pass{"recognize_attention", recognize_attention},
    Pass{"fuse_bias", fuse_bias},
    Pass{"fuse_conv", fuse_conv},
    Pass{"fuse_pad", fuse_pad},
    Pass{"drop_dead", drop_dead},
    Pass{"quantize_activations", quantize_activations},
    Pass{"fuse_quantize", fuse_quantize},
    Pass{"fuse_residual", fuse_residual},
};

class Pipeline {
 public:
  Pipeline(const TargetDesc& target, const PipelineOptions& options)
      : target_(target), options_(options) {}

  // `body`: the path of branches and loops that this graph is in.
  Expected<ir::Graph> run(ir::Graph graph, const std::string& body) {
    HONE_RETURN_IF_ERROR(ir::verify(graph));
    tell(kBeforePasses, 0, body, graph);
    for (ir::Node& node : graph.nodes) {
      for (size_t i = 0; i < node.subgraphs.size(); ++i) {
        const std::string path =
            cat(body, body.empty() ? "" : " / ", node.name, i == 0 ? "" : cat(" #", i + 1));
        HONE_TRY_CONTEXT(node.subgraphs[i], run(std::move(node.subgraphs[i]), path), "node '",
                         node.name, "'");
      }
    }
    for (const Pass& pass : kPasses) {
      if (std::ranges::find(options_.skip, pass.name) != options_.skip.end()) continue;
      HONE_TRY(graph, run_pass(pass, graph, body));
    }
    ir::name_constants(graph);
    return graph;
  }

 private:
  Expected<ir::Graph> run_pass(const Pass& pass, const ir::Graph& graph, const std::string& body) {
    const auto start = Clock::now();
    HONE_TRY_CONTEXT(ir::Graph made, pass.run(graph, target_), "pass ", pass.name);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    if (Status status = ir::verify(made); !status) {
      return std::unexpected(std::move(status).error().context(cat("after pass ", pass.name)));
    }
    tell(pass.name, ms, body, made);
    return made;
  }
  void tell(std::string_view pass, double ms, std::string_view body, const ir::Graph& graph) {
    if (options_.observe) options_.observe({pass, ms, body, graph});
  }

  const TargetDesc& target_;
  const PipelineOptions& options_;
};

}  // namespace

std::span<const Pass> all_passes() { return kPasses; }

Status check_pass_names(std::span<const std::string> names) {
  std::vector<std::string> known;
  for (const Pass& pass : kPasses) known.emplace_back(pass.name);
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const auto nearest = did_you_mean(name, known);
    return fail(
        Code::invalid_argument, "there is no pass '", printable(name), "'",
        nearest ? cat("; did you mean '", *nearest, "'?") : cat("; there are ", join(known, ", ")));
  }
  return {};
}

Expected<ir::Graph> run_pipeline(ir::Graph graph, const TargetDesc& target,
                                 const PipelineOptions& options) {
  HONE_RETURN_IF_ERROR(check_pass_names(options.skip));
  return Pipeline(target, options).run(std::move(graph), {});
}

}  // namespace hone::passes
