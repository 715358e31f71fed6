// Einsum, as transposes, products of matrices and sums.
#include <algorithm>
#include <map>

#include "frontend/onnx/node_import.h"
#include "ops/batch_matmul/op.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/slice/op.h"
#include "ops/transpose/op.h"

namespace hone::onnx {
namespace {

using ir::ValueId;
using Labels = std::string;  // a character an axis; those of "..." are digits,
                             // '0' the last axis

struct Term {
  ValueId value;
  Labels labels;
};

bool has(const Labels& labels, char label) { return labels.find(label) != Labels::npos; }

class Einsum {
 public:
  explicit Einsum(NodeImport& n) : n_(n) {}

  void run() {
    if (!parse(n_.attr("equation", ""))) return;
    for (Term& term : terms_) {
      take_diagonals(term);
      if (!n_.ok()) return;
    }
    Term all = terms_[0];
    for (size_t i = 1; i < terms_.size(); ++i) all = multiply(all, terms_[i], needed_after(i));
    sum_over(all, output_);
    transpose(all, output_);
    n_.output(0, all.value);
  }

 private:
  // Equation and operands to terms; false after an error.
  bool parse(std::string equation) {
    std::erase(equation, ' ');
    const size_t arrow = equation.find("->");
    std::string left = equation.substr(0, arrow);
    size_t from = 0;
    for (size_t i = 0; i < n_.inputs(); ++i) {
      const size_t comma = std::min(left.find(',', from), left.size());
      if (from > left.size() || !add_term(left.substr(from, comma - from), n_.input(i))) {
        return refuse(equation);
      }
      from = comma + 1;
    }
    if (terms_.empty() || from != left.size() + 1) return refuse(equation);
    if (arrow != std::string::npos) {
      output_ = spelled_out(equation.substr(arrow + 2), ellipsis_);
    } else {
      implicit_output();
    }
    for (size_t i = 0; i < output_.size(); ++i) {
      const bool known = std::ranges::any_of(
          terms_, [&](const Term& term) { return has(term.labels, output_[i]); });
      if (!known || output_.find(output_[i], i + 1) != Labels::npos) return refuse(equation);
    }
    return n_.ok();
  }

  bool refuse(std::string_view equation) {
    n_.invalid("the equation '", equation, "' does not fit its operands");
    return false;
  }

  static Labels spelled_out(std::string text, size_t ellipsis) {
    const size_t dots = text.find("...");
    if (dots == std::string::npos) return text;
    Labels axes;
    for (size_t i = ellipsis; i-- > 0;) axes += static_cast<char>('0' + i);
    return text.replace(dots, 3, axes);
  }

  bool add_term(const std::string& text, ValueId value) {
    const auto rank = n_.rank(value);
    if (!rank) {
      n_.unsupported("takes a tensor of unknown rank");
      return true;  // there is an error already
    }
    const bool dots = text.find("...") != std::string::npos;
    const size_t named = text.size() - (dots ? 3 : 0);
    const auto axes = static_cast<size_t>(*rank);
    if (dots ? axes < named : axes != named) return false;
    if (dots) ellipsis_ = std::max(ellipsis_, axes - named);
    Term term{value, spelled_out(text, axes - named)};
    const auto valid = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (!std::ranges::all_of(term.labels, valid)) return false;
    terms_.push_back(std::move(term));
    return true;
  }

  // The axes of "...", then what is named once, in alphabetical order.
  void implicit_output() {
    std::map<char, int> count;
    for (const Term& term : terms_) {
      for (const char label : term.labels) ++count[label];
    }
    output_ = spelled_out("...", ellipsis_);
    for (const auto& [label, times] : count) {
      if (times == 1 && label > '9') output_ += label;
    }
  }

  Labels needed_after(size_t term) const {
    Labels needed = output_;
    for (size_t i = term + 1; i < terms_.size(); ++i) needed += terms_[i].labels;
    return needed;
  }

  void transpose(Term& term, const Labels& order) {
    if (term.labels == order) return;
    TransposeAttrs attrs;
    for (const char label : order) {
      attrs.perm.push_back(static_cast<int64_t>(term.labels.find(label)));
    }
    term = {n_.add("transpose", {term.value}, attrs), order};
  }

  void sum_over(Term& term, const Labels& kept) {
    ReduceAttrs attrs{.axes = {}, .keepdims = false};
    Labels left;
    for (size_t i = 0; i < term.labels.size(); ++i) {
      if (has(kept, term.labels[i])) {
        left += term.labels[i];
      } else {
        attrs.axes.push_back(static_cast<int64_t>(i));
      }
    }
    if (attrs.axes.empty()) return;
    term = {n_.add("reduce", {term.value, {}}, attrs), left};
  }

  ValueId reshape(ValueId value, std::vector<int64_t> shape, ReshapeAttrs::To to) {
    if (to == ReshapeAttrs::To::unsqueeze && shape.empty()) return value;
    ReshapeAttrs attrs{.shape = std::move(shape), .to = to};
    return n_.add("reshape", {value, {}}, attrs);
  }

  // Axes of one label become one: the pair goes to the end, as one axis of
  // which every (n + 1)-th element is taken.
  void take_diagonals(Term& term) {
    for (size_t i = 0; i < term.labels.size(); ++i) {
      const char label = term.labels[i];
      const size_t second = term.labels.find(label, i + 1);
      if (second == Labels::npos) continue;
      const Shape& shape = n_.type(term.value).tensor.shape;
      if (shape[i].is_symbol() || shape[i] != shape[second]) {
        return n_.unsupported("takes the diagonal of axes whose size is not known, or not one");
      }
      const int64_t size = shape[i].value();
      TransposeAttrs order;
      std::vector<int64_t> flat;
      Labels rest;
      for (size_t axis = 0; axis < term.labels.size(); ++axis) {
        if (axis == i || axis == second) continue;
        order.perm.push_back(static_cast<int64_t>(axis));
        flat.push_back(0);
        rest += term.labels[axis];
      }
      order.perm.insert(order.perm.end(), {static_cast<int64_t>(i), static_cast<int64_t>(second)});
      flat.push_back(size * size);
      ValueId value = n_.add("transpose", {term.value}, order);
      value = reshape(value, flat, ReshapeAttrs::To::shape);
      SliceAttrs slice{{0}, {size * size}, {static_cast<int64_t>(rest.size())}, {size + 1}};
      value = n_.add("slice", {value, {}, {}, {}, {}}, slice);
      term = {value, rest + label};
      if (!n_.ok()) return;
      i = static_cast<size_t>(-1);  // from the start, for axes have moved
    }
  }

  // A matrix [batch..., own..., other's as 1..., rows, k] from a term; the
  // other's axes that are neither in the batch nor rows stand in front of or
  // behind one's own.
  ValueId matrix(Term term, const Labels& batch, const Labels& own, size_t others, bool own_first,
                 const Labels& rows, const Labels& sums) {
    transpose(term, batch + own + rows + sums);
    ValueId value = term.value;
    const size_t front = batch.size() + own.size();
    if (sums.size() > 1) {
      std::vector<int64_t> merged(front + rows.size(), 0);
      merged.push_back(-1);
      value = reshape(value, merged, ReshapeAttrs::To::shape);
    }
    std::vector<int64_t> ones;
    const size_t first = batch.size() + (own_first ? own.size() : 0);
    for (size_t i = 0; i < others; ++i) ones.push_back(static_cast<int64_t>(first + i));
    const size_t matrix_axis = front + others;
    if (rows.empty()) ones.push_back(static_cast<int64_t>(matrix_axis));
    if (sums.empty()) ones.push_back(static_cast<int64_t>(matrix_axis + 1));
    return reshape(value, ones, ReshapeAttrs::To::unsqueeze);
  }

  // The product of two terms, summed over what nobody needs afterwards.
  Term multiply(Term a, Term b, const Labels& needed) {
    sum_over(a, needed + b.labels);
    sum_over(b, needed + a.labels);
    Labels batch, sums, left, right;
    for (const char label : a.labels) {
      if (!has(b.labels, label)) {
        left += label;
      } else {
        (has(needed, label) ? batch : sums) += label;
      }
    }
    for (const char label : b.labels) {
      if (!has(a.labels, label)) right += label;
    }
    // The last axis of each side that the other lacks is rows or columns; the
    // rest are batch axes of size 1 on the other side.
    const Labels row = left.empty() ? "" : left.substr(left.size() - 1);
    const Labels column = right.empty() ? "" : right.substr(right.size() - 1);
    left.resize(left.size() - row.size());
    right.resize(right.size() - column.size());
    const ValueId x = matrix(a, batch, left, right.size(), true, row, sums);
    const ValueId y = matrix(b, batch, right, left.size(), false, column, sums);
    ValueId value =
        n_.add("batch_matmul", {x, y, {}}, BatchMatmulAttrs{.trans_a = false, .trans_b = true});
    std::vector<int64_t> ones;
    const auto axes = static_cast<int64_t>(batch.size() + left.size() + right.size());
    if (row.empty()) ones.push_back(axes);
    if (column.empty()) ones.push_back(axes + 1);
    if (!ones.empty()) value = reshape(value, ones, ReshapeAttrs::To::squeeze);
    return {value, batch + left + right + row + column};
  }

  NodeImport& n_;
  std::vector<Term> terms_;
  Labels output_;
  size_t ellipsis_ = 0;  // axes of the longest "..."
};

void einsum(NodeImport& n) { Einsum(n).run(); }

}  // namespace

std::span<const OnnxOp> einsum_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Einsum", einsum}};
  return kOps;
}

}  // namespace hone::onnx
