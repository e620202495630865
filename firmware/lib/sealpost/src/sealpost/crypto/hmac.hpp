#pragma once

#include <mbedtls/md.h>

#include "sealpost/bytes.hpp"
#include "sealpost/status.hpp"

namespace sealpost {

/// HMAC-SHA-256 (RFC 2104) under one key for many messages. set_key allocates the key's context when there is none yet;
/// what follows allocates nothing.
class hmac_sha256 {
 public:
  hmac_sha256() { mbedtls_md_init(&context_); }
  ~hmac_sha256() { forget(); }
  hmac_sha256(const hmac_sha256&) = delete;
  hmac_sha256& operator=(const hmac_sha256&) = delete;

  status set_key(bytes key);
  [[nodiscard]] bool has_key() const { return has_key_; }
  /// Wipes the key and frees its context.
  void forget();

  /// Begins a message; crypto_failed without a key.
  status begin();
  status update(bytes part);
  status finish(key256& mac);

 private:
  mbedtls_md_context_t context_;
  bool has_key_ = false;
};

/// The same for one message under a key that serves once.
status hmac(bytes key, bytes message, key256& mac);

/// SHA-256 (FIPS 180-4) of `first` and `second` together.
status sha256(bytes first, bytes second, key256& digest);

}  // namespace sealpost
