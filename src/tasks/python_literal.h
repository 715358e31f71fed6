// Python's literals as repr() writes them: what PyTorch's exporters put into a model's metadata.
#pragma once

#include <string_view>

#include "base/json.h"

namespace hone {

// "{0: 'person', 1: 'bicycle'}" -> {"0": "person", "1": "bicycle"}: dictionaries become objects
// with keys as text, lists and tuples arrays, None null. Sets, bytes, complex numbers and texts
// that are joined by standing side by side are refused, as is what is larger or deeper than such
// metadata ever is.
Expected<Json> parse_python_literal(std::string_view text);

}  // namespace hone
