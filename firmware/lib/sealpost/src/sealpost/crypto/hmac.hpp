#pragma once

#include <mbedtls/md.h>

#include "sealpost/bytes.hpp"
#include "sealpost/status.hpp"

namespace sealpost {

/// HMAC-SHA-256 (RFC 2104) under one key for many messages. The key's context is allocated by set_key, once; what
/// follows allocates nothing.
class hmac_sha256 {
 public:
  hmac_sha256();
  ~hmac_sha256();
  hmac_sha256(const hmac_sha256&) = delete;
  hmac_sha256& operator=(const hmac_sha256&) = delete;

  status set_key(bytes key);
  /// Begins a message.
  status begin();
  status update(bytes part);
  status finish(key256& mac);

 private:
  mbedtls_md_context_t context_;
  bool is_set_up_ = false;
};

/// The same for one message under a key that serves once.
status hmac(bytes key, bytes message, key256& mac);

/// SHA-256 (FIPS 180-4) of `first` and `second` together.
status sha256(bytes first, bytes second, key256& digest);

}  // namespace sealpost
