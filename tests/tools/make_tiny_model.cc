// Writes the tiny models that have goldens: make_tiny_model DIRECTORY [NAME...]; all without a
// name.
#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "support/split_mix.h"
#include "support/tiny_models.h"

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<size_t>(argc));
  if (arguments.size() < 2) {
    std::fputs("make_tiny_model DIRECTORY [NAME...]\n", stderr);
    return 2;
  }
  const std::span<char*> wanted = arguments.subspan(2);
  std::vector<hone::test::GoldenModel> models = hone::test::golden_models();
  for (hone::test::GoldenModel& model : hone::test::truth_models()) {
    models.push_back(std::move(model));
  }
  // The smallest, for tools/make_engine_fixtures.py; it has no goldens of its own.
  if (std::ranges::find(wanted, std::string_view("fixture")) != wanted.end()) {
    models.push_back({"fixture",
                      {.dtypes = {hone::DType::q8_0},
                       .embedding = hone::DType::q8_0,
                       .output = hone::test::TinyOutput::tied,
                       .layers = 1,
                       .dim = 32,
                       .ff = 32,
                       .heads = 2,
                       .kv_heads = 1,
                       .context = 64}});
  }
  for (const hone::test::GoldenModel& model : models) {
    const auto is_it = [&](std::string_view name) { return name == model.name; };
    if (!wanted.empty() && std::ranges::none_of(wanted, is_it)) continue;
    const std::string bytes = hone::test::tiny_model_text(model.options);
    const std::string path = hone::cat(arguments[1], "/", model.name, ".gguf");
    if (const auto written = hone::write_file_atomic(path, bytes); !written) {
      std::fprintf(stderr, "%s\n", written.error().text().c_str());
      return 1;
    }
    std::printf("%s %zu bytes fnv1a64 %016llx\n", path.c_str(), bytes.size(),
                static_cast<unsigned long long>(hone::test::fnv1a64(bytes)));
  }
  return 0;
}
