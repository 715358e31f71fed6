#include "llm/template/chat_template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"

namespace hone {
namespace {

const std::string kGoldens = HONE_SOURCE_DIR "/tests/golden/template/";
constexpr int64_t kNow = 1741529107;  // 2025-03-09 14:05:07, as in tools/make_template_goldens.py

Json read_json(const std::string& path) {
  const auto text = read_file(path);
  EXPECT_TRUE(text) << path;
  auto json = Json::parse(text.value_or("null"));
  EXPECT_TRUE(json) << path << ": " << json.error().text();
  return json.value_or(Json());
}

ChatMessage message_of(const Json& json) {
  ChatMessage message{*json.find("role")->as_string(), *json.find("content"), Json()};
  for (const Json::Member& member : *json.as_object()) {
    if (member.name != "role" && member.name != "content") {
      message.extra.set(member.name, member.value);
    }
  }
  return message;
}

ChatInput input_of(const Json& test_case) {
  ChatInput input;
  for (const Json& message : *test_case.find("messages")->as_array()) {
    input.messages.push_back(message_of(message));
  }
  const Json* prompt = test_case.find("add_generation_prompt");
  const bool add = prompt == nullptr || *prompt->as_bool();
  input.generation_prompt = add ? GenerationPrompt::add : GenerationPrompt::none;
  input.bos_token = "<BOS>";
  input.eos_token = "<EOS>";
  if (const Json* tools = test_case.find("tools")) input.tools = *tools;
  if (const Json* variables = test_case.find("variables")) input.variables = *variables;
  input.local_time_s = kNow;
  return input;
}

// What the golden file expects: {"text"}, {"raised"} or {"error"}.
void expect_outcome(const Expected<std::string>& result, const Json& golden) {
  if (const Json* text = golden.find("text")) {
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(*result, *text->as_string());
    return;
  }
  ASSERT_FALSE(result) << "printed: " << *result;
  if (const Json* raised = golden.find("raised")) {
    EXPECT_EQ(result.error().message, printable(*raised->as_string(), 1000));
  }
}

void expect_goldens(const std::string& templates, const std::string& name, const Json& cases) {
  const auto source = read_file(templates + name + ".jinja");
  ASSERT_TRUE(source);
  const auto parsed = ChatTemplate::parse(*source);
  ASSERT_TRUE(parsed) << parsed.error().text();
  const Json golden = read_json(kGoldens + name + ".golden.json");
  for (const Json& test_case : *cases.as_array()) {
    const std::string& case_name = *test_case.find("name")->as_string();
    SCOPED_TRACE(name + ", " + case_name);
    expect_outcome(parsed->render(input_of(test_case)), *golden.find(case_name));
  }
}

TEST(ChatTemplate, KnownModelsPrintWhatJinjaPrints) {
  const Json cases = read_json(kGoldens + "cases.json");
  int templates = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldens)) {
    if (entry.path().extension() != ".jinja") continue;
    expect_goldens(kGoldens, entry.path().stem().string(), cases);
    ++templates;
  }
  EXPECT_GE(templates, 20);
}

TEST(ChatTemplate, LanguageSnippetsPrintWhatJinjaPrints) {
  const Json snippets = read_json(kGoldens + "snippets.golden.json");
  ChatInput input;
  input.local_time_s = kNow;
  for (const Json& snippet : *snippets.as_array()) {
    const std::string& source = *snippet.find("source")->as_string();
    SCOPED_TRACE(source);
    const auto parsed = ChatTemplate::parse(source);
    if (parsed) {
      expect_outcome(parsed->render(input), snippet);
    } else {
      EXPECT_EQ(snippet.find("text"), nullptr) << parsed.error().text();
    }
  }
}

std::string refusal(std::string_view source) {
  const auto parsed = ChatTemplate::parse(source);
  if (!parsed) return parsed.error().text();
  // A sixteenth of the default: the tests also run under sanitizers.
  const auto text = parsed->render({}, {.work = uint64_t{1} << 24});
  EXPECT_FALSE(text) << source << " printed " << text->substr(0, 100);
  return text ? "" : text.error().text();
}

TEST(ChatTemplate, ErrorsNameLineAndConstruct) {
  EXPECT_EQ(refusal("a\n{{ x|frobnicate }}"),
            "chat template: line 2: the filter 'frobnicate' is not supported");
  EXPECT_EQ(refusal("{{ x is odder }}"),
            "chat template: line 1: the test 'odder' is not supported");
  EXPECT_EQ(refusal("\n\n{% include 'x' %}"),
            "chat template: line 3: the statement 'include' is not known or does not belong here");
  EXPECT_EQ(refusal("\n{{ raise_exception('no system role') }}"),
            "chat template: line 2: no system role");
  EXPECT_EQ(refusal("{{ f() }}"), "chat template: line 1: 'f' is undefined");
  EXPECT_EQ(refusal("{% if x %}\n\n"),
            "chat template: line 2: a block does not end: 'endif' is missing");
  EXPECT_EQ(refusal("{{ '{:>5}'.format(1) }}"),
            "chat template: line 1: format() takes only {}, {0} and {name}");
}

std::string repeated(std::string_view part, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += part;
  return out;
}

TEST(ChatTemplate, HostileTemplatesEndQuickly) {
  const std::string sources[] = {
      "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor "
      "%}"
      "{% endfor %}{% endfor %}",
      "{{ 'x' * 1000000000 }}",
      "{{ 'x' * 9223372036854775807 }}",
      "{{ [1] * 1000000000 }}",
      "{{ range(1000000000) }}",
      "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% "
      "endfor %}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% "
      "endfor %}"
      "{{ ns.l }}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% "
      "endfor %}"
      "{{ ns.l == ns.l }}{{ ns.l|tojson }}",
      "{% set ns = namespace(l=1) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}",
      "{% set ns = namespace(l='') %}{% for i in range(99999) %}{% set ns.l = ns.l.strip %}{% "
      "endfor %}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro m(x) %}{% call m(x) %}{{ caller() }}{% endcall %}{% endmacro %}{{ m(1) }}",
      "{% set a = 'a' * 30000000 %}{{ ('a' * 15000000 ~ 'b') in a }}",
      "{% set a = 'a' * 1000000 %}{{ a.replace('', 'b' * 1000000) }}",
      "{% set a = 'a' * 1000000 %}{{ a.strip(a ~ 'b') }}",
      "{{ '\\n' * 1000000 |indent(1000000) }}",
      "{{ 'x'|indent(9000000000000000000, true) }}",
      "{{ [1]|batch(9000000000000000000, 1)|list }}",
      "{{ 9223372036854775807 + 1 }}",
      "{{ 10 ** 9223372036854775807 }}",
      "{{ (-9223372036854775807 - 1) // -1 }}",
      repeated("{{ ", 1000),
      "{{ " + repeated("(", 100000),
      "{{ " + repeated("[", 100000),
      "{{ " + repeated("- ", 100000) + "1 }}",
      "{{ " + repeated("not ", 100000) + "1 }}",
      "{{ 1" + repeated("+1", 100000) + " }}",
      "{{ 1" + repeated("|abs", 100000) + " }}",
      "{{ x" + repeated(".x", 100000) + " }}",
      "{{ 1" + repeated(" if 1 else 1", 100000) + " }}",
      repeated("{% if 1 %}", 100000),
      repeated("{% for x in y %}", 100000),
      std::string(5'000'000, 'x'),
  };
  for (const std::string& source : sources) {
    SCOPED_TRACE(source.substr(0, 100));
    const std::string error = refusal(source);
    EXPECT_LT(error.size(), 300u);
  }
}

TEST(ChatTemplate, EveryTruncationAndByteChangeIsSafe) {
  const auto source = read_file(kGoldens + "hermes-3-tools.jinja");
  ASSERT_TRUE(source);
  const Json cases = read_json(kGoldens + "cases.json");
  const ChatInput input = input_of((*cases.as_array())[8]);
  for (size_t size = 0; size < source->size(); size += 7) {
    if (const auto parsed = ChatTemplate::parse(source->substr(0, size)))
      (void)parsed->render(input);
    std::string changed = *source;
    changed[size] = static_cast<char>(changed[size] ^ (1 << (size % 8)));
    if (const auto parsed = ChatTemplate::parse(changed)) (void)parsed->render(input);
  }
}

TEST(ChatTemplate, ContentIsNeverRunAsTemplate) {
  const auto parsed = ChatTemplate::parse("{{ messages[0].content }}");
  ASSERT_TRUE(parsed);
  ChatInput input;
  input.messages.push_back({"user", "{{ 1 + 1 }}{% raw %}", Json()});
  EXPECT_EQ(parsed->render(input), "{{ 1 + 1 }}{% raw %}");
}

TEST(ChatTemplate, LimitsComeFromTheCaller) {
  const auto parsed = ChatTemplate::parse("{% for i in range(1000) %}{{ i }}{% endfor %}");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->render({}));
  const auto text = parsed->render({}, {.work = 1000});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace hone
