/* hone: runs machine learning models. The C interface, C11 and later.
 *
 * This is the stable interface of libhone (docs/api.md says what may change when). What holds for
 * every function here:
 *
 * - Errors. A function that can fail returns hone_error*: NULL when all went well, else what went
 *   wrong, which the caller gives back with hone_error_free. Results are then not written, but
 *   where a comment says so. Wrong arguments (null pointers, unknown names, wrong sizes, files that
 *   are no models) are errors, never crashes. No C++ exception comes out.
 * - Ownership. What hone_X_open or hone_X_new made goes back with hone_X_free, which takes NULL.
 *   Texts and arrays that a function returns belong to the handle they were asked of and live as
 *   long as it. What the caller passes in is the caller's, and is not kept beyond the call.
 *   Handles hold what they need of each other: a model may be freed before its generators and
 *   results.
 * - Threads. Any handle may be used from any thread, and none is freed while another thread uses
 *   it. Calls that compute with one model, or its generators, queue: each waits until the one
 * before it has ended. A callback must not call what computes with its own model; that is
 * HONE_CONFLICT.
 * - Texts are UTF-8 and end in a zero byte. Sizes are in bytes, shapes in elements, outermost
 *   dimension first; tensors are dense and row-major.
 * - Structs that may grow begin with struct_size, which the caller sets (hone_X_init does) to
 *   sizeof: a library that is older or newer than the header then reads and writes what both know.
 *   hone_tensor and hone_message never change.
 * - A model file that another program shortens while it is open kills the process by SIGBUS, as
 *   with every mapped file. Nothing here reads environment variables or uses the network.
 */
#ifndef HONE_HONE_H
#define HONE_HONE_H

#include <stddef.h>
#include <stdint.h>

#define HONE_VERSION_MAJOR 0
#define HONE_VERSION_MINOR 1
#define HONE_VERSION_PATCH 0

#if defined(__GNUC__)
#define HONE_API __attribute__((visibility("default")))
#define HONE_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HONE_API
#define HONE_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version: of the library that runs; the macros are those of the header. */

/* "0.1.0" */
HONE_API const char* hone_version(void);
/* major * 1000000 + minor * 1000 + patch */
HONE_API uint32_t hone_version_number(void);

/* ---- Errors */

typedef struct hone_error hone_error;

typedef int32_t hone_code;
enum {
  HONE_OK = 0,
  HONE_INVALID_ARGUMENT = 1, /* the request makes no sense */
  HONE_NOT_FOUND = 2,        /* a file, model or name does not exist */
  HONE_CORRUPT = 3,          /* a file does not follow its format */
  HONE_UNSUPPORTED = 4,      /* this build cannot do it */
  HONE_LIMIT_EXCEEDED = 5,   /* larger than a limit, a buffer, a context or the memory */
  HONE_IO = 6,               /* the operating system refused to read or write */
  HONE_NETWORK = 7,          /* a remote host failed */
  HONE_UNTRUSTED = 8,        /* a hash or signature does not match */
  HONE_CONFLICT = 9,         /* something else is in the way */
  HONE_CANCELED = 10,        /* ended by the user or a deadline */
  HONE_INTERNAL = 11         /* a bug in hone */
};

/* HONE_OK for NULL. */
HONE_API hone_code hone_error_code(const hone_error* error);
/* One sentence: where, what, and what to do. Lives as long as the error. "" for NULL. */
HONE_API const char* hone_error_message(const hone_error* error);
HONE_API void hone_error_free(hone_error* error);
/* "not_found"; "unknown" for a number that is none of the above. */
HONE_API const char* hone_code_name(hone_code code);

/* ---- Models */

typedef struct hone_model hone_model;

typedef struct hone_model_options {
  size_t struct_size;
  int32_t threads;       /* that compute; 0: as many as this process has processors */
  int32_t max_sequences; /* of language models: generators that may live at once; at least 1 */
  int64_t context;       /* of language models: tokens; 0: the model's own, at most 4096 */
  const char*
      prompt_format; /* of language models: "chatml", "llama3", ...; NULL: the model's own */
  /* Files of public keys, or folders of NAME.pub: only an engine (.hone) that one of them signed is
   * opened, every byte as it was signed. */
  const char* const* trust;
  size_t trust_count;
  int32_t require_signature; /* not 0: also without any key, which is then an error */
  int32_t reserved;          /* 0 */
  /* A folder of what is kept from run to run: which signed files were found whole, so that they are
   * hashed once, and what `hone tune` measured here. NULL: none. */
  const char* cache_dir;
} hone_model_options;
/* The defaults. `struct_size` is sizeof(hone_model_options). */
HONE_API void hone_model_options_init(hone_model_options* options, size_t struct_size);

/* Opens a file: an engine (.hone), or in a build with the compile half also GGUF, ONNX, TFLite,
 * safetensors and PyTorch state dicts, with what lies beside them. options NULL: the defaults. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_open(const char* path,
                                                     const hone_model_options* options,
                                                     hone_model** model);
HONE_API void hone_model_free(hone_model* model);

typedef int32_t hone_kind;
enum {
  HONE_KIND_NONE = 0,    /* of NULL */
  HONE_KIND_TENSORS = 1, /* tensors in, tensors out: hone_model_run */
  HONE_KIND_LANGUAGE = 2 /* text in, text out: hone_generator_new, hone_model_tokenize */
};
HONE_API hone_kind hone_model_kind(const hone_model* model);

/* What the model says of itself, as pairs of key and value; 0 and NULL beyond the last. */
HONE_API size_t hone_model_metadata_count(const hone_model* model);
HONE_API const char* hone_model_metadata_key(const hone_model* model, size_t index);
HONE_API const char* hone_model_metadata_value(const hone_model* model, size_t index);

/* Names of the classes that the model's file carries, by class; often none. NULL beyond the last.
 */
HONE_API size_t hone_model_label_count(const hone_model* model);
HONE_API const char* hone_model_label(const hone_model* model, size_t index);

/* ---- Tensors */

typedef int32_t hone_dtype;
enum {
  HONE_DTYPE_OTHER = 0, /* text, a list of tensors, or what is known only when run */
  HONE_F32 = 1,
  HONE_F16 = 2,
  HONE_BF16 = 3,
  HONE_F64 = 4,
  HONE_I8 = 5,
  HONE_U8 = 6,
  HONE_I16 = 7,
  HONE_U16 = 8,
  HONE_I32 = 9,
  HONE_U32 = 10,
  HONE_I64 = 11,
  HONE_U64 = 12,
  HONE_BOOL = 13 /* a byte, 0 or 1 */
};
/* "f32"; "other" for a number that is none of the above. */
HONE_API const char* hone_dtype_name(hone_dtype dtype);
/* Of an element; 0 for HONE_DTYPE_OTHER. */
HONE_API size_t hone_dtype_size(hone_dtype dtype);

#define HONE_MAX_RANK 8

/* An input or output of a model. */
typedef struct hone_port {
  size_t struct_size;
  const char* name;
  hone_dtype dtype;
  int32_t rank;                 /* -1: not known before a run */
  int64_t shape[HONE_MAX_RANK]; /* -1: not fixed */
  const char*
      symbol[HONE_MAX_RANK]; /* what the model calls a dimension that is not fixed, or NULL */
  uint64_t size_bytes;       /* 0: not known before a run */
  /* Of integers that stand for numbers: (element - zero) * scale; scale is 0 where that is not
   * known. */
  double scale;
  double zero;
} hone_port;

/* 0 of language models. */
HONE_API size_t hone_model_input_count(const hone_model* model);
HONE_API size_t hone_model_output_count(const hone_model* model);
/* Set port->struct_size. HONE_INVALID_ARGUMENT for an index beyond the last. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_input(const hone_model* model, size_t index,
                                                      hone_port* port);
HONE_API HONE_MUST_CHECK hone_error* hone_model_output(const hone_model* model, size_t index,
                                                       hone_port* port);

/* Elements and where they are. Never changes. */
typedef struct hone_tensor {
  const char* name; /* of the input or output; NULL: the one at this place */
  hone_dtype dtype;
  int32_t rank;
  int64_t shape[HONE_MAX_RANK];
  void* data; /* of any alignment; read only where it is an input or a result */
  uint64_t size_bytes;
} hone_tensor;

/* What a run gave. */
typedef struct hone_results hone_results;

/* Runs the model once. All inputs must be there, in any order where they have names; size_bytes is
 * what the shape needs. Models with states go on from their last run. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_run(hone_model* model, const hone_tensor* inputs,
                                                    size_t input_count, hone_results** results);
/* The same into the caller's memory. Of each output that is wanted: `name`, `data` and
 * `size_bytes`, the room there is; the rest is filled in. An output that does not fit, or with data
 * NULL, is HONE_LIMIT_EXCEEDED, and size_bytes, dtype, rank and shape of all outputs tell what it
 * takes. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_run_into(hone_model* model,
                                                         const hone_tensor* inputs,
                                                         size_t input_count, hone_tensor* outputs,
                                                         size_t output_count);
/* Forgets the states of a model that has some. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_reset(hone_model* model);

/* As many as the model has outputs, in their order. */
HONE_API size_t hone_results_count(const hone_results* results);
/* Name, type and elements, which belong to `results`. HONE_UNSUPPORTED for an output that is no
 * tensor of numbers. */
HONE_API HONE_MUST_CHECK hone_error* hone_results_get(const hone_results* results, size_t index,
                                                      hone_tensor* tensor);
HONE_API void hone_results_free(hone_results* results);

/* ---- Language models */

typedef struct hone_language {
  size_t struct_size;
  int64_t context;    /* tokens that a prompt and its answer may have together */
  int64_t vocabulary; /* tokens there are */
  int32_t bos, eos;   /* -1: the model has none */
  int32_t chats;      /* not 0: the model has a prompt format for conversations */
  int32_t reserved;
} hone_language;
/* Set language->struct_size. HONE_INVALID_ARGUMENT for a model of another kind. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_language(const hone_model* model,
                                                         hone_language* language);

enum {
  HONE_TOKENIZE_PLAIN = 0,
  HONE_TOKENIZE_ADD_SPECIAL = 1,  /* what the model wants around a prompt: bos, eos */
  HONE_TOKENIZE_PARSE_SPECIAL = 2 /* control tokens written in the text become those tokens */
};
/* The tokens of text_bytes bytes. *count is how many there are, whether they fit or not; more than
 * `capacity` are HONE_LIMIT_EXCEEDED, but for ids NULL, which asks for the count. Needs no queue.
 */
HONE_API HONE_MUST_CHECK hone_error* hone_model_tokenize(const hone_model* model, const char* text,
                                                         size_t text_bytes, uint32_t flags,
                                                         int32_t* ids, size_t capacity,
                                                         size_t* count);
/* The text of tokens; *text_bytes without the zero byte behind it, which needs room, too. Else as
 * above. */
HONE_API HONE_MUST_CHECK hone_error* hone_model_detokenize(const hone_model* model,
                                                           const int32_t* ids, size_t id_count,
                                                           char* text, size_t capacity,
                                                           size_t* text_bytes);

/* Something that answers, with the model's memory of what was said last: a prompt that begins like
 * the one before, as conversations do, is not computed anew. */
typedef struct hone_generator hone_generator;

/* HONE_LIMIT_EXCEEDED when hone_model_options.max_sequences live already. */
HONE_API HONE_MUST_CHECK hone_error* hone_generator_new(hone_model* model,
                                                        hone_generator** generator);
HONE_API void hone_generator_free(hone_generator* generator);
/* Ends the call that computes with this generator now, if there is one, at its next token or chunk
 * of the prompt (HONE_FINISH_STOPPED). For other threads. */
HONE_API void hone_generator_stop(hone_generator* generator);

typedef struct hone_generate_options {
  size_t struct_size;
  int64_t max_tokens;      /* below 0: until the model is done or the context is full */
  int64_t seed;            /* below 0: from the system's random numbers */
  float temperature;       /* 0: always the most probable token */
  int32_t top_k;           /* 0: all */
  float top_p;             /* 1: all */
  float min_p;             /* 0: all */
  float typical_p;         /* 1: off */
  float repeat_penalty;    /* 1: off */
  int32_t repeat_last_n;   /* tokens that count as recent; -1: all */
  float frequency_penalty; /* 0: off */
  float presence_penalty;  /* 0: off */
  int32_t ignore_end;      /* not 0: go on behind tokens that end an answer */
  int32_t logprobs;        /* not 0: hone_piece.logprob is told, which takes time */
  int32_t reserved;        /* 0 */
  const char* const* stop; /* texts that end the answer, and are no part of it */
  size_t stop_count;
} hone_generate_options;
/* The defaults: temperature 0.8, top_k 40, top_p 0.95, min_p 0.05, no limit, no penalties. */
HONE_API void hone_generate_options_init(hone_generate_options* options, size_t struct_size);

typedef struct hone_message {
  const char* role; /* "system", "user", "assistant" */
  const char* content;
} hone_message;

/* What was generated, as it comes; valid during the call. Later versions may add members. */
typedef struct hone_piece {
  int32_t token; /* -1: text that was held back and belongs to no token any more */
  int32_t reserved;
  const char* text; /* whole characters; often empty */
  size_t text_bytes;
  float logprob; /* of the token, before sampling; 0 where it was not asked for */
} hone_piece;
/* 0: go on; anything else ends the answer (HONE_FINISH_STOPPED). `user` is what the caller gave. */
typedef int32_t (*hone_on_piece)(const hone_piece* piece, void* user);

typedef int32_t hone_finish;
enum {
  HONE_FINISH_END = 1,       /* the model said that it is done */
  HONE_FINISH_STOP_TEXT = 2, /* it came to one of the stop texts */
  HONE_FINISH_MAX_TOKENS = 3,
  HONE_FINISH_CONTEXT_FULL = 4,
  HONE_FINISH_STOPPED = 5 /* the callback or hone_generator_stop said so */
};
typedef struct hone_answer {
  size_t struct_size;
  hone_finish finish;
  int32_t reserved;
  int64_t prompt_tokens;
  int64_t reused_tokens; /* of the prompt, that were known from the call before */
  int64_t answer_tokens;
} hone_answer;

/* The answer to a conversation, whose last message is the user's, in the model's prompt format;
 * HONE_UNSUPPORTED where the model has none. options NULL: the defaults. `answer`: how it ended,
 * with struct_size set; may be NULL, and is written only where nothing failed. */
HONE_API HONE_MUST_CHECK hone_error* hone_generator_chat(
    hone_generator* generator, const hone_message* messages, size_t message_count,
    const hone_generate_options* options, hone_on_piece on_piece, void* user, hone_answer* answer);
/* How a text goes on; `prompt` is given to the model as it is, with bos where it wants that. */
HONE_API HONE_MUST_CHECK hone_error* hone_generator_complete(hone_generator* generator,
                                                             const char* prompt,
                                                             const hone_generate_options* options,
                                                             hone_on_piece on_piece, void* user,
                                                             hone_answer* answer);

#ifdef __cplusplus
}
#endif
#endif
