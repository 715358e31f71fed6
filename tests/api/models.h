// The models of libhone's tests. Standard types only: who includes hone.hpp must not see what the
// library has inside.
#pragma once

#include <string>

namespace hone_test {

// x f32[batch, 3] and bias f32[3] in; sum = 2 x + bias, same = x and sizes i64[2] out.
std::string ports_model();
// A tiny llama with random weights, in a file that lives as long as the process.
std::string language_model();

}  // namespace hone_test
