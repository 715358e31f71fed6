// Signatures of engines: Ed25519 (RFC 8032) by libsodium. A key is two lines of text: what it is,
// and its bytes in hexadecimal digits.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "engine/engine_file.h"

namespace hone {

struct PublicKey {
  std::array<uint8_t, 32> bytes = {};

  // What a signature names it by: 8 bytes; for people as 16 digits.
  std::array<uint8_t, 8> id() const;
  std::string id_text() const;
};

// The seed and the public key behind it, as libsodium has them.
struct SecretKey {
  std::array<uint8_t, 64> bytes = {};

  PublicKey public_key() const;
};

// From the operating system's random numbers. unsupported in a build without libsodium.
Expected<SecretKey> make_secret_key();

std::string key_text(const PublicKey& key);
std::string key_text(const SecretKey& key);
// corrupt for what is no such key; invalid_argument for a key of the other kind.
Expected<PublicKey> parse_public_key(std::string_view text);
Expected<SecretKey> parse_secret_key(std::string_view text);

// Writes a copy of `engine` with one more signature to `path`, which may be the engine's own; a
// signature by the same key is replaced. A file that is there keeps its mode, a link its place. An
// error of `go_on`, which is asked between pieces, ends it.
Status write_signed(const EngineFile& engine, const SecretKey& key, const std::string& path,
                    const std::function<Status()>& go_on = {});

// Whether one of the trusted keys signed what the header and the manifest say. untrusted: it is not
// signed, only by others, or the signature is of something else.
Expected<PublicKey> check_signature(const EngineFile& engine, std::span<const PublicKey> trusted);

}  // namespace hone
