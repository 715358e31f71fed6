#include "backend/plugin/backend.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hone {
namespace {

constexpr size_t kMaxName = 64;
constexpr uintptr_t kAlign = 64;  // of inputs, as backend.h says

using Reason = std::array<char, HONE_BACKEND_REASON>;

std::string text_of(const Reason& reason) {
  const std::string_view text(reason.data(), strnlen(reason.data(), reason.size() - 1));
  return text.empty() ? "it does not say why" : printable(text, reason.size());
}

// Calls a back end's function; what it throws against its contract is an error like any other.
template <class Call>
int32_t guarded(Reason& reason, const Call& call) {
  try {
    return call(reason.data(), reason.size());
  } catch (...) {
    constexpr std::string_view kThrew = "it threw an exception";
    std::ranges::copy(kThrew, reason.begin());
    reason[kThrew.size()] = '\0';
    return -1;
  }
}

std::string name_or(const char* text, std::string_view otherwise) {
  if (text == nullptr || *text == '\0') return std::string(otherwise);
  return printable(std::string_view(text, strnlen(text, kMaxName)), kMaxName);
}

bool is_complete(const hone_backend& table) {
  return table.struct_size >= sizeof(hone_backend) && table.open != nullptr &&
         table.close != nullptr && table.claim != nullptr && table.compile != nullptr &&
         table.release != nullptr && table.run != nullptr;
}

hone_tensor tensor_of(const ConstView& view) {
  hone_tensor tensor = {.name = nullptr,
                        .dtype = c_dtype(view.dtype),
                        .rank = static_cast<int32_t>(view.dims.rank()),
                        .shape = {},
                        .data = const_cast<std::byte*>(view.data),
                        .size_bytes = static_cast<uint64_t>(size_bytes(view.dtype, view.dims))};
  std::ranges::copy(view.dims.sizes(), tensor.shape);
  return tensor;
}

bool same(const hone_tensor& a, const hone_tensor& b) {
  return a.name == b.name && a.dtype == b.dtype && a.rank == b.rank && a.data == b.data &&
         a.size_bytes == b.size_bytes && std::ranges::equal(a.shape, b.shape);
}

}  // namespace

hone_dtype c_dtype(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return HONE_F32;
    case DType::f16:
      return HONE_F16;
    case DType::bf16:
      return HONE_BF16;
    case DType::f64:
      return HONE_F64;
    case DType::i8:
      return HONE_I8;
    case DType::u8:
      return HONE_U8;
    case DType::i16:
      return HONE_I16;
    case DType::u16:
      return HONE_U16;
    case DType::i32:
      return HONE_I32;
    case DType::u32:
      return HONE_U32;
    case DType::i64:
      return HONE_I64;
    case DType::u64:
      return HONE_U64;
    case DType::boolean:
      return HONE_BOOL;
    default:
      return HONE_DTYPE_OTHER;
  }
}

Expected<std::shared_ptr<Backend>> Backend::of(const hone_backend* table,
                                               const std::string& options) {
  if (table == nullptr) return fail(Code::unsupported, "it cannot work on this machine");
  if (!is_complete(*table)) {
    return fail(Code::unsupported, "its table of functions is not one of a back end");
  }
  const std::shared_ptr<Backend> made(new Backend);
  made->table_ = table;
  made->name_ = name_or(table->name, "?");
  made->version_ = name_or(table->version, "?");
  Reason reason{};
  const int32_t failed = guarded(reason, [&](char* text, size_t size) {
    return table->open(options.c_str(), &made->context_, text, size);
  });
  made->is_open_ = failed == 0;
  if (failed != 0) made->why_closed_ = text_of(reason);
  return made;
}

Backend::~Backend() {
  if (!is_open_) return;
  Reason reason{};
  guarded(reason, [&](char*, size_t) { return table_->close(context_), 0; });
}

Status Backend::claim(const hone_graph& graph) {
  if (!is_open_) return fail(Code::unsupported, why_closed_);
  Reason reason{};
  const int32_t claimed = guarded(
      reason, [&](char* text, size_t size) { return table_->claim(context_, &graph, text, size); });
  if (claimed == 1) return {};
  return fail(Code::unsupported, text_of(reason));
}

Expected<CompiledGraph> Backend::compile(const hone_graph& graph) {
  Reason reason{};
  void* handle = nullptr;
  const int32_t failed = guarded(reason, [&](char* text, size_t size) {
    return table_->compile(context_, &graph, &handle, text, size);
  });
  if (failed != 0) return fail(Code::unsupported, text_of(reason));
  return CompiledGraph(shared_from_this(), handle);
}

CompiledGraph::~CompiledGraph() {
  if (backend_ == nullptr) return;
  Reason reason{};
  guarded(reason,
          [&](char*, size_t) { return backend_->table_->release(backend_->context_, handle_), 0; });
}

Status CompiledGraph::run(std::span<const ConstView> inputs, std::span<Tensor> outputs) {
  std::vector<hone_tensor> in, out;
  std::vector<Tensor> copies;
  for (const ConstView& input : inputs) {
    const bool aligned = reinterpret_cast<uintptr_t>(input.data) % kAlign == 0;
    if (!aligned) {
      HONE_TRY(Tensor copy, Tensor::copy_of(input));
      copies.push_back(std::move(copy));
    }
    in.push_back(tensor_of(aligned ? input : copies.back().view()));
  }
  for (Tensor& output : outputs) out.push_back(tensor_of(output.writable()));
  const std::vector<hone_tensor> asked = out;
  Reason reason{};
  const int32_t failed = guarded(reason, [&](char* text, size_t size) {
    return backend_->table_->run(backend_->context_, handle_, in.data(), in.size(), out.data(),
                                 out.size(), text, size);
  });
  if (failed != 0) return fail(Code::unsupported, text_of(reason));
  for (size_t i = 0; i < out.size(); ++i) {
    if (same(out[i], asked[i])) continue;
    return fail(Code::unsupported, "it made ", out[i].size_bytes, " bytes of output ", i,
                " as it says, or another type, instead of ", asked[i].size_bytes);
  }
  return {};
}

}  // namespace hone
