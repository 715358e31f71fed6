// Engines: what was compiled gives what its source gives, and nothing that was changed is believed.
#include "write_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "backend/cpu/processor.h"
#include "base/machine.h"
#include "engine/fields.h"
#include "engine/signature.h"
#include "engine/write.h"
#include "model_access.h"
#include "open/load_language_model.h"
#include "open/load_program.h"
#include "support/scratch_folder.h"
#include "support/small_engines.h"
#include "support/tiny_models.h"
#include "write_gguf.h"

namespace hone::cli {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

class TinyEngine : public testing::TestWithParam<test::GoldenModel> {};

std::vector<float> logits_of(const ModelFiles& files) {
  auto file = LanguageModelFile::open(files);
  EXPECT_TRUE(file) << file.error().text();
  auto loaded = load_language_model(std::move(*file), {.threads = 2});
  EXPECT_TRUE(loaded) << loaded.error().text();
  const std::vector<int32_t> tokens = {3, 1, 4, 1, 5, 9, 2, 6};
  const auto logits = loaded->model->evaluate(tokens, 0);
  EXPECT_TRUE(logits) << logits.error().text();
  return {logits->begin(), logits->end()};
}

TEST_P(TinyEngine, GivesTheLogitsOfItsSource) {
  const test::ScratchFolder folder;
  const ModelFiles gguf = model_at(folder.path() + "/model.gguf", FileFormat::gguf);
  write_bytes(gguf.path, test::tiny_model(GetParam().options));
  const std::string engine = compiled(gguf, folder.path());
  EXPECT_THAT(logits_of(engine_at(engine)), ElementsAreArray(logits_of(gguf)));
  const auto file = EngineFile::open(engine);
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_TRUE(file->check_all());
  const std::string back = folder.path() + "/back.gguf";
  EXPECT_EQ(write_gguf(*file, back).value(), GgufLikeness::file);
  EXPECT_EQ(content(back), content(gguf.path));
}

INSTANTIATE_TEST_SUITE_P(Goldens, TinyEngine, testing::ValuesIn(test::golden_models()),
                         [](const auto& model) {
                           std::string name = model.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Engine, GivesTheOutputsOfItsSource) {
  const test::ScratchFolder folder;
  for (const char* name : {"onnx_quantized/qdq_chain", "onnx_quantized/qlinear_conv",
                           "onnx_quantized/dynamic_quantize_lstm",
                           "onnx_quantized/dynamic_quantize_matmul", "onnx_quantized/qgemm_real",
                           "onnx_contrib/fused_conv_relu", "onnx_contrib/attention_plain"}) {
    const ModelFiles files = golden_program(name);
    const std::string engine = compiled(files, folder.path());
    // On instruction sets that it was not packed for, too.
    for (const Isa isa : supported_isas()) {
      EXPECT_EQ(run_bytes(engine_at(engine), isa), run_bytes(files, isa))
          << name << " on " << name_of(isa);
    }
  }
}

TEST(Engine, HoldsWeightsAsKernelsReadThem) {
  const test::ScratchFolder folder;
  for (const auto& [name, layout] : std::map<std::string, std::string>{
           {"onnx_quantized/qlinear_conv", "codes16.v1"},
           {"onnx_quantized/dynamic_quantize_matmul", "codes16.columns.v1"},
           {"onnx_contrib/fused_conv_relu", "f32.rows"},
           {"onnx_contrib/attention_plain", "f32.columns"}}) {
    auto loaded = load_program(engine_at(compiled(golden_program(name), folder.path())), {});
    ASSERT_TRUE(loaded) << loaded.error().text();
    std::string layouts;
    for (const Session* session : loaded->session->sessions()) {
      for (const PlanValue& value : session->plan().values) layouts += value.layout + " ";
    }
    EXPECT_THAT(layouts, HasSubstr(layout)) << name;
    ASSERT_TRUE(loaded->session->run(inputs_of(*loaded)));
    for (const Session* session : loaded->session->sessions()) {
      EXPECT_EQ(session->memory().kernels, 0u) << name << ": packed again";
    }
  }
}

TEST(Engine, HoldsWhatLiesBesideItsSource) {
  const test::ScratchFolder folder;
  ModelFiles files = small_program();
  files.task = Json::parse(R"({"kind": "classify"})").value();
  write_bytes(folder.path() + "/names.txt", as_bytes(std::string_view("cat\ndog\n")));
  files.files = {{"labels", folder.path() + "/names.txt"}};
  const auto file = EngineFile::open(compiled(files, folder.path()));
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(as_text(file->section(section_kind::kFile, {}, "labels").value()), "cat\ndog\n");
  EXPECT_EQ(as_text(file->section(section_kind::kTask).value()), files.task.write());
}

TEST(Engine, IsTheSameBytesEachTime) {
  const test::ScratchFolder folder;
  const std::string first = compiled(small_program(), folder.path(), "a.hone");
  const std::string second = compiled(small_program(), folder.path(), "b.hone");
  EXPECT_EQ(content(first), content(second));
  const EngineOptions both = targets({"arm-dotprod", "x86-avx512vnni"});
  EXPECT_EQ(content(compiled(small_conv(), folder.path(), "a.hone", both)),
            content(compiled(small_conv(), folder.path(), "b.hone", both)));
}

TEST(Engine, LeavesTheOldFileWhereItCannotBeWritten) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/model.hone";
  write_bytes(path, as_bytes(std::string_view("old")));
  const ModelFiles broken = model_at(path, FileFormat::onnx);
  EXPECT_FALSE(write_engine(broken, path, {}, [](uint64_t, uint64_t) { return Status(); }));
  EXPECT_EQ(content(path), "old");
  EXPECT_FALSE(file_exists(partial_name(path)));
}

TEST(Engine, WhatIsInterruptedLeavesNothing) {
  const test::ScratchFolder folder;
  const Status stop = fail(Code::canceled, "interrupted");
  const std::string path = folder.path() + "/model.hone";
  const auto made =
      write_engine(small_program(), path, {}, [&](uint64_t, uint64_t) { return stop; });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::canceled);
  const ModelFiles gguf = model_at(folder.path() + "/model.gguf", FileFormat::gguf);
  write_bytes(gguf.path, test::tiny_model({}));
  const EngineFile engine = EngineFile::open(compiled(gguf, folder.path())).value();
  const std::string other = folder.path() + "/other";
  EXPECT_FALSE(write_signed(engine, make_secret_key().value(), other, [&] { return stop; }));
  EXPECT_FALSE(write_gguf(engine, other, [&] { return stop; }));
  size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder.path())) {
    ++files;
  }
  EXPECT_EQ(files, 2u) << "the source and its engine";
}

// ---- what was changed ----

// What a program's engine says when all of it is used; nothing: all is well.
std::optional<Error> first_error(const std::string& path) {
  auto file = EngineFile::open(path);
  if (!file) return std::move(file).error();
  if (Status all = file->check_all(); !all) return std::move(all).error();
  return {};
}

TEST(Engine, EveryTruncationIsRefused) {
  const test::ScratchFolder folder;
  const std::string path = compiled(small_program(), folder.path());
  const std::string whole = content(path);
  for (size_t size = whole.size(); size-- > 0;) {
    std::filesystem::resize_file(path, size);
    ASSERT_TRUE(first_error(path)) << size << " of " << whole.size() << " bytes";
  }
}

TEST(Engine, EveryFlippedByteIsRefused) {
  const test::ScratchFolder folder;
  const std::string path = compiled(small_program(), folder.path());
  const std::string whole = content(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (size_t at = 0; at < whole.size(); ++at) {
    const auto put = [&](char byte) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte).flush();
    };
    put(static_cast<char>(whole[at] ^ (1 << (at % 8))));
    ASSERT_TRUE(first_error(path)) << "byte " << at << " of " << whole.size();
    put(whole[at]);
  }
  EXPECT_FALSE(first_error(path));
}

TEST(Engine, BytesBehindItsEndAreRefused) {
  const test::ScratchFolder folder;
  const std::string path = compiled(small_program(), folder.path());
  std::ofstream(path, std::ios::app) << "more";
  ASSERT_TRUE(first_error(path));
  EXPECT_THAT(first_error(path)->text(), HasSubstr("4 bytes"));
}

// An engine whose hashes are right and whose sections may hold anything: what only its maker could
// have written wrong.
class Forged {
 public:
  explicit Forged(const std::string& path) : path_(path), bytes_(content(path)) {
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    old_ = bytes_.substr(header_.manifest_offset);
    manifest_ = read_record<EngineManifest>(as_bytes(old_)).value();
  }
  // The bytes of a section, to be changed.
  std::span<char> operator[](std::string_view kind) {
    for (const EngineSection& section : manifest_.sections) {
      if (section.kind == kind) return std::span(bytes_).subspan(section.offset, section.bytes);
    }
    ADD_FAILURE() << "no section " << kind;
    return {};
  }
  void write() {
    std::vector<Sha256Digest> digests(manifest_.chunks.size());
    uint64_t at = sizeof header_;
    for (size_t i = 0; i < digests.size(); ++i) {
      EngineChunk& chunk = manifest_.chunks[i];
      digests[i] = sha256(as_bytes(bytes_).subspan(at, chunk.bytes));
      chunk.sha256 = std::as_bytes(std::span(digests[i]));
      at += chunk.bytes;
    }
    bytes_.replace(at, bytes_.npos, write_record(manifest_));
    header_.digest = engine_digest(header_, as_bytes(bytes_).subspan(at));
    std::memcpy(bytes_.data(), &header_, sizeof header_);
    write_bytes(path_, as_bytes(bytes_));
  }

 private:
  std::string path_, bytes_, old_;
  EngineHeader header_;
  EngineManifest manifest_;
};

// Every `stride`th byte of a section changed, under hashes that fit, and what then is used.
void forge(std::string_view kind, const std::string& path, size_t stride,
           const std::function<void()>& use) {
  Forged forged(path);
  const std::span<char> bytes = forged[kind];
  for (size_t at = 0; at < bytes.size(); at += stride) {
    const char kept = bytes[at];
    bytes[at] = static_cast<char>(kept ^ (at % 2 == 0 ? 1 : 0x80));
    forged.write();
    use();
    bytes[at] = kept;
  }
  forged.write();
}

// An error or a run, and nothing else.
void program_survives(const ModelFiles& files, std::string_view kind, size_t stride,
                      const EngineOptions& options = {}) {
  const test::ScratchFolder folder;
  const std::string path = compiled(files, folder.path(), "model.hone", options);
  const std::vector<RunValue> inputs = inputs_of(load_program(files, {.threads = 1}).value());
  forge(kind, path, stride, [&] {
    auto loaded = load_program(engine_at(path), {.threads = 1});
    if (loaded) (void)loaded->session->run(inputs);
  });
  EXPECT_EQ(run_bytes(engine_at(path)), run_bytes(files));
}

TEST(Engine, ForgedProgramsNeverCrash) {
  program_survives(small_program(), section_kind::kProgram, 3);
  program_survives(small_conv(), section_kind::kProgram, 1);
}
TEST(Engine, ForgedWeightIndicesNeverCrash) {
  program_survives(small_program(), section_kind::kWeights, 1);
  program_survives(small_conv(), section_kind::kWeights, 1);
  program_survives(small_conv(), section_kind::kWeights, 1,
                   targets({"arm-dotprod", "x86-avx512vnni", "generic"}));
}
TEST(Engine, ForgedInterfacesNeverCrash) {
  program_survives(small_program(), section_kind::kInterface, 1);
}

// For each step what may run it: the last of its options, so that it is another than the usual.
Tuning last_options(const ModelFiles& files) {
  auto loaded = load_program(files, {.threads = 1});
  const auto options = loaded->session->list_options(inputs_of(*loaded));
  EXPECT_TRUE(options) << options.error().text();
  Tuning tuning{.processor = processor_key(), .build = build_id(), .choices = {}};
  for (const auto& [text, ways] : *options) {
    if (!ways.empty()) tuning.set({text, std::string(ways.back().variant), ways.back().grain});
  }
  return tuning;
}

std::string tuned_engine(const ModelFiles& files, const Tuning& tuning, const std::string& folder) {
  const std::string path = folder + "/tuned.hone";
  const auto made = write_engine(files, path, {.tunings = {&tuning, 1}},
                                 [](uint64_t, uint64_t) { return Status(); });
  EXPECT_TRUE(made) << made.error().text();
  return path;
}

// How many steps run with another grain than the usual.
size_t grained_steps(const ModelFiles& files) {
  auto loaded = load_program(files, {.threads = 1});
  const auto times = loaded->session->profile(inputs_of(*loaded));
  return static_cast<size_t>(
      std::ranges::count_if(times->steps, [](const StepTime& time) { return time.grain != 0; }));
}

TEST(Engine, ATuningIsFollowedAndChangesNoBit) {
  const test::ScratchFolder folder;
  const ModelFiles files = small_program();
  Tuning tuning = last_options(files);
  const std::string path = tuned_engine(files, tuning, folder.path());
  EXPECT_GT(grained_steps(engine_at(path)), 0u);
  EXPECT_EQ(run_bytes(engine_at(path)), run_bytes(files));
  const std::string first = content(path);
  EXPECT_EQ(content(tuned_engine(files, tuning, folder.path())), first);
  tuning.processor = "another";
  EXPECT_EQ(grained_steps(engine_at(tuned_engine(files, tuning, folder.path()))), 0u);
}

TEST(Engine, WhatADeviceMeasuredComesFirst) {
  const test::ScratchFolder folder;
  ModelFiles files = small_program();
  files.cache_folder = folder.path();
  Tuning tuning = last_options(files);
  const auto loaded = load_program(files, {.threads = 1, .will_tune = true});
  ASSERT_TRUE(tuning_store(folder.path()).keep(loaded->digest, tuning));
  EXPECT_GT(grained_steps(files), 0u);
  EXPECT_EQ(run_bytes(files), run_bytes(small_program()));
  // Over what an engine of the same program ships.
  Tuning usual = tuning;
  for (KernelChoice& choice : usual.choices) choice.grain = 0;
  ModelFiles engine = engine_at(tuned_engine(files, usual, folder.path()));
  EXPECT_EQ(grained_steps(engine), 0u);
  engine.cache_folder = folder.path();
  EXPECT_GT(grained_steps(engine), 0u);
}

TEST(Engine, ForgedTuningsChangeNothing) {
  const test::ScratchFolder folder;
  const ModelFiles files = small_program();
  const std::vector<std::string> expected = run_bytes(files);
  const std::string path = tuned_engine(files, last_options(files), folder.path());
  forge(section_kind::kTuning, path, 7, [&] {
    if (load_program(engine_at(path), {.threads = 1})) {
      EXPECT_EQ(run_bytes(engine_at(path)), expected);
    }
  });
}

void language_model_survives(std::string_view kind, size_t stride) {
  const test::ScratchFolder folder;
  const ModelFiles gguf = model_at(folder.path() + "/model.gguf", FileFormat::gguf);
  write_bytes(gguf.path, test::tiny_model({.dtypes = {DType::q8_0}, .layers = 1}));
  const std::string path = compiled(gguf, folder.path());
  forge(kind, path, stride, [&] {
    auto file = LanguageModelFile::open(engine_at(path));
    if (!file) return;
    (void)file->tokenizer();
    auto loaded = load_language_model(std::move(*file), {.threads = 1, .context = 64});
    if (loaded) (void)loaded->model->evaluate(std::vector<int32_t>{3, 1, 4}, 0);
  });
  EXPECT_EQ(logits_of(engine_at(path)), logits_of(gguf));
}

TEST(Engine, ForgedPlansNeverCrash) { language_model_survives(section_kind::kPlan, 7); }
TEST(Engine, ForgedModelSizesNeverCrash) {
  language_model_survives(section_kind::kLanguageModel, 1);
}
TEST(Engine, ForgedTokenizersNeverCrash) { language_model_survives(section_kind::kTokenizer, 7); }

// With another header, whose digest fits.
void rewrite_header(const std::string& path, const std::function<void(EngineHeader&)>& change) {
  std::string bytes = content(path);
  EngineHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  change(header);
  header.digest =
      engine_digest(header, as_bytes(bytes).subspan(header.manifest_offset, header.manifest_bytes));
  std::memcpy(bytes.data(), &header, sizeof header);
  write_bytes(path, as_bytes(bytes));
}

TEST(Engine, SignaturesTellWhoWroteIt) {
  const test::ScratchFolder folder;
  const std::string path = compiled(small_program(), folder.path());
  const SecretKey ours = make_secret_key().value(), theirs = make_secret_key().value();
  const std::vector<PublicKey> trusted = {ours.public_key()};
  const auto verdict = [&] {
    const auto file = EngineFile::open(path);
    EXPECT_TRUE(file) << file.error().text();
    const auto signer = check_signature(*file, trusted);
    return signer ? signer->id_text() : signer.error().text();
  };
  const auto sign = [&](const SecretKey& key) {
    const Status status = write_signed(EngineFile::open(path).value(), key, path);
    EXPECT_TRUE(status) << status.error().text();
  };
  EXPECT_THAT(verdict(), HasSubstr("is not signed"));
  sign(theirs);
  EXPECT_THAT(verdict(), HasSubstr("is signed by key " + theirs.public_key().id_text()));
  sign(ours);
  EXPECT_EQ(verdict(), ours.public_key().id_text());
  sign(ours);
  EXPECT_EQ(EngineFile::open(path)->signatures().size(), 2u) << "a key signs once";
  EXPECT_EQ(run_bytes(engine_at(path)), run_bytes(small_program()));
  // What was signed is another engine.
  rewrite_header(path, [](EngineHeader& header) { header.minor = 7; });
  EXPECT_THAT(verdict(), HasSubstr("is of another file, or was changed"));
}

TEST(Engine, NoBytePastTheManifestIsBelieved) {
  const test::ScratchFolder folder;
  const std::string path = compiled(small_program(), folder.path());
  const SecretKey key = make_secret_key().value();
  ASSERT_TRUE(write_signed(EngineFile::open(path).value(), key, path));
  const std::vector<PublicKey> trusted = {key.public_key()};
  const std::string whole = content(path);
  const size_t end = EngineFile::open(path)->unsigned_bytes().size();
  for (size_t at = end; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    write_bytes(path, as_bytes(changed));
    const auto file = EngineFile::open(path);
    ASSERT_FALSE(file && check_signature(*file, trusted)) << "byte " << at - end;
  }
  for (size_t size = end; size < whole.size(); ++size) {
    write_bytes(path, as_bytes(whole).first(size));
    const auto file = EngineFile::open(path);
    ASSERT_FALSE(file && check_signature(*file, trusted)) << size - end << " bytes";
  }
}

TEST(Engine, KeysAreReadAsTheyWereWritten) {
  const SecretKey key = make_secret_key().value();
  EXPECT_EQ(parse_secret_key(key_text(key))->bytes, key.bytes);
  EXPECT_EQ(parse_public_key(key_text(key.public_key()))->bytes, key.public_key().bytes);
  EXPECT_THAT(parse_public_key(key_text(key)).error().text(), HasSubstr("is a hone secret key"));
  for (const char* text : {"", "hone public key, ed25519", "hone public key, ed25519\n00ff\n"}) {
    EXPECT_EQ(parse_public_key(text).error().code, Code::corrupt) << text;
  }
}

TEST(Engine, NewerFormatsAreRefusedWithTheReason) {
  const test::ScratchFolder folder;
  const std::string path = compiled(small_program(), folder.path());
  rewrite_header(path, [](EngineHeader& header) { header.minor = 7; });
  EXPECT_FALSE(first_error(path)) << "a newer minor format may be read";
  rewrite_header(path, [](EngineHeader& header) { header.must_understand = 4; });
  ASSERT_TRUE(first_error(path));
  EXPECT_THAT(first_error(path)->text(), HasSubstr("must-understand bits 4"));
  rewrite_header(path, [](EngineHeader& header) { header.major = 2; });
  ASSERT_TRUE(first_error(path));
  EXPECT_EQ(first_error(path)->code, Code::unsupported);
  EXPECT_THAT(first_error(path)->text(), HasSubstr("is of format 2.7"));
}

}  // namespace
}  // namespace hone::cli
