#include "engine/signature.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>

#ifdef HONE_HAS_SODIUM
#include <sodium.h>
#endif

#include "base/output_file.h"
#include "engine/fields.h"

namespace hone {
namespace {

constexpr std::string_view kAlgorithm = "ed25519";
constexpr std::string_view kPublicTitle = "hone public key, ed25519";
constexpr std::string_view kSecretTitle = "hone secret key, ed25519";
using Signature = std::array<uint8_t, 64>;

#ifdef HONE_HAS_SODIUM
Status start() {
  if (sodium_init() >= 0) return {};
  return fail(Code::internal, "libsodium does not start");
}
Status make_pair(SecretKey& key) {
  HONE_RETURN_IF_ERROR(start());
  PublicKey ignored;
  crypto_sign_keypair(ignored.bytes.data(), key.bytes.data());
  return {};
}
Expected<Signature> sign(std::string_view text, const SecretKey& key) {
  HONE_RETURN_IF_ERROR(start());
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       key.bytes.data());
  return signature;
}
Expected<bool> is_signed(std::string_view text, const uint8_t* signature, const PublicKey& key) {
  HONE_RETURN_IF_ERROR(start());
  return crypto_sign_verify_detached(signature, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size(), key.bytes.data()) == 0;
}
#else
std::unexpected<Error> no_sodium() {
  return fail(Code::unsupported,
              "this build of hone has no libsodium: it signs and verifies nothing");
}
Status make_pair(SecretKey&) { return no_sodium(); }
Expected<Signature> sign(std::string_view, const SecretKey&) { return no_sodium(); }
Expected<bool> is_signed(std::string_view, const uint8_t*, const PublicKey&) { return no_sodium(); }
#endif

template <size_t size>
std::string text_of(std::string_view title, const std::array<uint8_t, size>& bytes) {
  return cat(title, "\n", hex(bytes), "\n");
}

template <size_t size>
Status parse(std::string_view text, std::string_view title, std::string_view other,
             std::array<uint8_t, size>& bytes) {
  const std::string_view trimmed = trim(text);
  const size_t line = trimmed.find('\n');
  const std::string_view first = trim(trimmed.substr(0, line));
  if (first == other)
    return fail(Code::invalid_argument, "is a ", other, "; a ", title, " is needed");
  if (first != title || line == trimmed.npos || !parse_hex(trim(trimmed.substr(line)), bytes)) {
    return fail(Code::corrupt, "is no ", title, "; 'hone keygen' makes one");
  }
  return {};
}

Status write_pieces(OutputFile& file, Bytes content, const std::function<Status()>& go_on) {
  while (!content.empty()) {
    if (go_on) HONE_RETURN_IF_ERROR(go_on());
    const size_t piece = std::min<size_t>(content.size(), kEngineMaxChunk);
    HONE_RETURN_IF_ERROR(file.write(content.first(piece)));
    content = content.subspan(piece);
  }
  return {};
}

// A file that is there keeps its mode, from before the first byte on; a link goes on to name it.
Status write_copy(Bytes content, std::string_view tail, const std::string& name,
                  const std::function<Status()>& go_on) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string path =
      fs::is_symlink(name, ignored) ? fs::weakly_canonical(name, ignored).string() : name;
  HONE_TRY(NewFile file, NewFile::create(path));
  if (const fs::file_status old = fs::status(path, ignored); fs::is_regular_file(old)) {
    fs::permissions(file.content().path(), old.permissions(), ignored);
  }
  HONE_RETURN_IF_ERROR(write_pieces(file.content(), content, go_on));
  HONE_RETURN_IF_ERROR(file.content().write(as_bytes(tail)));
  return file.commit();
}

}  // namespace

std::array<uint8_t, 8> PublicKey::id() const {
  const Sha256Digest digest = sha256(std::as_bytes(std::span(bytes)));
  std::array<uint8_t, 8> id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string PublicKey::id_text() const { return hex(id()); }

PublicKey SecretKey::public_key() const {
  PublicKey key;
  std::copy_n(bytes.begin() + 32, key.bytes.size(), key.bytes.begin());
  return key;
}

Expected<SecretKey> make_secret_key() {
  SecretKey key;
  HONE_RETURN_IF_ERROR(make_pair(key));
  return key;
}

std::string key_text(const PublicKey& key) { return text_of(kPublicTitle, key.bytes); }
std::string key_text(const SecretKey& key) { return text_of(kSecretTitle, key.bytes); }

Expected<PublicKey> parse_public_key(std::string_view text) {
  PublicKey key;
  HONE_RETURN_IF_ERROR(parse(text, kPublicTitle, kSecretTitle, key.bytes));
  return key;
}

Expected<SecretKey> parse_secret_key(std::string_view text) {
  SecretKey key;
  HONE_RETURN_IF_ERROR(parse(text, kSecretTitle, kPublicTitle, key.bytes));
  return key;
}

Status write_signed(const EngineFile& engine, const SecretKey& key, const std::string& path,
                    const std::function<Status()>& go_on) {
  HONE_TRY(const Signature signature, sign(engine_signed_text(engine.header()), key));
  const std::array<uint8_t, 8> id = key.public_key().id();
  const Bytes key_id = std::as_bytes(std::span(id));
  EngineSignatures all;
  for (const EngineSignature& one : engine.signatures()) {
    if (!std::ranges::equal(one.key_id, key_id)) all.signatures.push_back(one);
  }
  all.signatures.push_back({std::string(kAlgorithm), key_id, std::as_bytes(std::span(signature))});
  return write_copy(engine.unsigned_bytes(), write_record(all), path, go_on);
}

Expected<PublicKey> check_signature(const EngineFile& engine, std::span<const PublicKey> trusted) {
  const auto refuse = [&](const auto&... parts) {
    return fail(Code::untrusted, engine.path(), ": ", parts...);
  };
  if (engine.signatures().empty()) return refuse("is not signed");
  const std::string text = engine_signed_text(engine.header());
  std::string signers;
  std::optional<Error> refused;
  for (const EngineSignature& one : engine.signatures()) {
    for (const PublicKey& key : trusted) {
      const std::array<uint8_t, 8> id = key.id();
      if (!std::ranges::equal(one.key_id, std::as_bytes(std::span(id)))) continue;
      if (one.algorithm != kAlgorithm || one.signature.size() != sizeof(Signature)) continue;
      const auto* bytes = reinterpret_cast<const uint8_t*>(one.signature.data());
      HONE_TRY(const bool fits, is_signed(text, bytes, key));
      if (fits) return key;
      refused = refuse("the signature by key ", key.id_text(),
                       " is of another file, or was changed; fetch it again")
                    .error();
    }
    std::array<uint8_t, 8> id = {};
    std::memcpy(id.data(), one.key_id.data(), std::min(id.size(), one.key_id.size()));
    signers += cat(signers.empty() ? "" : ", ", hex(id));
  }
  if (refused) return std::unexpected(*std::move(refused));
  return refuse("is signed by key ", signers, ", which is not trusted");
}

}  // namespace hone
