#include "frontend/tflite/associated_files.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace hone::tflite {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEntrySignature = 0x02014b50;  // in the directory
constexpr uint32_t kFileSignature = 0x04034b50;   // before a file's bytes
constexpr uint64_t kEndBytes = 22;
constexpr uint64_t kMaxComment = 65535;
constexpr uint16_t kStored = 0;
constexpr uint16_t kEncrypted = 1;

template <class... Parts>
std::unexpected<Error> corrupt(const Parts&... parts) {
  return fail(Code::corrupt, "the zip behind the model ", parts..., "; the file is damaged");
}

struct Directory {
  uint16_t entries = 0;
  uint32_t bytes = 0;
  uint64_t begin = 0;
  uint64_t shift = 0;  // what the zip's own offsets lack: some count from the zip's beginning
};

// The record that ends a zip stands at the file's end, before a comment of its own.
std::optional<uint64_t> find_end(Bytes file) {
  if (file.size() < kEndBytes) return std::nullopt;
  const uint64_t last = file.size() - kEndBytes;
  const uint64_t first = last - std::min(last, kMaxComment);
  for (uint64_t at = last + 1; at-- > first;) {
    ByteReader reader(file.subspan(at));
    if (reader.u32() != kEndSignature) continue;
    reader.skip(16);
    if (reader.u16() == last - at) return at;
  }
  return std::nullopt;
}

Expected<Directory> read_directory(Bytes file, uint64_t end) {
  ByteReader reader(file.subspan(end + 4));
  Directory directory;
  const uint32_t disks = reader.u32();
  const uint16_t entries_here = reader.u16();
  directory.entries = reader.u16();
  directory.bytes = reader.u32();
  const uint64_t offset = reader.u32();
  if (disks != 0 || entries_here != directory.entries) {
    return fail(Code::unsupported, "the zip behind the model is one of several parts");
  }
  if (directory.entries > limits::kAssociatedFiles) {
    return fail(Code::limit_exceeded, "the zip behind the model has ", directory.entries,
                " files; at most ", limits::kAssociatedFiles, " are read");
  }
  if (directory.bytes > end || offset > end - directory.bytes) {
    return corrupt("has its directory outside the file");
  }
  directory.begin = end - directory.bytes;
  directory.shift = directory.begin - offset;
  return directory;
}

// The bytes of a file, whose record before them may have names of its own length.
Expected<Bytes> file_content(Bytes file, uint64_t header, uint64_t size) {
  if (header > file.size()) return corrupt("names a place outside the file");
  ByteReader reader(file.subspan(header));
  const uint32_t signature = reader.u32();
  reader.skip(22);
  const uint64_t name = reader.u16();
  const uint64_t extra = reader.u16();
  reader.skip(name + extra);
  const Bytes content = reader.take(size);
  if (!reader.ok() || signature != kFileSignature) {
    return corrupt("has no file of ", size, " bytes at byte ", header);
  }
  return content;
}

Expected<AssociatedFile> read_entry(Bytes file, const Directory& directory, ByteReader& reader) {
  const uint32_t signature = reader.u32();
  reader.skip(4);
  const uint16_t flags = reader.u16();
  const uint16_t method = reader.u16();
  reader.skip(8);
  const uint32_t stored = reader.u32();
  const uint32_t size = reader.u32();
  const uint64_t name = reader.u16();
  const uint64_t rest = uint64_t{reader.u16()} + reader.u16();  // extra field, comment
  reader.skip(8);
  const uint64_t header = reader.u32() + directory.shift;
  AssociatedFile entry{reader.text(name), {}};
  reader.skip(rest);
  if (!reader.ok() || signature != kEntrySignature) return corrupt("has a broken directory");
  if (method != kStored || (flags & kEncrypted) != 0 || stored != size) {
    return fail(Code::unsupported, "'", printable(entry.name, 80),
                "' behind the model is compressed or encrypted; store it as it is");
  }
  HONE_TRY(entry.content, file_content(file, header, size));
  return entry;
}

}  // namespace

Expected<std::vector<AssociatedFile>> associated_files(Bytes file) {
  std::vector<AssociatedFile> files;
  const std::optional<uint64_t> end = find_end(file);
  if (!end) return files;
  HONE_TRY(const Directory directory, read_directory(file, *end));
  ByteReader reader(file.subspan(directory.begin, directory.bytes));
  for (uint16_t i = 0; i < directory.entries; ++i) {
    HONE_TRY(const AssociatedFile entry, read_entry(file, directory, reader));
    if (!entry.name.ends_with('/')) files.push_back(entry);
  }
  return files;
}

}  // namespace hone::tflite
