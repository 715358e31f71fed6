#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>

#include "ir/text.h"
#include "ops/shape_rules.h"
#include "passes/fold.h"
#include "passes/quantized.h"
#include "passes/transpose.h"
#include "reference/interpret.h"
#include "tensor/encode.h"

namespace hone::passes {
namespace {

using namespace ir;

// A text's graph; constants hold the given numbers, over and over, and others numbers that vary.
Graph graph_of(std::string_view text, const std::map<std::string, std::vector<double>>& numbers) {
  auto parsed = parse_text(text);
  if (!parsed) ADD_FAILURE() << parsed.error().text();
  if (!parsed) return {};
  Graph graph = *std::move(parsed);
  for (Value& value : graph.values) {
    if (value.kind != ValueKind::constant) continue;
    const DType dtype = value.type.tensor.dtype;
    const auto size = static_cast<size_t>(info(dtype).block_bytes);
    auto bytes = std::make_shared<std::vector<std::byte>>(value.constant.bytes.size());
    const auto given = numbers.find(value.name);
    for (size_t i = 0; i < bytes->size() / size; ++i) {
      const double varied = static_cast<double>(i * 37 % 19) - 9;
      const double number =
          given == numbers.end() ? varied : given->second[i % given->second.size()];
      encode_element(dtype, number, bytes->data() + i * size);
    }
    value.constant = {*bytes, bytes};
  }
  return graph;
}

Graph folded(Graph graph) {
  for (const auto pass : {sink_dequantize, fold_quantized, drop_dead, cancel_transposes}) {
    auto next = pass(graph, {});
    if (!next) ADD_FAILURE() << next.error().text();
    if (!next) return {};
    graph = *std::move(next);
  }
  return graph;
}

std::multiset<std::string> ops_of(const Graph& graph) {
  std::multiset<std::string> ops;
  for (const Node& node : graph.nodes) ops.insert(std::string(node.op->name));
  return ops;
}

HostTensor result_of(const Graph& graph) {
  std::map<std::string, HostTensor> inputs;
  for (const Value& value : graph.values) {
    if (value.kind != ValueKind::input) continue;
    HostTensor x{.dtype = value.type.tensor.dtype, .shape = {}, .data = {}};
    size_t count = 1;
    for (const Dim& dim : value.type.tensor.shape) {
      x.shape.push_back(dim.value());
      count *= static_cast<size_t>(dim.value());
    }
    for (size_t i = 0; i < count; ++i) x.data.push_back(static_cast<double>(i * 53 % 127));
    inputs[value.name] = x;
  }
  HostStates none;
  return interpret(graph, inputs, none).value().at(graph[graph.outputs[0]].name);
}

// The same codes, but for one where a number lies between two.
void expect_alike(const Graph& graph, const Graph& made) {
  EXPECT_EQ(made[made.outputs[0]].type, graph[graph.outputs[0]].type);
  const HostTensor expected = result_of(graph), actual = result_of(made);
  ASSERT_EQ(actual.data.size(), expected.data.size());
  double most = 0;
  std::set<double> seen;
  for (size_t i = 0; i < actual.data.size(); ++i) {
    most = std::max(most, std::fabs(actual.data[i] - expected.data[i]));
    seen.insert(expected.data[i]);
  }
  EXPECT_LE(most, 1);
  EXPECT_GT(seen.size(), 2u) << "all codes alike show nothing";
}

constexpr std::string_view kConv = R"(graph conv
input %x : i8[1, 3, 8, 8]
const %w : i8[4, 3, 3, 3]
const %half : f32[]
const %ws : f32[4]
const %zero : i8[]
const %low : f32[]
const %bias : i32[4]
const %bs : f32[4]
%xr = dequantize(%x, %half, %zero)
%wr = dequantize(%w, %ws) {axis=0}
%br = dequantize(%bias, %bs) {axis=0}
%c = conv(%xr, %wr, %br) {pads=[1;1;1;1]}
%r = unary(%c) {kind=relu}
%m = binary(%r, %low) {kind=min}
%y = quantize(%m, %half, %zero)
output %y
)";

const std::map<std::string, std::vector<double>> kConvNumbers{{"half", {0.5}},
                                                              {"zero", {-5}},
                                                              {"ws", {0.02, 0.01, 0.04, 0.03}},
                                                              {"bs", {0.01, 0.005, 0.02, 0.015}},
                                                              {"low", {40}}};

TEST(FoldQuantized, ConvWithItsClamp) {
  const Graph graph = graph_of(kConv, kConvNumbers);
  const Graph made = folded(graph);
  EXPECT_EQ(ops_of(made),
            (std::multiset<std::string>{"quantized_conv", "transpose", "transpose", "transpose"}));
  expect_alike(graph, made);
}

TEST(FoldQuantized, ScalesThatAreNotConstantLeaveFloats) {
  std::string text(kConv);
  text.replace(text.find("const %half : f32[]"), 19, "input %half : f32[]");
  const Graph graph = graph_of(text, kConvNumbers);
  EXPECT_EQ(ops_of(folded(graph)).count("quantized_conv"), 0u);
}

TEST(FoldQuantized, ChainsStayCodes) {
  const Graph graph = graph_of(R"(graph chain
input %x : i8[1, 3, 8, 8]
const %w : i8[6, 3, 1, 1]
const %half : f32[]
const %tenth : f32[]
const %zero : i8[]
%xr = dequantize(%x, %half, %zero)
%p = pool(%xr) {kernel=[2;2], strides=[2;2]}
%pq = quantize(%p, %half, %zero)
%pr = dequantize(%pq, %half, %zero)
%wr = dequantize(%w, %tenth)
%c = conv(%pr, %wr)
%cq = quantize(%c, %half, %zero)
%cr = dequantize(%cq, %half, %zero)
%s = unary(%cr) {kind=sigmoid}
%sq = quantize(%s, %tenth, %zero)
%sr = dequantize(%sq, %tenth, %zero)
%g = binary(%cr, %sr) {kind=mul}
%gq = quantize(%g, %half, %zero)
%gr = dequantize(%gq, %half, %zero)
%sum = binary(%gr, %cr) {kind=add}
%sumq = quantize(%sum, %tenth, %zero)
%sumr = dequantize(%sumq, %tenth, %zero)
%join = concat(%sumr, %gr) {axis=1}
%jq = quantize(%join, %half, %zero)
%jr = dequantize(%jq, %half, %zero)
%a = pool(%jr) {kind=average, kernel=[2;2]}
%aq = quantize(%a, %half, %zero)
%ar = dequantize(%aq, %half, %zero)
%mean = reduce(%ar) {kind=mean, axes=[2;3], keepdims=false}
%y = quantize(%mean, %tenth, %zero)
output %y
)",
                               {{"half", {0.5}}, {"tenth", {0.11}}, {"zero", {3}}});
  const Graph made = folded(graph);
  const auto ops = ops_of(made);
  EXPECT_EQ(ops.count("quantized_conv"), 1u);
  EXPECT_EQ(ops.count("quantized_pool"), 3u);
  EXPECT_EQ(ops.count("quantized_map"),
            3u);  // the gate, the sum of functions of one code, one grid
  EXPECT_EQ(ops.count("concat"), 1u);
  EXPECT_EQ(ops.count("reduce") + ops.count("conv") + ops.count("pool"), 0u);
  EXPECT_EQ(ops.count("transpose"), 1u) << "one in front";
  expect_alike(graph, made);
}

TEST(FoldQuantized, SumsAndProductsOfTwo) {
  for (const std::string_view kind : {"add", "sub", "mul"}) {
    const Graph graph = graph_of(cat(R"(graph two
input %a : i8[2, 5, 7]
input %b : i8[7]
const %half : f32[]
const %third : f32[]
const %zero : i8[]
%ar = dequantize(%a, %half, %zero)
%br = dequantize(%b, %third, %zero)
%c = binary(%ar, %br) {kind=)",
                                     kind, R"(}
%y = quantize(%c, %half, %zero)
output %y
)"),
                                 {{"half", {0.5}}, {"third", {0.35}}, {"zero", {60}}});
    const Graph made = folded(graph);
    EXPECT_EQ(ops_of(made), (std::multiset<std::string>{"quantized_binary"}));
    expect_alike(graph, made);
  }
}

// A matmul [2, 6, 20] x [20, 6], which has a bias of the given shape added.
Graph biased_product(std::string_view bias_shape,
                     std::map<std::string, std::vector<double>> numbers) {
  numbers.insert({{"xs", {0.5}}, {"ws", {0.05}}, {"zero", {60}}, {"wzero", {3}}});
  return graph_of(cat(R"(graph product
input %x : u8[2, 6, 20]
const %w : u8[20, 6]
const %ws : f32[]
const %xs : f32[]
const %zero : u8[]
const %wzero : u8[]
const %bias : f32)",
                      bias_shape, R"(
%xr = dequantize(%x, %xs, %zero)
%wr = dequantize(%w, %ws, %wzero)
%c = batch_matmul(%xr, %wr)
%d = binary(%bias, %c) {kind=add}
%y = quantize(%d, %xs, %zero)
output %y
)"),
                  numbers);
}

TEST(FoldQuantized, MatmulTakesABiasThatIsAddedLater) {
  for (const std::string_view shape : {"[6]", "[1, 6]"}) {
    const Graph graph = biased_product(shape, {});
    const Graph made = folded(graph);
    EXPECT_EQ(ops_of(made), (std::multiset<std::string>{"quantized_conv", "transpose"}));
    expect_alike(graph, made);
  }
}

TEST(FoldQuantized, ABiasOfRowsStaysFloat) {
  const Graph graph = biased_product("[6, 1]", {});
  const Graph made = folded(graph);
  EXPECT_EQ(ops_of(made).count("quantized_conv"), 0u);
  expect_alike(graph, made);
}

TEST(FoldQuantized, ABiasFinerThanTheSumsStaysFloat) {
  // A unit of the sums is half a code of the result.
  const Graph on_grid = biased_product("[6]", {{"ws", {0.5}}, {"bias", {0.25, -3, 1.5}}});
  EXPECT_EQ(ops_of(folded(on_grid)).count("quantized_conv"), 1u);
  const Graph between = biased_product("[6]", {{"ws", {0.5}}, {"bias", {0.25, -3.1, 1.5}}});
  EXPECT_EQ(ops_of(folded(between)).count("quantized_conv"), 0u);
}

TEST(FoldQuantized, SumsThat32BitsCannotHoldStayFloat) {
  // 20 products of codes reach 20 * 195 * 252 up or down; a unit is 2^-10.
  const std::map<std::string, std::vector<double>> fine{{"xs", {0.03125}}, {"ws", {0.03125}}};
  const auto with_bias = [&](double count, std::vector<double> weights) {
    auto numbers = fine;
    numbers["w"] = std::move(weights);
    numbers["bias"] = {0, -count / 1024};
    return ops_of(folded(biased_product("[6]", numbers))).count("quantized_conv");
  };
  EXPECT_EQ(with_bias(1 << 30, {255}), 1u);
  EXPECT_EQ(with_bias(2147483520, {255}), 0u);
  EXPECT_EQ(with_bias(2147483520, {3}), 1u) << "weights of 0";
  // All 2^31 are near 2 codes of the result here: what does not fit is a thousandth of one.
  const Graph near_0 =
      biased_product("[6]", {{"ws", {0x1p-30}}, {"w", {255}}, {"bias", {1, 0.9999}}});
  const Graph made = folded(near_0);
  EXPECT_EQ(ops_of(made).count("quantized_conv"), 1u);
  EXPECT_EQ(result_of(made).data, result_of(near_0).data);
}

TEST(FoldQuantized, LongSumsStayFloat) {
  const auto convs = [](int64_t size) {
    const Graph graph = graph_of(cat(R"(graph long
input %x : u8[1, )",
                                     size, R"(]
const %w : u8[)",
                                     size, R"(, 2]
const %scale : f32[]
%xr = dequantize(%x, %scale)
%wr = dequantize(%w, %scale)
%c = batch_matmul(%xr, %wr)
%y = quantize(%c, %scale)
output %y
)"),
                                 {{"scale", {0.5}}, {"w", {255}}});
    return ops_of(folded(graph)).count("quantized_conv");
  };
  EXPECT_EQ(convs(33025), 1u);
  EXPECT_EQ(convs(33026), 0u);
}

TEST(SinkDequantize, MovesOfCodesNeedNoNumbers) {
  const Graph graph = graph_of(R"(graph moves
input %x : i8[1, 4, 6]
const %half : f32[]
const %zero : i8[]
%xr = dequantize(%x, %half, %zero)
%t = transpose(%xr) {perm=[0;2;1]}
%p = pad(%t) {pads=[0;1;0;0;0;2]}
%s = slice(%p) {starts=[1], ends=[5], axes=[1]}
%r = reshape(%s) {shape=[4;-1]}
%both = concat(%r, %r) {axis=0}
%y = quantize(%both, %half, %zero)
output %y
)",
                               {{"half", {0.5}}, {"zero", {-5}}});
  const Graph made = folded(graph);
  const auto ops = ops_of(made);
  EXPECT_EQ(ops.count("dequantize") + ops.count("quantize"), 0u);
  expect_alike(graph, made);
}

TEST(SinkDequantize, OtherGridsStayApart) {
  const Graph graph = graph_of(R"(graph grids
input %x : i8[4, 6]
const %half : f32[]
const %third : f32[]
%a = dequantize(%x, %half)
%b = dequantize(%x, %third)
%both = concat(%a, %b) {axis=0}
%y = unary(%both) {kind=neg}
output %y
)",
                               {{"half", {0.5}}, {"third", {0.3}}});
  const Graph made = folded(graph);
  EXPECT_EQ(ops_of(made).count("dequantize"), 2u);
  expect_alike(graph, made);
}

}  // namespace
}  // namespace hone::passes
