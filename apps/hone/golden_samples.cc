#include "golden_samples.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "input_files.h"
#include "llm/tokenizer/tokenizer.h"
#include "media/image.h"
#include "open/language_model_file.h"
#include "task_files.h"
#include "tasks/picture_input.h"
#include "tensor_files.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostSamples = 256;
constexpr uint64_t kMaxPrompt = uint64_t{64} << 10;

constexpr std::array kPrompts = {
    "The capital of France is",          "Once upon a time there was a small engine that",
    "Water boils at a temperature of",   "def fibonacci(n):",
    "The three primary colors are red,", "A week has seven days: Monday, Tuesday,",
};

// A number of samples, or nothing: then it is a folder.
Expected<std::optional<int64_t>> count_of(const std::string& wish) {
  const std::optional<int64_t> count = parse_int(wish);
  if (!count || (*count >= 1 && *count <= kMostSamples)) return count;
  return fail(Code::invalid_argument, "--golden ", *count, ": between 1 and ", kMostSamples,
              " samples are kept");
}

// What stands in a folder, by name.
Expected<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  if (error) return fail(Code::io, folder.string(), ": cannot be listed: ", error.message());
  std::ranges::sort(entries);
  return entries;
}

Status check_count(const EngineGolden& golden, const std::string& folder) {
  if (golden.samples.empty()) {
    return fail(Code::not_found, folder, ": holds no golden samples that this model takes");
  }
  if (std::ssize(golden.samples) <= kMostSamples) return {};
  return fail(Code::limit_exceeded, folder, ": holds more than ", kMostSamples, " samples");
}

class ProgramSamples {
 public:
  explicit ProgramSamples(LoadedTask loaded) : loaded_(std::move(loaded)) {}

  Expected<GoldenSet> generated(int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const auto seed = static_cast<uint64_t>(i);
      RandomInputs rest{.random = true, .seed = seed};
      HONE_TRY(rest.typical, typical_inputs(loaded_.program, loaded_.task, seed));
      HONE_TRY(const auto inputs, read_inputs(loaded_.program, {}, rest));
      HONE_RETURN_IF_ERROR(add(cat("generated ", i), inputs));
    }
    return std::move(set_);
  }

  Expected<GoldenSet> of_folder(const std::string& folder) {
    HONE_TRY(const std::vector<fs::path> entries, entries_of(folder));
    for (const fs::path& entry : entries) {
      std::error_code ignored;
      if (fs::is_directory(entry, ignored)) {
        HONE_RETURN_IF_ERROR(add_folder(entry));
      } else if (entry.extension() == ".npy") {
        HONE_TRY(const auto inputs, read_inputs(loaded_.program, {{entry.string()}}, {}));
        HONE_RETURN_IF_ERROR(add(entry.filename().string(), inputs));
      }
    }
    const auto pictures = expand_inputs({folder}, InputKind::picture);
    if (pictures) {
      for (const std::string& path : *pictures) HONE_RETURN_IF_ERROR(add_picture(path));
    }
    HONE_RETURN_IF_ERROR(check_count(set_.golden, folder));
    return std::move(set_);
  }

 private:
  Status add(const std::string& name, std::span<const RunValue> inputs) {
    GoldenSample& sample = set_.golden.samples.emplace_back();
    sample.name = name;
    for (const RunValue& input : inputs) {
      if (input.kind != RunValue::Kind::tensor || input.tensor.dtype() == DType::string) {
        return fail(Code::unsupported, name, ": an input is no tensor of numbers");
      }
      sample.inputs.push_back(set_.keep(input.tensor));
    }
    return {};
  }

  Status add_folder(const fs::path& folder) {
    std::vector<std::string> given;
    for (const ProgramValue& input : loaded_.program.inputs) {
      given.push_back(cat(input.name, "=", (folder / tensor_file_name(input.name)).string()));
    }
    HONE_TRY(const auto inputs, read_inputs(loaded_.program, given, {}));
    HONE_RETURN_IF_ERROR(add(folder.filename().string(), inputs));
    std::error_code ignored;
    if (!fs::is_directory(folder / "out", ignored)) return {};
    for (const std::string& output : loaded_.program.outputs) {
      HONE_TRY(Tensor tensor, read_tensor((folder / "out" / tensor_file_name(output)).string()));
      set_.golden.samples.back().outputs.push_back({set_.keep(std::move(tensor)), 0});
    }
    return {};
  }

  Status add_picture(const std::string& path) {
    if (loaded_.program.inputs.size() != 1) {
      return fail(Code::invalid_argument, path, ": the model takes more than a picture");
    }
    HONE_TRY(const Image image, read_image(path));
    HONE_TRY_CONTEXT(PictureTensor made,
                     picture_tensor(image, loaded_.task.picture, loaded_.program.inputs[0].type),
                     path);
    return add(fs::path(path).filename().string(), {{RunValue(std::move(made.tensor))}});
  }

  LoadedTask loaded_;
  GoldenSet set_;
};

// Prompts as tokens; without a tokenizer, ids by chance.
class PromptSamples {
 public:
  static Expected<PromptSamples> open(const ModelFiles& files) {
    PromptSamples samples;
    HONE_TRY(samples.file_, LanguageModelFile::open(files));
    HONE_TRY(const LanguageModelInfo info, samples.file_->engine()->language_model());
    samples.vocabulary_ = info.vocab_size;
    if (!samples.file_->engine()->holds(section_kind::kTokenizer)) return samples;
    HONE_TRY(const TokenizerData data, samples.file_->tokenizer());
    HONE_TRY(samples.tokenizer_, Tokenizer::open(data));
    return samples;
  }

  Expected<GoldenSet> generated(int64_t count) const {
    GoldenSet set;
    for (int64_t i = 0; i < count; ++i) {
      const auto which = static_cast<size_t>(i);
      if (tokenizer_ && which < kPrompts.size()) {
        HONE_RETURN_IF_ERROR(add(set, kPrompts[which], kPrompts[which]));
      } else {
        set.golden.samples.push_back(
            {.name = cat("generated ", i), .prompt = random_tokens(which)});
      }
    }
    return set;
  }

  Expected<GoldenSet> of_folder(const std::string& folder) const {
    GoldenSet set;
    if (!tokenizer_) return fail(Code::unsupported, "the model has no tokenizer for texts");
    HONE_TRY(const std::vector<fs::path> entries, entries_of(folder));
    for (const fs::path& entry : entries) {
      if (entry.extension() != ".txt") continue;
      HONE_TRY(const std::string text, read_file(entry.string(), kMaxPrompt));
      HONE_RETURN_IF_ERROR(add(set, entry.filename().string(), trim(text)));
    }
    HONE_RETURN_IF_ERROR(check_count(set.golden, folder));
    return set;
  }

 private:
  Status add(GoldenSet& set, std::string name, std::string_view text) const {
    HONE_TRY(std::vector<int32_t> tokens, tokenizer_->encode(text));
    if (tokens.empty()) return fail(Code::invalid_argument, name, ": is a prompt without tokens");
    set.golden.samples.push_back({.name = std::move(name), .prompt = std::move(tokens)});
    return {};
  }

  std::vector<int32_t> random_tokens(size_t seed) const {
    constexpr size_t kTokens = 16;
    std::mt19937 random(static_cast<uint32_t>(seed));
    std::vector<int32_t> tokens(kTokens);
    for (int32_t& token : tokens) {
      token = static_cast<int32_t>(random() % static_cast<uint64_t>(vocabulary_));
    }
    return tokens;
  }

  std::optional<LanguageModelFile> file_;
  std::optional<Tokenizer> tokenizer_;
  int64_t vocabulary_ = 0;
};

template <class Samples>
Expected<GoldenSet> made_by(Samples samples, const std::string& wish) {
  HONE_TRY(const std::optional<int64_t> count, count_of(wish));
  return count ? samples.generated(*count) : samples.of_folder(wish);
}

}  // namespace

Status check_golden_wish(const std::string& wish) {
  HONE_TRY(const std::optional<int64_t> count, count_of(wish));
  std::error_code ignored;
  if (count || std::filesystem::is_directory(wish, ignored)) return {};
  return fail(Code::not_found, printable(wish, 1000), ": there is no such folder of samples");
}

Expected<GoldenSet> golden_samples(const std::string& wish, const ModelFiles& files, int threads) {
  HONE_TRY(const EngineFile engine, open_engine(files));
  if (engine.holds(section_kind::kPlan)) {
    HONE_TRY(PromptSamples samples, PromptSamples::open(files));
    return made_by(std::move(samples), wish);
  }
  return program_samples(wish, files, threads);
}

Expected<GoldenSet> program_samples(const std::string& wish, const ModelFiles& files, int threads) {
  HONE_TRY(LoadedTask loaded, load_task(files, {.threads = threads}));
  return made_by(ProgramSamples(std::move(loaded)), wish);
}

}  // namespace hone::cli
