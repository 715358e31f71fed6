// The most likely classes of a picture: classify MODEL [PICTURE.ppm]
//
// The picture is a binary PPM (P6) of the size the model takes, f32 [1, 3, height, width]; without
// one it is gray. Pixels are scaled to [-1, 1]; models that were trained otherwise want other
// numbers here. For all kinds of pictures and models there is `hone run MODEL --image FILE`.
#include <algorithm>
#include <fstream>
#include <hone/hone.hpp>
#include <iostream>
#include <numeric>
#include <vector>

namespace {

int complain(const std::string& message) {
  std::cerr << "classify: " << message << '\n';
  return 1;
}

// Bytes of all three colors, or nothing.
std::vector<unsigned char> read_ppm(const std::string& path, int64_t width, int64_t height) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  int64_t wide = 0, high = 0, most = 0;
  if (!(file >> magic >> wide >> high >> most) || magic != "P6") return {};
  if (wide != width || high != height || most != 255) return {};
  file.get();
  std::vector<unsigned char> bytes(static_cast<size_t>(3 * width * height));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file ? bytes : std::vector<unsigned char>();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return complain("classify MODEL [PICTURE.ppm]");
  auto model = hone::Model::open(argv[1]);
  if (!model) return complain(model.error().message());
  if (model->inputs().size() != 1) return complain("this model takes more than one tensor");
  const hone_port& input = model->inputs()[0];
  if (input.dtype != HONE_F32 || input.rank != 4 || input.shape[1] != 3 || input.shape[2] < 1 ||
      input.shape[3] < 1) {
    return complain("this model takes no picture as f32 [1, 3, height, width]");
  }
  const int64_t height = input.shape[2], width = input.shape[3], area = height * width;

  std::vector<float> pixels(static_cast<size_t>(3 * area));
  if (argc > 2) {
    const std::vector<unsigned char> bytes = read_ppm(argv[2], width, height);
    if (bytes.empty()) {
      return complain(std::string(argv[2]) + " is no PPM of " + std::to_string(width) + " x " +
                      std::to_string(height));
    }
    for (size_t i = 0; i < bytes.size(); ++i) {  // colors side by side become three planes
      pixels[i % 3 * static_cast<size_t>(area) + i / 3] = static_cast<float>(bytes[i]) / 127.5f - 1;
    }
  }

  const auto results = model->run({hone::Tensor::of(nullptr, {1, 3, height, width}, pixels)});
  if (!results) return complain(results.error().message());
  const auto output = results->get(0);
  if (!output) return complain(output.error().message());
  const auto scores = output->as<float>();

  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t top = std::min<size_t>(5, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(),
                    [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto labels = model->labels();
  for (size_t i = 0; i < top; ++i) {
    const size_t one = order[i];
    std::cout << (one < labels.size() ? labels[one] : "class " + std::to_string(one)) << "  "
              << scores[one] << '\n';
  }
  return 0;
}
