#include "frontend/onnx/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "frontend/onnx/test_dump.h"
#include "frontend/onnx/test_proto.h"

namespace hone::onnx {
namespace {

namespace fs = std::filesystem;
using test::Dump;
using test::Proto;
using testing::HasSubstr;

const std::string kTestdata = cat(HONE_SOURCE_DIR, "/src/frontend/onnx/testdata/");

std::string dump_file(const fs::path& path) {
  const auto file = MappedFile::open(path.string());
  if (!file) return file.error().text();
  const auto model = parse_model(file->bytes());
  if (!model) return model.error().text();
  TensorSource source(path.parent_path());
  return Dump(source).model(*model);
}

std::string error_of(std::string_view bytes) {
  const auto model = parse_model(as_bytes(bytes));
  EXPECT_FALSE(model);
  return model ? "" : model.error().text();
}

class OnnxGolden : public testing::TestWithParam<std::string> {};

TEST_P(OnnxGolden, IsReadAsThePackageOnnxReadsIt) {
  const auto expected = read_file(kTestdata + GetParam() + ".txt");
  ASSERT_TRUE(expected);
  EXPECT_EQ(dump_file(kTestdata + GetParam() + ".onnx"), *expected);
}

INSTANTIATE_TEST_SUITE_P(Files, OnnxGolden,
                         testing::Values("dtypes", "structure", "old", "external"),
                         [](const auto& test) { return test.param; });

// By name and size: "model.onnx 1234".
std::map<std::string, fs::path> files_of(const char* folder) {
  std::map<std::string, fs::path> files;
  if (folder == nullptr) return files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code is_folder;
    const uintmax_t size = it->file_size(is_folder);
    if (!is_folder) files.emplace(cat(it->path().filename().string(), " ", size), it->path());
  }
  return files;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(as_bytes(text));
  std::string hex;
  for (const uint8_t byte : hash.finish()) {
    for (const int digit : {byte >> 4, byte & 15}) hex += "0123456789abcdef"[digit];
  }
  return hex;
}

TEST(OnnxModel, RealFilesAreReadAsThePackageOnnxReadsThem) {
  const auto files = files_of(std::getenv("HONE_TEST_MODELS"));
  const auto list = read_file(kTestdata + "real_models.list");
  ASSERT_TRUE(list);
  int seen = 0;
  for (const std::string_view line : split(*list, '\n')) {
    const std::vector<std::string_view> words = split(line, ' ');
    if (words.size() != 3) continue;
    const auto file = files.find(cat(words[0], " ", words[1]));
    if (file == files.end()) continue;
    ++seen;
    EXPECT_EQ(sha256_hex(dump_file(file->second)), words[2]) << words[0];
  }
  if (seen == 0) GTEST_SKIP() << "no model of real_models.list in HONE_TEST_MODELS";
}

namespace model_field = field::ModelProto;
namespace graph_field = field::GraphProto;
namespace node_field = field::NodeProto;
namespace attribute_field = field::AttributeProto;

Proto model_of(const Proto& graph) { return Proto().add(model_field::graph, graph); }

TEST(OnnxHostile, EveryTruncationIsRefusedOrHarmless) {
  for (const char* name : {"dtypes", "structure", "external"}) {
    const auto whole = read_file(kTestdata + name + ".onnx");
    ASSERT_TRUE(whole);
    for (size_t size = 0; size < whole->size(); ++size) {
      const std::vector<char> exact(whole->begin(), whole->begin() + static_cast<ptrdiff_t>(size));
      const auto model = parse_model(std::as_bytes(std::span(exact)));
      if (model) continue;  // a model that lacks its last fields
      EXPECT_EQ(model.error().code, Code::corrupt) << size;
      EXPECT_FALSE(model.error().message.empty());
    }
  }
}

TEST(OnnxHostile, NoFlippedBitDoesHarm) {
  for (const char* name : {"dtypes", "structure", "external"}) {
    auto bytes = read_file(kTestdata + name + ".onnx");
    ASSERT_TRUE(bytes);
    size_t refused = 0;
    for (size_t bit = 0; bit < bytes->size() * 8; bit += 7) {  // one or two in every byte
      char& byte = (*bytes)[bit / 8];
      const char before = byte;
      byte = static_cast<char>(byte ^ 1 << bit % 8);
      TensorSource source(kTestdata);
      if (const auto model = parse_model(as_bytes(*bytes))) {
        EXPECT_FALSE(Dump(source).model(*model).empty());
      } else {
        ++refused;
      }
      byte = before;
    }
    EXPECT_GT(refused, 0u);
  }
}

TEST(OnnxHostile, WhatIsNoOnnxIsRefused) {
  EXPECT_THAT(error_of(""), HasSubstr("not an ONNX model"));
  EXPECT_THAT(error_of("GGUF\x03"), HasSubstr("not an ONNX file"));
  EXPECT_THAT(error_of(std::string(100, '\xff')), HasSubstr("damaged"));
  EXPECT_THAT(error_of("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), HasSubstr("cut short"));
  EXPECT_THAT(error_of("\x3b"), HasSubstr("not an ONNX file"));  // a group
  EXPECT_THAT(error_of(Proto().number(model_field::graph, 1).bytes()), HasSubstr("wire type 0"));
  const Proto twice = Proto().add(model_field::graph, {}).add(model_field::graph, {});
  EXPECT_THAT(error_of(twice.bytes()), HasSubstr("two graphs"));
}

TEST(OnnxHostile, ErrorsNameTheirRoad) {
  const Proto attribute =
      Proto().text(attribute_field::name, "alpha").text(attribute_field::f, "?");
  const Proto node = Proto()
                         .text(node_field::op_type, "Elu")
                         .text(node_field::name, "e\n1")
                         .add(node_field::attribute, attribute);
  EXPECT_EQ(error_of(model_of(Proto().add(graph_field::node, node)).bytes()),
            "graph: node 0 (Elu 'e\\x0a1'): attribute 'alpha': field 2 has the wire type 2 instead "
            "of 5; the file is damaged or is not an ONNX file");
}

// A node with one attribute of that type, which holds `content`.
Proto node_with(AttributeType type, uint32_t member, const Proto& content) {
  return Proto().add(
      node_field::attribute,
      Proto().number(attribute_field::type, static_cast<uint64_t>(type)).add(member, content));
}

Proto nested_graphs(int depth) {
  Proto graph;
  for (int i = 0; i < depth; ++i) {
    graph =
        Proto().add(graph_field::node, node_with(AttributeType::GRAPH, attribute_field::g, graph));
  }
  return graph;
}

TEST(OnnxHostile, DepthIsLimited) {
  EXPECT_TRUE(parse_model(as_bytes(model_of(nested_graphs(limits::kGraphDepth - 1)).bytes())));
  EXPECT_THAT(error_of(model_of(nested_graphs(limits::kGraphDepth)).bytes()),
              HasSubstr("nested more than 32"));
  Proto type;
  for (int i = 0; i < limits::kTypeDepth; ++i) {
    type = Proto().add(field::TypeProto::sequence_type,
                       Proto().add(field::TypeProto::Sequence::elem_type, type));
  }
  const Proto value = Proto().add(field::ValueInfoProto::type, type);
  EXPECT_THAT(error_of(model_of(Proto().add(graph_field::input, value)).bytes()),
              HasSubstr("nested more than 16"));
}

TEST(OnnxHostile, CountsAreLimited) {
  std::string nodes;
  const std::string node = Proto().add(graph_field::node, {}).bytes();
  for (uint64_t i = 0; i <= limits::kNodes; ++i) nodes += node;
  EXPECT_THAT(error_of(Proto().text(model_field::graph, nodes).bytes()),
              HasSubstr("more than 524288 nodes"));
  Proto tensor;
  for (size_t i = 0; i <= limits::kRank; ++i) tensor.number(field::TensorProto::dims, 1);
  EXPECT_THAT(error_of(model_of(Proto().add(graph_field::initializer, tensor)).bytes()),
              HasSubstr("more than 32 numbers"));
}

TEST(OnnxHostile, AnAttributeHasTheOneValueOfItsType) {
  const auto error = [](const Proto& node) {
    return error_of(model_of(Proto().add(graph_field::node, node)).bytes());
  };
  EXPECT_THAT(error(node_with(AttributeType::GRAPH, attribute_field::t, {})),
              HasSubstr("type GRAPH and 0 values"));
  EXPECT_THAT(error(node_with(AttributeType::TENSOR, attribute_field::g, {})),
              HasSubstr("type TENSOR and 0 values"));
}

TEST(OnnxNode, FindsAttributesByName) {
  const auto file = read_file(kTestdata + "structure.onnx");
  ASSERT_TRUE(file);
  const auto model = parse_model(as_bytes(*file));
  ASSERT_TRUE(model);
  const NodeView& node = model->graph.nodes[0];
  ASSERT_NE(node.find("i"), nullptr);
  EXPECT_EQ(node.find("i")->i, -3);
  EXPECT_EQ(node.find("none"), nullptr);
}

}  // namespace
}  // namespace hone::onnx
