// What a parsed model says, as text: the form that tools/make_onnx_goldens.py writes with the
// package onnx. For tests.
#pragma once

#include <bit>
#include <cstring>
#include <string>

#include "base/sha256.h"
#include "base/text.h"
#include "frontend/onnx/model.h"
#include "frontend/onnx/tensor_bytes.h"

namespace hone::onnx::test {

class Dump {
 public:
  explicit Dump(TensorSource& source) : source_(source) {}

  std::string model(const ModelView& model) {
    line("", "model ", model.ir_version, " ", quote(model.producer_name), " ",
         quote(model.producer_version), " ", quote(model.domain), " ", model.model_version, " ",
         opsets(model.opset_imports));
    for (const auto& [key, value] : model.metadata) {
      line("", "metadata ", quote(key), " ", quote(value));
    }
    for (const FunctionView& one : model.functions) function(one);
    graph(model.graph, "");
    return std::move(out_);
  }

 private:
  template <class... Parts>
  void line(const std::string& indent, const Parts&... parts) {
    out_ += cat(indent, parts..., "\n");
  }

  template <class List, class Text>
  static std::string joined(const List& list, std::string_view separator, const Text& text) {
    std::string out;
    for (const auto& item : list) out += cat(out.empty() ? "" : separator, text(item));
    return out;
  }

  static std::string hex(uint64_t value, int digits) {
    std::string out;
    for (int i = digits - 1; i >= 0; --i) out += "0123456789abcdef"[value >> 4 * i & 15];
    return out;
  }

  static std::string quote(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
      const bool plain = c >= 0x21 && c <= 0x7e && c != '%' && c != '\'';
      out += plain ? std::string(1, c) : cat("%", hex(static_cast<unsigned char>(c), 2));
    }
    return out + "'";
  }

  static std::string names(const std::vector<std::string_view>& words) {
    return cat("(", joined(words, " ", quote), ")");
  }

  static std::string numbers(const std::vector<int64_t>& values, std::string_view separator) {
    return joined(values, separator, [](int64_t value) { return cat(value); });
  }

  std::string content(const TensorView& tensor) {
    Sha256 hash;
    if (tensor.data_type == DataType::STRING) {
      const auto strings = tensor_strings(tensor);
      if (!strings) return strings.error().text();
      for (const std::string_view text : *strings) {
        const uint64_t size = text.size();
        hash.update(std::as_bytes(std::span(&size, 1)));
        hash.update(as_bytes(text));
      }
    } else {
      const auto bytes = tensor_bytes(tensor, source_);
      if (!bytes && bytes.error().code == Code::unsupported) return "unsupported";
      if (!bytes) return bytes.error().text();
      hash.update(bytes->bytes);
    }
    std::string digest;
    for (const uint8_t byte : hash.finish()) digest += hex(byte, 2);
    return digest.substr(0, 16);
  }

  std::string tensor(const TensorView& view) {
    return cat(quote(view.name), " ", static_cast<int>(view.data_type), " [",
               numbers(view.dims, ","), "] ", content(view));
  }

  std::string sparse(const SparseTensorView& view) {
    return cat("[", numbers(view.dims, ","), "] ", tensor(view.values), " ", tensor(view.indices));
  }

  static std::string dim(const DimView& view) {
    if (view.value) return cat(*view.value);
    return view.parameter.data() == nullptr ? "?" : quote(view.parameter);
  }

  static std::string type(const TypeView& view) {
    constexpr std::string_view kNames[] = {"none",     "tensor", "sparse", "sequence",
                                           "optional", "map",    "opaque"};
    using Kind = TypeView::Kind;
    const std::string_view kind = kNames[static_cast<size_t>(view.kind)];
    const std::string element = view.element.empty() ? "none" : type(view.element[0]);
    const int elem_type = static_cast<int>(view.elem_type);
    if (view.kind == Kind::map) return cat(kind, "(", elem_type, ",", element, ")");
    if (view.kind == Kind::sequence || view.kind == Kind::optional) {
      return cat(kind, "(", element, ")");
    }
    if (view.kind != Kind::tensor && view.kind != Kind::sparse_tensor) return std::string(kind);
    const std::string dims = view.dims ? cat("[", joined(*view.dims, ",", dim), "]") : "*";
    return cat(kind, "(", elem_type, ")", dims);
  }

  static std::string f32(float value) { return hex(std::bit_cast<uint32_t>(value), 8); }

  std::string value(const AttributeView& view) {
    switch (view.type) {
      case AttributeType::FLOAT:
        return f32(view.f);
      case AttributeType::INT:
        return cat(view.i);
      case AttributeType::STRING:
        return quote(view.s);
      case AttributeType::FLOATS:
        return joined(view.floats, " ", f32);
      case AttributeType::INTS:
        return numbers(view.ints, " ");
      case AttributeType::STRINGS:
        return joined(view.strings, " ", quote);
      case AttributeType::TENSOR:
      case AttributeType::TENSORS:
        return joined(view.tensors, " ", [&](const auto& one) { return tensor(one); });
      case AttributeType::SPARSE_TENSOR:
      case AttributeType::SPARSE_TENSORS:
        return joined(view.sparse_tensors, " ", [&](const auto& one) { return sparse(one); });
      case AttributeType::TYPE_PROTO:
      case AttributeType::TYPE_PROTOS:
        return joined(view.types, " ", type);
      default:
        return "";
    }
  }

  void attribute(const AttributeView& view, const std::string& indent) {
    const std::string head = cat(indent, "attribute ", quote(view.name), " ", to_string(view.type));
    if (!view.ref_attr_name.empty()) return line(head, " ref ", quote(view.ref_attr_name));
    const std::string text = value(view);
    line(head, text.empty() ? "" : " ", text);
    for (const GraphView& one : view.graphs) graph(one, indent + " ");
  }

  void values(std::string_view what, const std::vector<ValueInfoView>& list,
              const std::string& indent) {
    for (const ValueInfoView& one : list) {
      line(indent, what, " ", quote(one.name), " ", type(one.type));
    }
  }

  void nodes(const std::vector<NodeView>& list, const std::string& indent) {
    for (const NodeView& one : list) {
      line(indent, "node ", quote(one.op_type), " ", quote(one.domain), " ", quote(one.overload),
           " ", quote(one.name), " ", names(one.inputs), " ", names(one.outputs));
      for (const AttributeView& view : one.attributes) attribute(view, indent + " ");
    }
  }

  void graph(const GraphView& view, std::string indent) {
    line(indent, "graph ", quote(view.name));
    indent += " ";
    values("input", view.inputs, indent);
    values("output", view.outputs, indent);
    values("value", view.value_info, indent);
    for (const TensorView& one : view.initializers) line(indent, "initializer ", tensor(one));
    for (const SparseTensorView& one : view.sparse_initializers) {
      line(indent, "sparse ", sparse(one));
    }
    nodes(view.nodes, indent);
  }

  static std::string opsets(const std::vector<OpsetImport>& list) {
    return joined(list, " ",
                  [](const OpsetImport& one) { return cat(quote(one.domain), ":", one.version); });
  }

  void function(const FunctionView& view) {
    line("", "function ", quote(view.name), " ", quote(view.domain), " ", quote(view.overload), " ",
         names(view.inputs), " ", names(view.outputs), " ", names(view.attributes), " ",
         opsets(view.opset_imports));
    for (const AttributeView& one : view.attribute_defaults) attribute(one, " ");
    values("value", view.value_info, " ");
    nodes(view.nodes, " ");
  }

  TensorSource& source_;
  std::string out_;
};

}  // namespace hone::onnx::test
