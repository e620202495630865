#include "sealpost/crypto/record.hpp"

#include <cstring>
#include <limits>

#include "sealpost/crypto/hkdf.hpp"
#include "sealpost/crypto/mbedtls_status.hpp"

namespace sealpost {
namespace {

constexpr char key_label[] = "sealpost.v1 record keys";
constexpr std::uint32_t greatest_counter = std::numeric_limits<std::uint32_t>::max();

/// method || 0x00 || u64(session_id) || u64(counter) (section 5.2).
class associated_data {
 public:
  associated_data(method method, std::uint64_t session_id, std::uint32_t counter) {
    const bytes name = bytes_of(name_of(method));
    std::memcpy(buffer_.data(), name.data(), name.size());
    store_u64(session_id, mutable_bytes(buffer_).from(name.size() + 1));
    store_u64(counter, mutable_bytes(buffer_).from(name.size() + 9));
    size_ = name.size() + 17;
  }
  [[nodiscard]] bytes get() const { return bytes(buffer_).first(size_); }

 private:
  std::array<std::uint8_t, sizeof("SensorUpload") + 16> buffer_{};
  std::size_t size_ = 0;
};

}  // namespace

const char* name_of(method method) { return method == method::time_sync ? "TimeSync" : "SensorUpload"; }

status record_cipher::derive(const key256& split_key) {
  std::array<std::uint8_t, 48> keys{};
  status ended = hkdf_expand(split_key, bytes_of(key_label), keys);
  key256 aead_key{};
  std::memcpy(aead_key.data(), keys.data(), aead_key.size());
  if (ended == status::ok) ended = mbedtls_status(mbedtls_aes_setkey_enc(&iv_cipher_, keys.data() + 32, 128));
  if (ended == status::ok) ended = aead_.set_key(aead_key);
  wipe(aead_key);
  wipe(keys);
  if (ended != status::ok) forget();
  return ended;
}

void record_cipher::forget() {
  aead_.forget();
  mbedtls_aes_free(&iv_cipher_);
  mbedtls_aes_init(&iv_cipher_);
}

status record_cipher::seal(method method, std::uint64_t session_id, std::uint32_t counter, mutable_bytes buffer,
                           std::size_t plaintext_size) {
  key128 iv{};
  if (const status ended = iv_of(counter, iv); ended != status::ok) return ended;
  return aead_.seal(iv, associated_data(method, session_id, counter).get(), buffer, plaintext_size);
}

status record_cipher::open(method method, std::uint64_t session_id, std::uint32_t counter, mutable_bytes sealed,
                           bytes& plaintext) {
  plaintext = {};
  key128 iv{};
  if (const status ended = iv_of(counter, iv); ended != status::ok) return ended;
  return aead_.open(iv, associated_data(method, session_id, counter).get(), sealed, plaintext);
}

/// NIST SP 800-38A, appendix C, first method, under a key of its own.
status record_cipher::iv_of(std::uint32_t counter, key128& iv) {
  if (!aead_.has_key()) return status::crypto_failed;
  key128 block{};
  store_u64(counter, mutable_bytes(block).last(8));
  return mbedtls_status(mbedtls_aes_crypt_ecb(&iv_cipher_, MBEDTLS_AES_ENCRYPT, block.data(), iv.data()));
}

status record_session::begin(std::uint64_t id, const split_keys& keys, micros end, std::uint32_t spent) {
  this->end();
  if (id == 0) return status::malformed;
  status ended = to_server_.derive(keys.to_server);
  if (ended == status::ok) ended = to_device_.derive(keys.to_device);
  if (ended != status::ok) {
    this->end();
    return ended;
  }
  id_ = id;
  counter_ = spent;
  end_ = end;
  return status::ok;
}

bool record_session::usable(micros now) const { return id_ != 0 && counter_ < greatest_counter && now < end_; }

void record_session::end() {
  to_server_.forget();
  to_device_.forget();
  id_ = 0;
  counter_ = 0;
}

status record_session::seal(method method, mutable_bytes buffer, std::size_t plaintext_size) {
  if (id_ == 0 || counter_ == greatest_counter) return status::no_session;
  ++counter_;
  return to_server_.seal(method, id_, counter_, buffer, plaintext_size);
}

status record_session::open(method method, std::uint64_t session_id, std::uint64_t counter, mutable_bytes sealed,
                            bytes& plaintext) {
  plaintext = {};
  if (id_ == 0) return status::no_session;
  // Before the first request there is nothing to answer.
  if (counter_ == 0 || session_id != id_ || counter != counter_) return status::forged;
  return to_device_.open(method, session_id, counter_, sealed, plaintext);
}

}  // namespace sealpost
