#include "models/format.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/file.h"
#include "base/text.h"

namespace hone {
namespace {

constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;  // the format's own limit

bool is_gguf(std::string_view text) { return text.starts_with("GGUF"); }

// A field of ModelProto: ir_version or model_version as a number, or one of its texts and messages.
bool is_onnx(std::string_view text) {
  constexpr std::string_view kTags = "\x08\x12\x1a\x22\x28\x32\x3a\x42\x72";
  return text.size() > 2 && kTags.find(text[0]) != kTags.npos;
}

// An ONNX file has no mark of its own, but its fields are few: whether it is made of ModelProto's,
// to its very end, with a version of the format and a graph among them.
bool has_onnx_fields(std::string_view text) {
  constexpr uint64_t kMostField = 25;  // 20 is the last one today
  constexpr uint64_t kMostVersion = 1000;
  ByteReader reader(as_bytes(text));
  bool version = false, graph = false;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      const uint8_t byte = reader.u8();
      value |= uint64_t{byte & 127u} << shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (reader.ok() && reader.remaining() > 0) {
    const uint64_t tag = varint(), value = varint();
    const uint64_t field = tag >> 3, kind = tag & 7;
    if (field == 0 || field > kMostField || (kind != 0 && kind != 2)) return false;
    if (kind == 2) reader.skip(value);
    if (field == 1 && (kind != 0 || value > kMostVersion)) return false;
    if (field == 7 && kind != 2) return false;
    version |= field == 1;
    graph |= field == 7;
  }
  return reader.ok() && version && graph;
}

bool is_tflite(std::string_view text) { return text.size() >= 8 && text.substr(4, 4) == "TFL3"; }

// The header's size in 8 bytes, then the header, a JSON object.
bool is_safetensors(std::string_view text) {
  if (text.size() < 10 || text[8] != '{') return false;
  uint64_t size = 0;
  for (size_t i = 8; i-- > 0;) size = size << 8 | static_cast<unsigned char>(text[i]);
  return size <= kMaxSafetensorsHeader && size <= text.size() - 8;
}

// A zip archive, or a bare pickle of protocol 2 or later as PyTorch wrote before 1.6.
// An engine of hone's (src/engine/FORMAT.md).
bool is_engine(std::string_view text) { return text.starts_with("\x89HONE\r\n\x1a"); }

bool is_pth(std::string_view text) {
  return text.starts_with("PK\x03\x04") ||
         (text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5);
}

bool is_json(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t\r\n");
  return at != text.npos && (text[at] == '{' || text[at] == '[');
}

bool is_text(std::string_view text) {
  std::string start(text.substr(0, 16));
  std::ranges::transform(start, start.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool web_page = start.starts_with("<!doctype") || start.starts_with("<html");
  return !web_page && text.substr(0, 4096).find('\0') == text.npos;
}

struct Row {
  FileFormat format;
  std::string_view name;
  std::string_view title;
  bool (*is)(std::string_view text);
};

constexpr std::array<Row, 8> kRows = {{
    {FileFormat::gguf, "gguf", "GGUF", is_gguf},
    {FileFormat::onnx, "onnx", "ONNX", is_onnx},
    {FileFormat::tflite, "tflite", "TFLite", is_tflite},
    {FileFormat::safetensors, "safetensors", "safetensors", is_safetensors},
    {FileFormat::pth, "pth", "PyTorch", is_pth},
    {FileFormat::hone, "hone", "engine", is_engine},
    {FileFormat::json, "json", "JSON", is_json},
    {FileFormat::txt, "txt", "text", is_text},
}};

constexpr std::array<FileFormat, 6> kModelFormats = {FileFormat::gguf,   FileFormat::onnx,
                                                     FileFormat::tflite, FileFormat::safetensors,
                                                     FileFormat::pth,    FileFormat::hone};

constexpr std::array<FileRole, 5> kRoles = {{
    {"labels", FileFormat::txt},
    {"characters", FileFormat::txt},
    {"tokenizer", FileFormat::json},
    {"vocabulary", FileFormat::txt},
    {"config", FileFormat::json},
}};

const Row& row_of(FileFormat format) { return kRows[static_cast<size_t>(format)]; }

std::optional<FileFormat> format_by_name(std::string_view path) {
  if (path.ends_with(".pt")) return FileFormat::pth;
  const size_t dot = path.rfind('.');
  const auto format = parse_file_format(dot == path.npos ? "" : path.substr(dot + 1));
  return format && holds_model(*format) ? format : std::nullopt;
}

}  // namespace

std::string_view name_of(FileFormat format) { return row_of(format).name; }

std::span<const FileFormat> model_formats() { return kModelFormats; }

bool holds_model(FileFormat format) {
  return std::ranges::find(kModelFormats, format) != kModelFormats.end();
}

std::optional<FileFormat> parse_file_format(std::string_view name) {
  const auto found = std::ranges::find(kRows, name, &Row::name);
  return found == kRows.end() ? std::nullopt : std::optional(found->format);
}

bool has_model_ending(std::string_view word) { return format_by_name(word).has_value(); }

Status check_start(FileFormat format, Bytes file) {
  if (row_of(format).is(as_text(file))) return {};
  return fail(Code::corrupt, "what this source sent is no ", row_of(format).title, " file");
}

std::optional<FileFormat> format_of(std::string_view path, Bytes file) {
  // ONNX is asked last: what could be ONNX's fields could be another format's mark.
  for (const FileFormat format : {FileFormat::gguf, FileFormat::tflite, FileFormat::safetensors,
                                  FileFormat::pth, FileFormat::hone}) {
    if (row_of(format).is(as_text(file))) return format;
  }
  const auto named = format_by_name(path);
  return named || !has_onnx_fields(as_text(file)) ? named : FileFormat::onnx;
}

std::optional<FileFormat> format_of_file(const std::string& path) {
  const auto file = MappedFile::open(path);
  return file ? format_of(path, file->bytes()) : std::nullopt;
}

std::span<const FileRole> file_roles() { return kRoles; }

const FileRole* find_file_role(std::string_view name) {
  const auto found = std::ranges::find(kRoles, name, &FileRole::name);
  return found == kRoles.end() ? nullptr : &*found;
}

}  // namespace hone
