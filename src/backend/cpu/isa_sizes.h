// What of an instruction set decides how its kernels want their weights, for the sets of all
// architectures. Plain data only; the kernels' units hold it against what they are compiled with.
#pragma once

namespace hone {

struct IsaSizes {
  int rows_at_once;  // kRowsAtOnce of the set's header in simd/
  int tile_vectors;  // kTileVectors

  friend constexpr bool operator==(const IsaSizes&, const IsaSizes&) = default;
};

namespace isa_sizes {
inline constexpr IsaSizes scalar = {4, 1};
inline constexpr IsaSizes avx2 = {4, 1};
inline constexpr IsaSizes avx512vnni = {16, 2};
inline constexpr IsaSizes avx512bf16 = {16, 2};
inline constexpr IsaSizes amx = avx512bf16;
inline constexpr IsaSizes neon = {4, 1};
inline constexpr IsaSizes neon_dotprod = {4, 1};
}  // namespace isa_sizes

}  // namespace hone
