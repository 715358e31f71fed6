#include "engine/engine_file.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <tuple>

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

using SectionName = std::tuple<std::string_view, std::string_view, std::string_view>;

SectionName name_of(const EngineSection& section) {
  return {section.kind, section.part, section.role};
}

// Views of one section must be apart, so that all of them together are no more than it holds.
Status check_apart(std::vector<EngineWeight> weights) {
  std::ranges::sort(weights, {}, &EngineWeight::offset);
  uint64_t end = 0;
  for (const EngineWeight& weight : weights) {
    if (weight.bytes == 0) continue;
    if (weight.offset < end) {
      return fail(Code::corrupt, "weight '", printable(weight.name), "' lies on another");
    }
    end = weight.offset + weight.bytes;
  }
  return {};
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
  HONE_RETURN_IF_ERROR(check_chunks());
  HONE_RETURN_IF_ERROR(check_sections());
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

Status EngineFile::check_chunks() {
  begins_ = {sizeof header_};
  for (const EngineChunk& chunk : manifest_.chunks) {
    if (chunk.bytes > kEngineMaxChunk) {
      return fail(Code::corrupt, "manifest: a chunk holds ", chunk.bytes, " bytes; at most ",
                  kEngineMaxChunk, " are hashed at once");
    }
    if (chunk.sha256.size() != sizeof(Sha256Digest) || chunk.bytes == 0 ||
        chunk.bytes > header_.manifest_offset - begins_.back()) {
      return fail(Code::corrupt, "manifest: its chunks do not fit the file");
    }
    begins_.push_back(begins_.back() + chunk.bytes);
  }
  checked_.resize(manifest_.chunks.size());
  if (begins_.back() == header_.manifest_offset) return {};
  return fail(Code::corrupt, "manifest: its chunks end at byte ", begins_.back(), ", not at ",
              header_.manifest_offset);
}

Status EngineFile::check_sections() {
  if (manifest_.sections.size() > kEngineMaxSections) {
    return fail(Code::limit_exceeded, "manifest: lists ", manifest_.sections.size(),
                " sections; at most ", kEngineMaxSections, " are read");
  }
  for (const EngineSection& section : manifest_.sections) {
    if (!within(section.offset, section.bytes, sizeof header_, header_.manifest_offset) ||
        section.offset % kEngineAlign != 0) {
      return fail(Code::corrupt, "manifest: section '", printable(section.kind),
                  "' lies outside the file");
    }
    by_name_.push_back(static_cast<uint32_t>(by_name_.size()));
  }
  const auto name = [this](uint32_t i) { return name_of(manifest_.sections[i]); };
  std::ranges::sort(by_name_, {}, name);
  const auto twice = std::ranges::adjacent_find(by_name_, {}, name);
  if (twice == by_name_.end()) return {};
  const EngineSection& section = manifest_.sections[*twice];
  return fail(Code::corrupt, "manifest: section '", printable(section.kind),
              section.role.empty() ? "" : "' of role '", printable(section.role),
              "' stands there twice");
}

const EngineSection* EngineFile::find(std::string_view kind, std::string_view part,
                                      std::string_view role) const {
  const auto name = [this](uint32_t i) { return name_of(manifest_.sections[i]); };
  const SectionName wanted(kind, part, role);
  const auto found = std::ranges::lower_bound(by_name_, wanted, {}, name);
  return found != by_name_.end() && name(*found) == wanted ? &manifest_.sections[*found] : nullptr;
}

Status EngineFile::check_chunk(size_t index) const {
  const uint64_t begin = begins_[index], end = begins_[index + 1];
  const Sha256Digest digest = sha256(file_->bytes().subspan(begin, end - begin));
  if (std::memcmp(digest.data(), manifest_.chunks[index].sha256.data(), digest.size()) == 0) {
    checked_[index] = true;
    return {};
  }
  return fail(Code::untrusted, path(), ": bytes ", begin, " to ", end,
              " were changed after the engine was written; fetch it again");
}

Status EngineFile::check_bytes(uint64_t offset, uint64_t bytes) const {
  const auto first = std::ranges::upper_bound(begins_, offset) - begins_.begin() - 1;
  for (auto i = static_cast<size_t>(first); begins_[i] < offset + bytes; ++i) {
    if (!checked_[i]) HONE_RETURN_IF_ERROR(check_chunk(i));
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

// The packs of the target that is chosen; none if nobody chooses, or there is no choice.
Expected<WeightPacks> EngineFile::packs(std::string_view part, const ChooseTarget& choose) const {
  if (!choose || !holds(section_kind::kWeights, part)) return WeightPacks();
  HONE_TRY(const EngineWeights index, weight_index(part));
  if (index.targets.empty()) return WeightPacks();
  return WeightPacks::of(index, choose(index.targets));
}

Expected<Program> EngineFile::program(std::string_view part, const ChooseTarget& choose) const {
  HONE_TRY(Program program, read<Program>(section_kind::kProgram, part));
  HONE_TRY(const WeightPacks chosen, packs(part, choose));
  chosen.choose(program);
  if (Status status = check_program(program); !status) {
    return std::unexpected(std::move(status).error().context(cat(path(), ": program")));
  }
  return program;
}

Expected<Plan> EngineFile::plan(std::string_view part, const ChooseTarget& choose) const {
  HONE_TRY(Plan plan, read<Plan>(section_kind::kPlan, part));
  HONE_TRY(const WeightPacks chosen, packs(part, choose));
  chosen.choose(plan);
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

Expected<EngineGolden> EngineFile::golden(std::string_view part) const {
  return read<EngineGolden>(section_kind::kGolden, part);
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

Expected<EngineWeights> EngineFile::weight_index(std::string_view part) const {
  HONE_TRY(EngineWeights index, read<EngineWeights>(section_kind::kWeights, part));
  if (Status status = check_targets(index); !status) {
    return std::unexpected(std::move(status).error().context(path()));
  }
  return index;
}

Expected<WeightMap> EngineFile::weights(std::string_view part) const {
  HONE_TRY(const EngineWeights index, weight_index(part));
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
    if (!map.by_name[weight.name].emplace(weight.layout, bytes).second) {
      return fail(Code::corrupt, path(), ": weight '", printable(weight.name), "' stands there as ",
                  printable(weight.layout), " twice");
    }
  }
  if (Status apart = check_apart(index.weights); !apart) {
    return std::unexpected(std::move(apart).error().context(path()));
  }
  return map;
}

Expected<WeightMap> EngineFile::checked_weights(const WeightNames& names,
                                                std::string_view part) const {
  HONE_TRY(WeightMap map, weights(part));
  for (const std::string_view name : names) {
    const StoredWeight* stored = map.find(name);
    if (stored == nullptr) continue;
    for (const auto& [layout, bytes] : *stored) {
      if (bytes.empty()) continue;
      const auto offset = static_cast<uint64_t>(bytes.data() - file_->bytes().data());
      HONE_RETURN_IF_ERROR(check_bytes(offset, bytes.size()));
    }
  }
  return map;
}

Expected<WeightMap> EngineFile::weights_of(const Program& program, std::string_view part) const {
  return checked_weights(steering_weights(program), part);
}

Expected<WeightMap> EngineFile::weights_of(const Plan& plan, std::string_view part) const {
  return checked_weights(steering_weights(plan), part);
}

Status EngineFile::check_all(const std::function<Status(uint64_t, uint64_t)>& progress) const {
  for (size_t i = 0; i < manifest_.chunks.size(); ++i) {
    HONE_RETURN_IF_ERROR(check_chunk(i));
    if (progress) HONE_RETURN_IF_ERROR(progress(begins_[i + 1], header_.manifest_offset));
  }
  return {};
}

}  // namespace hone
