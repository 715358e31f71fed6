#include "frontend/gguf/format.h"

#include <array>

namespace hone {
namespace {

struct TypeInfo {
  std::string_view name;
  size_t bytes;
};

constexpr std::array<TypeInfo, 13> kValueTypes = {{{"u8", 1},
                                                   {"i8", 1},
                                                   {"u16", 2},
                                                   {"i16", 2},
                                                   {"u32", 4},
                                                   {"i32", 4},
                                                   {"f32", 4},
                                                   {"bool", 1},
                                                   {"string", 0},
                                                   {"array", 0},
                                                   {"u64", 8},
                                                   {"i64", 8},
                                                   {"f64", 8}}};

struct NumberedDType {
  uint32_t number;
  DType dtype;
};

// Missing numbers were removed from the format (4, 5, 31 to 33, 36 to 38).
constexpr NumberedDType kTensorTypes[] = {
    {0, DType::f32},      {1, DType::f16},     {2, DType::q4_0},     {3, DType::q4_1},
    {6, DType::q5_0},     {7, DType::q5_1},    {8, DType::q8_0},     {9, DType::q8_1},
    {10, DType::q2_k},    {11, DType::q3_k},   {12, DType::q4_k},    {13, DType::q5_k},
    {14, DType::q6_k},    {15, DType::q8_k},   {16, DType::iq2_xxs}, {17, DType::iq2_xs},
    {18, DType::iq3_xxs}, {19, DType::iq1_s},  {20, DType::iq4_nl},  {21, DType::iq3_s},
    {22, DType::iq2_s},   {23, DType::iq4_xs}, {24, DType::i8},      {25, DType::i16},
    {26, DType::i32},     {27, DType::i64},    {28, DType::f64},     {29, DType::iq1_m},
    {30, DType::bf16},    {34, DType::tq1_0},  {35, DType::tq2_0},   {39, DType::mxfp4},
    {40, DType::nvfp4},   {41, DType::q1_0},   {42, DType::q2_0},
};

}  // namespace

std::string_view name_of(GgufType type) { return kValueTypes[static_cast<size_t>(type)].name; }

size_t value_bytes(GgufType type) { return kValueTypes[static_cast<size_t>(type)].bytes; }

std::optional<GgufType> gguf_type(uint32_t number) {
  if (number >= kValueTypes.size()) return std::nullopt;
  return static_cast<GgufType>(number);
}

std::optional<DType> gguf_dtype(uint32_t number) {
  for (const NumberedDType& type : kTensorTypes) {
    if (type.number == number) return type.dtype;
  }
  return std::nullopt;
}

}  // namespace hone
