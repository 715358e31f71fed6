#include "write_gguf.h"

#include <algorithm>

#include "base/output_file.h"
#include "frontend/gguf/part.h"
#include "tensor/layout/layout.h"

namespace hone::cli {
namespace {

// The canonical bytes of a tensor, row after row out of whichever layout it is stored in.
class StoredTensor {
 public:
  static Expected<StoredTensor> find(const WeightMap& weights, const GgufTensor& tensor) {
    const StoredWeight* stored = weights.find(tensor.name);
    if (stored == nullptr) return fail(Code::corrupt, "the engine lacks it");
    StoredTensor found(tensor);
    if (const auto plain = stored->find(kCanonicalLayout); plain != stored->end()) {
      found.bytes_ = plain->second;
      if (found.bytes_.size() == tensor.data.size()) return found;
      return fail(Code::corrupt, "it holds ", found.bytes_.size(), " bytes, not ",
                  tensor.data.size());
    }
    for (const auto& [id, bytes] : *stored) {
      const Layout* layout = find_layout(id);
      if (layout == nullptr || layout->dtype != tensor.dtype ||
          std::ssize(bytes) != layout->packed_bytes(Dims{tensor.rows(), tensor.ne[0]})) {
        continue;
      }
      found.bytes_ = bytes;
      found.layout_ = layout;
      return found;
    }
    return fail(Code::unsupported, "no layout that it is stored in is known");
  }

  Status write(OutputFile& file, uint64_t offset) const {
    if (layout_ == nullptr) return file.write_at(offset, bytes_);
    const size_t row_bytes = tensor_.data.size() / static_cast<size_t>(tensor_.rows());
    std::vector<std::byte> rows(row_bytes * kRowsAtOnce);
    for (int64_t row = 0; row < tensor_.rows(); row += kRowsAtOnce) {
      const int64_t count = std::min(kRowsAtOnce, tensor_.rows() - row);
      for (int64_t i = 0; i < count; ++i) {
        layout_->unpack_row(bytes_, Dims{tensor_.rows(), tensor_.ne[0]}, row + i,
                            rows.data() + static_cast<size_t>(i) * row_bytes);
      }
      const size_t bytes = static_cast<size_t>(count) * row_bytes;
      HONE_RETURN_IF_ERROR(file.write_at(offset, Bytes(rows).first(bytes)));
      offset += bytes;
    }
    return {};
  }

 private:
  static constexpr int64_t kRowsAtOnce = 64;

  explicit StoredTensor(const GgufTensor& tensor) : tensor_(tensor) {}

  const GgufTensor& tensor_;
  Bytes bytes_;
  const Layout* layout_ = nullptr;  // null: canonical
};

// A file of the source's size with its head alone: its parser then tells where tensors lie.
Status fill(const EngineFile& engine, const EngineProvenance& from, OutputFile& file,
            const std::function<Status()>& go_on) {
  HONE_TRY(const Bytes head, engine.section(section_kind::kSourceHead, {}, "gguf"));
  HONE_TRY(const WeightMap weights, engine.weights());
  HONE_RETURN_IF_ERROR(file.write(head));
  HONE_RETURN_IF_ERROR(file.truncate(from.source_bytes));
  HONE_TRY(const MappedFile mapped, MappedFile::open(file.path()));
  HONE_TRY(const GgufPart part, parse_gguf_part(mapped.bytes()));
  for (const GgufTensor& tensor : part.tensors) {
    if (tensor.data.empty()) continue;
    if (go_on) HONE_RETURN_IF_ERROR(go_on());
    HONE_TRY_CONTEXT(const StoredTensor stored, StoredTensor::find(weights, tensor), "tensor '",
                     printable(tensor.name), "'");
    const auto offset = static_cast<uint64_t>(tensor.data.data() - mapped.bytes().data());
    HONE_RETURN_IF_ERROR(stored.write(file, offset));
  }
  return {};
}

Expected<GgufLikeness> likeness(const EngineProvenance& from, const std::string& path) {
  HONE_TRY(const MappedFile written, MappedFile::open(path));
  return hex(sha256(written.bytes())) == from.source_sha256 ? GgufLikeness::file
                                                            : GgufLikeness::tensors;
}

}  // namespace

Expected<GgufLikeness> write_gguf(const EngineFile& engine, const std::string& path,
                                  const std::function<Status()>& go_on) {
  HONE_TRY(const EngineProvenance from, engine.provenance());
  if (!engine.holds(section_kind::kSourceHead, {}, "gguf")) {
    return fail(Code::not_found, engine.path(),
                ": does not keep its source, which was no GGUF in one file");
  }
  // Weights are stored in about as many bytes as the source had: more is a lie about its size.
  if (from.source_bytes > 2 * engine.bytes()) {
    return fail(Code::corrupt, engine.path(), ": says that its source had ",
                human_bytes(from.source_bytes), ", more than it can hold");
  }
  HONE_TRY(NewFile file, NewFile::create(path));
  HONE_RETURN_IF_ERROR(fill(engine, from, file.content(), go_on));
  HONE_TRY(const GgufLikeness like, likeness(from, file.content().path()));
  HONE_RETURN_IF_ERROR(file.commit());
  return like;
}

}  // namespace hone::cli
