// Damaged and lying files: an error with a sentence, in bounded time and memory.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "frontend/tflite/associated_files.h"
#include "frontend/tflite/constant.h"
#include "frontend/tflite/model.h"
#include "frontend/tflite/test_writer.h"

namespace hone::tflite {
namespace {

using flatbuffer::test::TestWriter;

std::vector<std::string> corpus() {
  std::vector<std::string> contents;
  const std::string folder = std::string(HONE_SOURCE_DIR) + "/fuzz/corpus/tflite";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    contents.push_back(read_file(entry.path().string()).value_or(""));
  }
  return contents;
}

// Reads all there is to read; whether the model could be parsed.
bool read_all(Bytes file) {
  const auto model = parse_model(file);
  if (!model) {
    EXPECT_FALSE(model.error().message.empty());
    return false;
  }
  size_t sum = 0;
  for (const SubgraphView& graph : model->subgraphs) {
    for (const TensorView& tensor : graph.tensors) {
      if (const auto dense = dense_bytes(tensor)) {
        for (const std::byte byte : dense->bytes()) sum += static_cast<size_t>(byte);
      }
      for (const float scale : tensor.quantization.scales) sum += scale > 0;
      sum += tensor.name.size() + type_text(tensor.type).size();
    }
    for (const OperatorView& op : graph.operators) {
      sum += op_text(op).size() + op.custom_options.size();
      sum += op.options_as<schema::ReshapeOptions>().get(schema::ReshapeOptions::new_shape).size();
    }
  }
  (void)associated_files(file);
  EXPECT_GT(sum, 0u);
  return true;
}

TEST(HostileTflite, FilesCutOffAnywhereAreRefusedOrWhole) {
  for (const std::string& content : corpus()) {
    ASSERT_TRUE(read_all(as_bytes(content)));
    size_t parsed = 0;
    for (size_t size = 0; size < content.size(); ++size) {
      // On the heap and no longer than it says, so that a sanitizer sees every byte too far.
      const std::vector<char> cut(content.begin(), content.begin() + static_cast<long>(size));
      parsed += read_all(std::as_bytes(std::span(cut)));
    }
    EXPECT_LT(parsed, content.size() / 2);  // what lies last need not be missed
  }
}

TEST(HostileTflite, NoByteOfAFileIsTrusted) {
  for (const std::string& content : corpus()) {
    for (size_t at = 0; at < content.size(); ++at) {
      for (const int value : {0x00, 0x80, 0xff, content[at] + 1}) {
        std::string bad = content;
        bad[at] = static_cast<char>(value);
        read_all(as_bytes(bad));
      }
    }
  }
}

TEST(HostileTflite, NoNumberOfAFileIsTrusted) {
  for (const std::string& content : corpus()) {
    for (size_t at = 0; at + 4 <= content.size(); at += 2) {
      for (const uint32_t value : {0u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0x00010000u,
                                   static_cast<uint32_t>(content.size() - at)}) {
        std::string bad = content;
        std::memcpy(bad.data() + at, &value, sizeof value);
        read_all(as_bytes(bad));
      }
    }
  }
}

void expect_error(Bytes file, Code code, std::string_view part) {
  const auto model = parse_model(file);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, code) << model.error().text();
  EXPECT_NE(model.error().text().find(part), std::string::npos) << model.error().text();
}

// A model with one subgraph, whose fields' places are `graph`.
struct SmallModel {
  explicit SmallModel(const std::vector<uint16_t>& fields, size_t graphs = 1) {
    const auto model =
        writer.table({schema::Model::version.slot, schema::Model::subgraphs.slot,
                      schema::Model::operator_codes.slot, schema::Model::signature_defs.slot},
                     0);
    writer.set(model[0], uint32_t{3});
    version = model[0];
    const auto list = writer.list(graphs, model[1]);
    graph = writer.table(fields, list[0]);
    for (const size_t place : list) {
      writer.set(place, static_cast<uint32_t>(writer.last_table() - place));
    }
    codes = model[2];
    signatures = model[3];
  }
  // Ends what no test has filled in.
  SmallModel& end() {
    for (const size_t place : {codes, signatures}) {
      if (PackedView<uint32_t>(writer.bytes().subspan(place))[0] == 0) {
        writer.vector<uint32_t>({}, place);
      }
    }
    return *this;
  }
  Bytes bytes() const { return writer.bytes(); }

  TestWriter writer;
  std::vector<size_t> graph;
  size_t version = 0, codes = 0, signatures = 0;
};

// A list of `count` entries that are all the same table.
void same_tables(TestWriter& w, size_t count, size_t pointed_from,
                 const std::vector<uint16_t>& fields) {
  const auto list = w.list(count, pointed_from);
  w.table(fields, list[0]);
  for (const size_t place : list) w.set(place, static_cast<uint32_t>(w.last_table() - place));
}

TEST(HostileTflite, OtherFilesAreNamedAsSuch) {
  expect_error({}, Code::corrupt, "this is no TFLite model");
  expect_error(as_bytes("GGUF\3\0\0\0"), Code::corrupt, "this is no TFLite model");
  SmallModel model({});
  model.end().writer.set(model.version, uint32_t{4});
  expect_error(model.bytes(), Code::unsupported, "version 4");
}

TEST(HostileTflite, SmallFilesDoNotClaimManyTensors) {
  SmallModel model({schema::SubGraph::tensors.slot}, 4000);
  same_tables(model.writer, 1000, model.graph[0], {});
  model.end();
  const auto begin = std::chrono::steady_clock::now();
  expect_error(model.bytes(), Code::limit_exceeded, "more than 262144 tensors");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(HostileTflite, SmallFilesDoNotClaimManyOperands) {
  SmallModel model({schema::SubGraph::operators.slot, schema::SubGraph::tensors.slot}, 100);
  same_tables(model.writer, 1, model.graph[1], {});
  const auto operators = model.writer.list(1000, model.graph[0]);
  const auto op = model.writer.table({schema::Operator::inputs.slot}, operators[0]);
  for (const size_t place : operators) {
    model.writer.set(place, static_cast<uint32_t>(model.writer.last_table() - place));
  }
  model.writer.vector(std::vector<int32_t>(1000, 0), op[0]);
  same_tables(model.writer, 1, model.codes, {});
  expect_error(model.end().bytes(), Code::limit_exceeded, "inputs and outputs of operators");
}

TEST(HostileTflite, IndicesAreChecked) {
  SmallModel input({schema::SubGraph::inputs.slot});
  input.writer.vector<int32_t>({0}, input.graph[0]);
  expect_error(input.end().bytes(), Code::corrupt, "subgraph 0: input 0 is tensor 0 of 0");

  SmallModel kind({schema::SubGraph::operators.slot});
  same_tables(kind.writer, 1, kind.graph[0], {});
  expect_error(kind.end().bytes(), Code::corrupt, "operator 0: it is of kind 0 of 0");

  SmallModel signature({});
  const auto list = signature.writer.list(1, signature.signatures);
  const auto fields = signature.writer.table({schema::SignatureDef::subgraph_index.slot}, list[0]);
  signature.writer.set(fields[0], uint32_t{1});
  expect_error(signature.end().bytes(), Code::corrupt,
               "signature 0: it stands for subgraph 1 of 1");
}

TEST(HostileTflite, TensorsAreChecked) {
  SmallModel buffer({schema::SubGraph::tensors.slot});
  const auto list = buffer.writer.list(1, buffer.graph[0]);
  buffer.writer.set(buffer.writer.table({schema::Tensor::buffer.slot}, list[0])[0], uint32_t{3});
  expect_error(buffer.end().bytes(), Code::corrupt, "tensor 0: '': its data is buffer 3 of 0");

  SmallModel rank({schema::SubGraph::tensors.slot});
  const auto ranks = rank.writer.list(1, rank.graph[0]);
  const auto shape = rank.writer.table({schema::Tensor::shape.slot}, ranks[0]);
  rank.writer.vector(std::vector<int32_t>(9, 1), shape[0]);
  expect_error(rank.end().bytes(), Code::unsupported, "more than 8 dimensions");
}

}  // namespace
}  // namespace hone::tflite
