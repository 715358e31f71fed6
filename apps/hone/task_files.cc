#include "task_files.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "progress.h"
#include "status_line.h"
#include "tasks/guess.h"
#include "tasks/ultralytics.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxListFile = uint64_t{16} << 20;
constexpr size_t kMaxInputs = 1'000'000;
constexpr int kBarWidth = 20;

bool has_ending(const fs::path& path, InputKind kind) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  static constexpr std::string_view kPictures[] = {".jpg", ".jpeg", ".png", ".webp",
                                                   ".bmp", ".ppm",  ".pgm"};
  static constexpr std::string_view kSounds[] = {".wav", ".flac", ".ogg", ".opus",
                                                 ".mp3", ".aiff", ".aif"};
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

// Names in a folder that `wanted` takes, in order.
template <class Wanted>
Expected<std::vector<std::string>> list_folder(const fs::path& folder, Wanted wanted) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code broken;  // a link that leads nowhere, or in a circle, is no file
    if (!wanted(at->path()) || !at->is_regular_file(broken)) continue;
    paths.push_back(at->path().string());
    if (paths.size() > kMaxInputs) {
      return fail(Code::limit_exceeded, folder.string(), ": more than ", kMaxInputs, " files");
    }
  }
  if (error) return fail(Code::io, folder.string(), ": cannot be listed: ", error.message());
  std::ranges::sort(paths);
  return paths;
}

Expected<std::vector<std::string>> expand_pattern(const std::string& word) {
  const fs::path path(word);
  const std::string pattern = path.filename().string();
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const auto wanted = [&](const fs::path& file) { return fits(pattern, file.filename().string()); };
  HONE_TRY(std::vector<std::string> paths, list_folder(folder, wanted));
  if (!paths.empty()) return paths;
  return fail(Code::not_found, "no file fits '", printable(word), "'");
}

Expected<Json> read_task_json(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxListFile));
  HONE_TRY_CONTEXT(Json json, Json::parse(text), path);
  return json;
}

std::string progress_text(size_t done, size_t total, const std::string& name, double seconds) {
  const size_t filled = done * kBarWidth / total;
  const std::string bar = cat(std::string(filled, '='), std::string(kBarWidth - filled, ' '));
  std::string text = cat("[", bar, "] ", done, " of ", total);
  if (done > 0) {
    const double left = seconds / static_cast<double>(done) * static_cast<double>(total - done);
    text += cat("  ", human_duration(left), " left");
  }
  return cat(text, "  ", printable(name));
}

}  // namespace

TaskModel LoadedTask::model() const {
  TaskModel made;
  made.session = program.session.get();
  for (const ProgramValue& input : program.inputs) made.inputs.push_back(input.name);
  made.outputs = program.outputs;
  made.codes = program.codes;
  return made;
}

Expected<Task> find_task(const ModelFiles& files, const TaskOverrides& overrides,
                         const LoadedProgram& model) {
  Json described = files.task;
  if (!overrides.task.empty()) {
    HONE_TRY(described, read_task_json(overrides.task));
  }
  std::vector<std::string> names;
  const std::string* labels = overrides.labels.empty() ? files.file("labels") : &overrides.labels;
  if (labels != nullptr) {
    HONE_TRY(names, read_list(*labels));
  }
  if (names.empty()) names = model.labels;
  ModelHints hints{.classes = names.size()};
  if (model.onnx) hints.metadata = model.onnx->metadata;
  Task task;
  if (described.is_null()) {
    task = guess_task(model.session->program(), hints);
  } else {
    HONE_TRY_CONTEXT(task, parse_task(described), "task");
  }
  const bool takes_names = task.labels.empty() || task.guessed || !overrides.labels.empty();
  if (takes_names && !names.empty()) task.labels = std::move(names);
  if (task.labels.empty()) {
    if (auto exported = read_ultralytics(hints.metadata)) task.labels = std::move(exported->names);
  }
  if (overrides.threshold) task.fields.set("threshold", *overrides.threshold);
  return task;
}

void tell_guess(const Task& task, Console& console) {
  if (!task.note.empty()) console.note(cat("hone: ", task.note, "\n"));
}

Expected<LoadedTask> load_task(const ModelFiles& files, const TaskOverrides& overrides) {
  LoadedTask made;
  HONE_TRY(made.program, load_program(files, {.threads = overrides.threads}));
  HONE_TRY(made.task, find_task(files, overrides, made.program));
  return made;
}

Expected<const LoadedTask*> BundleParts::load(std::string_view role) {
  const ModelFiles* part = files_->part(role);
  if (part == nullptr) {
    return fail(Code::invalid_argument, "'", files_->name, "' lacks the part '", role, "'");
  }
  HONE_TRY(LoadedTask loaded, load_task(*part, {.threads = threads_}));
  return &parts_.insert_or_assign(std::string(role), std::move(loaded)).first->second;
}

Expected<TaskPart> BundleParts::load_part(std::string_view role) {
  HONE_TRY(const LoadedTask* loaded, load(role));
  return TaskPart{loaded->model(), loaded->task};
}

Expected<std::vector<std::string>> read_list(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxListFile));
  if (!trim(text).starts_with('[')) return parse_labels(text);
  HONE_TRY_CONTEXT(const Json json, Json::parse(text), path);
  std::vector<std::string> list;
  for (const Json& item : *json.as_array()) {
    if (item.as_string() == nullptr) {
      return fail(Code::corrupt, path, ": must be a list of texts");
    }
    list.push_back(*item.as_string());
  }
  return list;
}

Expected<std::vector<std::string>> expand_inputs(const std::vector<std::string>& words,
                                                 InputKind kind) {
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    std::error_code error;
    std::vector<std::string> more = {word};
    if (fs::is_directory(word, error)) {
      HONE_TRY(more, list_folder(word, [&](const fs::path& p) { return has_ending(p, kind); }));
      if (more.empty()) {
        return fail(Code::not_found, word, ": no ",
                    kind == InputKind::picture ? "pictures" : "sounds", " in this folder");
      }
    } else if (word.find_first_of("*?") != word.npos && !fs::exists(word, error)) {
      HONE_TRY(more, expand_pattern(word));
    }
    paths.insert(paths.end(), more.begin(), more.end());
  }
  return paths;
}

Expected<int> for_each_picture(const std::vector<std::string>& paths, Context& context,
                               const PictureWork& work) {
  int status = 0;
  StatusLine line(context.console);
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < paths.size(); ++i) {
    if (context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    if (paths.size() > 1) {
      const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start;
      line.show(progress_text(i, paths.size(), paths[i], gone.count()));
    }
    Expected<Image> image = read_image(paths[i]);
    line.clear();
    Status done = image ? work(paths[i], std::move(*image)) : Status();
    if (!image) done = std::unexpected(std::move(image).error());
    if (done) continue;
    Error error = std::move(done).error();
    if (paths.size() == 1) return std::unexpected(std::move(error));
    context.console.error(error);
    if (status == 0) status = info(error.code).exit_status;
  }
  return status;
}

Expected<DrawnPictures> DrawnPictures::create(const std::string& out, size_t pictures,
                                              std::string_view ending) {
  DrawnPictures made;
  made.ending_ = ending;
  made.out_ = out;
  if (out.empty()) return made;
  std::error_code error;
  const bool folder = pictures > 1 || fs::is_directory(out, error) || out.ends_with('/');
  if (!folder) {
    HONE_TRY([[maybe_unused]] const ImageFormat format, image_format_of(out));
    return made;
  }
  made.target_ = Target::folder;
  fs::create_directories(out, error);
  if (error) return fail(Code::io, out, ": cannot be made a folder: ", error.message());
  return made;
}

Status DrawnPictures::write(const std::string& picture_path, const Image& image) {
  if (target_ == Target::file) return write_image(out_, image);
  const std::string stem = fs::path(picture_path).stem().string();
  std::string name = stem;
  for (int i = 2; !used_.insert(name).second; ++i) name = cat(stem, "-", i);
  return write_image((fs::path(out_) / (name + ending_)).string(), image);
}

}  // namespace hone::cli
