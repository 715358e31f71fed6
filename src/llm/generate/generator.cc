#include "llm/generate/generator.h"

#include <algorithm>

#include "llm/generate/stop_matcher.h"
#include "llm/tokenizer/stream_decoder.h"

namespace hone {

Expected<size_t> Generator::feed(std::span<const int32_t> prompt, const Interrupted& interrupted) {
  if (prompt.empty()) return fail(Code::invalid_argument, "the prompt is empty");
  size_t same = static_cast<size_t>(std::ranges::mismatch(history_, prompt).in1 - history_.begin());
  same = std::min(same, prompt.size() - 1);  // the last token is run for its logits
  history_.resize(same);
  model_.truncate(sequence_, static_cast<int64_t>(same));
  const auto rest = prompt.subspan(same);
  auto logits = model_.evaluate(rest, static_cast<int64_t>(same), sequence_, interrupted);
  if (!logits) {
    logits_ = {};
    return std::unexpected(std::move(logits).error());
  }
  logits_ = *logits;
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
    logits_ = {};  // an error must leave nothing to sample from
    HONE_TRY(logits_,
             model_.evaluate({{sampled.token}}, static_cast<int64_t>(history_.size()), sequence_));
    history_.push_back(sampled.token);
  }
  return finish(Finish::max_tokens);
}

}  // namespace hone
