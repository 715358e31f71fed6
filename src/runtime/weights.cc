#include "runtime/weights.h"

#include <algorithm>
#include <cstring>

#include "tensor/layout/layout.h"
#include "tensor/view.h"

namespace hone {
namespace {

struct Job {
  size_t value;
  const Layout* layout;
  Bytes source;
  int64_t rows, columns;
  size_t offset, bytes;
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
    return fail(Code::unsupported, "the layout ", value.layout, " is not known");
  }
  const Dims dims(value.type.shape, {});
  if (layout != nullptr && (dims.rank() != 2 || dims[1] % layout->column_multiple != 0 ||
                            layout->dtype != value.type.dtype)) {
    return fail(Code::corrupt, "its shape does not fit the layout ", value.layout);
  }
  const auto exact = stored->find(value.layout);
  const auto found = exact != stored->end() ? exact : stored->find(kCanonicalLayout);
  if (found == stored->end()) {
    return fail(Code::unsupported, "is stored as ", stored->begin()->first, ", not as ",
                value.layout);
  }
  const bool packed = found->first == value.layout;
  const int64_t expected = packed && layout != nullptr ? layout->packed_bytes(dims[0], dims[1])
                                                       : size_bytes(value.type.dtype, dims);
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
  if (job.layout == nullptr) {
    if (!target.empty()) std::memcpy(target.data(), job.source.data(), target.size());
    return;
  }
  const int64_t panels = (job.rows + job.layout->panel_rows - 1) / job.layout->panel_rows;
  // About 64 kB a piece: few enough to claim cheaply, enough to share out evenly.
  const int64_t panel_bytes = std::max<int64_t>(1, static_cast<int64_t>(job.bytes) / panels);
  const int64_t step = std::max<int64_t>(1, (64 << 10) / panel_bytes);
  pool.for_each((panels + step - 1) / step, [&](int64_t piece) {
    job.layout->pack(job.source, job.rows, job.columns, piece * step,
                     std::min(panels, (piece + 1) * step), target);
  });
}

}  // namespace

uint64_t LoadedWeights::mapped_bytes(const PackedWeights& packed) const {
  uint64_t bytes = 0;
  const std::byte *begin = packed_.data(), *end = begin + packed_.size();
  for (const Bytes view : views_) {
    const bool is_ours = view.data() >= begin && view.data() < end;
    if (!is_ours && !packed.is_released(view.data())) bytes += view.size();
  }
  return bytes;
}

Expected<LoadedWeights> LoadedWeights::load(const Plan& plan, const WeightMap& map,
                                            ThreadPool& pool) {
  constexpr size_t kAlign = 4096;
  LoadedWeights loaded;
  loaded.views_.resize(plan.values.size());
  std::vector<Job> jobs;
  size_t total = 0;
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (value.storage != Storage::weight) continue;
    HONE_TRY_CONTEXT(const Source source, find(map, value), "weight '", value.name, "'");
    if (source.packed && is_aligned(source.bytes, value.type.dtype)) {
      loaded.views_[i] = source.bytes;
      continue;
    }
    if (source.packed) {
      jobs.push_back({i, nullptr, source.bytes, 0, 0, total, source.bytes.size()});
      total += (source.bytes.size() + 63) / 64 * 64;
      continue;
    }
    total = (total + kAlign - 1) / kAlign * kAlign;
    const Layout* layout = find_layout(value.layout);
    const int64_t rows = value.type.shape[0].value(), columns = value.type.shape[1].value();
    const auto bytes = static_cast<size_t>(layout->packed_bytes(rows, columns));
    jobs.push_back({i, layout, source.bytes, rows, columns, total, bytes});
    total += (bytes + kAlign - 1) / kAlign * kAlign;
  }
  HONE_TRY(loaded.packed_, MemoryBlock::allocate(total, MemoryBlock::Pages::huge));
  for (const Job& job : jobs) {
    const std::span<std::byte> target = loaded.packed_.bytes().subspan(job.offset, job.bytes);
    pack(job, target, pool);
    if (map.release) map.release(job.source);
    loaded.views_[job.value] = target;
  }
  return loaded;
}

}  // namespace hone
