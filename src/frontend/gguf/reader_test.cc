#include "frontend/gguf/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "frontend/gguf/tokenizer_fields.h"
#include "support/gguf_writer.h"

namespace hone {
namespace {

using test::GgufWriter;
using testing::ElementsAre;
using testing::HasSubstr;

GgufWriter small_model() {
  GgufWriter writer;
  writer.add("general.architecture", "llama").add("llama.block_count", uint32_t{2});
  writer.add_tensor("a", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  writer.add_tensor("b", DType::q4_0, {64, 2}, std::string(4 * 18, '\x21'));
  writer.add_tensor("c", DType::i8, {3}, "xyz");
  return writer;
}

std::string error_of(const std::string& bytes) {
  const auto file = GgufFile::parse(as_bytes(bytes), "dir/m.gguf");
  EXPECT_FALSE(file);
  if (file) return {};
  EXPECT_THAT(file.error().where, HasSubstr("m.gguf"));
  return file.error().text();
}

TEST(GgufFile, ReadsTensors) {
  const std::string bytes = small_model().bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->alignment(), 32u);
  EXPECT_EQ(file->file_bytes(), bytes.size());
  ASSERT_EQ(file->tensors().size(), 3u);
  const GgufTensor* a = file->find_tensor("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->dtype, DType::f32);
  EXPECT_THAT(a->dims(), ElementsAre(4, 2));
  EXPECT_THAT(a->shape(), ElementsAre(2, 4));
  EXPECT_EQ(PackedView<float>(a->data)[7], 7.0f);
  const GgufTensor* b = file->find_tensor("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->dtype, DType::q4_0);
  EXPECT_EQ(b->data.size(), 72u);
  EXPECT_EQ(as_text(file->find_tensor("c")->data), "xyz");
  EXPECT_EQ(file->find_tensor("d"), nullptr);
  EXPECT_THAT(file->require_tensor("d").error().text(), HasSubstr("no tensor 'd'"));
}

TEST(GgufFile, ReadsEveryMetadataType) {
  GgufWriter writer(2);
  writer.add("u8", uint8_t{255}).add("i8", int8_t{-1}).add("u16", uint16_t{65535});
  writer.add("i16", int16_t{-2}).add("u32", uint32_t{7}).add("i32", int32_t{-3});
  writer.add("u64", UINT64_MAX).add("i64", INT64_MIN).add("f32", 1e-5f).add("f64", 0.5);
  writer.add("yes", true).add("text", "h\xc3\xa9llo").add("empty", "");
  writer.add_array("strings", std::vector<std::string>{"a", "", "ccc"});
  writer.add_array("floats", std::vector<float>{1, 2});
  writer.add_array("ints", std::vector<int32_t>{-1, 5});
  writer.add_array("bools", std::vector<bool>{true, false});
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->version(), 2u);
  EXPECT_EQ(file->find_u64("u8"), 255u);
  EXPECT_EQ(file->find_i64("i8"), -1);
  EXPECT_EQ(file->find_u64("u16"), 65535u);
  EXPECT_EQ(file->find_i64("i16"), -2);
  EXPECT_EQ(file->find_u64("u32"), 7u);
  EXPECT_EQ(file->find_i64("i32"), -3);
  EXPECT_EQ(file->find_u64("u64"), UINT64_MAX);
  EXPECT_EQ(file->find_i64("i64"), INT64_MIN);
  EXPECT_EQ(file->find_f32("f32"), 1e-5f);
  EXPECT_EQ(file->find_f32("f64"), 0.5f);
  EXPECT_EQ(file->find_f32("u32"), 7.0f);
  EXPECT_EQ(file->find_bool("yes"), true);
  EXPECT_EQ(file->find_string("text"), "h\xc3\xa9llo");
  EXPECT_EQ(file->find_string("empty"), "");
  EXPECT_THAT(*file->find_strings("strings"), ElementsAre("a", "", "ccc"));
  EXPECT_EQ((*file->find_f32_array("floats"))[1], 2.0f);
  EXPECT_EQ((*file->find_i32_array("ints"))[0], -1);
  EXPECT_THAT(*file->find_i64_list("bools"), ElementsAre(1, 0));
  EXPECT_THAT(*file->find_i64_list("u8"), ElementsAre(255));
  std::string shown;
  for (const GgufValue& value : file->metadata()) shown += value.text() + " ";
  EXPECT_EQ(shown,
            "255 -1 65535 -2 7 -3 18446744073709551615 -9223372036854775808 1e-05 0.5 true "
            "\"h\xc3\xa9llo\" \"\" [3 strings] [2 f32] [2 i32] [2 bools] ");
}

TEST(GgufFile, MetadataOfTheWrongKindIsAnErrorThatNamesIt) {
  GgufWriter writer;
  writer.add("text", "x").add("negative", int32_t{-1}).add("huge", UINT64_MAX).add("half", 0.5f);
  writer.add_array("floats", std::vector<float>{1, 2});
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "dir/m.gguf");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find_u64("text").error().text(),
            "m.gguf: metadata 'text' is a string where a whole number is expected; the file was "
            "written wrongly or for other software");
  EXPECT_THAT(file->find_u64("text", 5).error().text(), HasSubstr("'text' is a string"));
  EXPECT_THAT(file->find_u64("negative").error().text(), HasSubstr("'negative' is -1"));
  EXPECT_THAT(file->find_i64("huge").error().text(), HasSubstr("too large: 1844"));
  EXPECT_FALSE(file->find_u64("half"));
  EXPECT_FALSE(file->find_f32("text"));
  EXPECT_FALSE(file->find_bool("negative"));
  EXPECT_FALSE(file->find_string("half"));
  EXPECT_FALSE(file->find_strings("floats"));
  EXPECT_THAT(file->find_i32_array("floats").error().text(), HasSubstr("an array of f32"));
  EXPECT_FALSE(file->find_f32_array("text"));
  EXPECT_THAT(file->find_u64("absent").error().text(), HasSubstr("no metadata 'absent'"));
  EXPECT_EQ(file->find_u64("absent", 9), 9u);
  EXPECT_EQ(file->find_string("absent", "d"), "d");
  EXPECT_TRUE(file->find_strings("absent")->empty());
}

TEST(GgufFile, ReadsEveryTensorType) {
  GgufWriter writer;
  size_t count = 0;
  for (const DTypeInfo& type : all_dtypes()) {
    if (test::gguf_type_id(type.dtype) == 0xffff) continue;
    const auto block = static_cast<uint64_t>(type.block_elements);
    writer.add_tensor(type.name, type.dtype, {block * 2, 3},
                      std::string(static_cast<size_t>(type.block_bytes) * 6, '\1'));
    ++count;
  }
  EXPECT_EQ(count, 35u);
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  for (const GgufTensor& tensor : file->tensors()) EXPECT_EQ(name_of(tensor.dtype), tensor.name);
}

TEST(GgufFile, AlignmentIsTheFilesOwn) {
  GgufWriter writer = small_model();
  writer.set_alignment(4096);
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->alignment(), 4096u);
  EXPECT_EQ(as_text(file->find_tensor("c")->data), "xyz");
}

TEST(GgufFile, AFileOfMetadataOnlyNeedsNoPadding) {
  GgufWriter writer;
  writer.add("k", "v");
  const std::string bytes = writer.bytes().substr(0, writer.header_size());
  EXPECT_TRUE(GgufFile::parse(as_bytes(bytes), "m.gguf"));
}

// Files that PyPI gguf wrote (tools/make_gguf_corpus.py).
GgufFile open_corpus(std::string_view name) {
  auto file = GgufFile::open(cat(HONE_SOURCE_DIR, "/fuzz/corpus/gguf/", name, ".gguf"));
  EXPECT_TRUE(file) << file.error().text();
  return std::move(*file);
}

TEST(GgufCorpus, ModelOfAnotherWriter) {
  const GgufFile file = open_corpus("model");
  EXPECT_EQ(file.alignment(), 64u);
  EXPECT_EQ(file.find_string("general.architecture"), "llama");
  EXPECT_THAT(*file.find_i64_list("llama.attention.head_count_kv"), ElementsAre(1, 2));
  const GgufTensor* embedding = file.find_tensor("token_embd.weight");
  ASSERT_NE(embedding, nullptr);
  EXPECT_THAT(embedding->shape(), ElementsAre(5, 4));
  EXPECT_EQ(PackedView<float>(embedding->data)[19], 19.0f);
  EXPECT_THAT(file.find_tensor("halves")->shape(), ElementsAre(1, 2, 3));
  const auto tokenizer = tokenizer_data(file);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text();
  EXPECT_THAT(tokenizer->tokens, ElementsAre("<s>", "</s>", "a", "b", "ab"));
  EXPECT_EQ(tokenizer->scores[4], -3.0f);
  EXPECT_EQ(tokenizer->types[0], 3);
  EXPECT_EQ(tokenizer->eos, 1);
}

TEST(GgufCorpus, MetadataOfAnotherWriter) {
  for (const std::string_view name : {"metadata", "version2"}) {
    const GgufFile file = open_corpus(name);
    EXPECT_EQ(file.find_i64("i8"), -5);
    EXPECT_EQ(file.find_u64("u16"), 60000u);
    EXPECT_EQ(file.find_u64("u32"), 4000000000u);
    EXPECT_EQ(file.find_u64("u64"), uint64_t{1} << 63);
    EXPECT_EQ(file.find_i64("i64"), -(int64_t{1} << 40));
    EXPECT_EQ(file.find_f32("f64"), -0.25f);
    EXPECT_EQ(file.find_bool("bool"), true);
    EXPECT_EQ((*file.find_f32_array("floats"))[1], 2.5f);
    EXPECT_THAT(*file.find_i64_list("ints"), ElementsAre(1, -2, 3));
    EXPECT_THAT(*file.find_i64_list("bools"), ElementsAre(1, 0));
  }
}

TEST(GgufCorpus, TypesOfAnotherWriter) {
  const GgufFile file = open_corpus("types");
  EXPECT_EQ(file.tensors().size(), 25u);
  for (const GgufTensor& tensor : file.tensors()) {
    std::string name(tensor.name);
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(name_of(tensor.dtype), name);
    EXPECT_EQ(tensor.elements(), info(tensor.dtype).block_elements);
  }
}

TEST(GgufCorpus, BigEndianIsExplained) {
  const auto file = GgufFile::open(cat(HONE_SOURCE_DIR, "/fuzz/corpus/gguf/big_endian.gguf"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::unsupported);
  EXPECT_THAT(file.error().text(), HasSubstr("big-endian"));
}

// Everything that can be asked of a file that parsed; sanitizers watch.
uint64_t use(const GgufFile& file) {
  uint64_t sum = 0;
  for (const GgufValue& value : file.metadata()) sum += value.text().size();
  for (const GgufTensor& tensor : file.tensors()) {
    for (const std::byte byte : tensor.data) sum += std::to_integer<uint64_t>(byte);
  }
  if (const auto data = tokenizer_data(file)) sum += data->tokens.size();
  return sum;
}

GgufWriter model_with_tokenizer() {
  GgufWriter writer = small_model();
  writer.add("tokenizer.ggml.model", "llama").add("tokenizer.ggml.bos_token_id", uint32_t{1});
  writer.add_array("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "a"});
  writer.add_array("tokenizer.ggml.scores", std::vector<float>{0, 0, -1});
  writer.add_array("tokenizer.ggml.token_type", std::vector<int32_t>{2, 3, 1});
  writer.add("tokenizer.ggml.add_bos_token", true);
  return writer;
}

TEST(GgufHostile, EveryTruncationIsRefused) {
  const std::string bytes = model_with_tokenizer().bytes();
  // The last tensor's padding may be missing.
  const size_t needed = bytes.size() - 29;
  for (size_t size = 0; size < needed; ++size) {
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    const auto file = GgufFile::parse(std::as_bytes(std::span(exact)), "m.gguf");
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, Code::corrupt) << size;
    EXPECT_THAT(file.error().where, HasSubstr("m.gguf")) << size;
    EXPECT_FALSE(file.error().message.empty());
  }
  EXPECT_TRUE(GgufFile::parse(as_bytes(bytes).first(needed), "m.gguf"));
}

TEST(GgufHostile, NoFlippedBitOfTheHeaderDoesHarm) {
  const GgufWriter writer = model_with_tokenizer();
  std::string bytes = writer.bytes();
  size_t refused = 0;
  for (size_t bit = 0; bit < writer.header_size() * 8; ++bit) {
    const char mask = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
    if (file) {
      use(*file);
    } else {
      ++refused;
    }
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
  EXPECT_GT(refused, writer.header_size() * 8 / 3);
}

TEST(GgufHostile, NotAGguf) {
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of("PK\x03\x04zzzz"), HasSubstr("begins with 'PK\\x03\\x04'"));
  EXPECT_THAT(error_of("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(error_of("tjgg1234"), HasSubstr("before GGUF"));
  EXPECT_THAT(error_of("GGUF"), HasSubstr("cut short"));
}

TEST(GgufHostile, Versions) {
  EXPECT_THAT(error_of(GgufWriter(1).bytes()), HasSubstr("version 1 is not supported"));
  EXPECT_THAT(error_of(GgufWriter(4).bytes()), HasSubstr("version 4 is not supported"));
  EXPECT_THAT(error_of(GgufWriter(0).bytes()), HasSubstr("version 0 is not supported"));
  EXPECT_THAT(error_of(GgufWriter(0x03000000).bytes()), HasSubstr("big-endian"));
}

TEST(GgufHostile, Counts) {
  EXPECT_THAT(error_of(small_model().override_metadata_count(5000).bytes()),
              HasSubstr("promises 5000 metadata entries but only"));
  EXPECT_THAT(error_of(small_model().override_metadata_count(UINT64_MAX).bytes()),
              HasSubstr("at most 65536 are read"));
  EXPECT_THAT(error_of(small_model().override_tensor_count(60000).bytes()),
              HasSubstr("promises 60000 tensors but only"));
  EXPECT_THAT(error_of(small_model().override_tensor_count(1 << 20).bytes()),
              HasSubstr("at most 131072 are read"));
}

std::string payload(std::initializer_list<uint64_t> words) {
  std::string out;
  for (const uint64_t word : words) out.append(reinterpret_cast<const char*>(&word), 8);
  return out;
}

std::string array_payload(uint32_t type, uint64_t count) {
  return std::string(reinterpret_cast<const char*>(&type), 4) + payload({count});
}

TEST(GgufHostile, Metadata) {
  const auto error_with = [](uint32_t type, const std::string& raw) {
    return error_of(GgufWriter().add_raw("the.key", type, raw).add("z", 1u).bytes());
  };
  EXPECT_THAT(error_with(13, "xxxx"), HasSubstr("'the.key' has the unknown type 13"));
  EXPECT_THAT(error_with(7, "\x02"), HasSubstr("key 'the.key': a bool is 2"));
  EXPECT_THAT(error_with(8, payload({1000})), HasSubstr("key 'the.key': the data ends"));
  EXPECT_THAT(error_with(8, payload({UINT64_MAX})), HasSubstr("at most 67108864 are read"));
  EXPECT_THAT(error_with(9, array_payload(9, 1)), HasSubstr("nested arrays"));
  EXPECT_THAT(error_with(9, array_payload(77, 1)), HasSubstr("element type 77"));
  EXPECT_THAT(error_with(9, array_payload(4, UINT64_MAX / 4 + 2)), HasSubstr("at most 16777216"));
  EXPECT_THAT(error_with(9, array_payload(4, 1000)), HasSubstr("4000 bytes are needed"));
  EXPECT_THAT(error_with(9, array_payload(7, 1) + "\x07"), HasSubstr("a bool is 7"));
  EXPECT_THAT(error_with(9, array_payload(8, 2) + payload({0, UINT64_MAX - 3})),
              HasSubstr("string 1 of 2 does not fit"));
  EXPECT_THAT(error_with(9, array_payload(8, 900)), HasSubstr("does not fit"));
}

TEST(GgufHostile, Keys) {
  EXPECT_THAT(error_of(GgufWriter().add("k", 1u).add("k", 2u).bytes()),
              HasSubstr("metadata key 'k' occurs twice"));
  EXPECT_THAT(error_of(GgufWriter().add("", 1u).add("k", 1u).bytes()), HasSubstr("key is empty"));
  EXPECT_THAT(error_of(GgufWriter().add(std::string(70000, 'k'), 1u).bytes()),
              HasSubstr("a key of 70000 bytes"));
  EXPECT_THAT(error_of(GgufWriter().add("a\x1b[2J", 1u).add("a\x1b[2J", 2u).bytes()),
              HasSubstr("'a\\x1b[2J'"));
}

TEST(GgufHostile, Alignment) {
  for (const uint32_t bad : {0u, 1u, 4u, 24u, 33u, 0x80000000u}) {
    GgufWriter writer;
    writer.add("general.alignment", bad).add_tensor("t", {4}, {1, 2, 3, 4});
    EXPECT_THAT(error_of(writer.bytes()), HasSubstr(cat("general.alignment is ", bad)));
  }
  EXPECT_THAT(error_of(GgufWriter().add("general.alignment", "32").bytes()),
              HasSubstr("'general.alignment' is a string"));
}

TEST(GgufHostile, TensorShapes) {
  const auto error_with = [](std::vector<uint64_t> dims, DType dtype = DType::f32) {
    return error_of(GgufWriter().add_tensor("the.tensor", dtype, dims, "1234").bytes());
  };
  EXPECT_THAT(error_with({0, 4}), HasSubstr("tensor 'the.tensor': a dimension is 0"));
  EXPECT_THAT(error_with({4, UINT64_MAX}), HasSubstr("a dimension is -1"));
  EXPECT_THAT(error_with({1 << 30, 1 << 30}), HasSubstr("more than 281474976710656 elements"));
  EXPECT_THAT(error_with({INT64_MAX, INT64_MAX}), HasSubstr("more than"));
  EXPECT_THAT(error_with({uint64_t{1} << 32, uint64_t{1} << 32, 16}), HasSubstr("more than"));
  EXPECT_THAT(error_with({1, 1, 1, 1, 1}), HasSubstr("it has 5 dimensions"));
  EXPECT_THAT(error_with({33}, DType::q4_0), HasSubstr("not whole blocks of 32 (q4_0)"));
  EXPECT_THAT(error_with({255, 256}, DType::q4_k), HasSubstr("not whole blocks of 256 (q4_k)"));
  EXPECT_THAT(error_with({16}), HasSubstr("its 64 bytes at offset 0"));
  EXPECT_THAT(error_with({uint64_t{1} << 40}), HasSubstr("do not lie in the file"));
}

TEST(GgufHostile, TensorTypes) {
  for (const uint32_t bad : {4u, 5u, 31u, 33u, 36u, 43u, 0xffffffffu}) {
    EXPECT_THAT(error_of(small_model().override_type(bad).bytes()),
                HasSubstr(cat("tensor 'c': it has the unknown type ", bad)));
  }
}

TEST(GgufHostile, TensorPlaces) {
  EXPECT_THAT(error_of(small_model().override_offset(3).bytes()),
              HasSubstr("tensor 'c': its data at offset 3 is not aligned to 32"));
  EXPECT_THAT(error_of(small_model().override_offset(1 << 20).bytes()),
              HasSubstr("tensor 'c': its 3 bytes at offset 1048576"));
  EXPECT_THAT(error_of(small_model().override_offset(UINT64_MAX - 31).bytes()),
              HasSubstr("do not lie in the file"));
  EXPECT_THAT(error_of(small_model().override_offset(64).bytes()),
              HasSubstr("tensor 'c' overlaps tensor 'b'"));
  EXPECT_THAT(error_of(small_model().override_offset(0).bytes()), HasSubstr("overlaps tensor"));
}

TEST(GgufHostile, TensorNames) {
  EXPECT_THAT(error_of(small_model().add_tensor("a", {1}, {1}).bytes()),
              HasSubstr("tensor 'a' occurs twice"));
  EXPECT_THAT(error_of(small_model().add_tensor("", {1}, {1}).bytes()),
              HasSubstr("tensor entry 3: the name is empty"));
  EXPECT_THAT(error_of(small_model().add_tensor(std::string(300, 'x'), {1}, {1}).bytes()),
              HasSubstr("a tensor name of 300 bytes"));
}

// Files of a test in a directory of their own.
class GgufSplit : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = testing::TempDir() + "hone_gguf_" + test->name();
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path(size_t number, size_t parts) const {
    return directory_ + "/" + GgufWriter::split_name("m", number, parts);
  }
  void write(const std::string& file, const std::string& bytes) const {
    ASSERT_TRUE(write_file_atomic(file, bytes));
  }
  void write_all(const std::vector<std::string>& files) const {
    for (size_t i = 0; i < files.size(); ++i) write(path(i + 1, files.size()), files[i]);
  }
  std::string open_error(const std::string& file) const {
    const auto opened = GgufFile::open(file);
    EXPECT_FALSE(opened);
    return opened ? "" : opened.error().text();
  }

  std::string directory_;
};

TEST_F(GgufSplit, TheFirstPartOpensAll) {
  write_all(small_model().split(3));
  auto opened = GgufFile::open(path(1, 3));
  ASSERT_TRUE(opened) << opened.error().text();
  const GgufFile file = std::move(*opened);  // views survive a move
  EXPECT_EQ(file.file_count(), 3u);
  EXPECT_EQ(file.find_u64("llama.block_count"), 2u);
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.find_tensor("c")->file, 2u);
  EXPECT_EQ(as_text(file.find_tensor("c")->data), "xyz");
  EXPECT_EQ(PackedView<float>(file.find_tensor("a")->data)[3], 3.0f);
  for (const GgufTensor& tensor : file.tensors()) file.drop_pages(tensor);
  EXPECT_EQ(as_text(file.find_tensor("c")->data), "xyz");
}

TEST_F(GgufSplit, OneFileOpens) {
  write(directory_ + "/m.gguf", small_model().bytes());
  const auto file = GgufFile::open(directory_ + "/m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->file_count(), 1u);
  EXPECT_EQ(file->name(), directory_ + "/m.gguf");
}

TEST_F(GgufSplit, ALaterPartNamesTheFirst) {
  write_all(small_model().split(2));
  EXPECT_THAT(open_error(path(2, 2)), HasSubstr("open the first part, m-00001-of-00002.gguf"));
}

TEST_F(GgufSplit, AMissingPartIsNamed) {
  write_all(small_model().split(3));
  std::filesystem::remove(path(2, 3));
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("m-00002-of-00003.gguf"));
}

TEST_F(GgufSplit, ARenamedFirstPartIsExplained) {
  write(directory_ + "/m.gguf", small_model().split(3)[0]);
  EXPECT_THAT(open_error(directory_ + "/m.gguf"), HasSubstr("'-00001-of-00003.gguf'"));
}

TEST_F(GgufSplit, PartsOfDifferentModels) {
  auto files = small_model().split(3);
  std::swap(files[1], files[2]);
  write_all(files);
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("says that it is part 3 of 3, not part 2 of 3"));
  files = small_model().split(3);
  files[2] = small_model().split(2)[1];
  write_all(files);
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("part 2 of 2, not part 3 of 3"));
}

TEST_F(GgufSplit, ATensorInTwoParts) {
  auto files = small_model().split(3);
  files[2] = files[1];
  GgufWriter lying;
  lying.add("split.no", uint16_t{2}).add("split.count", uint16_t{3});
  lying.add_tensor("b", {1}, {1});
  files[2] = lying.bytes();
  write_all(files);
  EXPECT_THAT(open_error(path(1, 3)), HasSubstr("tensor 'b' is in parts 2 and 3"));
}

TEST_F(GgufSplit, AWrongTensorCount) {
  auto files = small_model().split(2);
  GgufWriter empty;
  empty.add("split.no", uint16_t{1}).add("split.count", uint16_t{2});
  files[1] = empty.bytes();
  write_all(files);
  EXPECT_THAT(open_error(path(1, 2)), HasSubstr("promises 3"));
}

TEST_F(GgufSplit, APartInMemoryIsRefused) {
  EXPECT_THAT(error_of(small_model().split(2)[0]), HasSubstr("one of 2 parts"));
}

TEST_F(GgufSplit, TooManyFiles) {
  GgufWriter writer;
  writer.add("split.no", uint16_t{0}).add("split.count", uint16_t{65535});
  write(path(1, 65535), writer.bytes());
  EXPECT_THAT(open_error(path(1, 65535)), HasSubstr("at most 4096 are read"));
}

TEST(GgufModel, Gemma3OpensFast) {
  const char* folder = std::getenv("HONE_MODELS");
  const std::string path = cat(folder == nullptr ? "" : folder, "/gemma-3-270m-q4_k_m.gguf");
  if (!file_exists(path)) GTEST_SKIP() << "set HONE_MODELS to a folder with " << path;
  double best_open_ms = 1e9;
  double best_tokenizer_ms = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    const auto file = GgufFile::open(path);
    const auto opened = std::chrono::steady_clock::now();
    ASSERT_TRUE(file) << file.error().text();
    const auto tokenizer = tokenizer_data(*file);
    const auto read = std::chrono::steady_clock::now();
    ASSERT_TRUE(tokenizer) << tokenizer.error().text();
    EXPECT_EQ(tokenizer->tokens.size(), 262144u);
    using Milliseconds = std::chrono::duration<double, std::milli>;
    best_open_ms = std::min(best_open_ms, Milliseconds(opened - start).count());
    best_tokenizer_ms = std::min(best_tokenizer_ms, Milliseconds(read - opened).count());
  }
  RecordProperty("open_ms", cat(best_open_ms));
  RecordProperty("tokenizer_ms", cat(best_tokenizer_ms));
  EXPECT_LT(best_open_ms + best_tokenizer_ms, 20);  // 1.7 on the machine it was written on
}

}  // namespace
}  // namespace hone
