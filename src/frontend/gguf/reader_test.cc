#include "frontend/gguf/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>

#include "frontend/gguf/test_models.h"
#include "frontend/gguf/tokenizer_fields.h"

namespace hone {
namespace {

using test::GgufWriter;
using test::small_model;
using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_EQ(
      file->find_u64("text").error().text(),
      "dir/m.gguf: metadata 'text' is a string where a whole number is expected; the file was "
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

TEST(GgufModel, Gemma3HasItsWholeVocabulary) {
  const char* folder = std::getenv("HONE_TEST_MODELS");
  const std::string path = cat(folder == nullptr ? "" : folder, "/gemma-3-270m-q4_k_m.gguf");
  if (!file_exists(path)) GTEST_SKIP() << "set HONE_TEST_MODELS to a folder with " << path;
  const auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().text();
  const auto tokenizer = tokenizer_data(*file);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text();
  EXPECT_EQ(tokenizer->tokens.size(), 262144u);
}

}  // namespace
}  // namespace hone
