#pragma once

#include "sealpost/crypto/aead.hpp"
#include "sealpost/crypto/noise.hpp"

/// Records: docs/protocol-v1.md, section 5.
namespace sealpost {

enum class method : std::uint8_t { sensor_upload, time_sync };

/// `SensorUpload` or `TimeSync`, as in the associated data and in the URL.
[[nodiscard]] const char* name_of(method method);

/// The keys of one direction. Allocates in derive only.
class record_cipher {
 public:
  record_cipher() { mbedtls_aes_init(&iv_cipher_); }
  ~record_cipher() { forget(); }
  record_cipher(const record_cipher&) = delete;
  record_cipher& operator=(const record_cipher&) = delete;

  /// From the split key of the direction (section 5.1). Leaves no key behind when it fails.
  status derive(const key256& split_key);
  void forget();

  /// As cbc_hmac::seal and open, with the IV and the associated data of section 5.2.
  status seal(method method, std::uint64_t session_id, std::uint32_t counter, mutable_bytes buffer,
              std::size_t plaintext_size);
  status open(method method, std::uint64_t session_id, std::uint32_t counter, mutable_bytes sealed, bytes& plaintext);

 private:
  status iv_of(std::uint32_t counter, key128& iv);

  cbc_hmac aead_;
  mbedtls_aes_context iv_cipher_;
};

/// A session as the device has it. One request at a time: the response that opens is that of the last request.
class record_session {
 public:
  /// `end` is the uptime at which the session's life is over; `spent` is the greatest counter used so far, 0 in a new
  /// session. Takes the place of the session before it, if there was one; when it fails, there is none. An `id` of 0 is
  /// malformed.
  status begin(std::uint64_t id, const split_keys& keys, micros end, std::uint32_t spent = 0);
  /// Whether a record can be sealed at `now`. The server may have ended the session all the same.
  [[nodiscard]] bool usable(micros now) const;
  /// Wipes the keys.
  void end();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  /// Of the last request; spent when its sealing began.
  [[nodiscard]] std::uint32_t counter() const { return counter_; }

  /// no_session when there is none, or its counters are used up.
  status seal(method method, mutable_bytes buffer, std::size_t plaintext_size);
  /// Opens the response to the last request (section 5.5); anything that names another session or counter is forged.
  status open(method method, std::uint64_t session_id, std::uint64_t counter, mutable_bytes sealed, bytes& plaintext);

 private:
  record_cipher to_server_;
  record_cipher to_device_;
  std::uint64_t id_ = 0;
  std::uint32_t counter_ = 0;
  micros end_ = 0;
};

}  // namespace sealpost
