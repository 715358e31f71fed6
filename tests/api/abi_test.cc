// The layout of hone.h's structs, which must not change: a member that moves breaks every program
// that was built before. New members come at the end of those that begin with struct_size.
#include <gtest/gtest.h>

#include "hone/hone.h"

namespace {

#define EXPECT_AT(type, member, offset) static_assert(offsetof(type, member) == (offset))

static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8);

static_assert(sizeof(hone_tensor) == 96);
EXPECT_AT(hone_tensor, dtype, 8);
EXPECT_AT(hone_tensor, rank, 12);
EXPECT_AT(hone_tensor, shape, 16);
EXPECT_AT(hone_tensor, data, 80);
EXPECT_AT(hone_tensor, size_bytes, 88);

static_assert(sizeof(hone_message) == 16);
EXPECT_AT(hone_message, content, 8);

static_assert(sizeof(hone_model_options) == 64);
EXPECT_AT(hone_model_options, threads, 8);
EXPECT_AT(hone_model_options, max_sequences, 12);
EXPECT_AT(hone_model_options, context, 16);
EXPECT_AT(hone_model_options, prompt_format, 24);
EXPECT_AT(hone_model_options, trust, 32);
EXPECT_AT(hone_model_options, trust_count, 40);
EXPECT_AT(hone_model_options, require_signature, 48);
EXPECT_AT(hone_model_options, cache_dir, 56);

static_assert(sizeof(hone_port) == 176);
EXPECT_AT(hone_port, name, 8);
EXPECT_AT(hone_port, dtype, 16);
EXPECT_AT(hone_port, rank, 20);
EXPECT_AT(hone_port, shape, 24);
EXPECT_AT(hone_port, symbol, 88);
EXPECT_AT(hone_port, size_bytes, 152);
EXPECT_AT(hone_port, scale, 160);
EXPECT_AT(hone_port, zero, 168);

static_assert(sizeof(hone_language) == 40);
EXPECT_AT(hone_language, context, 8);
EXPECT_AT(hone_language, vocabulary, 16);
EXPECT_AT(hone_language, bos, 24);
EXPECT_AT(hone_language, eos, 28);
EXPECT_AT(hone_language, chats, 32);

static_assert(sizeof(hone_generate_options) == 88);
EXPECT_AT(hone_generate_options, max_tokens, 8);
EXPECT_AT(hone_generate_options, seed, 16);
EXPECT_AT(hone_generate_options, temperature, 24);
EXPECT_AT(hone_generate_options, ignore_end, 60);
EXPECT_AT(hone_generate_options, logprobs, 64);
EXPECT_AT(hone_generate_options, stop, 72);
EXPECT_AT(hone_generate_options, stop_count, 80);

static_assert(sizeof(hone_piece) == 32);
EXPECT_AT(hone_piece, text, 8);
EXPECT_AT(hone_piece, text_bytes, 16);
EXPECT_AT(hone_piece, logprob, 24);

static_assert(sizeof(hone_answer) == 40);
EXPECT_AT(hone_answer, finish, 8);
EXPECT_AT(hone_answer, prompt_tokens, 16);
EXPECT_AT(hone_answer, reused_tokens, 24);
EXPECT_AT(hone_answer, answer_tokens, 32);

TEST(Abi, AnOlderStructIsReadAndWrittenAsFarAsItGoes) {
  // As a program has it that was built when the struct ended behind struct_size and max_tokens.
  struct {
    hone_generate_options options;
    char beyond[8];
  } memory;
  memset(&memory, 0x5a, sizeof memory);
  hone_generate_options_init(&memory.options, 16);
  EXPECT_EQ(memory.options.struct_size, 16u);
  EXPECT_EQ(memory.options.max_tokens, -1);
  EXPECT_EQ(memory.options.seed, 0x5a5a5a5a5a5a5a5a);
}

TEST(Abi, ANewerStructGetsZerosWhereThisLibraryKnowsNothing) {
  struct {
    hone_model_options options;
    char newer[8];
  } memory;
  memset(&memory, 0x5a, sizeof memory);
  hone_model_options_init(&memory.options, sizeof memory);
  EXPECT_EQ(memory.options.max_sequences, 1);
  for (const char byte : memory.newer) EXPECT_EQ(byte, 0);
}

}  // namespace
