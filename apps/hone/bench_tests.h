// What `hone bench` can measure, by name, and how values of several runs are told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace hone::cli {

struct BenchTest {
  enum class Kind : uint8_t {
    prefill,      // ppN: N tokens of prompt; ppN@D: after D others
    decode,       // tgN: N tokens, one by one, after 16 others; tgN@D: after D
    first_token,  // ttft_ms: from the start of a process to its answer's first byte
    peak_memory,  // peak_mb: most memory that a process with an answer of 128 tokens holds
  };
  std::string name;
  Kind kind = Kind::prefill;
  int64_t tokens = 0;
  int64_t depth = 0;

  bool needs_process() const { return kind == Kind::first_token || kind == Kind::peak_memory; }
  // Positions of context.
  int64_t positions() const { return depth + tokens; }
};

inline constexpr std::string_view kAllBenchTests = "pp64,pp512,tg128,tg128@2048,ttft_ms,peak_mb";

// "pp64,tg128@2048"; invalid_argument, with a suggestion, on what is no test.
Expected<std::vector<BenchTest>> parse_bench_tests(std::string_view list);

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;

  static Spread of(std::vector<double> values);  // not empty
  Json json() const;
};

struct BenchResult {
  BenchTest test;
  Spread values;              // tokens/s, ms or MB
  double share_of_limit = 0;  // of the read bandwidth (decode) or the int8 rate (prefill); 0: none
};

}  // namespace hone::cli
