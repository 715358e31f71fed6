// Names for new values of a graph: as wanted, or with a number behind.
#pragma once

#include <string>
#include <unordered_map>

#include "ir/graph.h"

namespace hone::ir {

class UniqueNames {
 public:
  // A name that no value of the graph has. Goes on counting where it stopped, as a file may use one
  // name many times.
  std::string operator()(const Graph& graph, const std::string& wanted) {
    if (!graph.find(wanted)) return wanted;
    int& count = last_[wanted];
    std::string name;
    do {
      name = cat(wanted, "_", ++count);
    } while (graph.find(name));
    return name;
  }

 private:
  std::unordered_map<std::string, int> last_;  // the number last put behind a name
};

}  // namespace hone::ir
