// The parts of `hone chat` that need no model: input, commands, settings, saved conversations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "chat_history.h"
#include "chat_input.h"
#include "chat_session.h"
#include "line_reader.h"

namespace hone::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> messages_of(std::initializer_list<std::string_view> lines) {
  MessageReader reader;
  std::vector<std::string> messages;
  for (const std::string_view line : lines) {
    const auto whole = reader.push(line);
    EXPECT_TRUE(whole.has_value());
    if (*whole) messages.push_back(**whole);
  }
  if (reader.begun()) messages.push_back("unfinished: " + reader.finish());
  return messages;
}

TEST(MessageReader, LinesMakeMessages) {
  EXPECT_THAT(messages_of({"hello", "", "bye\r"}), ElementsAre("hello", "", "bye"));
  EXPECT_THAT(messages_of({"one\\", "two\\", "three", "four"}),
              ElementsAre("one\ntwo\nthree", "four"));
  EXPECT_THAT(messages_of({"one\\"}), ElementsAre("unfinished: one"));
  EXPECT_THAT(messages_of({"pasted\nlines \\ stay"}), ElementsAre("pasted\nlines \\ stay"));
}

TEST(MessageReader, QuotesHoldLines) {
  EXPECT_THAT(messages_of({R"("""one""")"}), ElementsAre("one"));
  EXPECT_THAT(messages_of({R"(""")", "a", "", "  b\\", R"(""")"}), ElementsAre("a\n\n  b\\"));
  EXPECT_THAT(messages_of({R"(  """a)", R"(b"""  )", "c"}), ElementsAre("a\nb", "c"));
  EXPECT_THAT(messages_of({R"(say """ aloud)"}), ElementsAre(R"(say """ aloud)"));
  EXPECT_THAT(messages_of({R"("""""")"}), ElementsAre(""));
  EXPECT_THAT(messages_of({R"("""a)", "b"}), ElementsAre("unfinished: a\nb"));
}

TEST(MessageReader, OverlongMessagesAreDropped) {
  MessageReader reader;
  ASSERT_TRUE(reader.push(R"(""")"));
  const std::string half(kMaxMessage / 2, 'x');
  ASSERT_TRUE(reader.push(half));
  const auto over = reader.push(half);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::limit_exceeded);
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(**reader.push("next"), "next");
}

TEST(ChatCommand, VerbsAndWords) {
  EXPECT_EQ(parse_chat_command("/help")->verb, ChatVerb::help);
  EXPECT_EQ(parse_chat_command("/?")->verb, ChatVerb::help);
  EXPECT_EQ(parse_chat_command("/exit ")->verb, ChatVerb::bye);
  EXPECT_EQ(parse_chat_command("/save a b.json ")->name, "a b.json");
  EXPECT_EQ(parse_chat_command("/load \"a b.json\"")->name, "a b.json");
  const auto set = parse_chat_command("/set system You are  a poet. ");
  EXPECT_EQ(set->name, "system");
  EXPECT_EQ(set->value, "You are  a poet.");
  EXPECT_TRUE(set->has_value);
  EXPECT_FALSE(parse_chat_command("/set temp")->has_value);
  EXPECT_TRUE(parse_chat_command("/set system \"\"")->has_value);
  EXPECT_EQ(parse_chat_command("/set system \"\"")->value, "");
}

TEST(ChatCommand, MistakesAreToldWithASuggestion) {
  const auto message = [](std::string_view text) {
    return parse_chat_command(text).error().message;
  };
  EXPECT_THAT(message("/hepl"), HasSubstr("did you mean '/help'?"));
  EXPECT_THAT(message("/xyzzy"), HasSubstr("/help lists the commands"));
  EXPECT_THAT(message("/save"), HasSubstr("/save needs the name of a file"));
  EXPECT_THAT(message("/clear all"), HasSubstr("unexpected 'all'"));
  EXPECT_THAT(message("/\x1b[2J"), HasSubstr("\\x1b"));
  EXPECT_THAT(message("/"), HasSubstr("unknown command"));
  EXPECT_TRUE(is_chat_command("/etc/passwd?"));
  EXPECT_FALSE(is_chat_command(" /etc/passwd?"));
  EXPECT_FALSE(is_chat_command("/a\nb"));
}

TEST(ChatCommand, TabCompletesCommandsAndSettings) {
  const std::vector<std::string> names = {"top-k", "top-p", "seed"};
  EXPECT_THAT(complete_chat_input("/s", names), ElementsAre("/save ", "/stats", "/set "));
  EXPECT_THAT(complete_chat_input("/set top", names), ElementsAre("/set top-k ", "/set top-p "));
  EXPECT_THAT(complete_chat_input("/h", names), ElementsAre("/help"));
  EXPECT_TRUE(complete_chat_input("tell me", names).empty());
  EXPECT_TRUE(complete_chat_input("", names).empty());
}

TEST(ChatSettings, ChangeByAnyName) {
  ChatSettings settings;
  ASSERT_TRUE(change_setting(settings, "temp", "0.25"));
  ASSERT_TRUE(change_setting(settings, "--top_k", "7"));
  ASSERT_TRUE(change_setting(settings, "seed", "18446744073709551615"));
  ASSERT_TRUE(change_setting(settings, "system", "You are brief."));
  ASSERT_TRUE(change_setting(settings, "max_tokens", "12"));
  EXPECT_EQ(settings.sampling.temperature, 0.25);
  EXPECT_EQ(settings.sampling.top_k, 7);
  EXPECT_EQ(settings.sampling.seed, UINT64_MAX);
  EXPECT_EQ(settings.system, "You are brief.");
  EXPECT_EQ(settings.predict, 12);
  ASSERT_TRUE(change_setting(settings, "seed", ""));
  ASSERT_TRUE(change_setting(settings, "system", ""));
  EXPECT_FALSE(settings.sampling.seed);
  EXPECT_FALSE(settings.system);
  EXPECT_EQ(describe_setting(settings, "seed")->value, "(from the clock)");
  EXPECT_EQ(describe_setting(settings, "temperature")->value, "0.25");
}

TEST(ChatSettings, WrongValuesChangeNothing) {
  ChatSettings settings;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"temp", "-1"}, {"temp", "hot"}, {"temp", "nan"}, {"temp", ""}, {"top-k", "1.5"}}) {
    const auto changed = change_setting(settings, name, value);
    ASSERT_FALSE(changed) << name << " " << value;
    EXPECT_EQ(changed.error().code, Code::invalid_argument);
  }
  EXPECT_EQ(settings.sampling.temperature, SamplingOptions().temperature);
  EXPECT_EQ(settings.sampling.top_k, SamplingOptions().top_k);
  EXPECT_THAT(change_setting(settings, "tmp", "1").error().message,
              HasSubstr("did you mean 'temp'?"));
}

Conversation example() {
  Conversation conversation;
  conversation.model = "tiny";
  conversation.settings.system = "You are \"brief\".";
  conversation.settings.stop = {"END", "\n\n"};
  conversation.settings.sampling.temperature = 0;
  conversation.settings.sampling.seed = UINT64_MAX;
  conversation.turns = {{"Hi\nthere \xf0\x9f\x99\x82", "Hello."}, {"More?", ""}};
  return conversation;
}

TEST(Conversation, ReadsBackWhatItWrote) {
  const Conversation before = example();
  const auto after = conversation_from_json(conversation_to_json(before), {});
  ASSERT_TRUE(after) << after.error().text();
  EXPECT_EQ(after->model, before.model);
  EXPECT_EQ(after->turns, before.turns);
  EXPECT_EQ(after->settings.system, before.settings.system);
  EXPECT_EQ(after->settings.stop, before.settings.stop);
  EXPECT_EQ(after->settings.sampling.seed, before.settings.sampling.seed);
  EXPECT_EQ(conversation_to_json(*after), conversation_to_json(before));
}

TEST(Conversation, MessagesForTheTemplate) {
  const std::string question = "And?";
  const auto messages = example().messages(&question);
  ASSERT_EQ(messages.size(), 6U);
  EXPECT_EQ(messages[0].role, "system");
  EXPECT_EQ(messages[4].role, "assistant");
  EXPECT_EQ(*messages[5].content.as_string(), "And?");
}

TEST(Conversation, UseOfTheContextIsNeverMoreThanAll) {
  EXPECT_EQ(context_use(66, 4096), "66 of 4096 tokens (1.6 %)");
  EXPECT_EQ(context_use(70, 64), "64 of 64 tokens (100.0 %), full: /clear begins anew");
}

TEST(ChatSettings, ChangesAreNamed) {
  const Conversation conversation = example();
  EXPECT_EQ(setting_changes(conversation.settings, conversation.settings), "");
  ChatSettings other = conversation.settings;
  other.system.reset();
  other.sampling.temperature = 0.5;
  EXPECT_EQ(setting_changes(conversation.settings, other), "system = (none), temp = 0.5");
}

TEST(Conversation, HostileFilesAreRefused) {
  const auto error = [](std::string_view text) {
    const auto read = conversation_from_json(text, {});
    return read ? std::string("accepted") : read.error().text();
  };
  EXPECT_THAT(error(""), HasSubstr("line 1"));
  EXPECT_THAT(error("[]"), HasSubstr("no saved conversation"));
  EXPECT_THAT(error(R"({"hone_chat":2})"), HasSubstr("another version"));
  EXPECT_THAT(error(R"({"hone_chat":1})"), HasSubstr("no list of 'messages'"));
  EXPECT_THAT(error(R"({"hone_chat":1,"messages":[1]})"), HasSubstr("message 1: "));
  EXPECT_THAT(error(R"({"hone_chat":1,"messages":[{"role":"user","content":1}]})"),
              HasSubstr("message 1: "));
  EXPECT_THAT(error(R"({"hone_chat":1,"messages":[{"role":"user","content":"a"}]})"),
              HasSubstr("no answer"));
  EXPECT_THAT(error(R"({"hone_chat":1,"messages":[{"role":"assistant","content":"a"}]})"),
              HasSubstr("role 'assistant' where 'user' is expected"));
  EXPECT_THAT(error(R"({"hone_chat":1,"settings":{"temp":99999},"messages":[]})"),
              HasSubstr("not between"));
  EXPECT_THAT(error(R"({"hone_chat":1,"settings":{"temp":[1]},"messages":[]})"),
              HasSubstr("takes one value"));
  EXPECT_THAT(error(R"({"hone_chat":1,"settings":{"x\u001b":1},"messages":[]})"),
              HasSubstr("no setting 'x\\x1b'"));
  EXPECT_THAT(error(R"({"hone_chat":1,"settings":{"stop":[""]},"messages":[]})"),
              HasSubstr("an empty TEXT"));
  EXPECT_THAT(error(R"({"hone_chat":1,"settings":7,"messages":[]})"), HasSubstr("no object"));
  EXPECT_THAT(error(std::string(100000, '[')), HasSubstr("nested deeper"));
}

TEST(Conversation, EveryTruncationAndFlippedByteIsAnAnswerOrAnError) {
  const std::string whole = conversation_to_json(example());
  for (size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_FALSE(conversation_from_json(whole.substr(0, size), {})) << size;
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    if (const auto read = conversation_from_json(flipped, {})) {
      EXPECT_TRUE(conversation_from_json(conversation_to_json(*read), {}));
    }
  }
}

class ChatFiles : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(std::string_view name) const { return cat(folder_, "/", name); }

  std::string folder_ = cat(::testing::TempDir(), "chat_files_", ::getpid());
};

TEST_F(ChatFiles, SavingReplacesConversationsOnly) {
  ASSERT_TRUE(save_conversation(example(), path("a.json")));
  ASSERT_TRUE(save_conversation(example(), path("a.json")));
  EXPECT_EQ(load_conversation(path("a.json"), {})->turns, example().turns);
  std::ofstream(path("thesis.txt")) << "years of work";
  const auto saved = save_conversation(example(), path("thesis.txt"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, Code::conflict);
  EXPECT_EQ(*read_file(path("thesis.txt")), "years of work");
  EXPECT_FALSE(save_conversation(example(), path("none/a.json")));
  EXPECT_EQ(load_conversation(path("none.json"), {}).error().code, Code::not_found);
}

TEST_F(ChatFiles, HistoryIsPrivateAndComesBack) {
  const std::string file = path("state/chat_history");
  EXPECT_TRUE(load_history(file)->empty());
  const std::vector<std::string> entries = {"one", "two\nlines", R"(back\slash \n)", "\xc3\xa9"};
  for (const std::string& entry : entries) ASSERT_TRUE(append_to_history(file, entry));
  EXPECT_EQ(*load_history(file), entries);
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ChatFiles, HistoryIsBounded) {
  const std::string file = path("chat_history");
  std::string text;
  for (size_t i = 0; i < 3 * kMaxHistoryEntries; ++i) text += cat("entry ", i, "\n");
  std::ofstream(file) << text << std::string(kMaxHistoryEntry + 1, 'x') << "\n";
  const auto entries = load_history(file);
  ASSERT_EQ(entries->size(), kMaxHistoryEntries);
  EXPECT_EQ(entries->back(), cat("entry ", 3 * kMaxHistoryEntries - 1));
  EXPECT_LT(read_file(file)->size(), text.size() / 2);
  EXPECT_EQ(*load_history(file), *entries);
  ASSERT_TRUE(append_to_history(file, std::string(kMaxHistoryEntry + 1, 'x')));
  EXPECT_EQ(load_history(file)->size(), kMaxHistoryEntries);
}

TEST(LineReader, LinesFromAPipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::string_view text = "one\n\ntwo\r\nlast";
  ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  LineReader reader(ends[0], 100);
  std::vector<std::string> lines;
  while (const auto line = *reader.next([] { return false; })) lines.push_back(*line);
  EXPECT_THAT(lines, ElementsAre("one", "", "two\r", "last"));
  ::close(ends[0]);
}

}  // namespace
}  // namespace hone::cli
