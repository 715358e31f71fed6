/* Asks a language model something, and writes the answer as it comes: chat MODEL "question" */
#include <hone/hone.h>
#include <stdio.h>
#include <stdlib.h>

static void check(hone_error* error) {
  if (error == NULL) return;
  fprintf(stderr, "chat: %s\n", hone_error_message(error));
  hone_error_free(error);
  exit(1);
}

static int32_t write_piece(const hone_piece* piece, void* user) {
  (void)user;
  fwrite(piece->text, 1, piece->text_bytes, stdout);
  fflush(stdout);
  return ferror(stdout); /* not 0 ends the answer */
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "chat MODEL \"question\"\n");
    return 2;
  }
  hone_model* model;
  check(hone_model_open(argv[1], NULL, &model));
  hone_generator* generator;
  check(hone_generator_new(model, &generator));

  const hone_message messages[] = {{"user", argv[2]}};
  hone_generate_options options;
  hone_generate_options_init(&options, sizeof options);
  options.temperature = 0;
  options.max_tokens = 64;
  hone_answer answer = {.struct_size = sizeof answer};
  check(hone_generator_chat(generator, messages, 1, &options, write_piece, NULL, &answer));
  printf("\n");
  fprintf(stderr, "%lld tokens asked, %lld answered\n", (long long)answer.prompt_tokens,
          (long long)answer.answer_tokens);

  hone_generator_free(generator);
  hone_model_free(model);
  return 0;
}
