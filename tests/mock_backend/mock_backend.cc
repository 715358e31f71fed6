// A back end as a vendor would write it, but by naive loops: what include/hone/backend.h alone
// tells is enough to build it. It takes f32 steps of four kinds: binary add and mul, unary relu and
// sigmoid, reshape, and conv of pictures. Options, with + between them, make it behave badly:
//
//   only=OP, refuse=OP   which ops it claims
//   count=FILE     appends a letter a call: o(pen) c(ompile) r(un) x (release) z (close)
//   fail_open, fail_compile, fail_run, throw_claim, throw_run, long_reason, wrong_size, late_fail
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hone/backend.h"

#ifndef MOCK_NAME
#define MOCK_NAME "mock"
#endif

namespace {

struct Context {
  std::string options;
  std::string count;  // a file

  bool has(std::string_view option) const {
    return ("+" + options + "+").find("+" + std::string(option) + "+") != std::string::npos;
  }
  std::string value(std::string_view name) const {
    const std::string all = "+" + options + "+", key = "+" + std::string(name) + "=";
    const size_t at = all.find(key);
    if (at == std::string::npos) return "";
    return all.substr(at + key.size(), all.find('+', at + 1) - at - key.size());
  }
  void tell(char call) const {
    if (count.empty()) return;
    if (std::FILE* file = std::fopen(count.c_str(), "a")) {
      std::fputc(call, file);
      std::fclose(file);
    }
  }
};

int32_t fail(char* reason, size_t size, const std::string& why) {
  std::snprintf(reason, size, "%s", why.c_str());
  return -1;
}

const hone_attribute* attribute(const hone_node& node, std::string_view name) {
  for (size_t i = 0; i < node.attribute_count; ++i) {
    if (node.attributes[i].name == name) return &node.attributes[i];
  }
  return nullptr;
}
std::string choice(const hone_node& node, std::string_view name) {
  const hone_attribute* found = attribute(node, name);
  return found != nullptr && found->kind == HONE_ATTRIBUTE_CHOICE ? found->text : "";
}
float number(const hone_node& node, std::string_view name) {
  const hone_attribute* found = attribute(node, name);
  return found == nullptr ? 0 : static_cast<float>(found->number);
}
int64_t integer_at(const hone_node& node, std::string_view name, size_t i, int64_t otherwise) {
  const hone_attribute* found = attribute(node, name);
  return found == nullptr || i >= found->integer_count ? otherwise : found->integers[i];
}

int64_t elements(const hone_tensor& tensor) {
  int64_t count = 1;
  for (int32_t i = 0; i < tensor.rank; ++i) count *= tensor.shape[i];
  return count;
}

// Nothing if it is taken.
std::string why_not(const hone_graph& graph, const hone_node& node) {
  const std::string_view op = node.op;
  for (size_t i = 0; i < graph.value_count; ++i) {
    const bool shape = op == "reshape" && graph.values[i].dtype == HONE_I64;
    if (graph.values[i].dtype != HONE_F32 && !shape) return "f32 only";
  }
  if (op == "reshape") return "";
  if (op == "binary") {
    const std::string kind = choice(node, "kind");
    return kind == "add" || kind == "mul" ? "" : "no " + kind;
  }
  if (op == "unary") {
    const std::string kind = choice(node, "kind");
    return kind == "relu" || kind == "sigmoid" ? "" : "no " + kind;
  }
  if (op != "conv") return "no op " + std::string(op);
  if (graph.values[node.operands[0]].rank != 4) return "conv of pictures only";
  const std::string activation = choice(node, "activation");
  if (activation != "none" && activation != "relu" && activation != "clip") {
    return "no conv with " + activation;
  }
  return choice(node, "pad") == "given" ? "" : "explicit pads only";
}

// What `compile` made: a copy of the graph, without the constants' elements.
struct Compiled {
  struct Node {
    hone_node view;
    std::string op;
    std::vector<int32_t> operands, results;
    std::vector<std::string> texts;
    std::vector<std::vector<int64_t>> lists;
    std::vector<hone_attribute> attributes;
  };
  std::vector<hone_tensor> values;
  std::vector<Node> nodes;
  std::vector<int32_t> inputs, outputs;
  std::vector<std::vector<float>> memory;  // by value
  int runs = 0;
};

void copy_node(const hone_node& from, Compiled::Node& node) {
  node.op = from.op;
  node.operands.assign(from.operands, from.operands + from.operand_count);
  node.results.assign(from.results, from.results + from.result_count);
  node.attributes.assign(from.attributes, from.attributes + from.attribute_count);
  node.texts.reserve(2 * from.attribute_count);
  for (hone_attribute& a : node.attributes) {
    a.name = node.texts.emplace_back(a.name).c_str();
    if (a.text != nullptr) a.text = node.texts.emplace_back(a.text).c_str();
    if (a.integers == nullptr) continue;
    node.lists.emplace_back(a.integers, a.integers + a.integer_count);
    a.integers = node.lists.back().data();
  }
  node.view = from;
  node.view.op = node.op.c_str();
  node.view.attributes = node.attributes.data();
  node.view.operands = node.operands.data();
  node.view.results = node.results.data();
}

// The element of an operand for each of y's, with NumPy's broadcasting.
struct Broadcast {
  explicit Broadcast(const hone_tensor& from, const hone_tensor& to) : to_(to) {
    int64_t stride = 1;
    for (int32_t axis = from.rank; axis-- > 0;) {
      const int32_t at = axis + to.rank - from.rank;
      strides_[at] = from.shape[axis] == 1 ? 0 : stride;
      stride *= from.shape[axis];
    }
  }
  int64_t operator()(int64_t index) const {
    int64_t at = 0;
    for (int32_t axis = to_.rank; axis-- > 0;) {
      at += index % to_.shape[axis] * strides_[axis];
      index /= to_.shape[axis];
    }
    return at;
  }

 private:
  const hone_tensor& to_;
  int64_t strides_[HONE_MAX_RANK] = {};
};

void run_binary(const Compiled& graph, const hone_node& node, const float* a, const float* b,
                float* y) {
  const hone_tensor& to = graph.values[node.results[0]];
  const Broadcast at_a(graph.values[node.operands[0]], to),
      at_b(graph.values[node.operands[1]], to);
  const bool adds = choice(node, "kind") == "add";
  for (int64_t i = 0; i < elements(to); ++i) {
    y[i] = adds ? a[at_a(i)] + b[at_b(i)] : a[at_a(i)] * b[at_b(i)];
  }
}

struct Conv {
  const hone_tensor &x, &w, &y;
  int64_t groups, stride[2], dilation[2], pad[2];
};

float conv_at(const Conv& conv, const float* x, const float* w, int64_t n, int64_t out, int64_t row,
              int64_t column) {
  const int64_t in = conv.w.shape[1], first = out / (conv.y.shape[1] / conv.groups) * in;
  float sum = 0;
  for (int64_t c = 0; c < in; ++c) {
    for (int64_t i = 0; i < conv.w.shape[2]; ++i) {
      const int64_t at_row = row * conv.stride[0] - conv.pad[0] + i * conv.dilation[0];
      if (at_row < 0 || at_row >= conv.x.shape[2]) continue;
      for (int64_t j = 0; j < conv.w.shape[3]; ++j) {
        const int64_t at_column = column * conv.stride[1] - conv.pad[1] + j * conv.dilation[1];
        if (at_column < 0 || at_column >= conv.x.shape[3]) continue;
        const int64_t from = ((n * conv.x.shape[1] + first + c) * conv.x.shape[2] + at_row);
        sum += x[from * conv.x.shape[3] + at_column] *
               w[((out * in + c) * conv.w.shape[2] + i) * conv.w.shape[3] + j];
      }
    }
  }
  return sum;
}

float finish(const hone_node& node, const std::string& activation, float sum, float residual) {
  const bool before = choice(node, "residual") != "after";
  float y = before ? sum + residual : sum;
  if (activation == "relu") y = std::max(0.0f, y);
  if (activation == "clip") y = std::clamp(y, number(node, "low"), number(node, "high"));
  return before ? y : y + residual;
}

void run_conv(const Compiled& graph, const hone_node& node, const std::vector<const float*>& in,
              float* y) {
  const hone_attribute* groups = attribute(node, "groups");
  Conv conv{graph.values[node.operands[0]],
            graph.values[node.operands[1]],
            graph.values[node.results[0]],
            groups == nullptr ? 1 : groups->integer,
            {},
            {},
            {}};
  for (size_t i = 0; i < 2; ++i) {
    conv.stride[i] = integer_at(node, "strides", i, 1);
    conv.dilation[i] = integer_at(node, "dilations", i, 1);
    conv.pad[i] = integer_at(node, "pads", i, 0);
  }
  const std::string activation = choice(node, "activation");
  int64_t i = 0;
  for (int64_t n = 0; n < conv.y.shape[0]; ++n) {
    for (int64_t out = 0; out < conv.y.shape[1]; ++out) {
      for (int64_t row = 0; row < conv.y.shape[2]; ++row) {
        for (int64_t column = 0; column < conv.y.shape[3]; ++column, ++i) {
          const float bias = in[2] == nullptr ? 0 : in[2][out];
          const float sum = bias + conv_at(conv, in[0], in[1], n, out, row, column);
          y[i] = finish(node, activation, sum, in[3] == nullptr ? 0 : in[3][i]);
        }
      }
    }
  }
}

void run_node(const Compiled& graph, const hone_node& node, const std::vector<const float*>& in,
              float* y) {
  const std::string_view op = node.op;
  const int64_t count = elements(graph.values[node.results[0]]);
  if (op == "conv") return run_conv(graph, node, in, y);
  if (op == "binary") return run_binary(graph, node, in[0], in[1], y);
  if (op == "reshape") {
    std::copy_n(in[0], count, y);
    return;
  }
  const bool relu = choice(node, "kind") == "relu";
  for (int64_t i = 0; i < count; ++i) {
    y[i] = relu ? std::max(0.0f, in[0][i]) : 1 / (1 + std::exp(-in[0][i]));
  }
}

// ---- The table

int32_t open(const char* options, void** context, char* reason, size_t size) {
  auto* made = new Context{options, ""};
  made->count = made->value("count");
  if (made->has("fail_open")) {
    delete made;
    return fail(reason, size, "there is no such device");
  }
  made->tell('o');
  *context = made;
  return 0;
}

void close(void* context) {
  static_cast<Context*>(context)->tell('z');
  delete static_cast<Context*>(context);
}

int32_t claim(void* context, const hone_graph* graph, char* reason, size_t size) {
  const auto& self = *static_cast<Context*>(context);
  if (self.has("throw_claim")) throw std::runtime_error("claim");
  if (self.has("long_reason")) {
    std::memset(reason, 'x', size);  // and no zero byte
    return 0;
  }
  const hone_node& node = *graph->nodes[0];
  std::string why = why_not(*graph, node);
  const std::string only = self.value("only");
  if (node.op == self.value("refuse") || (!only.empty() && node.op != only)) why = "it was told so";
  if (why.empty()) return 1;
  fail(reason, size, why);
  return 0;
}

int32_t compile(void* context, const hone_graph* graph, void** compiled, char* reason,
                size_t size) {
  const auto& self = *static_cast<Context*>(context);
  if (self.has("fail_compile")) return fail(reason, size, "the subgraph does not fit");
  auto* made = new Compiled;
  made->values.assign(graph->values, graph->values + graph->value_count);
  made->inputs.assign(graph->inputs, graph->inputs + graph->input_count);
  made->outputs.assign(graph->outputs, graph->outputs + graph->output_count);
  made->memory.resize(graph->value_count);
  made->nodes.resize(graph->node_count);
  for (size_t i = 0; i < graph->node_count; ++i) copy_node(*graph->nodes[i], made->nodes[i]);
  for (const Compiled::Node& node : made->nodes) {
    for (const int32_t result : node.results) {
      made->memory[result].resize(static_cast<size_t>(elements(made->values[result])));
    }
  }
  self.tell('c');
  *compiled = made;
  return 0;
}

void release(void* context, void* compiled) {
  static_cast<Context*>(context)->tell('x');
  delete static_cast<Compiled*>(compiled);
}

int32_t run(void* context, void* compiled, const hone_tensor* inputs, size_t input_count,
            hone_tensor* outputs, size_t output_count, char* reason, size_t size) {
  const auto& self = *static_cast<Context*>(context);
  auto& graph = *static_cast<Compiled*>(compiled);
  self.tell('r');
  if (self.has("fail_run")) return fail(reason, size, "the device went away");
  if (self.has("late_fail") && ++graph.runs > 1) return fail(reason, size, "the device went away");
  if (self.has("throw_run")) throw std::runtime_error("run");
  std::vector<const float*> data;
  for (size_t v = 0; v < graph.values.size(); ++v) {
    const void* constant = graph.values[v].data;
    data.push_back(constant == nullptr ? graph.memory[v].data()
                                       : static_cast<const float*>(constant));
  }
  for (size_t i = 0; i < input_count; ++i) {
    data[graph.inputs[i]] = static_cast<const float*>(inputs[i].data);
  }
  for (const Compiled::Node& node : graph.nodes) {
    std::vector<const float*> in;
    for (const int32_t operand : node.operands) {
      in.push_back(operand < 0 ? nullptr : data[operand]);
    }
    run_node(graph, node.view, in, graph.memory[node.results[0]].data());
  }
  for (size_t i = 0; i < output_count; ++i) {
    std::memcpy(outputs[i].data, data[graph.outputs[i]], outputs[i].size_bytes);
    if (self.has("wrong_size")) outputs[i].size_bytes = 4;
  }
  return 0;
}

const hone_backend kTable = {.struct_size = sizeof(hone_backend),
                             .name = MOCK_NAME,
                             .version = "1.0",
                             .open = open,
                             .close = close,
                             .claim = claim,
                             .compile = compile,
                             .release = release,
                             .run = run};

}  // namespace

HONE_BACKEND_DEFINE {
  if (std::string_view(MOCK_NAME) == "broken") throw std::runtime_error("entry");
  return &kTable;
}
