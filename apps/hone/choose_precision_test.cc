// The choice of a precision, on models that are a table of errors and times.
#include "choose_precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace hone::cli {
namespace {

using enum Precision;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

struct Layer {
  double error = 0;           // alone
  double fine = 2, fast = 1;  // microseconds in f32 and in bf16
  double winograd = 0;        // likewise; 0: there is no such kernel. It makes no error
};

// Errors of layers are independent: those of several are the root of the sum of squares.
class Table final : public PrecisionTarget {
 public:
  explicit Table(std::map<std::string, Layer> layers) : layers_(std::move(layers)) {}

  Expected<std::vector<std::string>> layers(Precision precision) override {
    std::vector<std::string> names;
    for (const auto& [name, layer] : layers_) {
      if (us(layer, precision) > 0) names.push_back(name);
    }
    return names;
  }
  Expected<double> error(const LayerPrecisions& coarse, Samples) override {
    ++errors_asked;
    double squares = 0;
    for (const auto& [name, precision] : coarse) {
      if (precision == bf16) squares += std::pow(layers_.at(name).error, 2);
    }
    return std::sqrt(squares);
  }
  Expected<std::map<std::string, double>> times(const LayerPrecisions& coarse) override {
    std::map<std::string, double> all{{"", coarse.empty() ? 0 : overhead}};
    for (const auto& [name, layer] : layers_) {
      const auto found = coarse.find(name);
      all[name] = us(layer, found == coarse.end() ? f32 : found->second);
      all[""] += all[name];
    }
    return all;
  }

  double overhead = 0;  // of a model with coarse layers
  int errors_asked = 0;

 private:
  static double us(const Layer& layer, Precision precision) {
    return precision == f32 ? layer.fine : precision == bf16 ? layer.fast : layer.winograd;
  }
  std::map<std::string, Layer> layers_;
};

PrecisionChoice choose(Table& table, double max_error, double seconds = 0,
                       const std::vector<Precision>& precisions = {bf16}) {
  double now = 0;
  auto made = choose_precision(table, {.precisions = precisions,
                                       .max_error = max_error,
                                       .seconds = seconds,
                                       .now_s = [&now] { return now += 0.001; },
                                       .progress = {}});
  EXPECT_TRUE(made) << made.error().text();
  return *std::move(made);
}

TEST(ChoosePrecision, TakesAllLayersThatAreWithinTheBoundTogether) {
  Table table({{"a", {0.003}}, {"b", {0.004}}});
  const PrecisionChoice made = choose(table, 0.006);
  EXPECT_THAT(made.coarse, ElementsAre(Pair("a", bf16), Pair("b", bf16)));
  EXPECT_THAT(made.fine, IsEmpty());
  EXPECT_NEAR(made.error, 0.005, 1e-9);
  EXPECT_EQ(table.errors_asked, 1);
}

TEST(ChoosePrecision, KeepsF32WhereTheErrorIsLargest) {
  Table table({{"a", {0.001}}, {"b", {0.05}}, {"c", {0.002}}, {"d", {0.02}}, {"e", {0.001}}});
  const PrecisionChoice made = choose(table, 0.01);
  EXPECT_THAT(made.coarse, ElementsAre(Key("a"), Key("c"), Key("e")));
  ASSERT_EQ(made.fine.size(), 2u);
  EXPECT_EQ(made.fine[0].name, "d");
  EXPECT_EQ(made.fine[1].name, "b");
  EXPECT_THAT(made.fine[1].why, HasSubstr("5.000 %"));
  EXPECT_LE(made.error, 0.01);
  EXPECT_GT(made.all_error, 0.01);
}

TEST(ChoosePrecision, KeepsTheWholeModelWhereNothingIsWithinTheBound) {
  Table table({{"a", {0.1}}, {"b", {INFINITY}}});
  const PrecisionChoice made = choose(table, 0.01);
  EXPECT_THAT(made.coarse, IsEmpty());
  EXPECT_EQ(made.fine.size(), 2u);
  EXPECT_EQ(made.error, 0);
}

TEST(ChoosePrecision, AsksPartsOfModelsOfManyLayers) {
  std::map<std::string, Layer> layers;
  for (int i = 0; i < 1000; ++i) layers[std::to_string(i)] = {i == 500 ? 0.5 : 1e-6};
  Table table(std::move(layers));
  const PrecisionChoice made = choose(table, 0.01);
  EXPECT_LT(table.errors_asked, 60);
  EXPECT_FALSE(made.coarse.contains("500"));
  EXPECT_GT(made.coarse.size(), 950u);
}

TEST(ChoosePrecision, KeepsF32WhereItIsNotSlower) {
  Table table({{"even", {0, 2, 2}}, {"faster", {0, 2, 1}}, {"slower", {0, 2, 3}}});
  const PrecisionChoice made = choose(table, 0.01, 10);
  EXPECT_THAT(made.coarse, ElementsAre(Key("faster")));
  ASSERT_EQ(made.fine.size(), 2u);
  EXPECT_THAT(made.fine[1].why, HasSubstr("not faster in bf16: 3.0 us against 2.0"));
}

TEST(ChoosePrecision, KeepsTheWholeModelWhereItIsNotFaster) {
  Table table({{"a", {0, 2, 1}}, {"b", {0, 2, 1}}});
  table.overhead = 5;
  const PrecisionChoice made = choose(table, 0.01, 10);
  EXPECT_THAT(made.coarse, IsEmpty());
  ASSERT_EQ(made.fine.size(), 2u);
  EXPECT_THAT(made.fine[0].why, HasSubstr("the whole model was not faster"));
}

TEST(ChoosePrecision, SpeedsAreNotComparedWithoutTime) {
  Table table(std::map<std::string, Layer>{{"slower", {0, 2, 3}}});
  EXPECT_THAT(choose(table, 0.01).coarse, ElementsAre(Key("slower")));
}

TEST(ChoosePrecision, EachLayerGetsWhatItIsFastestIn) {
  Table table({{"a", {0, 4, 2, 3}},
               {"b", {0, 4, 3, 2}},
               {"c", {0, 4, 5, 2}},
               {"d", {0, 4, 5, 6}},
               {"e", {0, 4, 3, 0}},
               {"f", {0, 4, 0, 1}}});
  const PrecisionChoice made = choose(table, 0.01, 10, {bf16, winograd});
  EXPECT_THAT(made.coarse, ElementsAre(Pair("a", bf16), Pair("b", winograd), Pair("c", winograd),
                                       Pair("e", bf16), Pair("f", winograd)));
  ASSERT_EQ(made.fine.size(), 1u);
  EXPECT_EQ(made.fine[0].name, "d");
  EXPECT_THAT(made.fine[0].why, HasSubstr("not faster in bf16: 5.0 us against 4.0"));
}

TEST(ChoosePrecision, WithoutTimeTheFirstThatThereIsCounts) {
  Table table({{"a", {0, 4, 2, 1}}, {"b", {0, 4, 0, 5}}});
  const PrecisionChoice made = choose(table, 0.01, 0, {bf16, winograd});
  EXPECT_THAT(made.coarse, ElementsAre(Pair("a", bf16), Pair("b", winograd)));
}

// Beyond the bound a layer gets the next best, as long as that is faster than f32.
TEST(ChoosePrecision, WhatIsTooCoarseGetsTheNextFaster) {
  Table table({{"a", {0.05, 4, 1, 2}}, {"b", {0.04, 4, 1, 5}}, {"c", {0.001, 4, 1, 2}}});
  const PrecisionChoice made = choose(table, 0.01, 10, {bf16, winograd});
  EXPECT_THAT(made.coarse, ElementsAre(Pair("a", winograd), Pair("c", bf16)));
  ASSERT_EQ(made.fine.size(), 1u);
  EXPECT_EQ(made.fine[0].name, "b");
  EXPECT_NEAR(made.error, 0.001, 1e-9);
}

TEST(ChoosePrecision, StopsWhenItIsTold) {
  Table table(std::map<std::string, Layer>{{"a", {}}});
  const auto made = choose_precision(table, {.precisions = {bf16},
                                             .max_error = 1,
                                             .seconds = 0,
                                             .now_s = {},
                                             .progress = [](const std::string&) {
                                               return Status(fail(Code::canceled, "interrupted"));
                                             }});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::canceled);
}

}  // namespace
}  // namespace hone::cli
