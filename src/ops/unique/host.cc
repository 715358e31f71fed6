#include <algorithm>
#include <numeric>

#include "backend/host_op.h"
#include "backend/host_slices.h"
#include "ops/unique/op.h"
#include "tensor/encode.h"

namespace hone {
namespace {

// To sort a slice takes 32 bytes beside it.
constexpr int64_t kMostSlices = int64_t{1} << 26;

// -1, 0, 1; a NaN is larger than all numbers and equal to itself.
int compare_numbers(double a, double b) {
  if (a != a || b != b) return (a != a ? 1 : 0) - (b != b ? 1 : 0);
  return (a > b ? 1 : 0) - (a < b ? 1 : 0);
}

class Comparison {
 public:
  explicit Comparison(const HostSlices& x)
      : x_(x), dtype_(x.x().dtype), size_(info(dtype_).block_bytes) {}

  int operator()(int64_t a, int64_t b) const {
    for (int64_t run = 0; run < x_.runs(); ++run) {
      const std::byte *first = x_.run(a, run), *second = x_.run(b, run);
      for (int64_t at = 0; at < x_.run_bytes(); at += size_) {
        const int order = compare_elements(first + at, second + at);
        if (order != 0) return order;
      }
    }
    return 0;
  }

 private:
  // Large integers differ by less than a double shows.
  int compare_elements(const std::byte* a, const std::byte* b) const {
    if (dtype_ == DType::i64) return compare_as<int64_t>(a, b);
    if (dtype_ == DType::u64) return compare_as<uint64_t>(a, b);
    return compare_numbers(decode_element(dtype_, a), decode_element(dtype_, b));
  }
  template <class T>
  static int compare_as(const std::byte* a, const std::byte* b) {
    T first, second;
    std::memcpy(&first, a, sizeof first);
    std::memcpy(&second, b, sizeof second);
    return (first > second ? 1 : 0) - (first < second ? 1 : 0);
  }

  const HostSlices& x_;
  DType dtype_;
  int64_t size_;
};

struct Groups {
  std::vector<int64_t> first, inverse, counts;
};

Groups find_groups(const HostSlices& x, bool sorted) {
  const Comparison compare(x);
  const auto count = static_cast<size_t>(x.count());
  std::vector<int64_t> order(count), group(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return compare(a, b) < 0; });
  Groups groups;
  for (size_t i = 0; i < count; ++i) {
    if (i == 0 || compare(order[i - 1], order[i]) != 0) {
      groups.first.push_back(order[i]);
      groups.counts.push_back(0);
    }
    ++groups.counts.back();
    group[static_cast<size_t>(order[i])] = std::ssize(groups.first) - 1;
  }
  // Places of the groups: as they are sorted, or as they come.
  std::vector<size_t> wanted(groups.first.size());
  std::iota(wanted.begin(), wanted.end(), size_t{0});
  if (!sorted) std::ranges::sort(wanted, {}, [&](size_t g) { return groups.first[g]; });
  Groups placed;
  std::vector<int64_t> place(wanted.size());
  for (const size_t g : wanted) {
    place[g] = std::ssize(placed.first);
    placed.first.push_back(groups.first[g]);
    placed.counts.push_back(groups.counts[g]);
  }
  for (const int64_t g : group) placed.inverse.push_back(place[static_cast<size_t>(g)]);
  return placed;
}

Expected<Tensor> tensor_of(const std::vector<int64_t>& values) {
  return Tensor::copy_of(
      {reinterpret_cast<const std::byte*>(values.data()), DType::i64, Dims({std::ssize(values)})});
}

Expected<std::vector<RunValue>> run(const Attrs& attrs, std::span<const RunValue* const> operands) {
  const auto& of = attrs.as<UniqueAttrs>();
  HONE_TRY(const HostSlices x,
           HostSlices::of(operands[0], of.flat ? std::nullopt : std::optional(of.axis)));
  if (x.count() > kMostSlices) {
    return fail(Code::limit_exceeded, "x has ", x.count(), " elements or slices to compare; ",
                kMostSlices, " are the most");
  }
  const Groups groups = find_groups(x, of.sorted);
  HONE_TRY(Tensor y, x.pick(groups.first));
  HONE_TRY(Tensor first, tensor_of(groups.first));
  HONE_TRY(Tensor inverse, tensor_of(groups.inverse));
  HONE_TRY(Tensor counts, tensor_of(groups.counts));
  std::vector<RunValue> results;
  for (Tensor* tensor : {&y, &first, &inverse, &counts}) results.emplace_back(std::move(*tensor));
  return results;
}

}  // namespace

const HostOp& unique_host_op() {
  static constexpr HostOp kOp{"unique", run};
  return kOp;
}

}  // namespace hone
