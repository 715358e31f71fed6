#include "backend/plugin/graph.h"

#include <algorithm>
#include <map>

#include "backend/plugin/backend.h"

namespace hone {

class BackendGraph::AttributeReader final : public AttrVisitor {
 public:
  explicit AttributeReader(Node& node) : node_(node) {}

  void field(std::string_view name, int64_t& value) override {
    add(name, HONE_ATTRIBUTE_INTEGER).integer = value;
  }
  void field(std::string_view name, float& value) override {
    add(name, HONE_ATTRIBUTE_NUMBER).number = static_cast<double>(value);
  }
  void field(std::string_view name, bool& value) override {
    add(name, HONE_ATTRIBUTE_BOOLEAN).integer = value ? 1 : 0;
  }
  void field(std::string_view name, std::string& value) override {
    add(name, HONE_ATTRIBUTE_TEXT).text = keep(value);
  }
  void field(std::string_view name, std::vector<int64_t>& value) override {
    hone_attribute& attribute = add(name, HONE_ATTRIBUTE_INTEGERS);
    attribute.integers = node_.lists.emplace_back(value).data();
    attribute.integer_count = value.size();
  }
  void choice(std::string_view name, int& index, std::span<const std::string_view> names) override {
    add(name, HONE_ATTRIBUTE_CHOICE).text = keep(names[static_cast<size_t>(index)]);
  }

 private:
  const char* keep(std::string_view text) { return node_.texts.emplace_back(text).c_str(); }
  hone_attribute& add(std::string_view name, hone_attribute_kind kind) {
    hone_attribute& attribute = node_.attributes.emplace_back();
    attribute.name = keep(name);
    attribute.kind = kind;
    return attribute;
  }

  Node& node_;
};

class BackendGraph::Maker {
 public:
  Maker(const Plan& plan, const WeightMap& weights) : plan_(plan), weights_(weights) {}

  Status add(const PlanStep& step) {
    Node& node = made_.nodes_.emplace_back();
    node.name = step.name;
    node.attrs = step.attrs;
    AttributeReader reader(node);
    node.attrs.visit(reader);
    for (const int32_t operand : step.operands) {
      HONE_TRY(const int32_t index, operand_of(operand));
      node.operands.push_back(index);
    }
    for (const int32_t result : step.results) {
      HONE_TRY(const int32_t index, add_value(result));
      node.results.push_back(index);
    }
    node.view = {.struct_size = sizeof(hone_node),
                 .op = made_.names_.emplace_back(step.op->name).c_str(),
                 .name = node.name.c_str(),
                 .attributes = node.attributes.data(),
                 .attribute_count = node.attributes.size(),
                 .operands = node.operands.data(),
                 .operand_count = node.operands.size(),
                 .results = node.results.data(),
                 .result_count = node.results.size()};
    made_.node_views_.push_back(&node.view);
    return {};
  }

  BackendGraph finish(std::span<const int32_t> outputs) && {
    for (const int32_t output : outputs) made_.outputs_.push_back(index_of_.at(output));
    made_.graph_ = {.struct_size = sizeof(hone_graph),
                    .name = made_.names_.emplace_back(plan_.name).c_str(),
                    .values = made_.values_.data(),
                    .value_count = made_.values_.size(),
                    .nodes = made_.node_views_.data(),
                    .node_count = made_.node_views_.size(),
                    .inputs = made_.inputs_.data(),
                    .input_count = made_.inputs_.size(),
                    .outputs = made_.outputs_.data(),
                    .output_count = made_.outputs_.size()};
    return std::move(made_);
  }

 private:
  const PlanValue& value(int32_t index) const { return plan_.values[static_cast<size_t>(index)]; }

  // A value that no step before made is an input or a constant.
  Expected<int32_t> operand_of(int32_t operand) {
    if (operand < 0) return -1;
    if (const auto found = index_of_.find(operand); found != index_of_.end()) return found->second;
    HONE_TRY(const int32_t index, add_value(operand));
    hone_tensor& tensor = made_.values_[static_cast<size_t>(index)];
    if (value(operand).storage == Storage::weight) {
      HONE_TRY(const Bytes bytes, weight(value(operand), tensor.size_bytes));
      tensor.data = const_cast<std::byte*>(bytes.data());
    } else {
      made_.inputs_.push_back(index);
      made_.plan_inputs_.push_back(operand);
    }
    return index;
  }

  Expected<int32_t> add_value(int32_t index) {
    const PlanValue& from = value(index);
    if (from.storage == Storage::state) return fail(Code::unsupported, "it works on states");
    if (!from.type_known || !is_static(from.type.shape) || from.type.shape.size() > kMaxRank) {
      return fail(Code::unsupported, "its sizes are known only when it runs");
    }
    const hone_dtype dtype = c_dtype(from.type.dtype);
    if (dtype == HONE_DTYPE_OTHER) {
      return fail(Code::unsupported, "back ends take no ", name_of(from.type.dtype));
    }
    const Dims dims(from.type.shape, {});
    HONE_TRY(const int64_t bytes, checked_bytes(from.type.dtype, dims));
    hone_tensor tensor = {.name = made_.names_.emplace_back(from.name).c_str(),
                          .dtype = dtype,
                          .rank = static_cast<int32_t>(dims.rank()),
                          .shape = {},
                          .data = nullptr,
                          .size_bytes = static_cast<uint64_t>(bytes)};
    std::ranges::copy(dims.sizes(), tensor.shape);
    made_.values_.push_back(tensor);
    return index_of_[index] = static_cast<int32_t>(made_.values_.size()) - 1;
  }

  Expected<Bytes> weight(const PlanValue& from, uint64_t size) {
    static constexpr std::byte kNoBytes{};
    const StoredWeight* stored = weights_.find(from.name);
    if (stored == nullptr || stored->empty()) return fail(Code::not_found, "a weight is missing");
    const auto canonical = stored->find(kCanonicalLayout);
    if (canonical == stored->end()) return unpacked_weight(from, *stored->begin());
    const Bytes bytes = canonical->second;
    if (bytes.size() != size) return fail(Code::corrupt, "a weight has a wrong size");
    return bytes.empty() ? Bytes(&kNoBytes, 0) : bytes;
  }

  Expected<Bytes> unpacked_weight(const PlanValue& from, const StoredWeight::value_type& stored) {
    const auto& [id, bytes] = stored;
    const Layout* layout = find_layout(id);
    const Dims dims(from.type.shape, {});
    if (layout == nullptr || layout->dtype != from.type.dtype) {
      return fail(Code::unsupported, "its weights are packed for the processor");
    }
    if (layout->packed_bytes(dims) != std::ssize(bytes)) {
      return fail(Code::corrupt, "a weight has a wrong size");
    }
    return made_.weights_->emplace_back(unpacked(*layout, bytes, dims));
  }

  const Plan& plan_;
  const WeightMap& weights_;
  BackendGraph made_;
  std::map<int32_t, int32_t> index_of_;  // of the plan's values
};

Expected<BackendGraph> BackendGraph::of(const Plan& plan, std::span<const int32_t> steps,
                                        std::span<const int32_t> outputs,
                                        const WeightMap& weights) {
  Maker maker(plan, weights);
  for (const int32_t step : steps) {
    HONE_RETURN_IF_ERROR(maker.add(plan.steps[static_cast<size_t>(step)]));
  }
  return std::move(maker).finish(outputs);
}

}  // namespace hone
