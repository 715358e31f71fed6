#include "write_engine.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "backend/cpu/processor.h"
#include "backend/cpu/target.h"
#include "commands.h"
#include "engine/check_program.h"
#include "engine/fields.h"
#include "engine/write.h"
#include "open/load_language_model.h"
#include "open/load_program.h"
#include "passes/input_shapes.h"
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
  uint64_t targets = 0;  // a bit each

  uint64_t bytes() const {
    const Layout* found = find_layout(layout);
    const Dims dims(type.shape, {});
    return static_cast<uint64_t>(found == nullptr ? size_bytes(type.dtype, dims)
                                                  : found->packed_bytes(dims));
  }
};

// Each pair of name and layout once, in the order of their use, whichever targets want it.
class WantedList {
 public:
  // What follows is wanted by these targets, a bit each.
  void begin(uint64_t targets) { targets_ = targets; }
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
  // Those that are wanted by all of these targets are not told apart.
  void finish(uint64_t all) {
    for (Wanted& one : list_) {
      if (one.targets == all) one.targets = 0;
    }
  }
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
    const auto [at, is_new] = seen_.try_emplace({one.name, one.layout}, list_.size());
    if (is_new) list_.push_back(std::move(one));
    list_[at->second].targets |= targets_;
  }
  uint64_t targets_ = 0;
  std::vector<Wanted> list_;
  std::map<std::pair<std::string, std::string>, size_t> seen_;
};

// A stored program and its weights as no kernel packed them. Weights of block dtypes stay: their
// layout is the plan's, not a target's.
class PlainProgram {
 public:
  static Expected<PlainProgram> of(Program program, const WeightMap& stored) {
    PlainProgram plain;
    for (const auto& [name, copies] : stored.by_name) {
      const auto canonical = copies.find(kCanonicalLayout);
      if (canonical != copies.end()) plain.weights.add_canonical(name, canonical->second);
    }
    HONE_RETURN_IF_ERROR(plain.add(program, stored));
    plain.program = std::move(program);
    return plain;
  }

  Program program;
  WeightMap weights;

 private:
  Status add(Program& from, const WeightMap& stored) {
    for (ProgramItem& item : from.items) {
      for (PlanValue& value : item.plan.values) {
        if (value.storage != Storage::weight || value.layout == kCanonicalLayout) continue;
        HONE_RETURN_IF_ERROR(add(value, stored));
        if (!is_block_quantized(value.type.dtype)) value.layout = kCanonicalLayout;
      }
      for (Program& body : item.bodies) HONE_RETURN_IF_ERROR(add(body, stored));
    }
    return {};
  }

  Status add(const PlanValue& value, const WeightMap& stored) {
    const StoredWeight* copies = stored.find(value.name);
    const Layout* layout = find_layout(value.layout);
    const auto copy =
        copies == nullptr ? StoredWeight::const_iterator() : copies->find(value.layout);
    const Dims dims(value.type.shape, {});
    if (copies == nullptr || copy == copies->end() || layout == nullptr ||
        layout->dtype != value.type.dtype ||
        layout->packed_bytes(dims) != std::ssize(copy->second)) {
      return fail(Code::corrupt, "weight '", printable(value.name), "' is not stored as ",
                  printable(value.layout));
    }
    StoredWeight& own = weights.by_name[value.name];
    if (is_block_quantized(value.type.dtype)) own.insert(*copy);
    if (!own.contains(kCanonicalLayout)) {
      unpacked_.push_back(unpacked(*layout, copy->second, dims));
      own.emplace(kCanonicalLayout, unpacked_.back());
    }
    return {};
  }

  std::vector<ZeroedVector<std::byte>> unpacked_;
};

// --shapes tokens=1:OPT:MAX: how many tokens of a prompt one run takes.
Expected<LanguageModelOptions> language_model_sizes(std::span<const std::string> shapes) {
  constexpr int64_t kMost = 65536;
  LanguageModelOptions options;
  for (const std::string& text : shapes) {
    HONE_TRY(const passes::InputSizes sizes, passes::parse_input_sizes(text));
    const bool is_range = sizes.min.size() == 1 && sizes.min[0] == 1 && sizes.max[0] <= kMost;
    if (sizes.name != "tokens" || !is_range) {
      return fail(
          Code::invalid_argument, "--shapes ", printable(text),
          ": what a language model leaves open is tokens=1:OPT:MAX, how many of a prompt one "
          "run takes; MAX is at most ",
          kMost);
    }
    options.max_tokens = sizes.max[0];
  }
  return options;
}

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
  Expected<WrittenEngine> run(const EngineFile& engine) {
    HONE_RETURN_IF_ERROR(repack(engine));
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
    HONE_TRY(const LanguageModelOptions sizes, language_model_sizes(files_.shapes));
    HONE_TRY(const GgufFile file, GgufFile::open(files_.path));
    HONE_TRY(const LanguageModelGraph graph, build_language_model(file, sizes));
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
    WantedList wanted;  // all kernels read the weights of language models alike
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
    WantedList wanted = choose_layouts(made);
    if (Status sound = check_program(made.program); !sound) {  // such as constants that are texts
      return fail(Code::unsupported, files_.path, ": cannot be stored: ", sound.error().text());
    }
    HONE_RETURN_IF_ERROR(provenance(imported.file->bytes(), {}));
    HONE_RETURN_IF_ERROR(record(section_kind::kProgram, made.program));
    HONE_RETURN_IF_ERROR(record(section_kind::kInterface, made.interface));
    HONE_RETURN_IF_ERROR(tunings(options_.tunings));
    HONE_RETURN_IF_ERROR(companions(imported.labels));
    return weights(wanted, steering_weights(made.program), made.weights);
  }

  // Section by section, in the order in which they stand.
  Status repack(const EngineFile& engine) {
    PreparedProgram made;
    HONE_TRY(made.program, engine.program());
    HONE_TRY(const WeightMap stored, engine.weights_of(made.program));
    HONE_TRY_CONTEXT(PlainProgram plain, PlainProgram::of(std::move(made.program), stored),
                     engine.path());
    made.program = std::move(plain.program);
    made.weights = std::move(plain.weights);
    WantedList wanted = choose_layouts(made);
    const WeightNames steering = steering_weights(made.program);
    bool tunings_are_written = false;
    for (const EngineSection& section : engine.sections()) {
      if (section.kind == section_kind::kProgram) {
        HONE_RETURN_IF_ERROR(record(section_kind::kProgram, made.program));
      } else if (section.kind == section_kind::kWeightData) {
        HONE_RETURN_IF_ERROR(weights(wanted, steering, made.weights));
      } else if (section.kind == section_kind::kTuning) {
        if (tunings_are_written) continue;
        tunings_are_written = true;
        HONE_TRY(const std::vector<Tuning> measured, engine.tunings());
        HONE_RETURN_IF_ERROR(tunings(of_targets(measured)));
      } else if (section.kind != section_kind::kWeights) {
        HONE_TRY(const Bytes bytes, engine.section(section.kind, section.part, section.role));
        HONE_RETURN_IF_ERROR(writer_.add(section.kind, section.part, section.role, bytes));
      }
    }
    return {};
  }

  // In the program those of the first target; and all that any target wants of the weights.
  WantedList choose_layouts(PreparedProgram& made) const {
    const Program plain = made.program;
    WantedList wanted;
    uint64_t all = 0;
    for (const EngineTarget& target : options_.targets) {
      Program packed = plain;
      if (target.isa) choose_weight_layouts(packed, made.weights, *target.isa);
      const uint64_t bit = all + 1;  // the next
      wanted.begin(bit);
      wanted.add(packed);
      if (all == 0) made.program = std::move(packed);
      all += bit;
    }
    wanted.finish(all);
    return wanted;
  }

  // What was measured on processors of the targets.
  std::vector<Tuning> of_targets(std::vector<Tuning> measured) const {
    const auto is_of = [&](const Tuning& tuning) {
      return std::ranges::any_of(options_.targets, [&](const EngineTarget& target) {
        return target.isa && (is_processor_of(tuning.processor, *target.isa) ||
                              (is_for_here(target) && tuning.processor == processor_key()));
      });
    };
    std::erase_if(measured, [&](const Tuning& tuning) { return !is_of(tuning); });
    return measured;
  }

  Status tunings(std::span<const Tuning> measured) {
    for (size_t i = 0; i < measured.size(); ++i) {
      const std::string bytes = write_record(measured[i]);
      HONE_RETURN_IF_ERROR(
          writer_.add(section_kind::kTuning, {}, i == 0 ? std::string() : cat(i), as_bytes(bytes)));
    }
    return {};
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
    for (const EngineTarget& target : options_.targets) index.targets.emplace_back(target.name);
    HONE_RETURN_IF_ERROR(writer_.begin(section_kind::kWeightData, {}, kEngineWeightAlign));
    for (const Wanted& one : wanted.list()) {
      if (steer > 0 && index.weights.size() == steer) HONE_RETURN_IF_ERROR(writer_.end_chunk());
      HONE_TRY_CONTEXT(index.weights.emplace_back(), weight(one, map), "weight '", one.name, "'");
      HONE_RETURN_IF_ERROR(progress_(made_.weight_bytes, total));
    }
    made_.targets = target_shares(index);
    return record(section_kind::kWeights, index);
  }

  Expected<EngineWeight> weight(const Wanted& wanted, const WeightMap& map) {
    const StoredWeight* stored = map.find(wanted.name);
    if (stored == nullptr) return fail(Code::internal, "has no source");
    const auto exact = stored->find(wanted.layout);
    const auto found = exact != stored->end() ? exact : stored->find(kCanonicalLayout);
    if (found == stored->end()) return fail(Code::internal, "has no source");
    Bytes bytes = found->second;
    ZeroedVector<std::byte> packed;
    if (exact != stored->end()) {
      if (wanted.layout != kCanonicalLayout) ++made_.packed;
    } else if (const Layout* layout = find_layout(wanted.layout)) {
      packed = hone::packed(*layout, bytes, Dims(wanted.type.shape, {}));
      bytes = packed;
      ++made_.packed;
    }
    const uint64_t align = bytes.size() < kEngineWeightAlign ? kEngineAlign : kEngineWeightAlign;
    HONE_TRY(const uint64_t offset, writer_.append(bytes, align));
    ++made_.weights;
    made_.weight_bytes += bytes.size();
    return EngineWeight{wanted.name, wanted.layout, offset, bytes.size(), wanted.targets};
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

Expected<WrittenEngine> repack_engine(const EngineFile& engine, const std::string& path,
                                      const EngineOptions& options,
                                      const EngineProgress& progress) {
  const bool has_parts = std::ranges::any_of(
      engine.sections(), [](const EngineSection& section) { return !section.part.empty(); });
  if (has_parts || !engine.holds(section_kind::kWeightData)) {
    return fail(Code::unsupported, engine.path(),
                ": holds several models, or none with weights; engines of one are packed anew");
  }
  if (!engine.holds(section_kind::kProgram)) {
    return fail(Code::unsupported, engine.path(),
                ": is a language model, which all processors read in one layout");
  }
  HONE_TRY(EngineWriter writer, EngineWriter::create(path));
  return Build({}, writer, options, progress).run(engine);
}

}  // namespace hone::cli
