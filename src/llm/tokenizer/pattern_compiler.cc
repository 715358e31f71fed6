#include "llm/tokenizer/pattern_compiler.h"

#include <algorithm>
#include <bit>

namespace hone {
namespace {

constexpr size_t kMaxSets = 64;       // bits of a signature
constexpr size_t kMaxClasses = 250;   // of a uint8_t
constexpr size_t kMaxStates = 30000;  // twice that, plus one, fits a uint16_t

}  // namespace

Expected<PatternDfa> PatternCompiler::run() {
  HONE_TRY(const int first, parser_.parse());
  if (parser_.sets.size() > kMaxSets) return fail(Code::internal, "a pattern has too many sets");
  HONE_RETURN_IF_ERROR(make_classes());
  states_ = {{}, {first}};  // dead, start
  state_of_ = {{states_[0], kDeadState}, {states_[1], kStartState}};
  HONE_RETURN_IF_ERROR(make_states());
  return std::move(dfa_);
}

uint8_t PatternCompiler::class_for(uint64_t signature) {
  const auto known = std::find(signatures_.begin() + 1, signatures_.end(), signature);
  const auto index = known - signatures_.begin();
  if (known == signatures_.end()) signatures_.push_back(signature);
  return static_cast<uint8_t>(index);
}

// Cuts the code points where a range starts or ends; within a segment the kind decides.
Status PatternCompiler::make_classes() {
  std::vector<uint32_t>& starts = dfa_.segment_start_;
  starts = {0};
  for (const CodePointSet& set : parser_.sets) {
    for (const auto& [first, last] : set.ranges) {
      if (first > 127) starts.push_back(first);
      if (last >= 127) starts.push_back(last + 1);
    }
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());

  signatures_ = {0};  // the end of the text lies in no set
  const auto signature = [this](uint32_t point, uint8_t kind) {
    uint64_t bits = 0;
    for (size_t s = 0; s < parser_.sets.size(); ++s) {
      bits |= uint64_t{parser_.sets[s].contains(point, kind)} << s;
    }
    return bits;
  };
  for (uint32_t point = 0; point < 128; ++point) {
    dfa_.ascii_class_[point] = class_for(signature(point, unicode_kind(point)));
  }
  for (const uint32_t start : starts) {
    const uint32_t point = std::max(start, 128u);
    for (uint8_t kind = 0; kind < kUnicodeKinds; ++kind) {
      dfa_.class_.push_back(class_for(signature(point, kind)));
      if (signatures_.size() > kMaxClasses) {
        return fail(Code::internal, "a pattern has too many classes");
      }
    }
  }
  return {};
}

Status PatternCompiler::make_states() {
  dfa_.stride_ = std::bit_ceil(signatures_.size());
  for (size_t state = 0; state < states_.size(); ++state) {
    dfa_.table_.resize((state + 1) * dfa_.stride_);
    const StateKey key = states_[state];
    for (uint32_t character = 0; character < signatures_.size(); ++character) {
      HONE_TRY(const uint16_t entry, step(key, character));
      dfa_.table_[state * dfa_.stride_ + character] = entry;
    }
  }
  return {};
}

bool PatternCompiler::expand(int node, uint32_t next_class, StateKey& out,
                             std::vector<bool>& seen) const {
  using Op = PatternNode::Op;
  std::vector<int> pending = {node};
  while (!pending.empty()) {
    const auto at = static_cast<size_t>(pending.back());
    pending.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    const PatternNode& step = parser_.nodes[at];
    switch (step.op) {
      case Op::match:
        return false;
      case Op::consume:
        out.push_back(static_cast<int>(at));
        break;
      case Op::split:
        pending.push_back(step.other);
        pending.push_back(step.next);
        break;
      case Op::ahead:
        if (in_set(step.set, next_class)) pending.push_back(step.next);
        break;
      case Op::not_ahead:
        if (!in_set(step.set, next_class)) pending.push_back(step.next);
        break;
    }
  }
  return true;
}

Expected<uint16_t> PatternCompiler::step(const StateKey& from, uint32_t character) {
  std::vector<bool> seen(parser_.nodes.size());
  StateKey waiting;
  uint16_t matched = 0;
  for (const int node : from) {
    if (!expand(node, character, waiting, seen)) {
      matched = 1;  // less wanted positions could only give a worse match
      break;
    }
  }
  StateKey to;
  for (const int node : waiting) {
    const PatternNode& consume = parser_.nodes[static_cast<size_t>(node)];
    if (in_set(consume.set, character) &&
        std::find(to.begin(), to.end(), consume.next) == to.end()) {
      to.push_back(consume.next);
    }
  }
  HONE_TRY(const uint32_t state, state_for(to));
  return static_cast<uint16_t>(state * 2 + matched);
}

Expected<uint32_t> PatternCompiler::state_for(const StateKey& key) {
  const auto [entry, added] = state_of_.try_emplace(key, static_cast<uint32_t>(states_.size()));
  if (added) {
    if (states_.size() >= kMaxStates) return fail(Code::internal, "a pattern has too many states");
    states_.push_back(key);
  }
  return entry->second;
}

}  // namespace hone
