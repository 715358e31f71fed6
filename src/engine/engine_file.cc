#include "engine/engine_file.h"

#include <cstddef>
#include <cstring>

#include "engine/check_program.h"
#include "engine/fields.h"

namespace hone {
namespace {

constexpr uint64_t kMaxManifest = uint64_t{256} << 20;
constexpr uint64_t kMaxSignatures = uint64_t{64} << 10;
constexpr uint64_t kMaxParsed = uint64_t{256} << 20;  // a section that is parsed as a whole

// [offset, offset + bytes) within [begin, end).
bool within(uint64_t offset, uint64_t bytes, uint64_t begin, uint64_t end) {
  return offset >= begin && offset <= end && bytes <= end - offset;
}

}  // namespace

bool is_engine(Bytes file) {
  return file.size() >= kEngineMagic.size() &&
         std::memcmp(file.data(), kEngineMagic.data(), kEngineMagic.size()) == 0;
}

Sha256Digest engine_digest(const EngineHeader& header, Bytes manifest) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(&header, 1)).first(offsetof(EngineHeader, digest)));
  hash.update(manifest);
  return hash.finish();
}

std::string engine_signed_text(const EngineHeader& header) {
  std::string text = "hone engine\n";
  text.append(reinterpret_cast<const char*>(&header), offsetof(EngineHeader, reserved));
  return text;
}

Expected<EngineFile> EngineFile::open(const std::string& path) {
  HONE_TRY(MappedFile file, MappedFile::open(path));
  return open(std::make_shared<MappedFile>(std::move(file)));
}

Expected<EngineFile> EngineFile::open(std::shared_ptr<const MappedFile> file) {
  EngineFile engine;
  engine.file_ = std::move(file);
  if (Status status = engine.read_frame(); !status) {
    return std::unexpected(std::move(status).error().context(engine.path()));
  }
  return engine;
}

Status EngineFile::read_frame() {
  const Bytes bytes = file_->bytes();
  if (!is_engine(bytes)) return fail(Code::corrupt, "is no engine of hone's");
  if (bytes.size() < sizeof header_) return fail(Code::corrupt, "ends within its header");
  std::memcpy(&header_, bytes.data(), sizeof header_);
  if (header_.major != kEngineMajor) {
    return fail(Code::unsupported, "is of format ", header_.major, ".", header_.minor,
                ", and this hone reads format ", kEngineMajor,
                "; use a newer hone, or compile the model again");
  }
  if (header_.must_understand != 0) {
    return fail(Code::unsupported,
                "needs features that this hone does not know (must-understand bits ",
                header_.must_understand, "); use a newer hone, or compile the model again");
  }
  if (header_.reserved != EngineHeader().reserved)
    return fail(Code::corrupt, "its header is damaged");
  if (!within(header_.manifest_offset, header_.manifest_bytes, sizeof header_, bytes.size()) ||
      header_.manifest_bytes > kMaxManifest) {
    return fail(Code::corrupt, "is cut: it holds ", bytes.size(),
                " bytes, and its manifest should stand at ", header_.manifest_offset,
                "; fetch it again");
  }
  const Bytes manifest = bytes.subspan(header_.manifest_offset, header_.manifest_bytes);
  if (engine_digest(header_, manifest) != header_.digest) {
    return fail(Code::untrusted,
                "its header or manifest was changed after it was written; fetch it again");
  }
  HONE_TRY_CONTEXT(manifest_, read_record<EngineManifest>(manifest), "manifest");
  checked_.resize(manifest_.chunks.size());
  HONE_RETURN_IF_ERROR(check_frame());
  return read_signatures();
}

Bytes EngineFile::unsigned_bytes() const {
  return file_->bytes().first(header_.manifest_offset + header_.manifest_bytes);
}

Status EngineFile::read_signatures() {
  const Bytes rest = file_->bytes().subspan(unsigned_bytes().size());
  if (rest.empty()) return {};
  auto read = rest.size() <= kMaxSignatures ? read_record<EngineSignatures>(rest)
                                            : Expected<EngineSignatures>(EngineSignatures());
  if (!read || read->signatures.empty()) {
    return fail(Code::corrupt, "has ", rest.size(),
                " bytes behind its end that are no signatures; fetch it again");
  }
  signatures_ = *std::move(read);
  return {};
}

Status EngineFile::check_frame() const {
  uint64_t covered = sizeof header_;
  for (const EngineChunk& chunk : manifest_.chunks) {
    if (chunk.sha256.size() != sizeof(Sha256Digest) || chunk.bytes == 0 ||
        chunk.bytes > header_.manifest_offset - covered) {
      return fail(Code::corrupt, "manifest: its chunks do not fit the file");
    }
    covered += chunk.bytes;
  }
  if (covered != header_.manifest_offset) {
    return fail(Code::corrupt, "manifest: its chunks end at byte ", covered, ", not at ",
                header_.manifest_offset);
  }
  for (const EngineSection& section : manifest_.sections) {
    if (!within(section.offset, section.bytes, sizeof header_, header_.manifest_offset) ||
        section.offset % kEngineAlign != 0) {
      return fail(Code::corrupt, "manifest: section '", printable(section.kind),
                  "' lies outside the file");
    }
  }
  return {};
}

const EngineSection* EngineFile::find(std::string_view kind, std::string_view part,
                                      std::string_view role) const {
  for (const EngineSection& section : manifest_.sections) {
    if (section.kind == kind && section.part == part && section.role == role) return &section;
  }
  return nullptr;
}

Status EngineFile::check_chunk(const EngineChunk& chunk, uint64_t begin) const {
  const Sha256Digest digest = sha256(file_->bytes().subspan(begin, chunk.bytes));
  if (std::memcmp(digest.data(), chunk.sha256.data(), digest.size()) == 0) return {};
  return fail(Code::untrusted, path(), ": bytes ", begin, " to ", begin + chunk.bytes,
              " were changed after the engine was written; fetch it again");
}

Status EngineFile::check_bytes(uint64_t offset, uint64_t bytes) const {
  uint64_t begin = sizeof header_;
  for (size_t i = 0; i < manifest_.chunks.size() && begin < offset + bytes; ++i) {
    const EngineChunk& chunk = manifest_.chunks[i];
    if (begin + chunk.bytes > offset && !checked_[i]) {
      HONE_RETURN_IF_ERROR(check_chunk(chunk, begin));
      checked_[i] = true;
    }
    begin += chunk.bytes;
  }
  return {};
}

Expected<Bytes> EngineFile::section(std::string_view kind, std::string_view part,
                                    std::string_view role) const {
  const EngineSection* found = find(kind, part, role);
  if (found == nullptr) {
    return fail(Code::not_found, path(), ": has no ", kind, part.empty() ? "" : " of part '", part,
                part.empty() ? "" : "'");
  }
  if (found->bytes > kMaxParsed) {
    return fail(Code::limit_exceeded, path(), ": its ", kind, " holds ", human_bytes(found->bytes),
                "; at most ", human_bytes(kMaxParsed), " are read");
  }
  HONE_RETURN_IF_ERROR(check_bytes(found->offset, found->bytes));
  return file_->bytes().subspan(found->offset, found->bytes);
}

template <class T>
Expected<T> EngineFile::read(std::string_view kind, std::string_view part) const {
  HONE_TRY(const Bytes bytes, section(kind, part));
  HONE_TRY_CONTEXT(T value, read_record<T>(bytes), path(), ": ", kind);
  return value;
}

Expected<Program> EngineFile::program(std::string_view part) const {
  HONE_TRY(Program program, read<Program>(section_kind::kProgram, part));
  if (Status status = check_program(program); !status) {
    return std::unexpected(std::move(status).error().context(cat(path(), ": program")));
  }
  return program;
}

Expected<Plan> EngineFile::plan(std::string_view part) const {
  HONE_TRY(Plan plan, read<Plan>(section_kind::kPlan, part));
  if (Status status = check_plan(plan); !status) {
    return std::unexpected(std::move(status).error().context(cat(path(), ": plan")));
  }
  return plan;
}

Expected<EngineInterface> EngineFile::interface(std::string_view part) const {
  return read<EngineInterface>(section_kind::kInterface, part);
}

Expected<LanguageModelInfo> EngineFile::language_model(std::string_view part) const {
  return read<LanguageModelInfo>(section_kind::kLanguageModel, part);
}

Expected<TokenizerData> EngineFile::tokenizer(std::string_view part) const {
  HONE_TRY(TokenizerData data, read<TokenizerData>(section_kind::kTokenizer, part));
  if (Status status = check_tokenizer(data); !status) {
    return std::unexpected(std::move(status).error().context(cat(path(), ": tokenizer")));
  }
  return data;
}

Expected<EngineProvenance> EngineFile::provenance() const {
  return read<EngineProvenance>(section_kind::kProvenance, {});
}

Expected<std::vector<Tuning>> EngineFile::tunings() const {
  std::vector<Tuning> tunings;
  for (const EngineSection& one : manifest_.sections) {
    if (one.kind != section_kind::kTuning || !one.part.empty()) continue;
    HONE_TRY(const Bytes bytes, section(one.kind, one.part, one.role));
    HONE_TRY_CONTEXT(Tuning tuning, read_record<Tuning>(bytes), path(), ": ", one.kind);
    tuning.sort();
    tunings.push_back(std::move(tuning));
  }
  return tunings;
}

Expected<WeightMap> EngineFile::weights(std::string_view part) const {
  HONE_TRY(const EngineWeights index, read<EngineWeights>(section_kind::kWeights, part));
  const EngineSection* data = find(section_kind::kWeightData, part);
  const uint64_t size = data == nullptr ? 0 : data->bytes;
  WeightMap map;
  for (const EngineWeight& weight : index.weights) {
    if (!within(weight.offset, weight.bytes, 0, size) || weight.offset % kEngineAlign != 0) {
      return fail(Code::corrupt, path(), ": weight '", printable(weight.name),
                  "' lies outside the file");
    }
    const Bytes bytes =
        size == 0 ? Bytes() : file_->bytes().subspan(data->offset + weight.offset, weight.bytes);
    map.by_name[weight.name][weight.layout] = bytes;
  }
  return map;
}

Status EngineFile::check_all(const std::function<void(uint64_t, uint64_t)>& progress) const {
  uint64_t begin = sizeof header_;
  for (const EngineChunk& chunk : manifest_.chunks) {
    HONE_RETURN_IF_ERROR(check_chunk(chunk, begin));
    begin += chunk.bytes;
    if (progress) progress(begin, header_.manifest_offset);
  }
  return {};
}

}  // namespace hone
