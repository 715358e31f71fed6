#include <array>

#include "frontend/gguf/arch/decoder.h"
#include "frontend/gguf/arch/family.h"

namespace hone {

Expected<LanguageModelGraph> build_llama(const GgufFile&, const LanguageModelOptions&);
Expected<LanguageModelGraph> build_qwen2(const GgufFile&, const LanguageModelOptions&);
Expected<LanguageModelGraph> build_qwen3(const GgufFile&, const LanguageModelOptions&);
Expected<LanguageModelGraph> build_gemma3(const GgufFile&, const LanguageModelOptions&);

namespace {

struct Family {
  std::string_view architecture;
  Expected<LanguageModelGraph> (*build)(const GgufFile&, const LanguageModelOptions&);
};

constexpr std::array kFamilies = {
    Family{"llama", build_llama},
    Family{"qwen2", build_qwen2},
    Family{"qwen3", build_qwen3},
    Family{"gemma3", build_gemma3},
};

// An op that refuses its operands was asked to by the file: the person's request made sense.
Error blame_file(Error error, const GgufFile& file) {
  if (error.code == Code::invalid_argument) {
    error.code = Code::corrupt;
    error.message = cat("the tensors do not fit the metadata (", error.message,
                        "); download the file again or convert the model anew");
  }
  return std::move(error).context(file.name());
}

}  // namespace

Expected<LanguageModelGraph> build_language_model(const GgufFile& file,
                                                  const LanguageModelOptions& options) {
  HONE_TRY_CONTEXT(const std::string_view architecture, file.find_string("general.architecture"),
                   file.name());
  std::string known;
  for (const Family& family : kFamilies) {
    if (family.architecture == architecture) {
      auto model = family.build(file, options);
      if (!model) return std::unexpected(blame_file(std::move(model).error(), file));
      return model;
    }
    known += cat(known.empty() ? "" : ", ", family.architecture);
  }
  Error error{Code::unsupported,
              cat("the architecture '", printable(architecture),
                  "' is not supported; this build runs ", known),
              file.name()};
  return std::unexpected(std::move(error));
}

}  // namespace hone
