#include "frontend/onnx/tensor_source.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace hone::onnx {
namespace {

namespace fs = std::filesystem;

Status check_location(std::string_view location) {
  const fs::path path(location);
  const bool leaves = std::ranges::any_of(path, [](const fs::path& part) { return part == ".."; });
  if (!location.empty() && !path.is_absolute() && !leaves && location.find('\0') == location.npos) {
    return {};
  }
  return fail(Code::untrusted, "its data are said to lie in '", printable(location),
              "'; only files in the model's own folder are read");
}

// Every link followed.
Expected<fs::path> real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (!error) return real;
  const Code code = error == std::errc::no_such_file_or_directory ? Code::not_found : Code::io;
  return std::unexpected(Error{
      code,
      cat("its data cannot be opened: ", error.message(), "; the file belongs beside the model"),
      printable(path.string())});
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

}  // namespace

TensorSource::TensorSource(const fs::path& model_dir)
    : model_dir_(model_dir.empty() ? fs::path(".") : model_dir) {}

Expected<const MappedFile*> TensorSource::open(std::string_view location) {
  if (const auto known = files_.find(location); known != files_.end()) return &known->second;
  if (!model_dir_) {
    return fail(Code::unsupported, "its data lie in the file '", printable(location),
                "', and a model in memory has no folder to look in");
  }
  if (files_.size() == limits::kExternalFiles) {
    return fail(Code::limit_exceeded, "the model's data lie in more than ", limits::kExternalFiles,
                " files");
  }
  HONE_RETURN_IF_ERROR(check_location(location));
  HONE_TRY(const fs::path folder, real_path(*model_dir_));
  HONE_TRY(const fs::path path, real_path(folder / location));
  if (!lies_in(path, folder)) {
    return fail(Code::untrusted, "its data are said to lie in '", printable(location),
                "', a link that leads out of the model's folder; put the file itself there");
  }
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {  // opening a pipe would wait for its writer
    return fail(Code::untrusted, "its data are said to lie in '", printable(location),
                "', which is not a regular file");
  }
  HONE_TRY(MappedFile file, MappedFile::open(path.string()));
  external_bytes_ += file.bytes().size();
  return &files_.emplace(location, std::move(file)).first->second;
}

Expected<Bytes> TensorSource::external(const ExternalData& data, uint64_t size) {
  if (data.length && *data.length != size) {
    return fail(Code::corrupt, "its shape needs ", size, " bytes, but ", *data.length,
                " are given as the length of its data");
  }
  HONE_TRY(const MappedFile* const file, open(data.location));
  const Bytes bytes = file->bytes();
  if (data.offset > bytes.size() || size > bytes.size() - data.offset) {
    return fail(Code::corrupt, "its ", size, " bytes at ", data.offset,
                " reach beyond the end of '", printable(data.location), "' (", bytes.size(),
                " bytes); the file is cut short or belongs to another model");
  }
  return bytes.subspan(data.offset, size);
}

Status TensorSource::expand(uint64_t bytes) {
  if (bytes <= limits::kExpandedBytes - expanded_bytes_) {
    expanded_bytes_ += bytes;
    return {};
  }
  return fail(Code::limit_exceeded, "the model's sparse tensors need more than ",
              human_bytes(limits::kExpandedBytes), " when written out");
}

Status TensorSource::copy_external(uint64_t bytes) {
  copied_bytes_ += std::min(bytes, UINT64_MAX - copied_bytes_);
  if (copied_bytes_ / limits::kExternalCopies <= external_bytes_) return {};
  return fail(Code::limit_exceeded, "the model's tensors share the ", human_bytes(external_bytes_),
              " of the files beside it and would be unpacked more than ", limits::kExternalCopies,
              " times; give each its own data");
}

}  // namespace hone::onnx
