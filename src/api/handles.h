// What stands behind the handles of hone.h, and how its functions turn work into errors.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "api/opener.h"
#include "hone/hone.h"
#include "llm/generate/generator.h"

namespace hone::api {

// An input or output as it is described.
struct Port {
  std::string name;
  hone_dtype dtype = HONE_DTYPE_OTHER;
  std::vector<int64_t> shape;        // -1: not fixed
  std::vector<std::string> symbols;  // as many; empty where there is none
  bool known_rank = false;
  uint64_t size_bytes = 0;  // 0: not fixed
  std::optional<Codes> codes;
};

// What handles of one model share.
struct SharedModel {
  OpenModel open;
  std::vector<Port> inputs, outputs;
  std::mutex running;
  std::atomic<std::thread::id> runner;  // who computes now
};

// The right to compute with a model, until destruction. Move only.
class Turn {
 public:
  // Waits for it; conflict when this thread has it already: it asks from a callback.
  static Expected<Turn> wait(SharedModel& model);
  // Waits, or goes on with the turn that this thread has.
  static Turn join(SharedModel& model);
  Turn(Turn&&) = default;
  ~Turn() {
    if (lock_.owns_lock()) model_->runner.store({});
  }

 private:
  explicit Turn(SharedModel& model) : model_(&model), lock_(model.running) {
    model.runner.store(std::this_thread::get_id());
  }
  Turn(SharedModel& model, std::defer_lock_t later) : model_(&model), lock_(model.running, later) {}

  SharedModel* model_;
  std::unique_lock<std::mutex> lock_;
};

// Null where there is no memory for it; hone_error_free knows that one, too.
hone_error* to_handle(const Error& error) noexcept;
hone_error* out_of_memory() noexcept;

// Runs `work`, which gives a Status; its error, or what the standard library threw, as a handle.
template <class Work>
hone_error* guarded(const Work& work) noexcept {
  try {
    const Status status = work();
    return status ? nullptr : to_handle(status.error());
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& thrown) {  // a vector of more than can be addressed; a bug
    return to_handle({Code::internal, thrown.what(), {}});
  } catch (...) {
    return to_handle({Code::internal, "an exception came out of a callback", {}});
  }
}

// null_argument("path")
std::unexpected<Error> null_argument(std::string_view name);

// The caller's struct, which may be older or newer than ours, over `defaults`. invalid_argument for
// one that is smaller than its first version or has no sensible size.
template <class Struct>
Expected<Struct> read_struct(const Struct* given, Struct defaults, size_t least) {
  constexpr size_t kMost = 4096;
  if (given == nullptr) return defaults;
  if (given->struct_size < least || given->struct_size > kMost) {
    return fail(Code::invalid_argument, "struct_size is ", given->struct_size,
                ", which is no size of this struct; set it to sizeof, or use its init function");
  }
  std::memcpy(&defaults, given, std::min(given->struct_size, sizeof(Struct)));
  defaults.struct_size = sizeof(Struct);
  return defaults;
}

// `made` into the caller's struct, as much as it has room for; its struct_size stays.
template <class Struct>
Status write_struct(Struct made, Struct* target, size_t least) {
  HONE_TRY(const Struct sized, read_struct<Struct>(target, made, least));
  (void)sized;
  const size_t size = target->struct_size;
  made.struct_size = size;
  std::memcpy(target, &made, std::min(size, sizeof(Struct)));
  return {};
}

hone_dtype to_dtype(DType dtype);
// Nothing for HONE_DTYPE_OTHER and numbers that mean nothing.
std::optional<DType> from_dtype(hone_dtype dtype);

}  // namespace hone::api

struct hone_model {
  std::shared_ptr<hone::api::SharedModel> shared;
};

struct hone_results {
  std::shared_ptr<hone::api::SharedModel> shared;  // names
  std::vector<hone::RunValue> values;
};

struct hone_generator {
  hone_generator(std::shared_ptr<hone::api::SharedModel> model, hone::Sampler sampler)
      : shared(std::move(model)),
        generator(std::in_place, *shared->open.language, *shared->open.tokenizer,
                  std::move(sampler)) {}
  ~hone_generator();

  std::shared_ptr<hone::api::SharedModel> shared;
  std::optional<hone::Generator> generator;
  std::atomic<bool> stop = false;
};
