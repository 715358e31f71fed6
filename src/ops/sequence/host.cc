#include <algorithm>
#include <cstring>

#include "backend/host_op.h"
#include "ops/sequence/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Values = std::span<const RunValue* const>;
using Kind = SequenceKind;

constexpr int64_t kMaxItems = 1 << 20;  // of a sequence

const RunValue* operand(Values values, size_t i) {
  return i < values.size() && values[i] != nullptr && values[i]->kind != RunValue::Kind::absent
             ? values[i]
             : nullptr;
}

Expected<const TensorList*> sequence_at(Values values, size_t i) {
  const RunValue* value = operand(values, i);
  if (value == nullptr || value->kind != RunValue::Kind::sequence) {
    return fail(Code::invalid_argument, "operand ", i, " must be a sequence");
  }
  return &value->items;
}

Expected<const Tensor*> tensor_at(Values values, size_t i) {
  const RunValue* value = operand(values, i);
  if (value == nullptr || value->kind != RunValue::Kind::tensor) {
    return fail(Code::invalid_argument, "operand ", i, " must be a tensor");
  }
  return &value->tensor;
}

Expected<std::vector<int64_t>> ints_at(Values values, size_t i) {
  HONE_TRY(const Tensor* tensor, tensor_at(values, i));
  if (tensor->dtype() == DType::string) {
    return fail(Code::invalid_argument, "operand ", i, " must be integers");
  }
  const OperandType type{{tensor->dtype(), tensor->dims().shape()}, tensor->view()};
  auto ints = known_ints(type);
  if (!ints) return fail(Code::invalid_argument, "operand ", i, " must be integers");
  return *std::move(ints);
}

// A position in [-count, count), counted from the end if it is negative.
Expected<size_t> position_at(Values values, size_t i, size_t count) {
  HONE_TRY(const std::vector<int64_t> ints, ints_at(values, i));
  const auto n = static_cast<int64_t>(count);
  if (ints.size() != 1 || ints[0] < -n || ints[0] >= n) {
    return fail(Code::invalid_argument, "the position ", ints.empty() ? 0 : ints[0],
                " lies outside a sequence of ", count);
  }
  return static_cast<size_t>(ints[0] < 0 ? ints[0] + n : ints[0]);
}

template <class T>
Expected<RunValue> scalar(DType dtype, T value) {
  HONE_TRY(Tensor made,
           Tensor::copy_of({reinterpret_cast<const std::byte*>(&value), dtype, Dims()}));
  return RunValue(std::move(made));
}

Expected<RunValue> construct(const SequenceAttrs&, Values values) {
  std::vector<Tensor> items;
  for (size_t i = 0; i < values.size(); ++i) {
    HONE_TRY(const Tensor* tensor, tensor_at(values, i));
    items.push_back(*tensor);
  }
  return RunValue::sequence(std::move(items));
}

Expected<RunValue> insert(const SequenceAttrs&, Values values) {
  HONE_TRY(const TensorList* items, sequence_at(values, 0));
  HONE_TRY(const Tensor* tensor, tensor_at(values, 1));
  if (std::ssize(*items) == kMaxItems) {
    return fail(Code::limit_exceeded, "the sequence has ", kMaxItems, " tensors already");
  }
  size_t position = items->size();
  if (operand(values, 2) != nullptr) {
    HONE_TRY(const std::vector<int64_t> ints, ints_at(values, 2));
    // Behind the last is a position, too.
    if (ints != std::vector{static_cast<int64_t>(items->size())}) {
      HONE_TRY(position, position_at(values, 2, items->size()));
    }
  }
  if (position == items->size()) return RunValue::sequence(items->with(*tensor));
  std::vector<Tensor> longer(items->begin(), items->end());
  longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(position), *tensor);
  return RunValue::sequence(std::move(longer));
}

Expected<RunValue> erase(const SequenceAttrs&, Values values) {
  HONE_TRY(const TensorList* items, sequence_at(values, 0));
  if (items->empty()) return fail(Code::invalid_argument, "the sequence is empty");
  size_t position = items->size() - 1;
  if (operand(values, 1) != nullptr) {
    HONE_TRY(position, position_at(values, 1, items->size()));
  }
  std::vector<Tensor> shorter(items->begin(), items->end());
  shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(position));
  return RunValue::sequence(std::move(shorter));
}

Expected<RunValue> at(const SequenceAttrs&, Values values) {
  HONE_TRY(const TensorList* items, sequence_at(values, 0));
  HONE_TRY(const size_t position, position_at(values, 1, items->size()));
  return RunValue((*items)[position]);
}

Expected<RunValue> length(const SequenceAttrs&, Values values) {
  HONE_TRY(const TensorList* items, sequence_at(values, 0));
  return scalar(DType::i64, static_cast<int64_t>(items->size()));
}

// A tensor seen as [outer, axis, inner].
struct Cut {
  int64_t outer = 1, size = 1, inner = 1;
  Cut(const Dims& dims, size_t axis) : size(dims[axis]) {
    for (size_t i = 0; i < axis; ++i) outer *= dims[i];
    for (size_t i = axis + 1; i < dims.rank(); ++i) inner *= dims[i];
  }
};

Dims with_size(const Dims& dims, size_t axis, int64_t size) {
  std::vector<int64_t> sizes(dims.sizes().begin(), dims.sizes().end());
  sizes[axis] = size;
  return Dims(sizes);
}

// Copies entries [first, first + count) of x's axis to the entries of y's from `to` on.
void copy_entries(const Tensor& x, const Cut& from, int64_t first, int64_t count, Tensor& y,
                  const Cut& into, int64_t to, std::vector<std::string>* strings) {
  const int64_t size = info(x.dtype()).block_bytes;
  for (int64_t o = 0; o < from.outer; ++o) {
    const int64_t source = (o * from.size + first) * from.inner;
    const int64_t target = (o * into.size + to) * into.inner;
    const int64_t elements = count * from.inner;
    if (strings != nullptr) {
      std::copy_n(x.strings().begin() + source, elements, strings->begin() + target);
    } else if (elements > 0) {
      std::memcpy(y.writable().data + target * size, x.view().data + source * size,
                  static_cast<size_t>(elements * size));
    }
  }
}

Expected<Tensor> part_of(const Tensor& x, size_t axis, int64_t first, int64_t count) {
  const Dims dims = with_size(x.dims(), axis, count);
  const Cut from(x.dims(), axis), into(dims, axis);
  if (x.dtype() == DType::string) {
    std::vector<std::string> strings(static_cast<size_t>(dims.elements()));
    Tensor none;
    copy_entries(x, from, first, count, none, into, 0, &strings);
    return Tensor::of_strings(std::move(strings), dims);
  }
  HONE_TRY(Tensor part, Tensor::allocate(x.dtype(), dims));
  copy_entries(x, from, first, count, part, into, 0, nullptr);
  return part;
}

Expected<std::vector<int64_t>> part_sizes(Values values, int64_t size) {
  std::vector<int64_t> sizes;
  int64_t each = 1;
  if (operand(values, 1) != nullptr) {
    HONE_TRY(sizes, ints_at(values, 1));
    HONE_TRY(const Tensor* given, tensor_at(values, 1));
    if (given->dims().rank() > 0) {
      int64_t sum = 0;
      for (const int64_t part : sizes) {
        if (part < 0 || part > size - sum) {
          return fail(Code::invalid_argument, "the parts are not ", size, " together");
        }
        sum += part;
      }
      if (sum != size) return fail(Code::invalid_argument, "the parts are not ", size, " together");
      return sizes;
    }
    each = sizes[0];
    sizes.clear();
    if (each <= 0) return fail(Code::invalid_argument, "a part of size ", each);
  }
  for (int64_t first = 0; first < size; first += std::min(each, size - first)) {
    sizes.push_back(std::min(each, size - first));
    if (std::ssize(sizes) > kMaxItems) {
      return fail(Code::limit_exceeded, "a tensor is cut into more than ", kMaxItems, " parts");
    }
  }
  return sizes;
}

Expected<RunValue> split(const SequenceAttrs& attrs, Values values) {
  HONE_TRY(const Tensor* x, tensor_at(values, 0));
  const auto axis = find_axis(attrs.axis, x->dims().rank());
  if (!axis) return fail(Code::invalid_argument, "there is no axis ", attrs.axis);
  HONE_TRY(const std::vector<int64_t> sizes, part_sizes(values, x->dims()[*axis]));
  std::vector<Tensor> parts;
  int64_t first = 0;
  for (const int64_t size : sizes) {
    HONE_TRY(Tensor part, part_of(*x, *axis, first, size));
    first += size;
    if (!attrs.keep_axis && operand(values, 1) == nullptr) {
      std::vector<int64_t> left(part.dims().sizes().begin(), part.dims().sizes().end());
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(*axis));
      part = part.reshaped(Dims(left));
    }
    parts.push_back(std::move(part));
  }
  return RunValue::sequence(std::move(parts));
}

Expected<std::vector<Tensor>> with_new_axis(std::vector<Tensor> items, int64_t axis) {
  for (Tensor& item : items) {
    if (item.dims().rank() >= kMaxRank)
      return fail(Code::limit_exceeded, "there are too many axes");
    const auto place = find_axis(axis, item.dims().rank() + 1);
    if (!place) return fail(Code::invalid_argument, "there is no axis ", axis);
    std::vector<int64_t> sizes(item.dims().sizes().begin(), item.dims().sizes().end());
    sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(*place), 1);
    item = item.reshaped(Dims(sizes));
  }
  return items;
}

Expected<RunValue> concat(const SequenceAttrs& attrs, Values values) {
  HONE_TRY(const TensorList* given, sequence_at(values, 0));
  if (given->empty()) return fail(Code::invalid_argument, "an empty sequence cannot be joined");
  std::vector<Tensor> items(given->begin(), given->end());
  if (attrs.new_axis) {
    HONE_TRY(items, with_new_axis(std::move(items), attrs.axis));
  }
  const auto axis = find_axis(attrs.axis, items[0].dims().rank());
  if (!axis) return fail(Code::invalid_argument, "there is no axis ", attrs.axis);
  int64_t size = 0;
  for (const Tensor& item : items) {
    const bool fits = item.dtype() == items[0].dtype() &&
                      item.dims().rank() == items[0].dims().rank() &&
                      with_size(item.dims(), *axis, 0) == with_size(items[0].dims(), *axis, 0);
    if (!fits) return fail(Code::invalid_argument, "the tensors of the sequence do not fit");
    if (__builtin_add_overflow(size, item.dims()[*axis], &size)) {
      return fail(Code::limit_exceeded, "the tensors are too large together");
    }
  }
  const Dims dims = with_size(items[0].dims(), *axis, size);
  const bool text = items[0].dtype() == DType::string;
  HONE_RETURN_IF_ERROR(checked_bytes(items[0].dtype(), dims));
  std::vector<std::string> strings(text ? static_cast<size_t>(dims.elements()) : 0);
  Tensor joined;
  if (!text) {
    HONE_TRY(joined, Tensor::allocate(items[0].dtype(), dims));
  }
  int64_t to = 0;
  for (const Tensor& item : items) {
    copy_entries(item, Cut(item.dims(), *axis), 0, item.dims()[*axis], joined, Cut(dims, *axis), to,
                 text ? &strings : nullptr);
    to += item.dims()[*axis];
  }
  if (text) joined = Tensor::of_strings(std::move(strings), dims);
  return RunValue(std::move(joined));
}

Expected<RunValue> has(const SequenceAttrs&, Values values) {
  return scalar(DType::boolean, static_cast<uint8_t>(operand(values, 0) != nullptr));
}

Expected<RunValue> get(const SequenceAttrs&, Values values) {
  if (operand(values, 0) == nullptr) return fail(Code::invalid_argument, "the optional is empty");
  return *values[0];
}

Expected<RunValue> none(const SequenceAttrs&, Values) { return RunValue(); }

Expected<std::vector<RunValue>> run(const Attrs& attrs, Values values) {
  constexpr Expected<RunValue> (*kByKind[])(const SequenceAttrs&, Values) = {
      construct, insert, erase, at, length, split, concat, has, get, none};
  static_assert(std::size(kByKind) == std::size(kSequenceKindNames));
  const auto& sequence = attrs.as<SequenceAttrs>();
  HONE_TRY(RunValue value, kByKind[static_cast<size_t>(sequence.kind)](sequence, values));
  std::vector<RunValue> results;
  results.push_back(std::move(value));
  return results;
}

}  // namespace

const HostOp& sequence_host_op() {
  static constexpr HostOp kOp{"sequence", run};
  return kOp;
}

}  // namespace hone
