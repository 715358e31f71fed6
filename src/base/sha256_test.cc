#include "base/sha256.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace hone {
namespace {

std::string hash(std::string_view text, Sha256Kernel kernel) {
  Sha256 sha(kernel);
  sha.update(as_bytes(text));
  return hex(sha.finish());
}

std::vector<Sha256Kernel> kernels() { return {sha256_generic, sha256_kernel()}; }

// FIPS 180-4 examples and NIST's "SHA256ShortMsg" first entries.
TEST(Sha256, NistVectors) {
  for (const Sha256Kernel kernel : kernels()) {
    EXPECT_EQ(hash("", kernel), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash("abc", kernel),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", kernel),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hash("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                   "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                   kernel),
              "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    EXPECT_EQ(hash(std::string(1000000, 'a'), kernel),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(hash("\xd3", kernel),
              "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
    EXPECT_EQ(hash("\x11\xaf", kernel),
              "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98");
  }
}

TEST(Sha256, PiecesGiveTheHashOfTheWhole) {
  std::mt19937 random(7);
  std::string data(5000, '\0');
  for (char& c : data) c = static_cast<char>(random());
  const Sha256Digest whole = sha256(as_bytes(data));
  for (int round = 0; round < 50; ++round) {
    Sha256 sha;
    for (size_t at = 0; at < data.size();) {
      const size_t size = std::min<size_t>(random() % 200, data.size() - at);
      sha.update(as_bytes(data).subspan(at, size));
      at += size;
    }
    EXPECT_EQ(hex(sha.finish()), hex(whole));
  }
}

TEST(Sha256, KernelsAgreeAtEveryLength) {
  std::string data;
  for (int length = 0; length < 300; ++length) {
    EXPECT_EQ(hash(data, sha256_generic), hash(data, sha256_kernel())) << length;
    data += static_cast<char>(length * 31);
  }
}

TEST(Sha256, TextForm) {
  const Sha256Digest digest = sha256(as_bytes("abc"));
  EXPECT_EQ(parse_sha256(hex(digest)), digest);
  EXPECT_EQ(parse_sha256("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"),
            digest);
  EXPECT_FALSE(parse_sha256(""));
  EXPECT_FALSE(parse_sha256(hex(digest).substr(1)));
  EXPECT_FALSE(parse_sha256(std::string(63, 'a') + "g"));
}

double gigabytes_per_second(Sha256Kernel kernel) {
  const std::string data(size_t{1} << 24, 'x');
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    hash(data, kernel);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(data.size()) / seconds.count() / 1e9);
  }
  return best;
}

TEST(Sha256, SlowTheProcessorsInstructionsPay) {
  if (sha256_kernel() == sha256_generic) GTEST_SKIP() << "no SHA instructions here";
  const double native = gigabytes_per_second(sha256_kernel());
  RecordProperty("gb_per_s", std::to_string(native));
  EXPECT_GT(native, 1.5 * gigabytes_per_second(sha256_generic));
}

}  // namespace
}  // namespace hone
