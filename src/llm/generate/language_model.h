// A language model that is ready to run: tokens in, logits out, with the cache kept between calls.
#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "engine/language_model_info.h"
#include "runtime/session.h"

namespace hone {

class LanguageModel;

// A sequence of a model's cache that its owner has to itself: claimed from the model, which must
// outlive it and stay where it is; given back with its memory at destruction. Move only.
class ClaimedSequence {
 public:
  ClaimedSequence() = default;
  ClaimedSequence(ClaimedSequence&& other) noexcept
      : model_(std::exchange(other.model_, nullptr)), id_(other.id_) {}
  ClaimedSequence& operator=(ClaimedSequence&& other) noexcept {
    std::swap(model_, other.model_);
    std::swap(id_, other.id_);
    return *this;
  }
  ~ClaimedSequence();

  int64_t id() const { return id_; }

 private:
  friend class LanguageModel;
  ClaimedSequence(LanguageModel& model, int64_t id) : model_(&model), id_(id) {}

  LanguageModel* model_ = nullptr;
  int64_t id_ = -1;
};

// Move only; one call at a time. Sequences are numbers from 0; those who share a model claim
// theirs.
class LanguageModel {
 public:
  // The session's plan must have the symbols and inputs that language_model names.
  static Expected<LanguageModel> open(Session session, LanguageModelInfo info);

  const LanguageModelInfo& info() const { return info_; }
  // Positions a sequence may hold.
  int64_t context() const { return session_->state().limits().positions; }
  // Tokens one run takes; longer inputs are run in chunks of this size.
  int64_t chunk() const { return chunk_; }
  void set_chunk(int64_t tokens);

  // Runs `tokens` at positions [position, position + tokens) of a sequence whose earlier positions
  // have been run; what stood there is replaced. Returns the logits [vocab_size] behind the last
  // token, valid until the next call. `tokens` must not be empty. limit_exceeded when the context
  // is too short: nothing is ever cut. `stop`, if given, is asked between chunks and ends the call
  // with Code::canceled.
  Expected<std::span<const float>> evaluate(std::span<const int32_t> tokens, int64_t position,
                                            int64_t sequence = 0,
                                            const std::function<bool()>& stop = {});

  // The same with the logits behind every token, handed to `take(index, logits)` in order.
  Status evaluate_all(std::span<const int32_t> tokens, int64_t position, int64_t sequence,
                      const std::function<void(size_t, std::span<const float>)>& take);

  // Forgets the positions from `position` on, so that their memory serves others.
  void truncate(int64_t sequence, int64_t position);

  // The lowest sequence that nobody has claimed; limit_exceeded when there is none.
  Expected<ClaimedSequence> claim_sequence();

  // Grows with every run: logits are gone once it differs from what it was when they came.
  uint64_t runs() const { return runs_; }

  Session& session() { return *session_; }

 private:
  LanguageModel(Session session, LanguageModelInfo info)
      : session_(std::make_unique<Session>(std::move(session))), info_(std::move(info)) {}

  friend class ClaimedSequence;
  void give_back(int64_t sequence);

  enum class Outputs { last, all };
  Status prepare(std::span<const int32_t> tokens, int64_t position, int64_t sequence);
  Status run_chunk(std::span<const int32_t> tokens, int64_t position, int64_t sequence,
                   Outputs outputs);

  std::unique_ptr<Session> session_;
  LanguageModelInfo info_;
  int64_t chunk_ = 0;
  int64_t max_outputs_ = 0;
  uint64_t runs_ = 0;
  std::vector<bool> claimed_;  // by sequence
};

}  // namespace hone
