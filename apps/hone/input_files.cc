#include "input_files.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "media/video.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxInputs = 1'000'000;
constexpr size_t kMaxFolders = 1'000'000;  // that a pattern looks into
constexpr int kMaxDepth = 64;

bool has_ending(const fs::path& path, InputKind kind) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  static constexpr std::string_view kPictures[] = {".jpg", ".jpeg", ".png", ".webp",
                                                   ".bmp", ".ppm",  ".pgm"};
  static constexpr std::string_view kSounds[] = {".wav", ".flac", ".ogg", ".opus",
                                                 ".mp3", ".aiff", ".aif"};
  if (kind == InputKind::video) return is_video_name(path.string());
  if (kind == InputKind::picture)
    return std::ranges::find(kPictures, ending) != std::end(kPictures);
  return std::ranges::find(kSounds, ending) != std::end(kSounds);
}

// * any signs, ? any one. In time of the product of the lengths.
bool fits(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, back = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      back = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++back;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool has_wildcard(std::string_view word) { return word.find_first_of("*?") != word.npos; }

Status too_many(const fs::path& folder) {
  return fail(Code::limit_exceeded, folder.string(), ": more than ", kMaxInputs, " files");
}

// Names in a folder that `wanted` takes, in order.
template <class Wanted>
Expected<std::vector<std::string>> list_folder(const fs::path& folder, Wanted wanted) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (!wanted(at->path()) || !at->is_regular_file(ignored)) continue;
    paths.push_back(at->path().string());
    if (paths.size() > kMaxInputs) HONE_RETURN_IF_ERROR(too_many(folder));
  }
  if (error) return fail(Code::io, folder.string(), ": cannot be listed: ", error.message());
  std::ranges::sort(paths);
  return paths;
}

// Walks the folders that a pattern names, part by part.
class Pattern {
 public:
  explicit Pattern(const std::string& word) {
    const fs::path path(word);
    for (const fs::path& part : path.relative_path()) parts_.push_back(part.string());
    root_ = path.root_path().string();
  }

  Expected<std::vector<std::string>> files() {
    HONE_RETURN_IF_ERROR(walk(root_, 0, 0));
    return std::vector<std::string>(found_.begin(), found_.end());
  }

 private:
  static fs::path to_list(const fs::path& folder) {
    return folder.empty() ? fs::path(".") : folder;
  }

  // The parts from that one on, in `folder`.
  Status walk(const fs::path& folder, size_t part, int depth) {
    if (++folders_ > kMaxFolders || depth > kMaxDepth) return too_many(to_list(folder));
    const std::string& name = parts_[part];
    if (part + 1 == parts_.size()) return take_files(folder, name == "**" ? "*" : name);
    if (name == "**") HONE_RETURN_IF_ERROR(walk(folder, part + 1, depth));
    if (!has_wildcard(name)) {
      std::error_code ignored;
      return fs::is_directory(folder / name, ignored) ? walk(folder / name, part + 1, depth + 1)
                                                      : Status();
    }
    return walk_folders(folder, part, depth);
  }

  Status walk_folders(const fs::path& folder, size_t part, int depth) {
    const bool any_depth = parts_[part] == "**";
    std::error_code error;
    fs::directory_iterator at(to_list(folder), fs::directory_options::skip_permission_denied,
                              error);
    for (const fs::directory_iterator end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      std::error_code ignored;
      // Links would lead round in circles, and hidden folders are not meant.
      if (!at->is_directory(ignored) || name.starts_with('.')) continue;
      if (any_depth && at->is_symlink(ignored)) continue;
      if (!any_depth && !fits(parts_[part], name)) continue;
      HONE_RETURN_IF_ERROR(walk(folder / name, any_depth ? part : part + 1, depth + 1));
    }
    return {};
  }

  Status take_files(const fs::path& folder, const std::string& pattern) {
    std::error_code error;
    fs::directory_iterator at(to_list(folder), fs::directory_options::skip_permission_denied,
                              error);
    for (const fs::directory_iterator end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      std::error_code ignored;
      if (!fits(pattern, name) || !at->is_regular_file(ignored)) continue;
      found_.insert((folder / name).string());
      if (found_.size() > kMaxInputs) return too_many(to_list(folder));
    }
    return {};
  }

  fs::path root_;
  std::vector<std::string> parts_;
  std::set<std::string> found_;
  size_t folders_ = 0;
};

Expected<std::vector<std::string>> expand_pattern(const std::string& word) {
  HONE_TRY(std::vector<std::string> paths, Pattern(word).files());
  if (!paths.empty()) return paths;
  return fail(Code::not_found, "no file fits '", printable(word), "'");
}

}  // namespace

Expected<std::vector<std::string>> expand_inputs(const std::vector<std::string>& words,
                                                 InputKind kind) {
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    std::error_code error;
    std::vector<std::string> more = {word};
    if (fs::is_directory(word, error)) {
      HONE_TRY(more, list_folder(word, [&](const fs::path& p) { return has_ending(p, kind); }));
      if (more.empty()) {
        constexpr std::string_view kNames[] = {"pictures", "sounds", "videos"};
        return fail(Code::not_found, word, ": no ", kNames[static_cast<size_t>(kind)],
                    " in this folder");
      }
    } else if (has_wildcard(word) && !fs::exists(word, error)) {
      HONE_TRY(more, expand_pattern(word));
    }
    paths.insert(paths.end(), more.begin(), more.end());
  }
  return paths;
}

}  // namespace hone::cli
