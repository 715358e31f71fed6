#include "ops/tfidf/op.h"

#include <bit>

#include "frontend/onnx/node_import.h"
#include "ops/text/op.h"

namespace hone::onnx {
namespace {

void tfidf(NodeImport& n) {
  TfidfAttrs attrs;
  const std::string mode = n.attr("mode", "TF");
  if (mode == "IDF") attrs.mode = TfidfAttrs::Mode::idf;
  if (mode == "TFIDF") attrs.mode = TfidfAttrs::Mode::tfidf;
  attrs.min_length = n.attr("min_gram_length", int64_t{1});
  attrs.max_length = n.attr("max_gram_length", int64_t{1});
  attrs.max_skip = n.attr("max_skip_count", int64_t{0});
  attrs.counts = n.ints("ngram_counts");
  attrs.columns = n.ints("ngram_indexes");
  attrs.pool = n.ints("pool_int64s");
  if (const AttributeView* words = n.find("pool_strings")) {
    attrs.words = encode_list(words->strings);
  }
  for (const float weight : n.floats("weights")) {
    attrs.weights.push_back(static_cast<int64_t>(std::bit_cast<uint32_t>(weight)));
  }
  const auto results = n.add_host("tfidf", {n.input(0)}, attrs, {Type::unknown()});
  if (n.ok()) n.output(0, results[0]);
}

}  // namespace

std::span<const OnnxOp> tfidf_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "TfIdfVectorizer", tfidf}};
  return kOps;
}

}  // namespace hone::onnx
