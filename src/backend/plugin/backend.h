// Back ends that a person named: shared libraries behind include/hone/backend.h. Their code runs in
// this process; what it returns is checked, and what it says is told as text.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "hone/backend.h"
#include "tensor/tensor.h"

namespace hone {

class Backend;

// A subgraph that a back end made ready. Move only; keeps its back end.
class CompiledGraph {
 public:
  CompiledGraph() = default;
  CompiledGraph(CompiledGraph&& other) noexcept { *this = std::move(other); }
  CompiledGraph& operator=(CompiledGraph&& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(handle_, other.handle_);
    std::swap(weights_, other.weights_);
    return *this;
  }
  ~CompiledGraph();

  const Backend& backend() const { return *backend_; }
  // Outputs are there, of their types. The error is the back end's, or what it did wrong: then it
  // must not be run again, and outputs hold anything.
  Status run(std::span<const ConstView> inputs, std::span<Tensor> outputs);
  // Lives as long as this: what the graph's weights lie in.
  void keep(std::shared_ptr<const void> weights) { weights_ = std::move(weights); }

 private:
  friend class Backend;
  CompiledGraph(std::shared_ptr<Backend> backend, void* handle)
      : backend_(std::move(backend)), handle_(handle) {}

  std::shared_ptr<Backend> backend_;
  void* handle_ = nullptr;
  std::shared_ptr<const void> weights_;
};

// A table of functions with a context of its own: for one thread at a time.
class Backend : public std::enable_shared_from_this<Backend> {
 public:
  // A shared library, which stays loaded until the process ends.
  static Expected<std::shared_ptr<Backend>> load(const std::string& path,
                                                 const std::string& options);
  // The table must outlive it. Code::unsupported for one that lacks what a back end must have; one
  // that does not open claims nothing.
  static Expected<std::shared_ptr<Backend>> of(const hone_backend* table,
                                               const std::string& options);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  ~Backend();

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }

  // Whether it takes this graph of one node; the error tells why not.
  Status claim(const hone_graph& graph);
  Expected<CompiledGraph> compile(const hone_graph& graph);

 private:
  friend class CompiledGraph;
  Backend() = default;

  const hone_backend* table_ = nullptr;
  void* context_ = nullptr;
  bool is_open_ = false;
  std::string name_, version_;
  std::string why_closed_;
};

// Numbers of the C interface for those dtypes that it has; HONE_DTYPE_OTHER for the rest.
hone_dtype c_dtype(DType dtype);

}  // namespace hone
