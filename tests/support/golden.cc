#include "support/golden.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "base/file.h"

namespace hone::test {
namespace {

constexpr uint32_t kText = 0;
constexpr uint32_t kInts = 1;
constexpr uint32_t kFloats = 2;

template <class T>
std::vector<T> read_array(ByteReader& reader, uint32_t count) {
  const Bytes raw = reader.take(uint64_t{count} * sizeof(T));
  std::vector<T> values(raw.size() / sizeof(T));
  if (!raw.empty()) std::memcpy(values.data(), raw.data(), raw.size());
  return values;
}

template <class Map>
auto find_span(const Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? std::span<const typename Map::mapped_type::value_type>()
                            : std::span(found->second);
}

constexpr Difference kInfinite{std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::infinity()};

// Adds |a - b| to the sums; NaN makes them infinite.
void add(Difference& sums, float a, float b) {
  double distance = std::abs(static_cast<double>(a) - static_cast<double>(b));
  if (std::isnan(distance)) distance = std::numeric_limits<double>::infinity();
  sums.max = std::max(sums.max, distance);
  sums.mean += distance;
}

}  // namespace

Expected<Golden> Golden::parse(std::string_view bytes) {
  ByteReader reader(as_bytes(bytes));
  if (reader.text(8) != "HGOLDEN1") return fail(Code::corrupt, "this is no golden file");
  Golden golden;
  while (reader.ok() && reader.remaining() > 0) {
    const std::string name(reader.text(reader.u32()));
    const uint32_t kind = reader.u32();
    const uint32_t count = reader.u32();
    if (kind == kText) {
      golden.texts_[name] = reader.text(count);
    } else if (kind == kInts) {
      golden.ints_[name] = read_array<int32_t>(reader, count);
    } else if (kind == kFloats) {
      golden.floats_[name] = read_array<float>(reader, count);
    } else {
      return fail(Code::corrupt, "golden record '", name, "' has unknown kind ", kind);
    }
  }
  HONE_RETURN_IF_ERROR(reader.status());
  return golden;
}

Expected<Golden> Golden::open(const std::string& path) {
  HONE_TRY(const std::string bytes, read_file(path));
  HONE_TRY_CONTEXT(Golden golden, parse(bytes), path);
  return golden;
}

std::string_view Golden::text(std::string_view name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::string_view() : found->second;
}
std::span<const int32_t> Golden::ints(std::string_view name) const {
  return find_span(ints_, name);
}
std::span<const float> Golden::floats(std::string_view name) const {
  return find_span(floats_, name);
}
bool Golden::has(std::string_view name) const {
  return texts_.contains(name) || ints_.contains(name) || floats_.contains(name);
}

Difference difference(std::span<const float> values, std::span<const float> truth) {
  if (values.size() != truth.size() || truth.empty()) return kInfinite;
  Difference sums;
  for (size_t i = 0; i < truth.size(); ++i) add(sums, values[i], truth[i]);
  return {sums.max, sums.mean / static_cast<double>(truth.size())};
}

Difference difference_at(std::span<const float> values, std::span<const int32_t> ids,
                         std::span<const float> truth) {
  if (ids.size() != truth.size() || truth.empty()) return kInfinite;
  Difference sums;
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto id = static_cast<size_t>(ids[i]);
    if (ids[i] < 0 || id >= values.size()) return kInfinite;
    add(sums, values[id], truth[i]);
  }
  return {sums.max, sums.mean / static_cast<double>(truth.size())};
}

}  // namespace hone::test
