// What each pass makes of a graph: as IR text, and as a page that draws it (`--dump-passes`).
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "graph_drawing.h"
#include "passes/pipeline.h"

namespace hone::cli {

// Collects what a pipeline tells; write() when it is done, or has failed.
class PassDump {
 public:
  void take(const passes::PassResult& result);
  // NN_PASS.hir for each pass, of bodies of branches and loops bodyN.NN_PASS.hir, and index.html,
  // which needs no other file and no network. The folder is made if it is missing.
  Status write(const std::string& folder, std::string_view model) const;

 private:
  struct Stage {
    std::string pass, text;
    double ms;
    DrawnGraph drawn;
  };
  struct Body {
    std::string name;  // empty: the model itself
    std::vector<Stage> stages;
  };
  std::string page(std::string_view model) const;
  static std::string drawings(const Body& body, size_t number, std::string& rows);

  std::vector<Body> bodies_;
};

}  // namespace hone::cli
