#include <unistd.h>

#include "answer.h"
#include "chat_history.h"
#include "chat_input.h"
#include "chat_session.h"
#include "commands.h"
#include "line_editor.h"
#include "line_reader.h"
#include "table.h"
#include "text_model.h"

namespace hone::cli {
namespace {

struct ChatOptions {
  std::string model;
  bool stats = false;
  bool no_history = false;
  ChatSettings settings;
  ModelOptions common;

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "a GGUF file, or a name from the catalogue")
        .as("MODEL")
        .when_unset("the catalogue's default");
    settings.visit(v);
    v("--stats", stats, "tell the speed of each answer");
    v("--no-history", no_history, "keep nothing of what is typed for the next chat");
    common.visit(v);
  }
};

// A question and its answer, then the next: the state of one chat and what its commands do.
class Chat {
 public:
  Chat(const ChatOptions& options, TextModel& model, Sampler sampler, Context& context)
      : options_(options),
        model_(model),
        context_(context),
        generator_(*model.loaded.model, *model.tokenizer, std::move(sampler)) {
    conversation_.model = model.name;
    conversation_.settings = options.settings;
  }

  enum class Next { go_on, end };
  // A command, or a part of a message that `reader` puts together.
  Expected<Next> take_line(std::string_view line, MessageReader& reader);
  Status take_message(const std::string& message);
  bool output_is_gone() const { return output_is_gone_; }
  bool stopped_by_interrupt() const { return stopped_by_interrupt_; }
  const ChatSettings& settings() const { return conversation_.settings; }
  int64_t context_size() const { return model_.loaded.model->context(); }

 private:
  Expected<Next> obey(const ChatCommand& command);
  Status ask(const std::string& question);
  Status print(std::string_view text);
  Status finish_answer(const std::string& question, Answer answer);
  void note_finish(Finish finish);
  void help();
  Status load(const std::string& path);
  Status save(const std::string& path);
  Status stats();
  Status set(const ChatCommand& command);
  // Tokens of the conversation as the model reads it; 0 when nothing was said.
  Expected<int64_t> tokens(const Conversation& conversation) const;
  void note(std::string_view text) { context_.console.note(cat(text, "\n")); }
  void dim_note(std::string_view text) { note(context_.console.err_style(Style::dim, text)); }

  const ChatOptions& options_;
  TextModel& model_;
  Context& context_;
  Generator generator_;
  Conversation conversation_;
  std::optional<AnswerSpeed> last_speed_;
  bool stopped_by_interrupt_ = false;
  bool output_is_gone_ = false;
};

Expected<Chat::Next> Chat::take_line(std::string_view line, MessageReader& reader) {
  if (!reader.begun() && is_chat_command(line)) {
    HONE_TRY(const ChatCommand command, parse_chat_command(line));
    return obey(command);
  }
  HONE_TRY(const std::optional<std::string> whole, reader.push(line));
  if (whole) HONE_RETURN_IF_ERROR(take_message(*whole));
  return Next::go_on;
}

Status Chat::take_message(const std::string& message) {
  return trim(message).empty() ? Status{} : ask(message);
}

Expected<Chat::Next> Chat::obey(const ChatCommand& command) {
  switch (command.verb) {
    case ChatVerb::bye:
      return Next::end;
    case ChatVerb::help:
      help();
      break;
    case ChatVerb::clear:
      conversation_.turns.clear();
      dim_note("the conversation begins anew");
      break;
    case ChatVerb::save:
      HONE_RETURN_IF_ERROR(save(context_.environment.expanded(command.name)));
      break;
    case ChatVerb::load:
      HONE_RETURN_IF_ERROR(load(context_.environment.expanded(command.name)));
      break;
    case ChatVerb::stats:
      HONE_RETURN_IF_ERROR(stats());
      break;
    case ChatVerb::set:
      HONE_RETURN_IF_ERROR(set(command));
      break;
  }
  return Next::go_on;
}

Status Chat::ask(const std::string& question) {
  stopped_by_interrupt_ = false;
  HONE_TRY(const std::vector<int32_t> prompt,
           encode_chat(model_, conversation_.messages(&question)));
  const auto size = static_cast<int64_t>(prompt.size());
  if (size >= context_size()) {
    return fail(
        Code::limit_exceeded, "the context is full: with this message the conversation has ", size,
        " tokens, and ", context_size(),
        " is the limit; /clear begins anew (/save FILE keeps what was said), or start with a "
        "larger -c");
  }
  const ChatSettings& settings = conversation_.settings;
  HONE_TRY(Sampler sampler, Sampler::make(settings.sampling.to_sample_options()));
  generator_.set_sampler(std::move(sampler));
  const auto show = [&](const GeneratedToken& token) {
    return print(context_.console.shown(token.text));
  };
  auto answer =
      give_answer(generator_, prompt, {.max_tokens = settings.predict, .stop = settings.stop}, show,
                  [&] { return context_.interrupt.requested(); });
  if (!answer && answer.error().code == Code::canceled) {
    stopped_by_interrupt_ = true;
    dim_note("stopped before the answer began; the question is not part of the conversation");
    return {};
  }
  if (!answer) return std::unexpected(std::move(answer).error());
  return finish_answer(question, std::move(*answer));
}

Status Chat::print(std::string_view text) {
  if (text.empty()) return {};
  Status printed = context_.console.print(text);
  output_is_gone_ = !printed;
  return printed;
}

// What was said so far stays, however the answer ended.
Status Chat::finish_answer(const std::string& question, Answer answer) {
  if (answer.error && answer.text.empty()) return std::unexpected(*answer.error);
  conversation_.turns.push_back({question, std::move(answer.text)});
  last_speed_ = answer.speed;
  const Status printed = output_is_gone_ ? Status{} : print("\n");
  if (answer.error) {
    answer.error->message += "; what was answered so far stays in the conversation";
    return std::unexpected(*answer.error);
  }
  HONE_RETURN_IF_ERROR(printed);
  stopped_by_interrupt_ = answer.finish == Finish::interrupted;
  note_finish(answer.finish);
  if (options_.stats) dim_note(speed_text(answer.speed));
  return {};
}

void Chat::note_finish(Finish finish) {
  if (finish == Finish::interrupted) dim_note("stopped");
  if (finish == Finish::max_tokens) {
    dim_note(cat("the answer ends after ", conversation_.settings.predict,
                 " tokens, as /set predict says"));
  }
  if (finish == Finish::context_full) {
    note(cat(
        "hone: the context of ", context_size(),
        " tokens is full, so the answer ends here; /clear begins anew (/save FILE keeps what was "
        "said), or start with a larger -c"));
  }
}

void Chat::help() {
  Table table({{""}, {""}}, "  ");
  for (const ChatVerbText& verb : chat_verbs()) {
    table.row({cat("/", verb.name, verb.words.empty() ? "" : " ", verb.words),
               std::string(verb.meaning)});
  }
  table.row({"\\ at a line's end", "the message goes on in the next line"});
  table.row({"\"\"\" ... \"\"\"", "a message of several lines"});
  table.row({"Ctrl-C", "stop the answer, or clear the line"});
  context_.console.note(table.text());
}

Status Chat::save(const std::string& path) {
  HONE_RETURN_IF_ERROR(save_conversation(conversation_, path));
  dim_note(cat("saved to ", printable(path)));
  return {};
}

Status Chat::load(const std::string& path) {
  HONE_TRY(Conversation loaded, load_conversation(path, options_.settings));
  HONE_TRY(const int64_t size, tokens(loaded));
  if (size >= context_size()) {
    return fail(Code::limit_exceeded, printable(path), " holds ", size,
                " tokens, and the context only ", context_size(), "; start with a larger -c");
  }
  HONE_TRY([[maybe_unused]] const Sampler sampler,
           Sampler::make(loaded.settings.sampling.to_sample_options()));
  const std::string changes = setting_changes(conversation_.settings, loaded.settings);
  dim_note(cat("loaded ", loaded.turns.size(),
               loaded.turns.size() == 1 ? " question and answer" : " questions and answers",
               loaded.model == model_.name || loaded.model.empty()
                   ? std::string()
                   : cat("; they were with ", printable(loaded.model), ", this is ", model_.name)));
  if (!changes.empty()) dim_note(cat("settings are those of the file now: ", changes));
  loaded.model = model_.name;
  conversation_ = std::move(loaded);
  return {};
}

Status Chat::stats() {
  HONE_TRY(const int64_t used, tokens(conversation_));
  Table table({{""}, {""}}, "  ");
  table.row({"model", model_.name});
  table.row({"context", context_use(used, context_size())});
  table.row({"answers", cat(conversation_.turns.size())});
  if (last_speed_) table.row({"last answer", speed_text(*last_speed_)});
  context_.console.note(table.text());
  return {};
}

Status Chat::set(const ChatCommand& command) {
  if (command.name.empty()) {
    Table table({{""}, {""}, {""}}, "  ");
    for (SettingText& setting : describe_settings(conversation_.settings)) {
      table.row({std::move(setting.name), std::move(setting.value), std::move(setting.help)});
    }
    context_.console.note(table.text());
    return {};
  }
  Conversation changed = conversation_;
  if (command.has_value) {
    HONE_RETURN_IF_ERROR(change_setting(changed.settings, command.name, command.value));
    HONE_TRY([[maybe_unused]] const Sampler sampler,
             Sampler::make(changed.settings.sampling.to_sample_options()));
    // Some templates know no system prompt; better told now than at the next question.
    const std::string question = "?";
    HONE_TRY([[maybe_unused]] const auto prompt, encode_chat(model_, changed.messages(&question)));
    conversation_ = std::move(changed);
  }
  HONE_TRY(const SettingText now, describe_setting(conversation_.settings, command.name));
  dim_note(cat(now.name, " = ", now.value));
  return {};
}

Expected<int64_t> Chat::tokens(const Conversation& conversation) const {
  if (conversation.turns.empty()) return 0;
  HONE_TRY(const std::vector<int32_t> ids, encode_chat(model_, conversation.messages()));
  return static_cast<int64_t>(ids.size());
}

// Standard input is no terminal: each line is a message, and a mistake ends the chat.
Expected<int> chat_with_input(Chat& chat, Context& context) {
  LineReader lines(STDIN_FILENO, kMaxMessage);
  MessageReader reader;
  const auto interrupted = [&] { return context.interrupt.requested(); };
  while (true) {
    HONE_TRY(const std::optional<std::string> line, lines.next(interrupted));
    if (!line) break;
    HONE_TRY(const Chat::Next next, chat.take_line(*line, reader));
    if (next == Chat::Next::end) return 0;
    if (chat.stopped_by_interrupt()) return info(Code::canceled).exit_status;
  }
  HONE_RETURN_IF_ERROR(chat.take_message(reader.finish()));
  return chat.stopped_by_interrupt() ? info(Code::canceled).exit_status : 0;
}

// What Up brings back, over the sessions. Its failures are told once and then leave the chat alone.
class History {
 public:
  History(const ChatOptions& options, Context& context, LineEditor& editor)
      : path_(options.no_history ? std::string() : context.environment.history_file),
        context_(context),
        editor_(editor) {
    if (path_.empty()) return;
    const auto entries = load_history(path_);
    if (!entries) give_up(entries.error());
    if (!entries) return;
    for (const std::string& entry : *entries) editor_.add_to_history(entry);
  }

  void add(const std::string& entry) {
    if (trim(entry).empty()) return;
    editor_.add_to_history(entry);
    if (path_.empty()) return;
    if (const auto kept = append_to_history(path_, entry); !kept) give_up(kept.error());
  }

 private:
  void give_up(const Error& error) {
    context_.console.note(cat("hone: no history is kept: ", error.text(), "\n"));
    path_.clear();
  }

  std::string path_;
  Context& context_;
  LineEditor& editor_;
};

LineEditor open_editor(const Chat& chat, const Context& context) {
  LineEditorOptions options;
  options.input = STDIN_FILENO;
  options.output = context.console.err_is_terminal() ? STDERR_FILENO : STDOUT_FILENO;
  options.history_size = kMaxHistoryEntries;
  options.bracketed_paste =
      !context.environment.terminal.empty() && context.environment.terminal != "dumb";
  std::vector<std::string> names;
  for (SettingText& setting : describe_settings(chat.settings())) {
    names.push_back(std::move(setting.name));
  }
  options.complete = [names](std::string_view before) {
    return complete_chat_input(before, names);
  };
  return LineEditor(std::move(options));
}

// A mistake is told, and the chat goes on; only a terminal that cannot be written to ends it.
Expected<int> chat_on_terminal(const ChatOptions& options, Chat& chat, Context& context) {
  LineEditor editor = open_editor(chat, context);
  History history(options, context, editor);
  MessageReader reader;
  while (true) {
    context.interrupt.clear();
    HONE_TRY(const EditedLine line, editor.read_line(reader.begun() ? "... " : ">>> "));
    if (line.end == LineEnd::closed) return 0;
    if (line.end == LineEnd::interrupted) {
      reader.drop();
      continue;
    }
    history.add(line.text);
    const auto next = chat.take_line(line.text, reader);
    if (!next && chat.output_is_gone()) return std::unexpected(next.error());
    if (!next) context.console.error(next.error());
    if (next && *next == Chat::Next::end) return 0;
  }
}

Expected<int> run_chat(const ChatOptions& options, Context& context) {
  HONE_TRY(TextModel model, open_text_model(options.model, options.common, context));
  // A model that cannot chat, or a template that refuses the system prompt, is told at the start.
  Conversation trial;
  trial.settings = options.settings;
  const std::string question = "?";
  HONE_TRY([[maybe_unused]] const auto prompt, encode_chat(model, trial.messages(&question)));
  HONE_TRY(Sampler sampler, Sampler::make(options.settings.sampling.to_sample_options()));
  Chat chat(options, model, std::move(sampler), context);
  const bool seen = context.console.err_is_terminal() || context.console.out_is_terminal();
  if (isatty(STDIN_FILENO) == 0 || !seen) return chat_with_input(chat, context);
  context.console.note(context.console.err_style(
      Style::dim, cat(model.name, ", ", chat.context_size(),
                      " tokens of context; /help lists the commands, Ctrl-D ends\n")));
  return chat_on_terminal(options, chat, context);
}

}  // namespace

Command chat_command() {
  return make_command<ChatOptions>(
      {.name = "chat",
       .summary = "a conversation with a model",
       .words = "[MODEL]",
       .description =
           "Type a question, read the answer, ask on. Ctrl-C stops an answer and keeps the "
           "conversation; Ctrl-D or /bye ends. A line that ends in \\ goes on in the next, and "
           "\"\"\" "
           "opens and closes a message of several lines. Commands: /help /clear /save /load /stats "
           "/set. When standard input is no terminal each line of it is a message.",
       .examples = {{"hone chat", "with the default model"},
                    {"hone chat qwen3:0.6b --system \"You answer in one sentence.\"",
                     "with a role"},
                    {"hone chat --temp 0 --stats < questions.txt", "a line a question"}},
       .opens_models = true},
      run_chat);
}

}  // namespace hone::cli
