// CellActivation functions by name, as recurrent cells have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hone {

struct CellActivation {
  enum class Kind : uint8_t {
    sigmoid,
    tanh,
    relu,
    affine,            // alpha * x + beta
    leaky_relu,        // alpha * x below 0
    thresholded_relu,  // 0 below alpha
    scaled_tanh,       // alpha * tanh(beta * x)
    hard_sigmoid,      // alpha * x + beta, in [0, 1]
    elu,               // alpha * (e^x - 1) below 0
    softsign,
    softplus,
  };
  Kind kind = Kind::tanh;
  float alpha = 0, beta = 0;
};

// "tanh,hard_sigmoid(0.2,0.5)": names with parameters; those that are left out have ONNX's values.
// Nothing if the text is malformed or holds another number of them.
std::optional<std::vector<CellActivation>> parse_activations(std::string_view text, size_t count);
double apply(const CellActivation& activation, double x);

}  // namespace hone
