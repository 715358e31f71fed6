#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "backend/host_op.h"
#include "ops/shape_rules.h"
#include "ops/text/op.h"
#include "tensor/encode.h"

namespace hone {
namespace {

using Values = std::span<const RunValue* const>;
using Results = std::vector<RunValue>;
using Strings = std::vector<std::string>;

constexpr int64_t kMaxParts = 1 << 24;        // strings that split makes
constexpr size_t kMaxText = size_t{1} << 30;  // bytes that concat makes

Expected<const Tensor*> tensor_at(Values values, size_t i) {
  if (i >= values.size() || values[i] == nullptr || values[i]->kind != RunValue::Kind::tensor) {
    return fail(Code::invalid_argument, "operand ", i, " must be a tensor");
  }
  return &values[i]->tensor;
}

Expected<const Tensor*> text_at(Values values, size_t i) {
  HONE_TRY(const Tensor* tensor, tensor_at(values, i));
  if (tensor->dtype() != DType::string) {
    return fail(Code::invalid_argument, "operand ", i, " must be text, not ",
                name_of(tensor->dtype()));
  }
  return tensor;
}

Results one(Tensor tensor) {
  Results results;
  results.emplace_back(std::move(tensor));
  return results;
}

Expected<Results> constant(const TextAttrs& attrs, Values) {
  auto strings = decode_list(attrs.list);
  const Dims dims{std::span<const int64_t>(attrs.dims)};
  HONE_RETURN_IF_ERROR(checked_bytes(DType::string, dims));
  if (!strings || std::ssize(*strings) != dims.elements()) {
    return fail(Code::corrupt, "the strings do not fit ", to_text(dims.shape(), {}));
  }
  return one(Tensor::of_strings(*std::move(strings), dims));
}

// Calls f(a's index, b's index) for each element of the broadcast shape.
template <class F>
Expected<Dims> for_pairs(const Tensor& a, const Tensor& b, F f) {
  const auto shape = broadcast(a.dims().shape(), b.dims().shape());
  if (!shape) return fail(Code::invalid_argument, "the shapes do not broadcast");
  const Dims dims(*shape, {});
  HONE_RETURN_IF_ERROR(checked_bytes(DType::string, dims));
  const auto index = [&](const Dims& own, int64_t i) {
    int64_t at = 0, step = 1;
    for (size_t axis = 0; axis < own.rank(); ++axis) {
      const int64_t size = dims[dims.rank() - 1 - axis];
      const int64_t mine = own[own.rank() - 1 - axis];
      if (mine > 1) at += i % size * step;
      step *= mine;
      i /= size;
    }
    return static_cast<size_t>(at);
  };
  for (int64_t i = 0; i < dims.elements(); ++i) f(index(a.dims(), i), index(b.dims(), i));
  return dims;
}

Expected<Results> concat(const TextAttrs&, Values values) {
  HONE_TRY(const Tensor* a, text_at(values, 0));
  HONE_TRY(const Tensor* b, text_at(values, 1));
  Strings joined;
  size_t bytes = 0;
  HONE_TRY(const Dims dims, for_pairs(*a, *b, [&](size_t i, size_t j) {
             bytes += a->strings()[i].size() + b->strings()[j].size();
             joined.push_back(bytes > kMaxText ? "" : a->strings()[i] + b->strings()[j]);
           }));
  if (bytes > kMaxText) return fail(Code::limit_exceeded, "the text is longer than 1 GiB");
  return one(Tensor::of_strings(std::move(joined), dims));
}

Expected<Results> equal(const TextAttrs&, Values values) {
  HONE_TRY(const Tensor* a, text_at(values, 0));
  HONE_TRY(const Tensor* b, text_at(values, 1));
  std::vector<uint8_t> truth;
  HONE_TRY(const Dims dims, for_pairs(*a, *b, [&](size_t i, size_t j) {
             truth.push_back(a->strings()[i] == b->strings()[j] ? 1 : 0);
           }));
  HONE_TRY(Tensor made, Tensor::copy_of({reinterpret_cast<const std::byte*>(truth.data()),
                                         DType::boolean, dims}));
  return one(std::move(made));
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::string_view> split_spaces(std::string_view text, int64_t most) {
  std::vector<std::string_view> parts;
  size_t i = 0;
  while (true) {
    while (i < text.size() && is_space(text[i])) ++i;
    if (i == text.size()) return parts;
    if (most >= 0 && std::ssize(parts) == most) {
      size_t end = text.size();
      while (is_space(text[end - 1])) --end;
      parts.push_back(text.substr(i, end - i));
      return parts;
    }
    size_t end = i;
    while (end < text.size() && !is_space(text[end])) ++end;
    parts.push_back(text.substr(i, end - i));
    i = end;
  }
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view delimiter,
                                       int64_t most) {
  std::vector<std::string_view> parts;
  while (most < 0 || std::ssize(parts) < most) {
    const size_t found = text.find(delimiter);
    if (found == text.npos) break;
    parts.push_back(text.substr(0, found));
    text.remove_prefix(found + delimiter.size());
  }
  parts.push_back(text);
  return parts;
}

// As Python's str.split, but that "" has no parts.
Expected<Results> split(const TextAttrs& attrs, Values values) {
  HONE_TRY(const Tensor* x, text_at(values, 0));
  std::vector<std::vector<std::string_view>> rows;
  int64_t widest = 0;
  for (const std::string& text : x->strings()) {
    if (text.empty()) {
      rows.emplace_back();
    } else {
      rows.push_back(attrs.delimiter.empty() ? split_spaces(text, attrs.most)
                                             : split_at(text, attrs.delimiter, attrs.most));
    }
    widest = std::max(widest, std::ssize(rows.back()));
  }
  if (widest > 0 && std::ssize(rows) > kMaxParts / widest) {
    return fail(Code::limit_exceeded, "the text has more than ", kMaxParts, " parts");
  }
  if (x->dims().rank() >= kMaxRank) return fail(Code::limit_exceeded, "there are too many axes");
  Strings parts;
  std::vector<int64_t> counts;
  for (const auto& row : rows) {
    parts.insert(parts.end(), row.begin(), row.end());
    parts.resize(parts.size() + static_cast<size_t>(widest - std::ssize(row)));
    counts.push_back(std::ssize(row));
  }
  std::vector<int64_t> sizes(x->dims().sizes().begin(), x->dims().sizes().end());
  sizes.push_back(widest);
  Results results = one(Tensor::of_strings(std::move(parts), Dims(sizes)));
  HONE_TRY(Tensor counted, Tensor::copy_of({reinterpret_cast<const std::byte*>(counts.data()),
                                            DType::i64, x->dims()}));
  results.emplace_back(std::move(counted));
  return results;
}

std::string in_case(std::string text, TextAttrs::Case to) {
  for (char& c : text) {
    if (to == TextAttrs::Case::lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (to == TextAttrs::Case::upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return text;
}

Expected<Results> normalize(const TextAttrs& attrs, Values values) {
  HONE_TRY(const Tensor* x, text_at(values, 0));
  auto stop = decode_list(attrs.list);
  const Dims& dims = x->dims();
  if (!stop || (dims.rank() != 1 && (dims.rank() != 2 || dims[0] != 1))) {
    return fail(Code::invalid_argument, "the text must have the shape [n] or [1, n]");
  }
  const auto key = [&](const std::string& word) {
    return attrs.fold_case ? in_case(word, TextAttrs::Case::lower) : word;
  };
  for (std::string& word : *stop) word = key(word);
  std::ranges::sort(*stop);
  Strings kept;
  for (const std::string& word : x->strings()) {
    if (!std::ranges::binary_search(*stop, key(word))) {
      kept.push_back(in_case(word, attrs.to_case));
    }
  }
  if (kept.empty()) kept.emplace_back();
  const int64_t count = std::ssize(kept);
  return one(Tensor::of_strings(std::move(kept), dims.rank() == 1 ? Dims{count} : Dims{1, count}));
}

// Floats as "%.8g" and "%.17g" print them; ONNX asks for no particular digits.
std::string printed(DType dtype, double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "INF" : "-INF";
  char text[64];
  const int digits = dtype == DType::f64 ? 17 : 8;
  const auto [end, error] =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::general, digits);
  return error == std::errc{} ? std::string(text, end) : "";
}

Expected<Results> print(const TextAttrs&, Values values) {
  HONE_TRY(const Tensor* x, tensor_at(values, 0));
  if (x->dtype() == DType::string) return one(*x);
  const int64_t count = x->dims().elements(), size = info(x->dtype()).block_bytes;
  HONE_RETURN_IF_ERROR(checked_bytes(DType::string, x->dims()));
  Strings strings;
  const OperandType type{{x->dtype(), x->dims().shape()}, x->view()};
  const auto ints = known_ints(type);
  for (int64_t i = 0; i < count; ++i) {
    if (ints && x->dtype() != DType::u64) {
      strings.push_back(cat((*ints)[static_cast<size_t>(i)]));
    } else if (ints) {
      strings.push_back(cat(static_cast<uint64_t>((*ints)[static_cast<size_t>(i)])));
    } else {
      strings.push_back(printed(x->dtype(), decode_element(x->dtype(), x->view().data + i * size)));
    }
  }
  return one(Tensor::of_strings(std::move(strings), x->dims()));
}

std::optional<double> parsed(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;  // from_chars knows "inf", "nan" and "infinity" in any case
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

Expected<Results> parse(const TextAttrs& attrs, Values values) {
  HONE_TRY(const Tensor* x, text_at(values, 0));
  const auto dtype = find_dtype(attrs.to);
  if (!dtype || (!is_number(*dtype) && *dtype != DType::boolean)) {
    return fail(Code::invalid_argument, "text cannot become '", attrs.to, "'");
  }
  HONE_TRY(Tensor made, Tensor::allocate(*dtype, x->dims()));
  std::byte* target = made.writable().data;
  for (const std::string& text : x->strings()) {
    int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (*dtype == DType::i64 && error == std::errc{} && end == text.data() + text.size()) {
      std::copy_n(reinterpret_cast<const std::byte*>(&whole), sizeof(whole), target);
    } else {
      const auto value = parsed(text);
      if (!value) return fail(Code::invalid_argument, "'", printable(text), "' is no number");
      encode_element(*dtype, *value, target);
    }
    target += info(*dtype).block_bytes;
  }
  return one(std::move(made));
}

Expected<Results> run(const Attrs& attrs, Values values) {
  constexpr Expected<Results> (*kByKind[])(const TextAttrs&, Values) = {
      constant, concat, equal, split, normalize, print, parse};
  static_assert(std::size(kByKind) == std::size(kTextKindNames));
  const auto& text = attrs.as<TextAttrs>();
  return kByKind[static_cast<size_t>(text.kind)](text, values);
}

}  // namespace

const HostOp& text_host_op() {
  static constexpr HostOp kOp{"text", run};
  return kOp;
}

}  // namespace hone
