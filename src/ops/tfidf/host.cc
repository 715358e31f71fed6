#include <algorithm>
#include <bit>
#include <map>

#include "backend/host_op.h"
#include "ops/shape_rules.h"
#include "ops/text/op.h"
#include "ops/tfidf/op.h"

namespace hone {
namespace {

using Gram = std::vector<int64_t>;

constexpr int64_t kMaxColumns = 1 << 24;
constexpr int64_t kMaxLength = 64;  // of an n-gram
constexpr int64_t kMaxSteps = int64_t{1} << 28;

// Words become numbers, so that n-grams of both kinds are alike.
class Numbers {
 public:
  int64_t of(const std::string& word) {
    return numbers_.try_emplace(word, std::ssize(numbers_)).first->second;
  }
  int64_t find(const std::string& word) const {
    const auto found = numbers_.find(word);
    return found == numbers_.end() ? -1 : found->second;
  }

 private:
  std::map<std::string, int64_t, std::less<>> numbers_;
};

struct Pool {
  std::map<Gram, int64_t> columns;
  Numbers words;
  int64_t width = 0;
};

Expected<Pool> make_pool(const TfidfAttrs& attrs) {
  Pool pool;
  Gram items = attrs.pool;
  if (!attrs.words.empty()) {
    const auto words = decode_list(attrs.words);
    if (!words) return fail(Code::corrupt, "the pool is malformed");
    items.clear();
    for (const std::string& word : *words) items.push_back(pool.words.of(word));
  }
  size_t ordinal = 0;
  const int64_t size = std::ssize(items);
  for (size_t n = 0; n < attrs.counts.size(); ++n) {
    const auto length = static_cast<int64_t>(n) + 1;
    const int64_t first = attrs.counts[n];
    const int64_t last = n + 1 < attrs.counts.size() ? attrs.counts[n + 1] : size;
    if (length > kMaxLength || first < 0 || last < first || last > size) {
      return fail(Code::corrupt, "the n-grams of length ", length, " do not fit the pool");
    }
    for (int64_t at = first; at + length <= last; at += length, ++ordinal) {
      if (ordinal >= attrs.columns.size()) return fail(Code::corrupt, "n-grams have no columns");
      pool.columns.emplace(Gram(items.begin() + at, items.begin() + at + length),
                           attrs.columns[ordinal]);
    }
  }
  for (const int64_t column : attrs.columns) {
    if (column < 0 || column >= kMaxColumns) return fail(Code::corrupt, "column ", column);
    pool.width = std::max(pool.width, column + 1);
  }
  if (!attrs.weights.empty() && std::ssize(attrs.weights) != pool.width) {
    return fail(Code::corrupt, "there are ", attrs.weights.size(), " weights for ", pool.width,
                " columns");
  }
  return pool;
}

Expected<Gram> items_of(const Tensor& x, const Pool& pool) {
  Gram items;
  if (x.dtype() == DType::string) {
    for (const std::string& word : x.strings()) items.push_back(pool.words.find(word));
    return items;
  }
  const auto ints = known_ints({{x.dtype(), x.dims().shape()}, x.view()});
  if (!ints) return fail(Code::invalid_argument, "x must hold text or integers");
  return *ints;
}

void count_row(const TfidfAttrs& attrs, const Pool& pool, std::span<const int64_t> row, float* y) {
  const int64_t size = std::ssize(row);
  for (int64_t length = attrs.min_length; length <= attrs.max_length; ++length) {
    const int64_t skips = length == 1 ? 0 : std::min(attrs.max_skip, size);
    for (int64_t skip = 0; skip <= skips; ++skip) {
      for (int64_t at = 0; at + (length - 1) * (skip + 1) < size; ++at) {
        Gram gram;
        for (int64_t i = 0; i < length; ++i) {
          gram.push_back(row[static_cast<size_t>(at + i * (skip + 1))]);
        }
        const auto found = pool.columns.find(gram);
        if (found != pool.columns.end()) y[found->second] += 1;
      }
    }
  }
  for (int64_t i = 0; i < pool.width; ++i) {
    const float weight =
        attrs.weights.empty()
            ? 1.0f
            : std::bit_cast<float>(static_cast<uint32_t>(attrs.weights[static_cast<size_t>(i)]));
    if (attrs.mode == TfidfAttrs::Mode::idf) y[i] = y[i] > 0 ? weight : 0.0f;
    if (attrs.mode == TfidfAttrs::Mode::tfidf) y[i] *= weight;
  }
}

Expected<std::vector<RunValue>> run(const Attrs& any, std::span<const RunValue* const> operands) {
  const auto& attrs = any.as<TfidfAttrs>();
  if (operands.empty() || operands[0] == nullptr || operands[0]->kind != RunValue::Kind::tensor) {
    return fail(Code::invalid_argument, "x must be a tensor");
  }
  const Tensor& x = operands[0]->tensor;
  const Dims& dims = x.dims();
  if (dims.rank() < 1 || dims.rank() > 2) {
    return fail(Code::invalid_argument, "x must have 1 or 2 axes, not ", dims.rank());
  }
  if (attrs.min_length < 1 || attrs.max_length > kMaxLength || attrs.max_skip < 0) {
    return fail(Code::invalid_argument, "n-grams of ", attrs.min_length, " to ", attrs.max_length);
  }
  const int64_t skips = std::min(attrs.max_skip, dims.back()) + 1;
  const int64_t grams = std::max<int64_t>(0, attrs.max_length - attrs.min_length + 1);
  if (dims.elements() > kMaxSteps / skips / std::max<int64_t>(1, grams * attrs.max_length)) {
    return fail(Code::limit_exceeded, "there are too many n-grams to look for");
  }
  HONE_TRY(const Pool pool, make_pool(attrs));
  HONE_TRY(const Gram items, items_of(x, pool));
  const int64_t rows = dims.rank() == 2 ? dims[0] : 1, columns = dims.back();
  HONE_TRY(Tensor y, Tensor::allocate(
                         DType::f32, dims.rank() == 2 ? Dims{rows, pool.width} : Dims{pool.width}));
  for (int64_t r = 0; r < rows; ++r) {
    count_row(
        attrs, pool,
        std::span(items).subspan(static_cast<size_t>(r * columns), static_cast<size_t>(columns)),
        y.writable().as<float>() + r * pool.width);
  }
  std::vector<RunValue> results;
  results.emplace_back(std::move(y));
  return results;
}

}  // namespace

const HostOp& tfidf_host_op() {
  static constexpr HostOp kOp{"tfidf", run};
  return kOp;
}

}  // namespace hone
