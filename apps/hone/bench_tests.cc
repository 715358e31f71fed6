#include "bench_tests.h"

#include <algorithm>

#include "base/text.h"

namespace hone::cli {
namespace {

constexpr int64_t kMaxTokens = int64_t{1} << 24;
constexpr int64_t kDecodePrompt = 16;

Error unknown_test(std::string_view name) {
  std::vector<std::string> names;
  for (const std::string_view known : split(kAllBenchTests, ',')) names.emplace_back(known);
  const auto near = did_you_mean(name, names);
  return {Code::invalid_argument,
          cat("'", printable(name), "' is no test",
              near ? cat("; did you mean '", *near, "'?")
                   : "; tests are ppN, tgN, ppN@DEPTH, tgN@DEPTH, ttft_ms and peak_mb"),
          {}};
}

std::optional<int64_t> count(std::string_view digits, int64_t least) {
  const std::optional<int64_t> value = parse_int(digits);
  return value && *value >= least && *value <= kMaxTokens ? value : std::nullopt;
}

Expected<BenchTest> parse_test(std::string_view name) {
  if (name == "ttft_ms") return BenchTest{std::string(name), BenchTest::Kind::first_token, 0, 0};
  if (name == "peak_mb") return BenchTest{std::string(name), BenchTest::Kind::peak_memory, 0, 0};
  const bool prefill = name.starts_with("pp");
  if (!prefill && !name.starts_with("tg")) return std::unexpected(unknown_test(name));
  const std::string_view sizes = name.substr(2);
  const size_t at = std::min(sizes.find('@'), sizes.size());
  const auto tokens = count(sizes.substr(0, at), 1);
  auto depth = std::optional<int64_t>(prefill ? 0 : kDecodePrompt);
  if (at < sizes.size()) depth = count(sizes.substr(at + 1), prefill ? 0 : 1);
  const bool digits =
      sizes.find_first_not_of("0123456789@") == sizes.npos && !sizes.empty() && sizes.back() != '@';
  if (digits && (!tokens || !depth)) {
    return fail(Code::invalid_argument, "test '", printable(name),
                "': ", !tokens ? "the tokens" : "the depth behind @", " must be from ",
                !tokens || !prefill ? 1 : 0, " to ", kMaxTokens);
  }
  if (!tokens || !depth) return std::unexpected(unknown_test(name));
  return BenchTest{std::string(name), prefill ? BenchTest::Kind::prefill : BenchTest::Kind::decode,
                   *tokens, *depth};
}

}  // namespace

Expected<std::vector<BenchTest>> parse_bench_tests(std::string_view list) {
  std::vector<BenchTest> tests;
  for (const std::string_view name : split(list, ',')) {
    HONE_TRY(BenchTest test, parse_test(trim(name)));
    tests.push_back(std::move(test));
  }
  return tests;
}

Spread Spread::of(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

Json Spread::json() const {
  Json json = Json::object();
  json.set("median", median);
  json.set("min", min);
  json.set("max", max);
  return json;
}

}  // namespace hone::cli
