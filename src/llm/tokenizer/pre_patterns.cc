// The table of pre-tokenizers: names and patterns as llama.cpp's llama-vocab.cpp (October 2026)
// reads them, a file format's facts. Where that reading differs from a model's own pattern (it
// treats every
// \p{Lu} or \p{Ll} as \p{L}, and hides white space beyond ASCII from explicit ranges), the reading
// stands here, because equal tokens are what a model file's users compare.
#include <algorithm>

#include "base/text.h"
#include "llm/tokenizer/pre_tokenizer.h"

namespace hone {
namespace {

using Steps = const std::string_view[];

#define HONE_CONTRACTION R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]))"
#define HONE_SPACES R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define HONE_SYMBOLS R"(| ?[^\s\p{L}\p{N}]+[\r\n]*)"
#define HONE_HAN \
  R"([\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2EBEF}\x{F900}-\x{FAFF}\x{2F800}-\x{2FA1F}])"

constexpr std::string_view kGpt2Words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))";
constexpr std::string_view kLlama3Words =
    HONE_CONTRACTION R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})" HONE_SYMBOLS HONE_SPACES;
constexpr std::string_view kQwen2Words =
    HONE_CONTRACTION R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})" HONE_SYMBOLS HONE_SPACES;
constexpr std::string_view kThreeNumbers = R"(\p{N}{1,3})";
constexpr std::string_view kNumber = R"(\p{N})";
constexpr std::string_view kThreeDigits = "[0-9][0-9][0-9]";
constexpr std::string_view kHanKana = R"([\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)";
constexpr std::string_view kCjk =
    R"((?:(?!\s)[\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}])+)";
constexpr std::string_view kLines = R"([^\n]+|[\n]+)";
#define HONE_ASCII_PUNCTUATION R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])"
constexpr std::string_view kDeepSeek3Words = HONE_ASCII_PUNCTUATION
    R"([A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)" HONE_SPACES;

constexpr Steps kDefault = {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2Words, R"(\p{N}+)", kThreeDigits};
constexpr Steps kLlama3 = {kLlama3Words};
constexpr Steps kJais2 = {
    HONE_CONTRACTION
    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|)"
    R"(\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|)"
    R"(\s{1,2}(?!\S)|\s{1})"};
constexpr Steps kDeepSeekLlm = {
    R"([\r\n])",
    R"(\s?[)"
    R"(A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF})"
    R"(\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D})"
    R"(\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5})"
    R"(\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5})"
    R"(\x{13A0}-\x{13F5}\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF})"
    R"(\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15})"
    R"(\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59})"
    R"(\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE})"
    R"(\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB})"
    R"(\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107})"
    R"(\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128})"
    R"(\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149})"
    R"(\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE})"
    R"(\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F})"
    R"(\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06})"
    R"(\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F})"
    R"(\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2})"
    R"(\x{118A0}-\x{118DF}\x{1E900}-\x{1E943})"
    R"(]+)",
    R"(\s?(?:(?!\s)[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}])+)",
    "@trailing_space",
    kCjk,
    R"(\p{N}+)"};
constexpr Steps kDeepSeekCoder = {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", kCjk, kNumber};
constexpr Steps kDeepSeek3 = {kThreeNumbers, kHanKana, kDeepSeek3Words};
constexpr Steps kSpark = {
    kThreeNumbers, kHanKana,
    HONE_ASCII_PUNCTUATION
    R"([A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+)",
    kNumber};
constexpr Steps kYoutu = {
    R"([\x{AC00}-\x{D7A3}\x{3131}-\x{318E}]+|[\x{FF01}\x{2026}\x{201C}\x{201D}\x{2018}\x{2019}\x{2014}\x{FF1A}\x{FF1B}\x{FF0C}\x{3001}-\x{303F}\x{FE30}-\x{FE4F}]+|[\x{3105}-\x{312F}]+|[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)",
    R"([^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+)" HONE_CONTRACTION
    R"(?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" HONE_SPACES};
constexpr Steps kFalcon = {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2Words, kThreeDigits};
constexpr Steps kStarCoder = {kNumber, kGpt2Words};
constexpr Steps kGpt2 = {kGpt2Words};
constexpr Steps kQwen2 = {kQwen2Words};
constexpr Steps kQwen35 = {
    HONE_CONTRACTION
    R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)" HONE_SPACES};
#define HONE_BLOOM_WORDS R"( ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+)"
constexpr Steps kBloom = {HONE_BLOOM_WORDS};
constexpr Steps kViking = {HONE_BLOOM_WORDS, kNumber};
constexpr Steps kTekken = {R"([^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])*((?=\p{L})[^A-Z])+|)"
                           R"([^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])+((?=\p{L})[^A-Z])*|)"
                           R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" HONE_SPACES};
constexpr Steps kChameleon = {"<sentinel:[0-9]+>",       "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
                              R"(([\t\n]|    |  ))",     kNumber,
                              R"([\p{P}!-/:-@\[-`{-~])", kGpt2Words};
constexpr Steps kGpt4o = {
    R"([^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])*((?=\p{L})[^A-Z])+)" HONE_CONTRACTION
    R"(?|[^\r\n\p{L}\p{N}]?((?=\p{L})[^a-z])+((?=\p{L})[^A-Z])*)" HONE_CONTRACTION
    R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" HONE_SPACES};
constexpr Steps kGraniteMulti = {
    R"([^\r\n\p{L}\p{N}]?((?=[\p{L}\p{M}])[^a-z])*((?=[\p{L}\p{M}])[^A-Z])+)" HONE_CONTRACTION
    R"(?|[^\r\n\p{L}\p{N}]?((?=[\p{L}\p{M}])[^a-z])+((?=[\p{L}\p{M}])[^A-Z])*)" HONE_CONTRACTION
    R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" HONE_SPACES};
constexpr Steps kTinyAya = {"@number_groups",
                            R"([^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+)" HONE_CONTRACTION
                            R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" HONE_SPACES};
constexpr Steps kKimiK2 = {HONE_HAN R"(+|[^\r\n\p{L}\p{N}]?(?:(?!)" HONE_HAN
                                    R"()\p{L})+)" HONE_CONTRACTION
                                    R"(?|\p{N}{1,3})" HONE_SYMBOLS HONE_SPACES};
constexpr Steps kSuperBpe = {R"(\p{N}+)", "@digit_groups"};
constexpr Steps kBailingMoe = {
    R"('(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)"};
constexpr Steps kSeedCoder = {
    HONE_CONTRACTION R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+)" HONE_SPACES};
constexpr Steps kUfakZeka = {R"([^\r\n\p{L}\p{N}]?\p{L}+|\p{N})" HONE_SYMBOLS HONE_SPACES};
constexpr Steps kAfmoe = {
    "@number_groups",
    R"([\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{8C48}-\x{FAFF}\x{3040}-\x{309F}\x{30A0}-\x{30FF}\x{FF65}-\x{FF9F}\x{2F00}-\x{2FDF}\x{E40}-\x{E7F}\x{E80}-\x{EFF}\x{1780}-\x{17FF}\x{1000}-\x{109F}\x{AA60}-\x{AA7F}\x{A9E0}-\x{A9FF}\x{AC00}-\x{D7AF}\x{1100}-\x{11FF}]+)",
    kDeepSeek3Words};
constexpr Steps kLaguna = {kLines, kQwen2Words};
constexpr Steps kExaoneMoe = {
    HONE_CONTRACTION
    R"(|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?)"
    R"(|\s*[\r\n]|\s+(?!\S)|\s+)"};
constexpr Steps kGemma4 = {kLines};
constexpr Steps kMiniCpm5 = {
    kThreeNumbers, HONE_CONTRACTION R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+)" HONE_SYMBOLS HONE_SPACES};
constexpr Steps kWhiteSpace = {R"(\S+)"};

constexpr PreTokenizerRecipe kRecipes[] = {
    {.name = "default", .steps = kDefault},
    {.name = "llama3", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "llama-v3", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "llama-bpe", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "falcon3", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "falcon-h1", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "pixtral", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "midm-2.0", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "lfm2", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "jina-v5-nano", .steps = kLlama3, .ignore_merges = true, .add_bos = true},
    {.name = "jais-2", .steps = kJais2},
    {.name = "dbrx", .steps = kLlama3},
    {.name = "smaug-bpe", .steps = kLlama3},
    {.name = "chatglm-bpe", .steps = kLlama3},
    {.name = "glm4", .steps = kLlama3, .ignore_merges = true},
    {.name = "glm5", .steps = kLlama3, .ignore_merges = true},
    {.name = "deepseek-llm", .steps = kDeepSeekLlm},
    {.name = "deepseek-coder", .steps = kDeepSeekCoder},
    {.name = "deepseek-v3", .steps = kDeepSeek3},
    {.name = "hunyuan-dense", .steps = kDeepSeek3},
    {.name = "joyai-llm", .steps = kDeepSeek3},
    {.name = "hy_v4", .steps = kDeepSeek3},
    {.name = "spark2_5", .steps = kSpark},
    {.name = "youtu", .steps = kYoutu, .ignore_merges = true},
    {.name = "falcon", .steps = kFalcon},
    {.name = "starcoder", .steps = kStarCoder},
    {.name = "refact", .steps = kStarCoder},
    {.name = "command-r", .steps = kStarCoder},
    {.name = "smollm", .steps = kStarCoder},
    {.name = "codeshell", .steps = kStarCoder},
    {.name = "exaone", .steps = kStarCoder},
    {.name = "minerva-7b", .steps = kStarCoder},
    {.name = "mellum2", .steps = kStarCoder},
    {.name = "gpt-2", .steps = kGpt2},
    {.name = "phi-2", .steps = kGpt2},
    {.name = "jina-es", .steps = kGpt2},
    {.name = "jina-de", .steps = kGpt2},
    {.name = "gigachat", .steps = kGpt2},
    {.name = "jina-v2-es", .steps = kGpt2},
    {.name = "jina-v2-de", .steps = kGpt2},
    {.name = "a.x-4.0", .steps = kGpt2},
    {.name = "mellum", .steps = kGpt2},
    {.name = "modern-bert", .steps = kGpt2},
    {.name = "jina-v1-en", .steps = kGpt2},
    {.name = "jina-v2-code", .steps = kGpt2},
    {.name = "roberta-bpe", .steps = kGpt2},
    {.name = "mpt", .steps = kGpt2},
    {.name = "olmo", .steps = kGpt2},
    {.name = "jais", .steps = kGpt2},
    {.name = "trillion", .steps = kGpt2},
    {.name = "granite-docling", .steps = kGpt2},
    {.name = "exaone4", .steps = kGpt2},
    {.name = "qwen2", .steps = kQwen2},
    {.name = "deepseek-r1-qwen", .steps = kQwen2},
    {.name = "kormo", .steps = kQwen2},
    {.name = "f2llmv2", .steps = kQwen2},
    {.name = "megrez", .steps = kQwen2},
    {.name = "stablelm2", .steps = kQwen2},
    {.name = "hunyuan", .steps = kQwen2},
    {.name = "solar-open", .steps = kQwen2},
    {.name = "grok-2", .steps = kQwen2},
    {.name = "qwen35", .steps = kQwen35},
    {.name = "poro-chat", .steps = kBloom},
    {.name = "bloom", .steps = kBloom},
    {.name = "gpt3-finnish", .steps = kBloom},
    {.name = "viking", .steps = kViking},
    {.name = "tekken", .steps = kTekken, .ignore_merges = true, .add_bos = true},
    {.name = "chameleon", .steps = kChameleon, .add_bos = true},
    {.name = "gpt-4o", .steps = kGpt4o},
    {.name = "llama4", .steps = kGpt4o},
    {.name = "kanana2", .steps = kGpt4o},
    {.name = "talkie", .steps = kGpt4o},
    {.name = "minimax-m2", .steps = kGpt4o},
    {.name = "granite-embed-multi-97m", .steps = kGraniteMulti, .ignore_merges = true},
    {.name = "tiny_aya", .steps = kTinyAya},
    {.name = "cohere2moe", .steps = kTinyAya},
    {.name = "kimi-k2", .steps = kKimiK2},
    {.name = "superbpe", .steps = kSuperBpe},
    {.name = "bailingmoe", .steps = kBailingMoe},
    {.name = "bailingmoe2", .steps = kBailingMoe},
    {.name = "llada-moe", .steps = kBailingMoe},
    {.name = "seed-coder", .steps = kSeedCoder},
    {.name = "ufakzeka", .steps = kUfakZeka},
    {.name = "afmoe", .steps = kAfmoe},
    {.name = "laguna", .steps = kLaguna},
    {.name = "exaone-moe", .steps = kExaoneMoe},
    {.name = "gemma4",
     .steps = kGemma4,
     .add_bos = true,
     .bytes = false,
     .escape_spaces = true,
     .whole_newlines = true},
    {.name = "granite-embed-multi-311m",
     .steps = kGemma4,
     .add_bos = true,
     .bytes = false,
     .escape_spaces = true,
     .whole_newlines = true},
    {.name = "sarvam-moe", .steps = kGemma4, .bytes = false, .escape_spaces = true},
    {.name = "minicpm5", .steps = kMiniCpm5, .ignore_merges = true},
    {.name = "whitespace", .steps = kWhiteSpace, .bytes = false, .drop_spaces = true},
};

}  // namespace

std::span<const PreTokenizerRecipe> pre_tokenizer_recipes() { return kRecipes; }

Expected<const PreTokenizerRecipe*> find_pre_tokenizer(std::string_view name) {
  if (name.empty()) return &kRecipes[0];
  const auto* const found =
      std::find_if(std::begin(kRecipes), std::end(kRecipes),
                   [name](const auto& recipe) { return recipe.name == name; });
  if (found != std::end(kRecipes)) return found;
  return fail(
      Code::unsupported, "the pre-tokenizer '", printable(name),
      "' (tokenizer.ggml.pre) is not known; update hone, or convert the model again with one "
      "of the known names if it is an older spelling");
}

}  // namespace hone
