// Several users of one language model: each has its own sequence, and none samples from another's
// logits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "frontend/gguf/tokenizer_fields.h"
#include "llm/generate/generator.h"
#include "llm/generate/perplexity.h"
#include "open/load_language_model.h"
#include "support/tiny_models.h"

namespace hone {
namespace {

using testing::HasSubstr;

class Generators : public testing::Test {
 protected:
  void open(int64_t sequences) {
    auto file = GgufFile::parse(bytes_, "tiny.gguf");
    ASSERT_TRUE(file) << file.error().text();
    const auto data = tokenizer_data(*file);
    ASSERT_TRUE(data) << data.error().text();
    auto tokenizer = Tokenizer::open(*data);
    ASSERT_TRUE(tokenizer) << tokenizer.error().text();
    tokenizer_.emplace(std::move(*tokenizer));
    auto loaded = load_language_model(std::move(*file), {.context = 64, .sequences = sequences});
    ASSERT_TRUE(loaded) << loaded.error().text();
    loaded_.emplace(std::move(*loaded));
  }

  LanguageModel& model() { return *loaded_->model; }
  Generator generator() {
    auto sampler = Sampler::make({.temperature = 0});
    EXPECT_TRUE(sampler);
    return Generator(model(), *tokenizer_, std::move(*sampler));
  }

  static std::vector<int32_t> generate(Generator& generator, int64_t count) {
    std::vector<int32_t> ids;
    const auto finish = generator.generate({.max_tokens = count, .ignore_end = true},
                                           [&](const GeneratedToken& token) -> Status {
                                             if (token.id != kNoToken) ids.push_back(token.id);
                                             return {};
                                           });
    EXPECT_TRUE(finish) << finish.error().text();
    return ids;
  }

  std::vector<std::byte> bytes_ = test::tiny_model({});
  std::optional<Tokenizer> tokenizer_;
  std::optional<LoadedLanguageModel> loaded_;
  const std::vector<int32_t> first_ = {10, 20, 30, 40};
  const std::vector<int32_t> second_ = {50, 60, 70};
};

TEST_F(Generators, TakeTurnsWithoutDisturbingEachOther) {
  open(2);
  std::vector<int32_t> alone_first, alone_second;
  {
    Generator alone = generator();
    ASSERT_TRUE(alone.feed(first_));
    alone_first = generate(alone, 8);
    ASSERT_TRUE(alone.feed(second_));
    alone_second = generate(alone, 8);
    ASSERT_NE(alone_first, alone_second);
  }
  Generator a = generator(), b = generator();
  ASSERT_TRUE(a.feed(first_));
  ASSERT_TRUE(b.feed(second_));  // the model's logits are b's now
  EXPECT_EQ(generate(a, 8), alone_first);
  EXPECT_EQ(generate(b, 8), alone_second);
}

TEST_F(Generators, AreRefusedWhereNoSequenceIsLeft) {
  open(1);
  auto held = std::make_unique<Generator>(generator());
  ASSERT_TRUE(held->feed(first_));
  {
    Generator second = generator();
    const auto refused = second.feed(second_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::limit_exceeded);
    EXPECT_THAT(refused.error().text(), HasSubstr("all sequences of the model are in use"));
    EXPECT_FALSE(second.generate({}, [](const GeneratedToken&) { return Status(); }));
  }
  const std::vector<int32_t> text(40, 5);
  EXPECT_FALSE(measure_perplexity(model(), text, {.window = 20}));
  held.reset();
  EXPECT_TRUE(measure_perplexity(model(), text, {.window = 20}));
  Generator again = generator();
  EXPECT_TRUE(again.feed(second_)) << "a sequence is given back at destruction";
}

TEST_F(Generators, AMovedGeneratorKeepsItsSequence) {
  open(1);
  Generator first = generator();
  ASSERT_TRUE(first.feed(first_));
  Generator moved = std::move(first);
  EXPECT_EQ(generate(moved, 3).size(), 3u);
  EXPECT_FALSE(model().claim_sequence());
}

}  // namespace
}  // namespace hone
