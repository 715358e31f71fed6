#include "engine/write.h"

#include <algorithm>
#include <cstring>

#include "engine/fields.h"

namespace hone {
namespace {

// Small weights share a chunk.
constexpr uint64_t kMinChunk = uint64_t{256} << 10;

uint64_t gap(uint64_t position, uint64_t align) { return (align - position % align) % align; }

}  // namespace

Expected<EngineWriter> EngineWriter::create(const std::string& path) {
  HONE_TRY(NewFile file, NewFile::create(path));
  const EngineHeader empty = {.magic = {}, .major = 0, .minor = 0};
  HONE_RETURN_IF_ERROR(file.content().write(std::as_bytes(std::span(&empty, 1))));
  return EngineWriter(std::move(file));
}

Status EngineWriter::copy(const EngineFile& engine) {
  const uint64_t end = engine.header().manifest_offset;
  HONE_RETURN_IF_ERROR(
      file_.content().write(engine.unsigned_bytes().first(end).subspan(sizeof(EngineHeader))));
  sections_ = engine.sections();
  for (const EngineChunk& chunk : engine.chunks()) {
    Sha256Digest digest;
    std::memcpy(digest.data(), chunk.sha256.data(), digest.size());
    chunks_.emplace_back(chunk.bytes, digest);
  }
  return {};
}

Status EngineWriter::add(std::string_view kind, std::string_view part, std::string_view role,
                         Bytes content) {
  HONE_RETURN_IF_ERROR(begin(kind, part, kEngineAlign));
  sections_.back().role = role;
  HONE_TRY([[maybe_unused]] const uint64_t offset, append(content, 1));
  return {};
}

Status EngineWriter::begin(std::string_view kind, std::string_view part, uint64_t align) {
  HONE_RETURN_IF_ERROR(pad(align));
  close_chunk();
  sections_.push_back({.kind = std::string(kind), .part = std::string(part), .offset = size()});
  return {};
}

Expected<uint64_t> EngineWriter::append(Bytes bytes, uint64_t align) {
  EngineSection& section = sections_.back();
  HONE_RETURN_IF_ERROR(pad(align));
  if (in_chunk_ >= kMinChunk) close_chunk();
  const uint64_t offset = size() - section.offset;
  HONE_RETURN_IF_ERROR(write(bytes));
  section.bytes = offset + bytes.size();
  return offset;
}

Status EngineWriter::end_chunk() {
  HONE_RETURN_IF_ERROR(pad(kEngineAlign));
  close_chunk();
  return {};
}

Status EngineWriter::finish() {
  HONE_RETURN_IF_ERROR(end_chunk());
  EngineManifest manifest{.sections = sections_};
  for (const auto& [bytes, digest] : chunks_) {
    manifest.chunks.push_back({bytes, std::as_bytes(std::span(digest))});
  }
  const std::string record = write_record(manifest);
  EngineHeader header;
  header.manifest_offset = size();
  header.manifest_bytes = record.size();
  header.digest = engine_digest(header, as_bytes(record));
  HONE_RETURN_IF_ERROR(file_.content().write(as_bytes(record)));
  HONE_RETURN_IF_ERROR(file_.content().write_at(0, std::as_bytes(std::span(&header, 1))));
  return file_.commit();
}

Status EngineWriter::write(Bytes bytes) {
  HONE_RETURN_IF_ERROR(file_.content().write(bytes));
  while (!bytes.empty()) {
    const auto part = std::min<uint64_t>(bytes.size(), kEngineMaxChunk - in_chunk_);
    hash_.update(bytes.first(part));
    in_chunk_ += part;
    bytes = bytes.subspan(part);
    if (in_chunk_ == kEngineMaxChunk) close_chunk();
  }
  return {};
}

Status EngineWriter::pad(uint64_t align) {
  static constexpr std::array<std::byte, kEngineWeightAlign> kZeros = {};
  return write(Bytes(kZeros).first(gap(size(), align)));
}

void EngineWriter::close_chunk() {
  if (in_chunk_ == 0) return;
  chunks_.emplace_back(in_chunk_, hash_.finish());
  hash_ = Sha256();
  in_chunk_ = 0;
}

}  // namespace hone
