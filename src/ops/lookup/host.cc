#include <cmath>
#include <cstring>
#include <map>

#include "backend/host_op.h"
#include "ops/lookup/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

// Places of the elements of x among the keys, or -1.
template <class Key>
std::vector<int64_t> places(const std::vector<Key>& x, const std::vector<Key>& keys) {
  std::map<Key, int64_t> found;
  int64_t not_a_number = -1;  // NaN finds NaN, though it equals nothing
  for (size_t i = 0; i < keys.size(); ++i) {
    if constexpr (std::is_floating_point_v<Key>) {
      if (std::isnan(keys[i])) {
        if (not_a_number < 0) not_a_number = static_cast<int64_t>(i);
        continue;
      }
    }
    found.emplace(keys[i], static_cast<int64_t>(i));
  }
  std::vector<int64_t> all;
  for (const Key& key : x) {
    if constexpr (std::is_floating_point_v<Key>) {
      if (std::isnan(key)) {
        all.push_back(not_a_number);
        continue;
      }
    }
    const auto at = found.find(key);
    all.push_back(at == found.end() ? -1 : at->second);
  }
  return all;
}

OperandType type_of(const Tensor& x) { return {{x.dtype(), x.dims().shape()}, x.view()}; }

Expected<std::vector<int64_t>> find(const Tensor& x, const Tensor& keys) {
  if ((x.dtype() == DType::string) != (keys.dtype() == DType::string)) {
    return fail(Code::invalid_argument, "x is ", name_of(x.dtype()), ", the keys are ",
                name_of(keys.dtype()));
  }
  if (x.dtype() == DType::string) return places(x.strings(), keys.strings());
  const auto x_ints = known_ints(type_of(x)), key_ints = known_ints(type_of(keys));
  if (x_ints && key_ints) return places(*x_ints, *key_ints);
  const auto x_numbers = known_doubles(type_of(x)), key_numbers = known_doubles(type_of(keys));
  if (x_numbers && key_numbers) return places(*x_numbers, *key_numbers);
  return fail(Code::unsupported, "cannot look up ", name_of(x.dtype()));
}

Expected<std::vector<RunValue>> run(const Attrs&, std::span<const RunValue* const> operands) {
  for (size_t i = 0; i < 4; ++i) {
    if (i >= operands.size() || operands[i] == nullptr ||
        operands[i]->kind != RunValue::Kind::tensor) {
      return fail(Code::invalid_argument, "operand ", i, " must be a tensor");
    }
  }
  const Tensor &x = operands[0]->tensor, &keys = operands[1]->tensor;
  const Tensor &values = operands[2]->tensor, &missing = operands[3]->tensor;
  if (keys.dims().elements() != values.dims().elements() || missing.dims().elements() != 1 ||
      missing.dtype() != values.dtype()) {
    return fail(Code::invalid_argument, "keys, values and the value of what is missing do not fit");
  }
  HONE_TRY(const std::vector<int64_t> found, find(x, keys));
  std::vector<RunValue> results;
  if (values.dtype() == DType::string) {
    std::vector<std::string> strings;
    for (const int64_t place : found) {
      strings.push_back(place < 0 ? missing.strings()[0]
                                  : values.strings()[static_cast<size_t>(place)]);
    }
    results.emplace_back(Tensor::of_strings(std::move(strings), x.dims()));
    return results;
  }
  HONE_TRY(Tensor y, Tensor::allocate(values.dtype(), x.dims()));
  const int64_t size = info(values.dtype()).block_bytes;
  std::byte* target = y.writable().data;
  for (const int64_t place : found) {
    const std::byte* from = place < 0 ? missing.view().data : values.view().data + place * size;
    std::memcpy(target, from, static_cast<size_t>(size));
    target += size;
  }
  results.emplace_back(std::move(y));
  return results;
}

}  // namespace

const HostOp& lookup_host_op() {
  static constexpr HostOp kOp{"lookup", run};
  return kOp;
}

}  // namespace hone
