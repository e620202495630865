// A response's record: raw, where nothing but the server's own opens; and with a right tag over any ciphertext, where
// the padding decides.
#include "sealpost/crypto/record.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/exchange_in_hex.hpp"
#include "fakes/padded_record.hpp"
#include "fuzz.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost::fuzz {
namespace {

const test::exchange_in_hex shown;

void open_raw(std::vector<std::uint8_t> response) {
  sealed_record record;
  if (decode_record(test::view(response), record) != status::ok) return;
  static const auto genuine = shown.value("sealed, SensorUpload, server to device");
  const bool is_right = record.session_id == 0x6b1f0c9d2e4a8375 && record.counter == 1 &&
                        record.sealed.size() == genuine.size() &&
                        std::memcmp(record.sealed.data(), genuine.data(), genuine.size()) == 0;
  record_session session;
  const split_keys keys{shown.key("split key, device to server"), shown.key("split key, server to device")};
  expect(session.begin(0x6b1f0c9d2e4a8375, keys, day) == status::ok, "a session begins");
  std::array<std::uint8_t, 64> request{};
  expect(session.seal(method::sensor_upload, request, 20) == status::ok, "a request is sealed");
  bytes plaintext;
  const status ended = session.open(method::sensor_upload, record.session_id, record.counter, record.sealed, plaintext);
  expect(ended == (is_right ? status::ok : status::forged), "only the server's own answer opens");
  expect(is_right || plaintext.empty(), "a forged one gives nothing");
}

/// The plaintext ends as the fuzzer wants it, padding included.
void open_padded(std::vector<std::uint8_t> text) {
  while (text.empty() || text.size() % aes_block_size != 0) text.insert(text.begin(), 0);
  const key256 key = shown.key("split key, server to device");
  const key128 iv{1, 2, 3};
  const bytes associated_data = bytes_of("padding");
  std::vector<std::uint8_t> sealed(text);
  sealed.resize(sealed.size() + tag_size);
  expect(test::seal_padded(key, iv, associated_data, test::view(sealed)) == status::ok, "a text is sealed");

  const std::size_t padding = text.back();
  bool is_right = padding >= 1 && padding <= aes_block_size;
  for (std::size_t from_end = 1; is_right && from_end <= padding; ++from_end) {
    is_right = text[text.size() - from_end] == padding;
  }
  cbc_hmac aead;
  expect(aead.set_key(key) == status::ok, "a key is set");
  bytes plaintext;
  const status ended = aead.open(iv, associated_data, test::view(sealed), plaintext);
  expect(ended == (is_right ? status::ok : status::malformed), "padding is right or wrong");
  const std::size_t left = is_right ? text.size() - padding : 0;
  expect(plaintext.size() == left && std::equal(plaintext.begin(), plaintext.end(), text.begin()),
         "what was sealed comes out");
}

}  // namespace
}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealpost::fuzz;
  input from(data, size);
  if (from.byte() % 2 == 0) {
    open_raw(from.rest());
  } else {
    open_padded(from.rest());
  }
  return 0;
}
