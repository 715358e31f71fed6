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

Expected<const WeightData*> find(const WeightMap& map, const PlanValue& value) {
  const auto found = map.by_name.find(value.name);
  if (found == map.by_name.end()) return fail(Code::not_found, "the model has no such weight");
  const WeightData& data = found->second;
  if (data.layout != "canonical" && data.layout != value.layout) {
    return fail(Code::unsupported, "is stored as ", data.layout, ", not as ", value.layout);
  }
  const Dims dims(value.type.shape, {});
  const Layout* layout = find_layout(value.layout);
  if (layout == nullptr && value.layout != kCanonicalLayout) {
    return fail(Code::unsupported, "the layout ", value.layout, " is not known");
  }
  if (layout != nullptr && (dims.rank() != 2 || dims[1] % layout->column_multiple != 0)) {
    return fail(Code::corrupt, "its shape does not fit the layout ", value.layout);
  }
  const int64_t expected = data.layout == kCanonicalLayout ? size_bytes(value.type.dtype, dims)
                                                           : layout->packed_bytes(dims[0], dims[1]);
  if (static_cast<int64_t>(data.bytes.size()) != expected) {
    return fail(Code::corrupt, "holds ", data.bytes.size(), " bytes instead of ", expected);
  }
  return &data;
}

// Whether elements of plain numbers may be read where they lie; formats such as ONNX do not align
// them.
bool is_aligned(const WeightData& data, DType dtype) {
  const auto address = reinterpret_cast<uintptr_t>(data.bytes.data());
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
    HONE_TRY_CONTEXT(const WeightData* data, find(map, value), "weight '", value.name, "'");
    if (data->layout == value.layout && is_aligned(*data, value.type.dtype)) {
      loaded.views_[i] = data->bytes;
      continue;
    }
    if (data->layout == value.layout) {
      jobs.push_back({i, nullptr, data->bytes, 0, 0, total, data->bytes.size()});
      total += (data->bytes.size() + 63) / 64 * 64;
      continue;
    }
    total = (total + kAlign - 1) / kAlign * kAlign;
    const Layout* layout = find_layout(value.layout);
    const int64_t rows = value.type.shape[0].value(), columns = value.type.shape[1].value();
    const auto bytes = static_cast<size_t>(layout->packed_bytes(rows, columns));
    jobs.push_back({i, layout, data->bytes, rows, columns, total, bytes});
    total += (bytes + kAlign - 1) / kAlign * kAlign;
  }
  HONE_TRY(loaded.packed_, MemoryBlock::allocate(total, MemoryBlock::Pages::huge));
  for (const Job& job : jobs) {
    const std::span<std::byte> target = loaded.packed_.bytes().subspan(job.offset, job.bytes);
    pack(job, target, pool);
    if (map.release) map.release(plan.values[job.value].name);
    loaded.views_[job.value] = target;
  }
  return loaded;
}

}  // namespace hone
