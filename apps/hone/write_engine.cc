#include "write_engine.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "backend/cpu/target.h"
#include "commands.h"
#include "engine/check_program.h"
#include "engine/fields.h"
#include "engine/write.h"
#include "open/load_language_model.h"
#include "open/load_program.h"
#include "passes/pipeline.h"
#include "runtime/weight_layouts.h"
#include "tensor/layout/layout.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxCompanion = uint64_t{64} << 20;

// A weight as a plan wants it, or as a host step reads it.
struct Wanted {
  std::string name;
  TensorType type;
  std::string layout;

  uint64_t bytes() const {
    const Layout* found = find_layout(layout);
    const Dims dims(type.shape, {});
    return static_cast<uint64_t>(found == nullptr ? size_bytes(type.dtype, dims)
                                                  : found->packed_bytes(dims));
  }
};

// Each pair of name and layout once, in the order of their use.
class WantedList {
 public:
  void add(const Plan& plan) {
    for (const PlanValue& value : plan.values) {
      if (value.storage == Storage::weight) add({value.name, value.type, value.layout});
    }
  }
  void add(const GgufTensor& tensor) {
    Shape shape;
    for (const int64_t size : tensor.shape()) shape.emplace_back(size);
    add({std::string(tensor.name),
         {tensor.dtype, std::move(shape)},
         std::string(kCanonicalLayout)});
  }
  void add(const Program& program) {
    for (const int32_t index : program.constants) {
      const ProgramValue& value = program.values[static_cast<size_t>(index)];
      add({value.name, value.type.tensor, std::string(kCanonicalLayout)});
    }
    for (const ProgramItem& item : program.items) {
      add(item.plan);
      for (const Program& body : item.bodies) add(body);
    }
  }
  const std::vector<Wanted>& list() const { return list_; }
  // Puts those first that steer, so that readers need to hash little; how many they are.
  size_t put_first(const WeightNames& steering) {
    const auto rest = std::ranges::stable_partition(
        list_, [&](const Wanted& one) { return steering.contains(one.name); });
    return static_cast<size_t>(rest.begin() - list_.begin());
  }
  uint64_t bytes() const {
    uint64_t total = 0;
    for (const Wanted& one : list_) total += one.bytes();
    return total;
  }

 private:
  void add(Wanted one) {
    if (seen_.emplace(one.name, one.layout).second) list_.push_back(std::move(one));
  }
  std::vector<Wanted> list_;
  std::set<std::pair<std::string, std::string>> seen_;
};

class Build {
 public:
  Build(const ModelFiles& files, EngineWriter& writer, const EngineOptions& options,
        const EngineProgress& progress)
      : files_(files), writer_(writer), options_(options), progress_(progress) {}

  Expected<WrittenEngine> run() {
    const bool tensors = files_.format && files_.format != FileFormat::gguf;
    HONE_RETURN_IF_ERROR(tensors ? import_and_write() : language_model());
    return finish();
  }
  Expected<WrittenEngine> run(const ImportedProgram& imported, const ir::Graph& graph) {
    HONE_RETURN_IF_ERROR(program(imported, graph));
    return finish();
  }

 private:
  Expected<WrittenEngine> finish() {
    HONE_RETURN_IF_ERROR(writer_.finish());
    std::error_code ignored;
    made_.bytes = std::filesystem::file_size(writer_.path(), ignored);
    return made_;
  }

  template <class T>
  Status record(std::string_view kind, const T& value) {
    const std::string bytes = write_record(value);
    return writer_.add(kind, {}, {}, as_bytes(bytes));
  }

  Status provenance(Bytes source, std::string_view license) {
    const EngineProvenance made{
        .tool = cat("hone ", kVersion),
        .source = std::filesystem::path(files_.path).filename().string(),
        .source_format = std::string(files_.format ? name_of(*files_.format) : "gguf"),
        .source_bytes = source.size(),
        .source_sha256 = hex(sha256(source)),
        .license = std::string(license),
        .release = options_.release};
    return record(section_kind::kProvenance, made);
  }

  Status language_model() {
    HONE_TRY(const GgufFile file, GgufFile::open(files_.path));
    HONE_TRY(const LanguageModelGraph graph, build_language_model(file));
    HONE_TRY_CONTEXT(const PlannedLanguageModel planned,
                     plan_language_model(graph, options_.pipeline), file.name());
    const Plan& plan = planned.plan;
    HONE_TRY(const std::string_view license, file.find_string("general.license", ""));
    HONE_RETURN_IF_ERROR(provenance(file.bytes(), license));
    HONE_RETURN_IF_ERROR(record(section_kind::kLanguageModel, graph.info));
    HONE_RETURN_IF_ERROR(record(section_kind::kPlan, plan));
    // A model that takes tokens only has no tokenizer.
    const auto tokenizer = LanguageModelFile::tokenizer_of(file);
    if (tokenizer) HONE_RETURN_IF_ERROR(record(section_kind::kTokenizer, *tokenizer));
    if (!tokenizer && tokenizer.error().code != Code::unsupported) {
      return std::unexpected(tokenizer.error());
    }
    WantedList wanted;
    wanted.add(plan);
    std::vector<std::shared_ptr<const std::vector<std::byte>>> constants;
    WeightMap map = weights_of(planned.graph, constants);
    HONE_RETURN_IF_ERROR(keep_source(file, wanted, map));
    return weights(wanted, steering_weights(plan), map);
  }

  // What the plan does not need of a GGUF in one file, so that it can be had back (write_gguf.h).
  Status keep_source(const GgufFile& file, WantedList& wanted, WeightMap& map) {
    if (file.file_count() != 1) return {};
    for (const GgufTensor& tensor : file.tensors()) {
      if (map.find(tensor.name) == nullptr) {
        map.add_canonical(std::string(tensor.name), tensor.data);
        wanted.add(tensor);
      }
    }
    return writer_.add(section_kind::kSourceHead, {}, "gguf", file.head());
  }

  Status import_and_write() {
    HONE_TRY(ImportedProgram imported, import_program(files_));
    HONE_TRY_CONTEXT(
        const ir::Graph graph,
        passes::run_pipeline(std::move(imported.graph), cpu_target(), options_.pipeline),
        files_.path);
    return program(imported, graph);
  }

  Status program(const ImportedProgram& imported, const ir::Graph& graph) {
    HONE_TRY_CONTEXT(PreparedProgram made, prepare_program(imported, graph, options_.precision),
                     files_.path);
    choose_weight_layouts(made.program, made.weights, best_isa());
    if (Status sound = check_program(made.program); !sound) {  // such as constants that are texts
      return fail(Code::unsupported, files_.path, ": cannot be stored: ", sound.error().text());
    }
    HONE_RETURN_IF_ERROR(provenance(imported.file->bytes(), {}));
    HONE_RETURN_IF_ERROR(record(section_kind::kProgram, made.program));
    HONE_RETURN_IF_ERROR(record(section_kind::kInterface, made.interface));
    if (options_.tuning != nullptr) {
      HONE_RETURN_IF_ERROR(record(section_kind::kTuning, *options_.tuning));
    }
    HONE_RETURN_IF_ERROR(companions(imported.labels));
    WantedList wanted;
    wanted.add(made.program);
    return weights(wanted, steering_weights(made.program), made.weights);
  }

  // The task, what lies beside the model, and the names of classes that it carries.
  Status companions(const std::vector<std::string>& labels) {
    if (!files_.task.is_null()) {
      const std::string task = files_.task.write();
      HONE_RETURN_IF_ERROR(writer_.add(section_kind::kTask, {}, {}, as_bytes(task)));
    }
    if (files_.file("labels") == nullptr && !labels.empty()) {
      Json list = Json::array();
      for (const std::string& label : labels) list.push(label);
      const std::string text = list.write();
      HONE_RETURN_IF_ERROR(writer_.add(section_kind::kFile, {}, "labels", as_bytes(text)));
    }
    for (const auto& [role, path] : files_.files) {
      HONE_TRY(const std::string content, read_file(path, kMaxCompanion));
      HONE_RETURN_IF_ERROR(writer_.add(section_kind::kFile, {}, role, as_bytes(content)));
    }
    return {};
  }

  Status weights(WantedList& wanted, const WeightNames& steering, const WeightMap& map) {
    const uint64_t total = wanted.bytes();
    const size_t steer = wanted.put_first(steering);
    HONE_RETURN_IF_ERROR(progress_(0, total));  // passes may have taken a while
    EngineWeights index;
    HONE_RETURN_IF_ERROR(writer_.begin(section_kind::kWeightData, {}, kEngineWeightAlign));
    for (const Wanted& one : wanted.list()) {
      if (steer > 0 && index.weights.size() == steer) HONE_RETURN_IF_ERROR(writer_.end_chunk());
      HONE_TRY_CONTEXT(index.weights.emplace_back(), weight(one, map), "weight '", one.name, "'");
      HONE_RETURN_IF_ERROR(progress_(made_.weight_bytes, total));
    }
    return record(section_kind::kWeights, index);
  }

  Expected<EngineWeight> weight(const Wanted& wanted, const WeightMap& map) {
    const StoredWeight* stored = map.find(wanted.name);
    const auto found =
        stored == nullptr ? StoredWeight::const_iterator() : stored->find(kCanonicalLayout);
    if (stored == nullptr || found == stored->end()) {
      return fail(Code::internal, "has no source");
    }
    Bytes bytes = found->second;
    ZeroedVector<std::byte> packed;
    if (const Layout* layout = find_layout(wanted.layout)) {
      packed = hone::packed(*layout, bytes, Dims(wanted.type.shape, {}));
      bytes = packed;
      ++made_.packed;
    }
    const uint64_t align = bytes.size() < kEngineWeightAlign ? kEngineAlign : kEngineWeightAlign;
    HONE_TRY(const uint64_t offset, writer_.append(bytes, align));
    ++made_.weights;
    made_.weight_bytes += bytes.size();
    return EngineWeight{wanted.name, wanted.layout, offset, bytes.size()};
  }

  const ModelFiles& files_;
  EngineWriter& writer_;
  const EngineOptions& options_;
  const EngineProgress& progress_;
  WrittenEngine made_;
};

}  // namespace

Expected<WrittenEngine> write_engine(const ModelFiles& files, const std::string& path,
                                     const EngineOptions& options, const EngineProgress& progress) {
  HONE_TRY(EngineWriter writer, EngineWriter::create(path));
  return Build(files, writer, options, progress).run();
}

Expected<WrittenEngine> write_engine(const ModelFiles& files, const ImportedProgram& imported,
                                     const ir::Graph& graph, const std::string& path,
                                     const EngineOptions& options, const EngineProgress& progress) {
  HONE_TRY(EngineWriter writer, EngineWriter::create(path));
  return Build(files, writer, options, progress).run(imported, graph);
}

}  // namespace hone::cli
