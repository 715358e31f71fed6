#include "models/part_file.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/json.h"

namespace hone {
namespace {

constexpr uint64_t kMaxPartRecord = uint64_t{1} << 16;
constexpr size_t kHashStep = size_t{1} << 22;

std::string member(const Json& json, std::string_view name) {
  const Json* value = json.find(name);
  return value == nullptr || value->as_string() == nullptr ? "" : *value->as_string();
}

std::string record_path(const std::string& path) { return path + ".json"; }

}  // namespace

Expected<PartFile> PartFile::open(std::string path, std::string source,
                                  ProgressReporter& reporter) {
  PartFile part;
  part.path_ = std::move(path);
  part.record_path_ = record_path(part.path_);
  part.source_ = std::move(source);
  HONE_TRY(part.file_, OutputFile::open(part.path_));
  const auto text = read_file(part.record_path_, kMaxPartRecord);
  const auto record = text ? Json::parse(*text) : Expected<Json>(Json());
  if (record && part.size() > 0 && member(*record, "source") == part.source_) {
    part.validator_ = member(*record, "validator");
    HONE_RETURN_IF_ERROR(part.hash_existing(reporter));
  } else {
    HONE_RETURN_IF_ERROR(part.restart());
  }
  return part;
}

void PartFile::discard(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  std::filesystem::remove(record_path(path), ignored);
}

Status PartFile::hash_existing(ProgressReporter& reporter) {
  HONE_TRY(const MappedFile existing, MappedFile::open(path_));
  const Bytes bytes = existing.bytes();
  using Clock = std::chrono::steady_clock;
  reporter.begin(Progress::Stage::checking, source_, 0, bytes.size(), Clock::now());
  for (size_t at = 0; at < bytes.size(); at += kHashStep) {
    const Bytes step = bytes.subspan(at, std::min(kHashStep, bytes.size() - at));
    hash_.update(step);
    existing.drop_pages(step);
    HONE_RETURN_IF_ERROR(reporter.update(at + step.size(), Clock::now()));
  }
  return {};
}

Status PartFile::write(Bytes bytes) {
  HONE_RETURN_IF_ERROR(file_.write(bytes));
  hash_.update(bytes);
  return {};
}

Status PartFile::restart() {
  HONE_RETURN_IF_ERROR(file_.truncate(0));
  hash_ = Sha256();
  validator_.clear();
  return write_record();
}

Status PartFile::set_validator(std::string validator) {
  if (validator == validator_) return {};
  validator_ = std::move(validator);
  return write_record();
}

Status PartFile::write_record() const {
  Json record = Json::object();
  record.set("source", source_);
  record.set("validator", validator_);
  return write_file_atomic(record_path_, record.write());
}

Expected<Sha256Digest> PartFile::finish(FileFormat format) {
  HONE_RETURN_IF_ERROR(file_.flush_to_disk());
  HONE_TRY(const MappedFile whole, MappedFile::open(path_));
  HONE_RETURN_IF_ERROR(check_start(format, whole.bytes()));
  return Sha256(hash_).finish();
}

}  // namespace hone
