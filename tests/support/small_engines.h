// Small engines for tests, and what they give.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "open/load_program.h"
#include "support/split_mix.h"
#include "write_engine.h"

namespace hone::cli {

inline std::string source(std::string_view path) { return cat(HONE_SOURCE_DIR, "/", path); }

inline void write_bytes(const std::string& path, Bytes bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline std::string content(const std::string& path) { return read_file(path, 1 << 24).value(); }

inline ModelFiles model_at(std::string path, FileFormat format) {
  return {.path = std::move(path), .format = format};
}

// A model of tests/golden: "onnx_quantized/qdq_chain".
inline ModelFiles golden_program(std::string_view name) {
  return model_at(source(cat("tests/golden/", name, "/model.onnx")), FileFormat::onnx);
}

inline ModelFiles small_program() { return golden_program("onnx_quantized/qdq_chain"); }
// Of floats.
inline ModelFiles small_conv() { return golden_program("onnx_contrib/fused_conv_relu"); }

// The model's engine, as a file in `folder`.
inline std::string compiled(const ModelFiles& files, const std::string& folder,
                            std::string_view name = "model.hone",
                            const EngineOptions& options = {}) {
  const std::string path = cat(folder, "/", name);
  const auto made = write_engine(files, path, options, [](uint64_t, uint64_t) { return Status(); });
  EXPECT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->bytes, std::filesystem::file_size(path));
  return path;
}

inline ModelFiles engine_at(const std::string& path) { return model_at(path, FileFormat::hone); }

// The same elements for each input, of its type with symbols at 2.
inline std::vector<RunValue> inputs_of(const LoadedProgram& loaded) {
  test::SplitMix64 random(7);
  std::vector<RunValue> inputs;
  for (const ProgramValue& input : loaded.inputs) {
    const TensorType& type = input.type.tensor;
    const Dims dims(type.shape, std::vector<int64_t>(loaded.session->program().symbols.size(), 2));
    Tensor tensor = Tensor::allocate(type.dtype, dims).value();
    auto* bytes = static_cast<std::byte*>(tensor.writable().data);
    for (int64_t i = 0; i < size_bytes(type.dtype, dims); ++i) {
      bytes[i] = static_cast<std::byte>(random.next() & 0x3f);
    }
    inputs.emplace_back(std::move(tensor));
  }
  return inputs;
}

inline std::vector<std::string> run_bytes(const ModelFiles& files, Isa isa = best_isa()) {
  const auto loaded = load_program(files, {.threads = 1, .isa = isa});
  EXPECT_TRUE(loaded) << loaded.error().text();
  const auto outputs = loaded->session->run(inputs_of(*loaded));
  EXPECT_TRUE(outputs) << outputs.error().text();
  std::vector<std::string> bytes;
  for (const RunValue& output : *outputs) {
    const ConstView view = output.tensor.view();
    bytes.emplace_back(reinterpret_cast<const char*>(view.data),
                       static_cast<size_t>(size_bytes(view.dtype, view.dims)));
  }
  return bytes;
}

inline EngineOptions targets(std::initializer_list<std::string_view> names) {
  EngineOptions options;
  options.targets.clear();
  for (const std::string_view name : names) options.targets.push_back(find_target(name).value());
  return options;
}

}  // namespace hone::cli
