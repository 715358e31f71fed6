#include <algorithm>
#include <filesystem>

#include "commands.h"
#include "eval_truth.h"
#include "model_access.h"
#include "pictures.h"
#include "table.h"
#include "task_files.h"
#include "tasks/classify.h"
#include "tasks/detect.h"
#include "tensor_error.h"

namespace hone::cli {
namespace {

// COCO counts boxes however unsure; a lower limit would only cost time.
constexpr double kEvalThreshold = 0.001;

struct EvalOptions {
  std::string model;
  std::string data;
  std::string labels;
  std::string against;
  std::string task;
  std::string names;
  std::optional<double> threshold;
  int64_t limit = 0;
  int64_t shift = 0;
  int threads = 0;
  bool offline = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "the model, a file or a name").as("MODEL").require().not_empty();
    v("--data", data, "a folder of pictures, or of one folder a class").as("FOLDER").require();
    v("--labels", labels,
      "what the pictures show: lines of NAME LABEL, CSV or JSON; of boxes a COCO annotation file "
      "or "
      "a folder of YOLO's .txt files")
        .as("FILE")
        .when_unset("the folders' names; of boxes the .txt files beside the pictures");
    v("--against", against, "another model: how far the two agree").as("MODEL2");
    v("--task", task, "what the model's tensors mean, a JSON file; see docs/tasks.md").as("FILE");
    v("--names", names, "names of the model's classes, one a line").as("FILE");
    v("--shift", shift, "added to labels that are numbers, where the model counts from elsewhere")
        .between(-1000, 1000);
    v("--threshold", threshold, "of boxes: leave out what is less sure")
        .between(0, 1)
        .when_unset("0.001");
    v("--limit", limit, "stop after so many pictures; 0: all of them").between(0, 1 << 30);
    v("-t,--threads", threads, "threads to run on")
        .between(0, 1024)
        .when_unset("as many as there are processors");
    v("--offline", offline, "pull nothing");
    v("--json", json, "as one JSON object");
  }
};

Expected<LoadedTask> open_model(const std::string& word, const std::string& task,
                                const std::optional<double>& threshold, const EvalOptions& options,
                                Context& context) {
  HONE_TRY(const ModelFiles files,
           model_files(word, options.offline ? Network::forbidden : Network::allowed, context));
  if (files.path.empty()) {
    return fail(Code::unsupported, "'", printable(word),
                "' is a bundle; hone eval takes one model");
  }
  if (!takes_tensors(files)) {
    return fail(Code::unsupported, printable(files.path, 1000),
                ": is a language model; 'hone perplexity' measures those");
  }
  return load_task(
      files,
      {.task = task, .labels = options.names, .threshold = threshold, .threads = options.threads});
}

template <class T>
void cut_to(std::vector<T>& list, int64_t limit) {
  if (limit > 0 && list.size() > static_cast<size_t>(limit)) {
    list.resize(static_cast<size_t>(limit));
  }
}

template <class T>
std::vector<std::string> paths_of(const std::vector<T>& pictures) {
  std::vector<std::string> paths;
  for (const T& picture : pictures) paths.push_back(picture.path);
  return paths;
}

// What is told at the end: a line each for people, a member each for programs.
class Findings {
 public:
  void add(std::string_view key, std::string_view title, const Share& share) {
    const auto percent = [](double value) { return cat(fixed(100 * value, 1), " %"); };
    lines_.push_back({std::string(title), percent(share.value()),
                      cat("(", percent(share.least()), " to ", percent(share.most()),
                          " with 95 % confidence)")});
    Json json = Json::object();
    json.set("value", share.value());
    json.set("least", share.least());
    json.set("most", share.most());
    json_.set(key, std::move(json));
  }
  void add(std::string_view key, std::string_view title, double value, int digits) {
    lines_.push_back({std::string(title), fixed(value, digits), ""});
    json_.set(key, value);
  }
  void count(std::string_view key, std::string_view title, int64_t value) {
    lines_.push_back({std::string(title), cat(value), ""});
    json_.set(key, value);
  }

  Status print(const EvalOptions& options, Console& console) const {
    if (options.json) return console.print(json_.write() + "\n");
    Table table({{}, {"", Align::right}, {}});
    for (const auto& line : lines_) table.row(line);
    return console.print(table.text_for(console));
  }

 private:
  std::vector<std::vector<std::string>> lines_;
  Json json_ = Json::object();
};

// Those that are at least as probable; a tie goes to the class that comes first.
size_t rank_of(const std::vector<double>& probabilities, size_t index) {
  size_t better = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const bool first = probabilities[i] == probabilities[index] && i < index;
    if (probabilities[i] > probabilities[index] || first) ++better;
  }
  return better;
}

size_t best_of(const std::vector<double>& values) {
  return static_cast<size_t>(std::ranges::max_element(values) - values.begin());
}

struct Agreement {
  Share top1;
  double cosines = 0;  // their sum

  // Of scores, or of probabilities where one of the two was codes.
  Status add(std::vector<double> a, std::vector<double> b) {
    // One of them counts a background first that the other does not have.
    if (a.size() == b.size() + 1) a.erase(a.begin());
    if (b.size() == a.size() + 1) b.erase(b.begin());
    if (a.size() != b.size()) {
      return fail(Code::invalid_argument, "the models tell ", a.size(), " and ", b.size(),
                  " classes apart");
    }
    const Dims dims{static_cast<int64_t>(a.size())};
    HONE_TRY(const Tensor left, tensor_of(a, DType::f64, dims));
    HONE_TRY(const Tensor right, tensor_of(b, DType::f64, dims));
    HONE_TRY(const TensorError error, tensor_error(left, right));
    cosines += error.cosine;
    ++top1.all;
    top1.hits += best_of(a) == best_of(b) ? 1 : 0;
    return {};
  }
};

class ClassEvaluation {
 public:
  ClassEvaluation(const LoadedTask& model, const LoadedTask* against, const EvalOptions& options)
      : model_(model), against_(against), options_(options) {}

  Expected<int> run(Context& context) {
    HONE_TRY(LabeledPictures found, find_labeled_pictures(options_.data, options_.labels));
    cut_to(found.pictures, options_.limit);
    if (found.unlabeled > 0) {
      context.console.note(cat("hone: ", found.unlabeled, " pictures have no label\n"));
    }
    size_t next = 0;
    HONE_TRY(const int status,
             for_each_picture(paths_of(found.pictures), context,
                              [&](const std::string& path, const Image& image) -> Status {
                                while (found.pictures[next].path != path) ++next;
                                HONE_RETURN_IF_ERROR(add(found.pictures[next], image));
                                return {};
                              }));
    HONE_RETURN_IF_ERROR(findings().print(options_, context.console));
    return status;
  }

 private:
  Status add(const LabeledPicture& picture, const Image& image) {
    HONE_TRY_CONTEXT(const ClassScores scores, class_scores(model_.model(), model_.task, image),
                     picture.path);
    HONE_TRY_CONTEXT(const std::vector<double> probabilities,
                     class_probabilities(scores, model_.task), picture.path);
    auto truth =
        class_of(picture.label, class_labels(model_.task, probabilities.size()), options_.shift);
    if (!truth && picture.folder) truth = *picture.folder + options_.shift;
    if (!truth || *truth < 0 || *truth >= static_cast<int64_t>(probabilities.size())) {
      return fail(Code::invalid_argument, picture.path, ": its label '", printable(picture.label),
                  "' is none of the model's ", probabilities.size(), " classes");
    }
    const size_t rank = rank_of(probabilities, static_cast<size_t>(*truth));
    ++top1_.all;
    ++top5_.all;
    top1_.hits += rank < 1 ? 1 : 0;
    top5_.hits += rank < 5 ? 1 : 0;
    if (against_ == nullptr) return {};
    HONE_TRY_CONTEXT(const ClassScores other,
                     class_scores(against_->model(), against_->task, image), picture.path);
    if (scores.step == 0 && other.step == 0) return agreement_.add(scores.values, other.values);
    HONE_TRY_CONTEXT(const std::vector<double> others, class_probabilities(other, against_->task),
                     picture.path);
    return agreement_.add(probabilities, others);
  }

  Findings findings() const {
    Findings made;
    made.count("pictures", "pictures", top1_.all);
    made.add("top1", "top-1", top1_);
    made.add("top5", "top-5", top5_);
    if (against_ == nullptr || agreement_.top1.all == 0) return made;
    made.add("agreement", "same top-1", agreement_.top1);
    made.add("cosine", "mean cosine", agreement_.cosines / static_cast<double>(agreement_.top1.all),
             6);
    return made;
  }

  const LoadedTask& model_;
  const LoadedTask* against_;
  const EvalOptions& options_;
  Share top1_, top5_;
  Agreement agreement_;
};

ScoredBox scored(const Detection& one, int64_t picture) {
  const auto number = [](float v) { return static_cast<double>(v); };
  const Point &corner = one.box.corner, &opposite = one.box.opposite;
  return {.picture = picture,
          .category = static_cast<int64_t>(one.index),
          .x = number(corner.x),
          .y = number(corner.y),
          .width = number(opposite.x) - number(corner.x),
          .height = number(opposite.y) - number(corner.y),
          .score = number(one.score)};
}

ScoredBox in_pixels(ScoredBox box, PictureBoxes::Units units, const Image& image) {
  if (units == PictureBoxes::Units::pixels) return box;
  box.x *= image.width;
  box.width *= image.width;
  box.y *= image.height;
  box.height *= image.height;
  return box;
}

DetectorClasses classes_of(const Task& task) {
  const Json* output = task.fields.find("output");
  const Json* decode = output == nullptr ? nullptr : output->find("decode");
  const bool ssd = decode != nullptr && decode->as_string() && *decode->as_string() == "ssd";
  return {
      .names = task.labels,
      .numbers = ssd ? DetectorClasses::Numbers::coco_ids : DetectorClasses::Numbers::consecutive};
}

class BoxEvaluation {
 public:
  BoxEvaluation(const LoadedTask& model, const LoadedTask* against, const EvalOptions& options)
      : model_(model), against_(against), options_(options) {}

  Expected<int> run(Context& context) {
    HONE_TRY(TrueBoxes truth,
             find_picture_boxes(options_.data, options_.labels, classes_of(model_.task)));
    if (!truth.note.empty()) context.console.note(cat("hone: ", truth.note, "\n"));
    std::vector<PictureBoxes>& pictures = truth.pictures;
    cut_to(pictures, options_.limit);
    size_t next = 0;
    HONE_TRY(const int status, for_each_picture(paths_of(pictures), context,
                                                [&](const std::string& path, const Image& image) {
                                                  while (pictures[next].path != path) ++next;
                                                  return add(pictures[next], image);
                                                }));
    HONE_RETURN_IF_ERROR(findings().print(options_, context.console));
    return status;
  }

 private:
  Status add(const PictureBoxes& picture, const Image& image) {
    HONE_TRY_CONTEXT(const std::vector<Detection> found, detect(model_.model(), model_.task, image),
                     picture.path);
    for (const Detection& one : found) found_.push_back(scored(one, pictures_));
    for (ScoredBox box : picture.boxes) {
      box.picture = pictures_;
      truth_.push_back(in_pixels(box, picture.units, image));
    }
    if (against_ != nullptr) {
      HONE_TRY_CONTEXT(const std::vector<Detection> other,
                       detect(against_->model(), against_->task, image), picture.path);
      for (const Detection& one : other) other_.push_back(scored(one, pictures_));
    }
    ++pictures_;
    return {};
  }

  Findings findings() const {
    Findings made;
    const AveragePrecision precision = average_precision(found_, truth_);
    made.count("pictures", "pictures", pictures_);
    made.count("boxes", "true boxes", static_cast<int64_t>(truth_.size()));
    made.count("categories", "classes with boxes", precision.categories);
    made.add("map50", "mAP at 0.5", precision.at_half(), 4);
    made.add("map", "mAP at 0.5 to 0.95", precision.all, 4);
    if (against_ == nullptr) return made;
    const AveragePrecision agreement = average_precision(found_, other_);
    made.add("agreement_map50", "mAP at 0.5 with the other's boxes as the truth",
             agreement.at_half(), 4);
    made.add("agreement_map", "mAP at 0.5 to 0.95 likewise", agreement.all, 4);
    return made;
  }

  const LoadedTask& model_;
  const LoadedTask* against_;
  const EvalOptions& options_;
  int64_t pictures_ = 0;
  std::vector<ScoredBox> found_, truth_, other_;
};

Expected<int> run_eval(const EvalOptions& options, Context& context) {
  HONE_TRY(LoadedTask model, open_model(options.model, options.task, {}, options, context));
  std::optional<LoadedTask> against;
  if (!options.against.empty()) {
    HONE_TRY(against, open_model(options.against, "", {}, options, context));
    if (against->task.kind != model.task.kind) {
      return fail(Code::invalid_argument, "the models do not do the same: ", model.task.kind,
                  " and ", against->task.kind);
    }
  }
  tell_guess(model.task, context.console);
  if (against) tell_guess(against->task, context.console);
  const LoadedTask* other = against ? &*against : nullptr;
  if (model.task.kind == "classify") return ClassEvaluation(model, other, options).run(context);
  if (model.task.kind == "detect") {
    model.task.fields.set("threshold", options.threshold.value_or(kEvalThreshold));
    return BoxEvaluation(model, other, options).run(context);
  }
  return fail(Code::unsupported, "hone eval measures models that classify or detect, not '",
              printable(model.task.kind), "'; say what it does with --task");
}

}  // namespace

Command eval_command() {
  return make_command<EvalOptions>(
      {.name = "eval",
       .summary = "measure a model's accuracy on labeled pictures",
       .words = "MODEL --data FOLDER",
       .description =
           "Of classifiers: how often the right class is the first, or among the first five, with "
           "the interval in which the true share lies. Of detectors: the mean average precision "
           "as COCO defines it. With --against: how far the answers of two models are the same, "
           "such as a model's and its quantized twin's.",
       .examples = {{"hone eval efficientnet-lite0 --data pictures --labels labels.csv",
                     "top-1 and top-5"},
                    {"hone eval model-int8.onnx --data pictures --labels labels.csv --against "
                     "model.onnx",
                     "what INT8 costs"},
                    {"hone eval yolo.onnx --data images --labels annotations.json", "mAP"}},
       .opens_models = true,
       .takes_backends = true},
      run_eval);
}

}  // namespace hone::cli
