#include "memory_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_drawing.h"
#include "open/load_language_model.h"
#include "support/tiny_models.h"
#include "tensor/layout/layout.h"

namespace hone::cli {
namespace {

using ::testing::HasSubstr;

MemoryReport sample() {
  MemoryReport report;
  report.sessions = {.mapped = 1000, .kernels = 300, .inputs = 1000, .arena = 3000, .scratch = 64};
  report.heap = {.used = 500, .free = 10};
  report.plans.push_back({.bytes = 4000,
                          .apart = 7000,
                          .groups = 4,
                          .values = {{"x", "input", 0, 1000, 0, 3},
                                     {"a<b>", "conv", 1000, 2000, 0, 1},
                                     {"c", "binary", 1000, 2000, 2, 3},
                                     {"d", "conv", 3000, 1000, 1, 2}}});
  return report;
}

TEST(MemoryReport, PartsAddUpToTheTotal) {
  uint64_t sum = 0;
  for (const MemoryPart& part : parts_of(sample())) sum += part.bytes;
  EXPECT_EQ(sum, sample().total());
  EXPECT_EQ(sum, 1000u + 500 + 10 + 1000 + 3000 + 64);  // kernels are part of the heap
  EXPECT_EQ(json_of(sample()).find("total_bytes")->as_int(), static_cast<int64_t>(sum));
}

TEST(MemoryDrawing, ShowsWhatLiesWhereAndWhen) {
  const Console console({}, {}, 40);
  const std::string text = drawing_of(sample().plans[0], console);
  std::vector<std::string> rows;
  for (const std::string_view line : split(text, '\n')) {
    EXPECT_LE(line.size(), 60u);
    if (const size_t bar = line.find('|'); bar != line.npos)
      rows.emplace_back(line.substr(bar + 1));
  }
  ASSERT_EQ(rows.size(), 20u);
  // 30 columns for 4 groups: 8, 7, 8 and 7; A and B are the largest, in their order.
  EXPECT_EQ(rows.back(), std::string(30, 'C'));  // the input, the first of those of 1000
  EXPECT_EQ(rows[10], "AAAAAAAAAAAAAAABBBBBBBBBBBBBBB");
  EXPECT_EQ(rows[0].find('D'), rows[0].find_first_not_of(' '));
  EXPECT_THAT(text, HasSubstr("a<b>"));
}

TEST(MemoryDrawing, ThePictureIsSvgThatBelievesNoName) {
  const std::string svg = picture_of(sample(), "<model>");
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("&lt;model&gt;: "));
  EXPECT_THAT(svg, HasSubstr("a&lt;b&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("<model>")));
}

// The report of a real session is what the session itself says, and no value leaves its block or
// meets another.
TEST(MemoryReport, TellsWhatASessionHolds) {
  const auto bytes = test::tiny_model({.dtypes = {DType::q4_1}});
  auto loaded = load_language_model(GgufFile::parse(bytes, "tiny.gguf").value(), {.context = 256});
  ASSERT_TRUE(loaded) << loaded.error().text();
  ASSERT_TRUE(loaded->model->evaluate(std::vector<int32_t>(17, 1), 0));
  const Session* session = &loaded->model->session();
  const MemoryReport report = memory_report({&session, 1});
  EXPECT_EQ(report.sessions.packed, session->copies().bytes());
  EXPECT_EQ(report.sessions.inputs + report.sessions.arena + report.sessions.spare,
            session->arena_bytes());
  EXPECT_EQ(report.sessions.states, 256u * 3 * 2 * 2 * 16 * 2);
  ASSERT_EQ(report.plans.size(), 1u);
  const PlacedPlan& plan = report.plans[0];
  EXPECT_EQ(static_cast<uint64_t>(plan.bytes), report.sessions.inputs + report.sessions.arena);
  EXPECT_GT(plan.apart, plan.bytes);
  int64_t end = 0;
  for (const PlacedValue& a : plan.values) {
    end = std::max(end, a.offset + a.bytes);
    EXPECT_LE(a.first, a.last) << a.name;
    for (const PlacedValue& b : plan.values) {
      if (&a == &b || a.first > b.last || b.first > a.last) continue;
      EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
          << a.name << " and " << b.name;
    }
  }
  EXPECT_EQ(end, plan.bytes);
}

// The plans of a program share what was packed for them.
TEST(MemoryReport, CountsWhatSessionsShareOnce) {
  Plan plan;
  plan.values.push_back({.name = "w",
                         .type = {DType::q8_0, {Dim(16), Dim(64)}},
                         .storage = Storage::weight,
                         .layout = std::string(matmul_layout(DType::q8_0))});
  const std::vector<std::byte> stored(static_cast<size_t>(16 * row_bytes(DType::q8_0, 64)));
  WeightMap map;
  map.add_canonical("w", stored);
  ThreadPool pool(1);
  const auto copies = std::make_shared<WeightCopies>();
  const auto first = Session::open(plan, map, pool, {.copies = copies});
  const auto second = Session::open(plan, map, pool, {.copies = copies});
  const auto own = Session::open(plan, map, pool, {});
  ASSERT_TRUE(first && second && own);
  const std::vector<const Session*> sessions = {&*first, &*second, &*own};
  ASSERT_GT(copies->bytes(), 0u);
  EXPECT_EQ(memory_report(sessions).sessions.packed, 2 * copies->bytes());
}

}  // namespace
}  // namespace hone::cli
