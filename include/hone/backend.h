/* hone: back ends. What a shared library offers so that hone runs parts of models by it, on an
 * accelerator for example. C11 and later; docs/backends.md tells how to write and use one.
 *
 * The library exports one function, hone_backend_v1, which gives a table of functions. hone asks
 * `claim` of each step of a model whether the back end takes it, joins those that it takes to
 * subgraphs, has each compiled once, and runs it at each run of the model. What holds for every
 * function of the table:
 *
 * - Errors. A function that fails returns something other than 0 and writes why into `reason`, one
 *   sentence that ends in a zero byte, within reason_size bytes (at least HONE_BACKEND_REASON).
 *   What failed then runs on the CPU, and the reason is told. No function ends the
 *   process, and no exception may leave one: behind C's interface that is undefined. Where one
 *   can be caught nevertheless, it counts as an error without a reason.
 * - Ownership. What hone passes in belongs to hone and lives until the call returns, but for the
 *   elements of constants that `compile` sees: those live, at the same place, until `release`.
 *   What `open` and `compile` made goes back with `close` and `release`.
 * - Threads. Calls on one context, and on what was compiled in it, come one at a time, from any
 *   thread. Different contexts may be used at the same time.
 * - Texts are UTF-8 and end in a zero byte. Sizes are in bytes, shapes in elements, outermost
 *   dimension first; tensors are dense and row-major, with all dimensions known.
 * - Structs that may grow begin with struct_size, which whoever fills them sets to sizeof: members
 *   behind it are not there. The others never change.
 * - A back end is code in hone's own process, with all its rights: hone loads none but those that
 *   the person names.
 */
#ifndef HONE_BACKEND_H
#define HONE_BACKEND_H

#include "hone/hone.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HONE_BACKEND_REASON 256

/* ---- What a subgraph is */

typedef int32_t hone_attribute_kind;
enum {
  HONE_ATTRIBUTE_INTEGER = 1,
  HONE_ATTRIBUTE_NUMBER = 2,
  HONE_ATTRIBUTE_BOOLEAN = 3, /* 0 or 1 in `integer` */
  HONE_ATTRIBUTE_TEXT = 4,
  HONE_ATTRIBUTE_INTEGERS = 5,
  HONE_ATTRIBUTE_CHOICE = 6 /* one of a few names, in `text` */
};

/* Never changes. Members that its kind does not name are 0. */
typedef struct hone_attribute {
  const char* name;
  hone_attribute_kind kind;
  int32_t reserved;
  int64_t integer;
  double number; /* an f32 */
  const char* text;
  const int64_t* integers;
  size_t integer_count;
} hone_attribute;

/* A step. Its op is one of hone's, with the meaning, operands and attributes of src/ops/NAME/op.h;
 * what steps of 8-bit codes stand for (scales, zero points) are operands, too. */
typedef struct hone_node {
  size_t struct_size;
  const char* op;   /* "conv" */
  const char* name; /* in the model; for messages */
  const hone_attribute* attributes;
  size_t attribute_count;
  const int32_t* operands; /* indices of values; -1: an optional one that is absent */
  size_t operand_count;
  const int32_t* results; /* indices of values */
  size_t result_count;
} hone_node;

typedef struct hone_graph {
  size_t struct_size;
  const char* name;
  const hone_tensor* values; /* data: the elements of a constant, 64-byte aligned where the model
                                has them so; NULL for all others */
  size_t value_count;
  const hone_node* const* nodes; /* each behind those that make its operands */
  size_t node_count;
  const int32_t* inputs; /* indices of values that each run gives */
  size_t input_count;
  const int32_t* outputs; /* indices of values that each run must make; results of nodes */
  size_t output_count;
} hone_graph;

/* ---- What a back end does */

typedef struct hone_backend {
  size_t struct_size;
  const char* name;    /* short, for tables: "mock" */
  const char* version; /* of the library or driver: "1.0.2" */

  /* Makes a context. `options` is what the person wrote behind the back end's name, "" if nothing:
   * its meaning is the back end's. An error: this back end takes no part. */
  int32_t (*open)(const char* options, void** context, char* reason, size_t reason_size);
  void (*close)(void* context);

  /* Whether the back end can run this graph of one node: 1 if so; 0 if not, with the reason why. It
   * should be fast, and true: what it claims it is expected to compile beside any other node that
   * it claims. */
  int32_t (*claim)(void* context, const hone_graph* graph, char* reason, size_t reason_size);

  /* Makes a subgraph ready to run. */
  int32_t (*compile)(void* context, const hone_graph* graph, void** compiled, char* reason,
                     size_t reason_size);
  void (*release)(void* context, void* compiled);

  /* Runs it once. Inputs and outputs are in the order of the graph's; `data` of each is 64-byte
   * aligned. Writes size_bytes bytes of each output, and changes nothing of the structs: an output
   * that is described otherwise afterwards counts as an error. After an error `run` is not called
   * again for this subgraph. */
  int32_t (*run)(void* context, void* compiled, const hone_tensor* inputs, size_t input_count,
                 hone_tensor* outputs, size_t output_count, char* reason, size_t reason_size);
} hone_backend;

/* The one function that the library exports, as "hone_backend_v1". The table lives as long as the
 * library is loaded, which is until the process ends. NULL: it cannot work here. No exception may
 * leave it, either. Later interfaces will have other names; a library may export several. */
typedef const hone_backend* (*hone_backend_entry)(void);
#define HONE_BACKEND_ENTRY "hone_backend_v1"
/* Declares the function in front of its body: HONE_BACKEND_DEFINE { return &table; } */
#ifdef __cplusplus
#define HONE_BACKEND_DEFINE extern "C" HONE_API const hone_backend* hone_backend_v1(void)
#else
#define HONE_BACKEND_DEFINE HONE_API const hone_backend* hone_backend_v1(void)
#endif

#ifdef __cplusplus
}
#endif
#endif
