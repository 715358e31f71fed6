#include "llm/generate/generator.h"

#include <algorithm>

#include "llm/generate/stop_matcher.h"
#include "llm/tokenizer/stream_decoder.h"

namespace hone {

// An error leaves nothing to sample from.
Status Generator::keep_logits(Expected<std::span<const float>> logits) {
  logits_ = {};
  HONE_TRY(logits_, std::move(logits));
  run_ = model_.runs();
  return {};
}

// Logits are the model's memory. Where another one ran it since, the last token is run again: the
// same bits come out.
Status Generator::refresh_logits() {
  if (run_ == model_.runs()) return {};
  const auto last = static_cast<int64_t>(history_.size()) - 1;
  return keep_logits(model_.evaluate({{history_.back()}}, last, sequence_->id()));
}

Expected<size_t> Generator::feed(std::span<const int32_t> prompt, const Interrupted& interrupted) {
  if (prompt.empty()) return fail(Code::invalid_argument, "the prompt is empty");
  if (!sequence_) return std::unexpected(sequence_.error());
  size_t same = static_cast<size_t>(std::ranges::mismatch(history_, prompt).in1 - history_.begin());
  same = std::min(same, prompt.size() - 1);  // the last token is run for its logits
  history_.resize(same);
  model_.truncate(sequence_->id(), static_cast<int64_t>(same));
  HONE_RETURN_IF_ERROR(keep_logits(model_.evaluate(prompt.subspan(same), static_cast<int64_t>(same),
                                                   sequence_->id(), interrupted)));
  history_.assign(prompt.begin(), prompt.end());
  sampler_.reset();
  for (const int32_t token : prompt) sampler_.accept(token);
  return same;
}

Expected<Finish> Generator::generate(const GenerateOptions& options,
                                     const std::function<Status(const GeneratedToken&)>& take,
                                     const Interrupted& interrupted) {
  if (logits_.empty()) return fail(Code::invalid_argument, "there is no prompt to go on from");
  StopMatcher stops(options.stop);
  StreamDecoder decoder(tokenizer_);
  const auto finish = [&](Finish how) -> Expected<Finish> {
    // The last token was not run: going on needs a feed.
    if (how == Finish::max_tokens || how == Finish::context_full) logits_ = {};
    const std::string rest = stops.push(decoder.flush()) + stops.flush();
    if (!rest.empty()) HONE_RETURN_IF_ERROR(take({.id = kNoToken, .text = rest}));
    return stops.stopped() ? Finish::stop_string : how;
  };
  for (int64_t count = 0; options.max_tokens < 0 || count < options.max_tokens; ++count) {
    if (interrupted && interrupted()) return finish(Finish::interrupted);
    HONE_RETURN_IF_ERROR(refresh_logits());
    HONE_TRY(const Sampled sampled, sampler_.sample(logits_));
    if (tokenizer_.is_end(sampled.token) && !options.ignore_end) return finish(Finish::end_token);
    sampler_.accept(sampled.token);
    GeneratedToken token{sampled.token, stops.push(decoder.push(sampled.token)), &sampled};
    HONE_RETURN_IF_ERROR(take(token));
    if (stops.stopped()) {
      logits_ = {};
      return Finish::stop_string;
    }
    if (static_cast<int64_t>(history_.size()) >= model_.context()) {
      return finish(Finish::context_full);
    }
    const bool last = options.max_tokens >= 0 && count + 1 == options.max_tokens;
    if (last) break;
    HONE_RETURN_IF_ERROR(keep_logits(model_.evaluate(
        {{sampled.token}}, static_cast<int64_t>(history_.size()), sequence_->id())));
    history_.push_back(sampled.token);
  }
  return finish(Finish::max_tokens);
}

}  // namespace hone
