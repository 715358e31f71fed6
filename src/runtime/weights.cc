#include "runtime/weights.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "tensor/layout/layout.h"
#include "tensor/view.h"

namespace hone {
namespace {

// A copy to be made.
struct Job {
  const Layout* layout;  // null: as it is
  Bytes source;
  Dims dims;
  size_t offset, bytes;
  Bytes* copy;  // of WeightCopies
};

struct Source {
  Bytes bytes;
  bool packed;  // it stands in the value's layout already
};

Expected<Source> find(const WeightMap& map, const PlanValue& value) {
  const StoredWeight* stored = map.find(value.name);
  if (stored == nullptr) return fail(Code::not_found, "the model has no such weight");
  const Layout* layout = find_layout(value.layout);
  if (layout == nullptr && value.layout != kCanonicalLayout) {
    return fail(Code::unsupported, "the layout ", printable(value.layout), " is not known");
  }
  const Dims dims(value.type.shape, {});
  if (layout != nullptr && (layout->dtype != value.type.dtype || layout->packed_bytes(dims) < 0)) {
    return fail(Code::corrupt, "its shape does not fit the layout ", printable(value.layout));
  }
  const auto exact = stored->find(value.layout);
  const auto found = exact != stored->end() ? exact : stored->find(kCanonicalLayout);
  if (found == stored->end()) {
    return fail(Code::unsupported, "is stored as ", printable(stored->begin()->first), ", not as ",
                printable(value.layout));
  }
  const bool packed = found->first == value.layout;
  const int64_t expected =
      packed && layout != nullptr ? layout->packed_bytes(dims) : size_bytes(value.type.dtype, dims);
  if (std::ssize(found->second) != expected) {
    return fail(Code::corrupt, "holds ", found->second.size(), " bytes instead of ", expected);
  }
  return Source{found->second, packed};
}

// Whether elements of plain numbers may be read where they lie; formats such as ONNX do not align
// them.
bool is_aligned(Bytes bytes, DType dtype) {
  const auto address = reinterpret_cast<uintptr_t>(bytes.data());
  return is_block_quantized(dtype) ||
         address % static_cast<uintptr_t>(info(dtype).block_bytes) == 0;
}

// Packs one weight, a few panels a piece; without a layout it is copied to where it is aligned.
void pack(const Job& job, std::span<std::byte> target, ThreadPool& pool) {
  if (target.empty()) return;
  if (job.layout == nullptr) {
    std::memcpy(target.data(), job.source.data(), target.size());
    return;
  }
  const int64_t panels = job.layout->panels(job.dims);
  // About 64 kB a piece: few enough to claim cheaply, enough to share out evenly.
  const int64_t panel_bytes = std::max<int64_t>(1, static_cast<int64_t>(job.bytes) / panels);
  const int64_t step = std::max<int64_t>(1, (64 << 10) / panel_bytes);
  pool.for_each((panels + step - 1) / step, [&](int64_t piece) {
    job.layout->pack(job.source, job.dims, piece * step, std::min(panels, (piece + 1) * step),
                     target);
  });
}

constexpr size_t kPackedAlign = 4096;
constexpr size_t kPlainAlign = 64;

// Without its place.
Job job_of(const PlanValue& value, const Source& source) {
  if (source.packed) return {nullptr, source.bytes, Dims(), 0, source.bytes.size(), nullptr};
  const Layout* layout = find_layout(value.layout);
  const Dims dims(value.type.shape, {});
  const auto bytes = static_cast<size_t>(layout->packed_bytes(dims));
  return {layout, source.bytes, dims, 0, bytes, nullptr};
}

}  // namespace

bool WeightCopies::holds(const std::byte* data) const {
  return std::ranges::any_of(blocks_, [&](const MemoryBlock& block) {
    return data >= block.data() && data < block.data() + block.size();
  });
}

uint64_t LoadedWeights::mapped_bytes(const PackedWeights& packed) const {
  uint64_t bytes = 0;
  std::set<const std::byte*> counted;  // several values may be one weight
  for (const Bytes view : views_) {
    if (view.empty() || copies_->holds(view.data()) || packed.is_released(view.data())) continue;
    if (counted.insert(view.data()).second) bytes += view.size();
  }
  return bytes;
}

Expected<LoadedWeights> LoadedWeights::load(const Plan& plan, const WeightMap& map,
                                            ThreadPool& pool,
                                            std::shared_ptr<WeightCopies> copies) {
  if (copies == nullptr) copies = std::make_shared<WeightCopies>();
  LoadedWeights loaded;
  loaded.views_.resize(plan.values.size());
  std::vector<Job> jobs;
  std::vector<std::pair<size_t, const Bytes*>> copied;  // by value
  size_t total = 0;
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (value.storage != Storage::weight) continue;
    HONE_TRY_CONTEXT(const Source source, find(map, value), "weight '", printable(value.name), "'");
    if (source.packed && is_aligned(source.bytes, value.type.dtype)) {
      loaded.views_[i] = source.bytes;
      continue;
    }
    Job job = job_of(value, source);
    const std::string_view layout = job.layout == nullptr ? "" : job.layout->id;
    Bytes& copy = copies->slot({source.bytes.data(), layout, job.bytes});
    copied.emplace_back(i, &copy);
    if (!copy.empty()) continue;
    const size_t align = job.layout == nullptr ? kPlainAlign : kPackedAlign;
    total = (total + align - 1) / align * align;
    job.offset = std::exchange(total, total + job.bytes);
    job.copy = &copy;
    jobs.push_back(job);
    copy = source.bytes;  // taken; the values that come later share it
  }
  HONE_TRY(MemoryBlock block, MemoryBlock::allocate(total, MemoryBlock::Pages::huge));
  for (const Job& job : jobs) {
    const std::span<std::byte> target = block.bytes().subspan(job.offset, job.bytes);
    pack(job, target, pool);
    if (map.release) map.release(job.source);
    *job.copy = target;
  }
  copies->keep(std::move(block));
  for (const auto& [value, copy] : copied) loaded.views_[value] = *copy;
  loaded.copies_ = std::move(copies);
  return loaded;
}

}  // namespace hone
