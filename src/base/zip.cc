#include "base/zip.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace hone {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kEnd64PlaceSignature = 0x07064b50;
constexpr uint32_t kEntrySignature = 0x02014b50;  // in the directory
constexpr uint32_t kFileSignature = 0x04034b50;   // before a file's bytes
constexpr uint64_t kEndBytes = 22;
constexpr uint64_t kEnd64PlaceBytes = 20;
constexpr uint64_t kEntryBytes = 46;
constexpr uint64_t kMaxComment = 65535;
constexpr uint16_t kZip64Field = 1;
constexpr uint16_t kStored = 0;
constexpr uint16_t kEncrypted = 1;
constexpr uint32_t kIn64 = 0xffffffff;  // the number stands in a zip64 record
constexpr uint16_t kIn64Short = 0xffff;

template <class... Parts>
std::unexpected<Error> corrupt(const Parts&... parts) {
  return fail(Code::corrupt, "the zip ", parts..., "; the file is damaged");
}

struct Directory {
  uint64_t entries = 0, bytes = 0, begin = 0;
  uint64_t shift = 0;  // what the zip's own places lack
};

// The record that ends a zip stands at its end, before a comment of its own.
std::optional<uint64_t> find_end(Bytes zip) {
  if (zip.size() < kEndBytes) return std::nullopt;
  const uint64_t last = zip.size() - kEndBytes;
  const uint64_t first = last - std::min(last, kMaxComment);
  for (uint64_t at = last + 1; at-- > first;) {
    ByteReader reader(zip.subspan(at));
    if (reader.u32() != kEndSignature) continue;
    reader.skip(16);
    if (reader.u16() == last - at) return at;
  }
  return std::nullopt;
}

// What the zip64 record before the end says, if there is one.
std::optional<Directory> read_directory64(Bytes zip, uint64_t end) {
  if (end < kEnd64PlaceBytes) return std::nullopt;
  ByteReader place(zip.subspan(end - kEnd64PlaceBytes));
  if (place.u32() != kEnd64PlaceSignature) return std::nullopt;
  place.skip(4);
  const uint64_t at = place.u64();
  if (at >= end) return std::nullopt;
  ByteReader reader(zip.subspan(at));
  if (reader.u32() != kEnd64Signature) return std::nullopt;
  reader.skip(28);
  Directory directory;
  directory.entries = reader.u64();
  directory.bytes = reader.u64();
  directory.begin = reader.u64();
  return reader.ok() ? std::optional(directory) : std::nullopt;
}

// A directory that is not where it should be stands right before the end.
void find_shift(Bytes zip, uint64_t end, Directory& directory) {
  if (directory.begin <= end && ByteReader(zip.subspan(directory.begin)).u32() == kEntrySignature) {
    return;
  }
  if (directory.bytes > end || directory.begin > end - directory.bytes) return;
  directory.shift = end - directory.bytes - directory.begin;
  directory.begin += directory.shift;
}

Expected<Directory> read_directory(Bytes zip) {
  const std::optional<uint64_t> end = find_end(zip);
  if (!end) return corrupt("has no directory");
  ByteReader reader(zip.subspan(*end + 4));
  reader.skip(6);
  Directory directory;
  directory.entries = reader.u16();
  directory.bytes = reader.u32();
  directory.begin = reader.u32();
  if (directory.entries == kIn64Short || directory.bytes == kIn64 || directory.begin == kIn64) {
    if (const auto large = read_directory64(zip, *end)) directory = *large;
  }
  find_shift(zip, *end, directory);
  if (directory.begin > *end || directory.bytes > *end - directory.begin ||
      directory.entries > directory.bytes / kEntryBytes) {
    return corrupt("has its directory outside the file");
  }
  if (directory.entries > kMaxZipFiles) {
    return fail(Code::limit_exceeded, "the zip has ", directory.entries, " files; at most ",
                kMaxZipFiles, " are read");
  }
  return directory;
}

// Numbers that do not fit 32 bits stand in a field of their own, in this order, those alone.
void read_extra(Bytes extra, std::initializer_list<uint64_t*> numbers) {
  ByteReader reader(extra);
  while (reader.ok() && reader.remaining() >= 4) {
    const uint16_t kind = reader.u16();
    ByteReader field(reader.take(reader.u16()));
    if (kind != kZip64Field) continue;
    for (uint64_t* number : numbers) {
      if (*number == kIn64) *number = field.u64();
    }
    return;
  }
}

// The bytes of a file, whose record before them may have names of its own length.
Expected<Bytes> file_content(Bytes zip, uint64_t header, uint64_t size) {
  if (header > zip.size()) return corrupt("names a place outside the file");
  ByteReader reader(zip.subspan(header));
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

Expected<ZippedFile> read_entry(Bytes zip, uint64_t shift, ByteReader& reader) {
  const uint32_t signature = reader.u32();
  reader.skip(4);
  const uint16_t flags = reader.u16();
  const uint16_t method = reader.u16();
  reader.skip(8);
  uint64_t stored = reader.u32();
  uint64_t size = reader.u32();
  const uint64_t name = reader.u16();
  const uint64_t extra = reader.u16();
  const uint64_t comment = reader.u16();
  reader.skip(8);
  uint64_t header = reader.u32();
  ZippedFile entry{reader.text(name), {}, ZippedFile::Form::stored};
  read_extra(reader.take(extra), {&size, &stored, &header});
  reader.skip(comment);
  if (!reader.ok() || signature != kEntrySignature) return corrupt("has a broken directory");
  if ((flags & kEncrypted) != 0) entry.form = ZippedFile::Form::encrypted;
  if (entry.form == ZippedFile::Form::stored && method != kStored) {
    entry.form = ZippedFile::Form::compressed;
  }
  if (entry.form != ZippedFile::Form::stored) return entry;
  if (stored != size) return corrupt("states two sizes of a file that it stores");
  if (header > zip.size()) return corrupt("names a place outside the file");
  HONE_TRY(entry.content, file_content(zip, header + shift, size));
  return entry;
}

}  // namespace

bool ends_in_zip(Bytes bytes) { return find_end(bytes).has_value(); }

Expected<std::vector<ZippedFile>> read_zip(Bytes zip) {
  HONE_TRY(const Directory directory, read_directory(zip));
  ByteReader reader(zip.subspan(directory.begin, directory.bytes));
  std::vector<ZippedFile> files;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    HONE_TRY(const ZippedFile entry, read_entry(zip, directory.shift, reader));
    if (!entry.name.ends_with('/')) files.push_back(entry);
  }
  return files;
}

}  // namespace hone
