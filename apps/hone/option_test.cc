#include <gtest/gtest.h>

#include "cli.h"

namespace hone::cli {
namespace {

struct TestOptions {
  std::string model;
  std::vector<std::string> words;
  int predict = 128;
  double temperature = 0.8;
  std::optional<uint64_t> seed;
  std::vector<std::string> stop;
  bool json = false;
  std::string format = "text";

  template <class V>
  void visit(V& v) {
    v("-m,--model", model, "the model");
    v("words", words, "the prompt").as("PROMPT");
    v("-n,--predict", predict, "most tokens").between(0, 1e6);
    v("--temp,--temperature", temperature, "temperature").between(0, 100);
    v("-s,--seed", seed, "seed").when_unset("random");
    v("--stop", stop, "stop text");
    v("--json", json, "JSON");
    v("--format", format, "form").one_of({"text", "markdown"});
  }
};

struct Result {
  TestOptions options;
  Expected<Request> request;
};

Result parse(const std::vector<std::string>& arguments) {
  Result result{{}, Request::run};
  OptionList list;
  result.options.visit(list);
  result.request = parse_arguments(list.options(), arguments);
  return result;
}

std::string error_of(const std::vector<std::string>& arguments) {
  const Result result = parse(arguments);
  return result.request ? "no error" : result.request.error().text();
}

TEST(Arguments, EveryFormOfAnOption) {
  const Result result = parse({"-m", "a.gguf", "-n5", "--temp=0.25", "--seed",
                               "18446744073709551615", "--json", "why", "is it?"});
  ASSERT_TRUE(result.request) << result.request.error().text();
  EXPECT_EQ(result.options.model, "a.gguf");
  EXPECT_EQ(result.options.predict, 5);
  EXPECT_EQ(result.options.temperature, 0.25);
  EXPECT_EQ(result.options.seed, 18446744073709551615u);
  EXPECT_TRUE(result.options.json);
  EXPECT_EQ(result.options.words, (std::vector<std::string>{"why", "is it?"}));
}

TEST(Arguments, UnsetOptionsKeepTheirDefaults) {
  const Result result = parse({});
  ASSERT_TRUE(result.request);
  EXPECT_EQ(result.options.predict, 128);
  EXPECT_FALSE(result.options.seed);
  EXPECT_FALSE(result.options.json);
}

TEST(Arguments, ARepeatedOptionTakesOneValueEachTime) {
  const Result result = parse({"--stop", "a", "prompt", "--stop", "b", "-n", "1", "-n", "2"});
  ASSERT_TRUE(result.request) << result.request.error().text();
  EXPECT_EQ(result.options.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result.options.words, std::vector<std::string>{"prompt"});
  EXPECT_EQ(result.options.predict, 2);
}

TEST(Arguments, TextAfterTwoDashesIsTaken) {
  const Result result = parse({"-n", "3", "--", "-5 + 3"});
  ASSERT_TRUE(result.request) << result.request.error().text();
  EXPECT_EQ(result.options.words, std::vector<std::string>{"-5 + 3"});
  EXPECT_EQ(error_of({"-5 + 3 is?"}), "no error");
}

TEST(Arguments, TextThatLooksOddIsKept) {
  for (const std::string text : {"", "[a,b]", "a,b", "{}", "%%", "\"quoted\"", "x=y", "Größe 🙂"}) {
    const Result result = parse({"-m", text, "--stop", text, text});
    ASSERT_TRUE(result.request) << text << ": " << result.request.error().text();
    EXPECT_EQ(result.options.model, text);
    EXPECT_EQ(result.options.words, std::vector<std::string>{text});
    EXPECT_EQ(result.options.stop, std::vector<std::string>{text});
  }
}

TEST(Arguments, MistakesGetASuggestion) {
  EXPECT_EQ(error_of({"--tmep", "1"}), "unknown option '--tmep'; did you mean '--temp'?");
  EXPECT_EQ(error_of({"--tempo=1"}), "unknown option '--tempo'; did you mean '--temp'?");
  EXPECT_EQ(error_of({"-x + 3"}),
            "unknown option '-x + 3'; put -- before text that starts with a dash");
  EXPECT_EQ(error_of({"--format", "markdwon"}),
            "--format: 'markdwon' is not one of text, markdown; did you mean 'markdown'?");
}

TEST(Arguments, OptionsOfOtherProgramsAreNotCutApart) {
  EXPECT_EQ(error_of({"-ngl", "99", "hi"}),
            "hone has no option '-ngl'; hone computes on the processor alone (-n N is: most "
            "tokens)");
  EXPECT_EQ(error_of({"-nkvo"}), "hone has no option '-nkvo' (-n N is: most tokens)");
  EXPECT_EQ(error_of({"-m", "-ngl"}), "no error");
  EXPECT_EQ(error_of({"--", "-ngl"}), "no error");
  EXPECT_EQ(parse({"-mtiny.gguf"}).options.model, "tiny.gguf");
  EXPECT_EQ(*parse({"-ngl", "-h"}).request, Request::help);
}

TEST(Arguments, EmptyValuesOnlyWhereTheyMeanSomething) {
  std::string text;
  OptionList list;
  list("--stop", text, "stop text").not_empty();
  const auto error = parse_arguments(list.options(), std::vector<std::string>{"--stop", ""});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().text(), "--stop: an empty TEXT means nothing here");
}

TEST(Arguments, ValuesMustFit) {
  EXPECT_EQ(error_of({"-n", "many"}), "--predict: 'many' is not a whole number");
  EXPECT_EQ(error_of({"-n", "010x"}), "--predict: '010x' is not a whole number");
  EXPECT_EQ(error_of({"-n", "99999999999"}), "--predict: '99999999999' is too large");
  EXPECT_EQ(error_of({"-n", "-1"}), "--predict: -1 is not between 0 and 1000000");
  EXPECT_EQ(error_of({"--temp", "nan"}), "--temp: nan is not between 0 and 100");
  EXPECT_EQ(error_of({"--seed", "-1"}), "--seed: '-1' is below 0");
  EXPECT_EQ(error_of({"--temp"}), "--temp: needs a value (X)");
  EXPECT_EQ(error_of({"-m"}), "--model: needs a value (TEXT)");
}

TEST(Arguments, HelpWinsOverMistakes) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"-h"}, {"--nonsense", "--help"}, {"-n", "x", "-h"}}) {
    const Result result = parse(words);
    ASSERT_TRUE(result.request) << result.request.error().text();
    EXPECT_EQ(*result.request, Request::help);
  }
}

struct RequiredWord {
  std::string model;
  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "the model").as("MODEL").require();
  }
};

TEST(Arguments, ARequiredWordIsTakenByNameOrPlace) {
  RequiredWord options;
  OptionList list;
  options.visit(list);
  const auto parse_words = [&list](std::vector<std::string> words) {
    return parse_arguments(list.options(), words);
  };
  EXPECT_EQ(parse_words({}).error().text(), "MODEL is missing");
  ASSERT_TRUE(parse_words({"a.gguf"}));
  EXPECT_EQ(options.model, "a.gguf");
  ASSERT_TRUE(parse_words({"-m", "b.gguf"}));
  EXPECT_EQ(options.model, "b.gguf");
  EXPECT_FALSE(parse_words({"a.gguf", "b.gguf"}));
}

}  // namespace
}  // namespace hone::cli
