#include "llm/generate/language_model.h"

#include <algorithm>

namespace hone {

namespace {

// Rows of a run that any device can be asked for.
constexpr int64_t kMaxRows = 1 << 20;

Status check_inputs(const Plan& plan) {
  using namespace language_model;
  for (const Symbol& symbol : plan.symbols) {
    if (symbol.min == 1 && symbol.max <= kMaxRows) continue;
    return fail(Code::unsupported, "the plan takes ", symbol.min, " to ", symbol.max, " ",
                printable(symbol.name));
  }
  for (const auto& [name, symbol] :
       {std::pair(kToken, 0), {kPosition, 0}, {kSequence, 0}, {kOutputRow, 1}}) {
    const int32_t value = plan.find(name);
    const bool is_input = std::ranges::find(plan.inputs, value) != plan.inputs.end();
    if (is_input && plan.values[static_cast<size_t>(value)].type ==
                        TensorType{DType::i32, {Dim::symbol(symbol)}}) {
      continue;
    }
    return fail(Code::unsupported, "the plan has no input '", name, "' as language models have");
  }
  return {};
}

}  // namespace

ClaimedSequence::~ClaimedSequence() {
  if (model_ != nullptr) model_->give_back(id_);
}

Expected<LanguageModel> LanguageModel::open(Session session, LanguageModelInfo info) {
  LanguageModel model(std::move(session), std::move(info));
  const Plan& plan = model.session_->plan();
  if (plan.symbols.size() != 2 || plan.symbols[0].name != language_model::kTokens ||
      plan.symbols[1].name != language_model::kOutputs || plan.outputs.size() != 1) {
    return fail(Code::unsupported, "the plan is not that of a language model");
  }
  HONE_RETURN_IF_ERROR(check_inputs(plan));
  const TensorType& logits = plan.values[static_cast<size_t>(plan.outputs[0])].type;
  if (logits != TensorType{DType::f32, {Dim::symbol(1), Dim(model.info_.vocab_size)}}) {
    return fail(Code::unsupported, "the plan's logits are not as many as the vocabulary");
  }
  model.chunk_ = plan.symbols[0].max;
  model.claimed_.assign(static_cast<size_t>(model.session_->state().limits().sequences), false);
  model.max_outputs_ = plan.symbols[1].max;
  return model;
}

void LanguageModel::set_chunk(int64_t tokens) {
  chunk_ = std::clamp<int64_t>(tokens, 1, session_->plan().symbols[0].max);
}

Status LanguageModel::prepare(std::span<const int32_t> tokens, int64_t position, int64_t sequence) {
  if (tokens.empty()) return fail(Code::invalid_argument, "there are no tokens to run");
  for (const int32_t token : tokens) {
    if (token < 0 || token >= info_.vocab_size) {
      return fail(Code::invalid_argument, "token ", token, " is not in the vocabulary of ",
                  info_.vocab_size);
    }
  }
  const int64_t end = position + static_cast<int64_t>(tokens.size());
  if (end > context()) {
    return fail(Code::limit_exceeded, end, " tokens do not fit the context of ", context(),
                "; shorten the prompt or raise it with -c (the model was trained for ",
                info_.context_length, ")");
  }
  return session_->state().grow(sequence, end);
}

Status LanguageModel::run_chunk(std::span<const int32_t> tokens, int64_t position, int64_t sequence,
                                Outputs outputs) {
  const auto count = static_cast<int64_t>(tokens.size());
  const int64_t rows = outputs == Outputs::all ? count : 1;
  ++runs_;
  HONE_RETURN_IF_ERROR(session_->bind({{count, rows}}));
  // What a plan of a file says of its types are hints; these were inferred.
  const ConstView logits = session_->output_view(0);
  if (logits.dtype != DType::f32 || logits.dims != Dims{rows, info_.vocab_size}) {
    return fail(Code::corrupt, "the plan's logits are not as many as the vocabulary");
  }
  std::ranges::copy(tokens, session_->input<int32_t>(language_model::kToken).begin());
  std::ranges::fill(session_->input<int32_t>(language_model::kSequence),
                    static_cast<int32_t>(sequence));
  const auto positions = session_->input<int32_t>(language_model::kPosition);
  for (size_t i = 0; i < positions.size(); ++i) {
    positions[i] = static_cast<int32_t>(position + static_cast<int64_t>(i));
  }
  const auto output_rows = session_->input<int32_t>(language_model::kOutputRow);
  for (size_t i = 0; i < output_rows.size(); ++i) {
    output_rows[i] = static_cast<int32_t>(count - rows + static_cast<int64_t>(i));
  }
  return session_->run();
}

Expected<std::span<const float>> LanguageModel::evaluate(std::span<const int32_t> tokens,
                                                         int64_t position, int64_t sequence,
                                                         const std::function<bool()>& stop) {
  HONE_RETURN_IF_ERROR(prepare(tokens, position, sequence));
  while (!tokens.empty()) {
    if (stop && stop()) return fail(Code::canceled, "stopped");
    const size_t count = std::min(tokens.size(), static_cast<size_t>(chunk_));
    HONE_RETURN_IF_ERROR(run_chunk(tokens.first(count), position, sequence, Outputs::last));
    tokens = tokens.subspan(count);
    position += static_cast<int64_t>(count);
  }
  return session_->output(0);
}

Status LanguageModel::evaluate_all(
    std::span<const int32_t> tokens, int64_t position, int64_t sequence,
    const std::function<void(size_t, std::span<const float>)>& take) {
  HONE_RETURN_IF_ERROR(prepare(tokens, position, sequence));
  const auto vocab = static_cast<size_t>(info_.vocab_size);
  size_t done = 0;
  while (done < tokens.size()) {
    const size_t count =
        std::min(tokens.size() - done, static_cast<size_t>(std::min(chunk_, max_outputs_)));
    HONE_RETURN_IF_ERROR(run_chunk(tokens.subspan(done, count),
                                   position + static_cast<int64_t>(done), sequence, Outputs::all));
    const std::span<const float> logits = session_->output(0);
    for (size_t i = 0; i < count; ++i) take(done + i, logits.subspan(i * vocab, vocab));
    done += count;
  }
  return {};
}

Expected<ClaimedSequence> LanguageModel::claim_sequence() {
  const auto free = std::ranges::find(claimed_, false);
  if (free == claimed_.end()) {
    return fail(Code::limit_exceeded, "all sequences of the model are in use (", claimed_.size(),
                "); end another one's work or open the model for more");
  }
  *free = true;
  return ClaimedSequence(*this, free - claimed_.begin());
}

void LanguageModel::give_back(int64_t sequence) {
  truncate(sequence, 0);
  claimed_[static_cast<size_t>(sequence)] = false;
}

void LanguageModel::truncate(int64_t sequence, int64_t position) {
  session_->state().shrink(sequence, position);
}

}  // namespace hone
