#include "sealpost/crypto/hmac.hpp"

#include "sealpost/crypto/mbedtls_status.hpp"

namespace sealpost {
namespace {

// By way of mbedtls_md, whose names are the same in mbedtls 2.28 and 3; mbedtls_sha256's are not.
const mbedtls_md_info_t* sha256_info() { return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256); }

}  // namespace

status hmac_sha256::set_key(bytes key) {
  int failed = has_key_ ? 0 : mbedtls_md_setup(&context_, sha256_info(), 1);
  if (failed == 0) failed = mbedtls_md_hmac_starts(&context_, key.data(), key.size());
  has_key_ = failed == 0;
  if (!has_key_) forget();
  return mbedtls_status(failed);
}

void hmac_sha256::forget() {
  mbedtls_md_free(&context_);
  mbedtls_md_init(&context_);
  has_key_ = false;
}

status hmac_sha256::begin() {
  return has_key_ ? mbedtls_status(mbedtls_md_hmac_reset(&context_)) : status::crypto_failed;
}

status hmac_sha256::update(bytes part) {
  if (part.empty()) return status::ok;
  return mbedtls_status(mbedtls_md_hmac_update(&context_, part.data(), part.size()));
}

status hmac_sha256::finish(key256& mac) { return mbedtls_status(mbedtls_md_hmac_finish(&context_, mac.data())); }

status hmac(bytes key, bytes message, key256& mac) {
  hmac_sha256 context;
  status ended = context.set_key(key);
  if (ended == status::ok) ended = context.begin();
  if (ended == status::ok) ended = context.update(message);
  if (ended == status::ok) ended = context.finish(mac);
  return ended;
}

status sha256(bytes first, bytes second, key256& digest) {
  mbedtls_md_context_t context;
  mbedtls_md_init(&context);
  int failed = mbedtls_md_setup(&context, sha256_info(), 0);
  if (failed == 0) failed = mbedtls_md_starts(&context);
  for (const bytes part : {first, second}) {
    if (failed == 0 && !part.empty()) failed = mbedtls_md_update(&context, part.data(), part.size());
  }
  if (failed == 0) failed = mbedtls_md_finish(&context, digest.data());
  mbedtls_md_free(&context);
  return mbedtls_status(failed);
}

}  // namespace sealpost
