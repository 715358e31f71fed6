// Which layers of a model compute in a coarser precision than f32 without being worse for it: those
// that measured faster here, as long as the outputs stay within a bound of those of f32.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"

namespace hone::cli {

using LayerNames = std::set<std::string, std::less<>>;

enum class Samples : uint8_t { first, all };

// A model as the choice sees it; layers are known by the names of their steps.
class PrecisionTarget {
 public:
  virtual ~PrecisionTarget() = default;
  // Those that a coarser kernel would run on this device, in order.
  virtual Expected<std::vector<std::string>> layers() = 0;
  // How much outputs differ from those of f32 at most if these layers are coarse: noise, as a share
  // of the signal.
  virtual Expected<double> error(const LayerNames& coarse, Samples samples) = 0;
  // Microseconds of each layer, of one run with these layers coarse; "" is the whole run.
  virtual Expected<std::map<std::string, double>> times(const LayerNames& coarse) = 0;
};

struct PrecisionOptions {
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
  LayerNames coarse;
  std::vector<FineLayer> fine;  // of layers(), the others
  double error = 0;             // with `coarse`
  double all_error = 0;         // with all that were fast enough
};

// The layers that are least sensitive on the first sample are coarse where all together are too
// much, found by halving.
Expected<PrecisionChoice> choose_precision(PrecisionTarget& target,
                                           const PrecisionOptions& options);

}  // namespace hone::cli
