// Engines whose hashes are right and whose maker means harm: each asks for memory or time that its
// bytes do not account for, or says a thing twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/fields.h"
#include "engine/write.h"
#include "open/load_language_model.h"
#include "open/load_program.h"
#include "support/scratch_folder.h"
#include "support/tiny_models.h"
#include "write_engine.h"

namespace hone::cli {
namespace {

using ::testing::HasSubstr;

ModelFiles engine_at(const std::string& path) { return {.path = path, .format = FileFormat::hone}; }

struct StoredBytes {
  std::string name;
  std::string bytes;
  std::string layout = "canonical";
};

std::string text_of(const Error& error) { return error.text(); }

// An engine of a program, as its parts stand here.
class Forgery {
 public:
  Program program;
  EngineWeights index;  // of all weights, once they are added

  std::string path() const { return folder_.path() + "/forged.hone"; }
  void add(const StoredBytes& weight) {
    data_.resize((data_.size() + 63) / 64 * 64);
    index.weights.push_back({weight.name, weight.layout, data_.size(), weight.bytes.size()});
    data_ += weight.bytes;
  }
  void write() const {
    auto writer = EngineWriter::create(path());
    ASSERT_TRUE(writer) << writer.error().text();
    EngineInterface interface;
    interface.outputs.resize(program.outputs.size(), "out");
    add(*writer, section_kind::kProgram, write_record(program));
    add(*writer, section_kind::kInterface, write_record(interface));
    add(*writer, section_kind::kProvenance, write_record(EngineProvenance()));
    add(*writer, section_kind::kWeightData, data_);
    add(*writer, section_kind::kWeights, write_record(index));
    ASSERT_TRUE(writer->finish());
  }
  Expected<LoadedProgram> load() const {
    write();
    return load_program(engine_at(path()), {.threads = 1});
  }
  // What is said against it.
  std::string refusal() const {
    const auto loaded = load();
    return loaded ? "it was loaded" : text_of(loaded.error());
  }

 private:
  static void add(EngineWriter& writer, std::string_view kind, const std::string& content) {
    ASSERT_TRUE(writer.add(kind, {}, {}, as_bytes(content)));
  }
  test::ScratchFolder folder_;
  std::string data_;
};

// Constants of these names that are the outputs, too.
void set_constants(Program& program, const std::vector<ProgramValue>& constants) {
  program.values = constants;
  for (size_t i = 0; i < constants.size(); ++i) {
    program.constants.push_back(static_cast<int32_t>(i));
    program.outputs.push_back(static_cast<int32_t>(i));
  }
}

const TensorType kFour{DType::f32, {Dim(4)}};

TEST(ForgedEngine, AConstantOfManyValuesIsOneCopy) {
  Forgery forgery;
  set_constants(forgery.program, {{"c", kFour}, {"c", kFour}});
  forgery.add({"c", std::string(16, 0)});
  auto loaded = forgery.load();
  ASSERT_TRUE(loaded) << loaded.error().text();
  const auto outputs = loaded->session->run({});
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)[0].tensor.view().data, (*outputs)[1].tensor.view().data);
}

TEST(ForgedEngine, AConstantHasOneType) {
  Forgery forgery;
  set_constants(forgery.program, {{"c", kFour}, {"c", TensorType{DType::f32, {Dim(2), Dim(2)}}}});
  forgery.add({"c", std::string(16, 0)});
  EXPECT_THAT(forgery.refusal(), HasSubstr("weight 'c' has two types"));
}

TEST(ForgedEngine, WeightsStandOnceAndApart) {
  Forgery forgery;
  set_constants(forgery.program, {{"c", kFour}, {"d", kFour}});
  forgery.add({"c", std::string(16, 0)});
  forgery.add({"d", std::string(16, 0)});
  EXPECT_TRUE(forgery.load());
  forgery.index.weights[1].offset = 0;
  EXPECT_THAT(forgery.refusal(), HasSubstr("lies on another"));
  forgery.index.weights[1] = forgery.index.weights[0];
  EXPECT_THAT(forgery.refusal(), HasSubstr("weight 'c' stands there as canonical twice"));
}

TEST(ForgedEngine, SectionsStandOnce) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/twice.hone";
  auto writer = EngineWriter::create(path).value();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(writer.add("file", {}, "labels", {}));
  ASSERT_TRUE(writer.finish());
  EXPECT_THAT(text_of(EngineFile::open(path).error()), HasSubstr("'labels' stands there twice"));
}

TEST(ForgedEngine, SectionsAreBounded) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/many.hone";
  auto writer = EngineWriter::create(path).value();
  for (size_t i = 0; i <= kEngineMaxSections; ++i) {
    ASSERT_TRUE(writer.add("file", {}, cat(i), {}));
  }
  ASSERT_TRUE(writer.finish());
  EXPECT_THAT(text_of(EngineFile::open(path).error()), HasSubstr("at most 4096 are read"));
}

TEST(ForgedEngine, ChunksAreBounded) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/chunk.hone";
  const std::string body((size_t{4} << 20) + 1, 0);
  const Sha256Digest digest = sha256(as_bytes(body));
  const std::string manifest =
      write_record(EngineManifest{{}, {{body.size(), std::as_bytes(std::span(digest))}}});
  EngineHeader header;
  header.manifest_offset = sizeof header + body.size();
  header.manifest_bytes = manifest.size();
  header.digest = engine_digest(header, as_bytes(manifest));
  std::ofstream(path, std::ios::binary)
      << std::string(reinterpret_cast<const char*>(&header), sizeof header) << body << manifest;
  EXPECT_THAT(text_of(EngineFile::open(path).error()), HasSubstr("a chunk holds 4194305 bytes"));
}

TEST(ForgedEngine, AHostStepGivesWhatItsProgramTakes) {
  Forgery forgery;
  Program& program = forgery.program;
  program.values = {{"x", kFour}, {"a", Type()}, {"b", Type()}};
  program.inputs = {0};
  program.outputs = {1, 2};
  program.items.resize(1);
  program.items[0].kind = ProgramItem::Kind::host;
  program.items[0].step.op = find_op("nonzero");
  program.items[0].operands = {0};
  program.items[0].results = {1, 2};
  auto loaded = forgery.load();
  ASSERT_TRUE(loaded) << loaded.error().text();
  const std::vector<RunValue> inputs = {Tensor::allocate(DType::f32, {4}).value()};
  const auto outputs = loaded->session->run(inputs);
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code, Code::corrupt);
}

// Engines of others may say of any weight that it is packed.
TEST(ForgedEngine, AStepThatKnowsNoLayoutsReadsPackedWeights) {
  Forgery forgery;
  Program& program = forgery.program;
  const TensorType square{DType::f32, {Dim(2), Dim(2)}};
  program.values = {{"x", square}, {"y", square}};
  program.inputs = {0};
  program.outputs = {1};
  program.items.resize(1);
  program.items[0].operands = {0};
  program.items[0].results = {1};
  Plan& plan = program.items[0].plan;
  plan.values = {
      {.name = "x", .type = square, .storage = Storage::input},
      {.name = "w", .type = square, .storage = Storage::weight, .layout = "f32.columns16.v1"},
      {.name = "y", .type = square}};
  plan.inputs = {0};
  plan.outputs = {2};
  const OpDef* binary = find_op("binary");
  plan.steps = {{.op = binary, .name = "b", .attrs = binary->default_attrs(), .operands = {0, 1}}};
  plan.steps[0].results = {2};
  std::vector<float> packed(2 * 16);
  packed[0] = 1, packed[1] = 2, packed[16] = 3, packed[17] = 4;
  const auto* bytes = reinterpret_cast<const char*>(packed.data());
  forgery.add({"w", std::string(bytes, packed.size() * sizeof(float)), "f32.columns16.v1"});
  auto loaded = forgery.load();
  ASSERT_TRUE(loaded) << loaded.error().text();
  const std::vector<RunValue> inputs = {Tensor::allocate(DType::f32, {2, 2}).value()};
  const auto outputs = loaded->session->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().text();
  const auto* sums = (*outputs)[0].tensor.view().as<float>();
  EXPECT_EQ(std::vector<float>(sums, sums + 4), (std::vector<float>{1, 2, 3, 4}));
  forgery.index.weights[0].bytes -= 4;
  EXPECT_THAT(forgery.refusal(), HasSubstr("holds 124 bytes instead of 128"));
  forgery.index.weights[0].bytes += 4;
  plan.values[1].layout = "f32.columns17.v1";
  EXPECT_THAT(forgery.refusal(), HasSubstr("layout f32.columns17.v1 is not known"));
  plan.values[1].layout = "i8.codes16.v1";
  EXPECT_THAT(forgery.refusal(), HasSubstr("does not fit the layout"));
}

TEST(ForgedEngine, ListsAreNoLongerThanTheirBytes) {
  // 2000 items of 4 bytes each would take hundreds a piece.
  const std::string items(4 * 2000, 0);
  std::string record = "\x0f";
  record += '\0';
  const auto size = static_cast<uint32_t>(items.size());
  record.append(reinterpret_cast<const char*>(&size), sizeof size);
  record += items;
  const auto program = read_record<Program>(as_bytes(record));
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, Code::limit_exceeded);
}

// Where the bytes of a weight begin in a file.
size_t offset_of(const EngineFile& engine, std::string_view name) {
  const WeightMap weights = engine.weights().value();
  return static_cast<size_t>(weights.find(name)->begin()->second.data() -
                             engine.file()->bytes().data());
}

void flip(const std::string& path, size_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

// y = tile(x, w), z = y + v: the elements of w are y's shape, those of v only numbers.
Plan tiled() {
  Plan plan;
  const TensorType one{DType::f32, {Dim(1)}}, open{DType::f32, {Dim::unknown()}};
  plan.values = {{.name = "x", .type = one, .storage = Storage::input},
                 {.name = "w", .type = {DType::i64, {Dim(1)}}, .storage = Storage::weight},
                 {.name = "v", .type = one, .storage = Storage::weight},
                 {.name = "y", .type = open},
                 {.name = "z", .type = open}};
  plan.inputs = {0};
  plan.outputs = {4};
  const OpDef *tile = find_op("tile"), *binary = find_op("binary");
  plan.steps = {{.op = tile, .name = "t", .attrs = tile->default_attrs(), .operands = {0, 1}},
                {.op = binary, .name = "b", .attrs = binary->default_attrs(), .operands = {3, 2}}};
  plan.steps[0].results = {3};
  plan.steps[1].results = {4};
  plan.steps[1].group = 1;
  return plan;
}

// A file with these weights in its weight data, of which only the manifest knows.
TEST(ForgedEngine, NoUnhashedByteSteers) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/steer.hone";
  Program program;
  program.values = {{"in", TensorType{DType::f32, {Dim(1)}}}, {"out", Type()}};
  program.inputs = {0};
  program.outputs = {1};
  program.items.resize(1);
  program.items[0].plan = tiled();
  program.items[0].operands = {0};
  program.items[0].results = {1};
  const int64_t times = 3;
  const float addend = 1;
  EngineWeights index;
  auto writer = EngineWriter::create(path).value();
  const auto add = [&](std::string_view kind, const std::string& record) {
    ASSERT_TRUE(writer.add(kind, {}, {}, as_bytes(record)));
  };
  add(section_kind::kProgram, write_record(program));
  add(section_kind::kInterface, write_record(EngineInterface{.outputs = {"out"}}));
  add(section_kind::kProvenance, write_record(EngineProvenance()));
  ASSERT_TRUE(writer.begin(section_kind::kWeightData, {}, kEngineWeightAlign));
  index.weights.push_back(
      {"w", "canonical", writer.append(std::as_bytes(std::span(&times, 1)), 64).value(), 8});
  ASSERT_TRUE(writer.end_chunk());
  index.weights.push_back(
      {"v", "canonical", writer.append(std::as_bytes(std::span(&addend, 1)), 64).value(), 4});
  add(section_kind::kWeights, write_record(index));
  ASSERT_TRUE(writer.finish());

  const auto load = [&] { return load_program(engine_at(path), {.threads = 1}); };
  const auto sound = load();
  ASSERT_TRUE(sound) << sound.error().text();
  const EngineFile engine = EngineFile::open(path).value();
  flip(path, offset_of(engine, "v"));
  EXPECT_TRUE(load()) << "a number to compute with is hashed by 'hone verify'";
  flip(path, offset_of(engine, "w"));
  const auto steered = load();
  ASSERT_FALSE(steered);
  EXPECT_EQ(steered.error().code, Code::untrusted);
}

// Its info is small, and a position of its states takes megabytes.
TEST(ForgedEngine, TheMemoryOfALanguageModelIsWhatItsPlanTakes) {
  const test::ScratchFolder folder;
  const std::string gguf = folder.path() + "/model.gguf", path = folder.path() + "/model.hone";
  const std::vector<std::byte> bytes = test::tiny_model({});
  std::ofstream(gguf, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  ASSERT_TRUE(write_engine({.path = gguf, .format = FileFormat::gguf}, path, {},
                           [](uint64_t, uint64_t) { return Status(); }));
  const EngineFile source = EngineFile::open(path).value();
  Plan plan = source.plan().value();
  for (PlanValue& value : plan.values) {
    if (value.storage == Storage::state) value.type.shape = {Dim(1 << 14), Dim(1 << 14)};
  }
  const std::string forged = folder.path() + "/forged.hone";
  auto writer = EngineWriter::create(forged).value();
  for (const EngineSection& section : source.sections()) {
    const std::string record = write_record(plan);
    const Bytes content = section.kind == section_kind::kPlan
                              ? as_bytes(record)
                              : source.section(section.kind, section.part, section.role).value();
    ASSERT_TRUE(writer.add(section.kind, section.part, section.role, content));
  }
  ASSERT_TRUE(writer.finish());
  auto file = LanguageModelFile::open(engine_at(forged));
  ASSERT_TRUE(file) << file.error().text();
  const auto loaded = load_language_model(std::move(*file), {.threads = 1, .context = 64});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::limit_exceeded) << loaded.error().text();
  EXPECT_THAT(loaded.error().text(), HasSubstr("a context of 64 needs"));
}

}  // namespace
}  // namespace hone::cli
