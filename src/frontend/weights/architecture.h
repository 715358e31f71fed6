// Models whose files hold weights alone: hone knows their graphs, as IR text (arch/NAME.hir) with a
// map from its constants to the names that weights files have for them (arch/NAME.names).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "frontend/weights/state_dict.h"

namespace hone::weights {

// The architecture that a transformers config.json means; nothing if it is none of hone's.
std::optional<std::string> architecture_of(const Json& config);
// The names of all, "bert, efficientnet-lite0".
std::string architecture_names();

// The graph of an architecture with these weights, which must outlive it as far as it views them;
// floats of 16 and 64 bits become f32. `config` is the model's own, null if it has none.
Expected<ir::Graph> build_architecture(std::string_view name, const StateDict& weights,
                                       const Json& config);

// The other names of `name` by a map of lines "pattern = name", where * stands for any text, and
// the n-th one on the right for the n-th one on the left; in the order of the lines.
std::vector<std::string> mapped_names(std::string_view map, std::string_view name);

}  // namespace hone::weights
