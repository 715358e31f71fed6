// tfidf: how often n-grams of a pool occur in each row (ONNX TfIdfVectorizer).
#pragma once

#include <string>
#include <vector>

#include "ops/attrs.h"

namespace hone {

struct TfidfAttrs {
  enum class Mode : uint8_t {
    tf,     // how often
    idf,    // the weight, if at all
    tfidf,  // how often times the weight
  };
  Mode mode = Mode::tf;
  int64_t min_length = 1, max_length = 1;  // of n-grams that count
  int64_t max_skip = 0;                    // words that may lie between two of an n-gram
  std::vector<int64_t> counts;             // where the n-grams of each length begin in the pool
  std::vector<int64_t> columns;            // that each n-gram counts in
  std::vector<int64_t> pool;               // of integers
  std::string words;                       // instead, of text, as encode_list makes it
  std::vector<int64_t> weights;            // a column, as the bits of floats; none: 1
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kTfidfModeNames[] = {"tf", "idf", "tfidf"};

inline void TfidfAttrs::visit(AttrVisitor& v) {
  v.field("mode", mode, kTfidfModeNames);
  v.field("min_length", min_length);
  v.field("max_length", max_length);
  v.field("max_skip", max_skip);
  v.field("counts", counts);
  v.field("columns", columns);
  v.field("pool", pool);
  v.field("words", words);
  v.field("weights", weights);
}

}  // namespace hone
