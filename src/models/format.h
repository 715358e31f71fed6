// The formats of the files that models are made of: their names in a catalogue, which are also the
// extensions on disk, and how such files begin.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

enum class FileFormat : uint8_t { gguf, onnx, tflite, safetensors, pth, hone, json, txt };

std::string_view name_of(FileFormat format);  // "gguf": also the extension
// Those that hold a model; json and txt stand beside one.
std::span<const FileFormat> model_formats();
bool holds_model(FileFormat format);
std::optional<FileFormat> parse_file_format(std::string_view name);

// Whether a word ends as the name of a model file does.
bool has_model_ending(std::string_view word);

// Refuses (Code::corrupt) what cannot be of this format, such as a web page in place of a model; a
// look at the first bytes only.
Status check_start(FileFormat format, Bytes file);

// Of a model file, by its first bytes, where they tell nothing by its name; nothing if neither
// does.
std::optional<FileFormat> format_of(std::string_view path, Bytes file);
// The same of a file on disk; nothing if it cannot be read.
std::optional<FileFormat> format_of_file(const std::string& path);

// What a file beside a model is for.
struct FileRole {
  std::string_view name;
  FileFormat usual;  // where the catalogue states no format
};
std::span<const FileRole> file_roles();
const FileRole* find_file_role(std::string_view name);

}  // namespace hone
