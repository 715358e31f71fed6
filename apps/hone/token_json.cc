#include "token_json.h"

#include "base/json.h"
#include "base/utf8.h"

namespace hone::cli {
namespace {

constexpr std::string_view kReplacementText = "\ufffd";

void set_bytes(Json& object, const std::string& piece) {
  Json& bytes = object.set("bytes", Json::array());
  for (const char byte : piece) bytes.push(static_cast<unsigned char>(byte));
}

Json alternatives(const Tokenizer& tokenizer, const Sampled& sampled) {
  Json list = Json::array();
  for (const TokenLogprob& other : sampled.top) {
    const std::string piece = tokenizer.piece(other.token);
    Json entry = Json::object();
    entry.set("id", other.token);
    entry.set("text", piece);
    if (!is_utf8(piece)) set_bytes(entry, piece);
    entry.set("logprob", static_cast<double>(other.logprob));
    list.push(std::move(entry));
  }
  return list;
}

}  // namespace

std::string token_line(const Tokenizer& tokenizer, const GeneratedToken& token, int top_logprobs) {
  Json line = Json::object();
  line.set("id", token.id);
  line.set("text", token.text);
  const std::string piece = tokenizer.piece(token.id);
  // What a token before it began shows as U+FFFD in the text.
  const bool mixed = token.text.find(kReplacementText) != token.text.npos;
  if (mixed || !is_utf8(piece)) set_bytes(line, piece);
  if (token.sampled != nullptr) {
    line.set("logprob", static_cast<double>(token.sampled->logprob));
    if (top_logprobs > 0) line.set("top_logprobs", alternatives(tokenizer, *token.sampled));
  }
  return line.write() + "\n";
}

std::string done_line(const Answer& answer, std::string_view rest,
                      std::optional<double> first_token_ms) {
  const AnswerSpeed& speed = answer.speed;
  Json line = Json::object();
  line.set("text", rest);
  line.set("done", true);
  line.set("reason", reason_of(answer.finish));
  line.set("prompt_tokens", speed.prompt_tokens);
  line.set("tokens", speed.tokens);
  if (speed.tokens > 1) line.set("tokens_per_s", tokens_per_s(speed));
  if (first_token_ms) line.set("time_to_first_token_ms", *first_token_ms);
  return line.write() + "\n";
}

}  // namespace hone::cli
