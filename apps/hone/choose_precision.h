// Which layers of a model compute in something else than plain f32 without being worse for it:
// those that measured faster here, as long as the outputs stay within a bound of those of f32.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/precision.h"

namespace hone::cli {

// By name; layers that are not named are f32.
using LayerPrecisions = std::map<std::string, Precision, std::less<>>;

enum class Samples : uint8_t { first, all };

// A model as the choice sees it; layers are known by the names of their steps.
class PrecisionTarget {
 public:
  virtual ~PrecisionTarget() = default;
  // Those that a kernel of this precision would run on this device, in order.
  virtual Expected<std::vector<std::string>> layers(Precision precision) = 0;
  // How much outputs differ from those of f32 at most if layers are so: noise, as a share of the
  // signal.
  virtual Expected<double> error(const LayerPrecisions& coarse, Samples samples) = 0;
  // Microseconds of each layer, of one run with layers so; "" is the whole run.
  virtual Expected<std::map<std::string, double>> times(const LayerPrecisions& coarse) = 0;
};

struct PrecisionOptions {
  std::vector<Precision> precisions;  // to choose from; where speeds are not compared, the first
  double max_error = 0;
  double seconds = 0;             // to compare speeds for at most; 0: they are not compared
  std::function<double()> now_s;  // a clock that goes on
  std::function<Status(const std::string& doing)> progress;  // an error ends it; may be empty
};

struct FineLayer {
  std::string name;
  std::string why;  // it keeps f32
};

struct PrecisionChoice {
  LayerPrecisions coarse;
  std::vector<FineLayer> fine;  // of all layers(), the others
  double error = 0;             // with `coarse`
  double all_error = 0;         // with all that were fast enough
};

// Where all together are too much, the layers that are least sensitive on the first sample keep
// what they are fastest in, found by halving; the others get the next faster that is left, or f32.
Expected<PrecisionChoice> choose_precision(PrecisionTarget& target,
                                           const PrecisionOptions& options);

}  // namespace hone::cli
