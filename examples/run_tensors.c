/* Runs a model on zeros and shows what comes out: run_tensors MODEL
 *
 * A dimension that the model leaves open is taken as 1. */
#include <hone/hone.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program if something went wrong. */
static void check(hone_error* error) {
  if (error == NULL) return;
  fprintf(stderr, "run_tensors: %s: %s\n", hone_code_name(hone_error_code(error)),
          hone_error_message(error));
  hone_error_free(error);
  exit(1);
}

static hone_tensor zeros(const hone_port* port) {
  hone_tensor tensor = {.name = port->name, .dtype = port->dtype, .rank = port->rank};
  tensor.size_bytes = hone_dtype_size(port->dtype);
  for (int32_t i = 0; i < port->rank; ++i) {
    tensor.shape[i] = port->shape[i] < 0 ? 1 : port->shape[i];
    tensor.size_bytes *= (uint64_t)tensor.shape[i];
  }
  tensor.data = calloc(1, tensor.size_bytes + 1);
  return tensor;
}

static void show(const hone_tensor* tensor) {
  printf("%s %s[", tensor->name, hone_dtype_name(tensor->dtype));
  for (int32_t i = 0; i < tensor->rank; ++i) {
    printf("%s%lld", i > 0 ? ", " : "", (long long)tensor->shape[i]);
  }
  printf("]");
  const uint64_t count = tensor->dtype == HONE_F32 ? tensor->size_bytes / sizeof(float) : 0;
  for (uint64_t i = 0; i < count && i < 4; ++i) printf(" %g", ((const float*)tensor->data)[i]);
  printf("%s\n", count > 4 ? " ..." : "");
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "run_tensors MODEL\n");
    return 2;
  }
  hone_model* model;
  check(hone_model_open(argv[1], NULL, &model));

  const size_t inputs = hone_model_input_count(model);
  hone_tensor* tensors = calloc(inputs + 1, sizeof *tensors);
  for (size_t i = 0; i < inputs; ++i) {
    hone_port port = {.struct_size = sizeof port};
    check(hone_model_input(model, i, &port));
    tensors[i] = zeros(&port);
  }

  hone_results* results;
  check(hone_model_run(model, tensors, inputs, &results));
  for (size_t i = 0; i < hone_results_count(results); ++i) {
    hone_tensor output;
    check(hone_results_get(results, i, &output));
    show(&output);
  }

  hone_results_free(results);
  for (size_t i = 0; i < inputs; ++i) free(tensors[i].data);
  free(tensors);
  hone_model_free(model);
  return 0;
}
