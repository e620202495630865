// The answer to a KeyExchange: nothing but message 2 of the holder of the key makes a session.
#include <cstring>

#include "crypto/exchange_in_hex.hpp"
#include "fakes/random.hpp"
#include "fuzz.hpp"
#include "sealpost/crypto/noise.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost::fuzz {
namespace {

/// The device of docs/protocol-v1.md, section 11, when it waits for message 2.
struct waiting_device {
  test::exchange_in_hex shown;
  std::vector<std::uint8_t> message_2 = shown.value("message 2");
  test::seeded_random random{11};
  noise_initiator noise{random};
  std::array<std::uint8_t, sizeof(noise_initiator)> image{};

  waiting_device() {
    const auto prologue = shown.value("prologue");
    const auto hello = shown.value("Hello");
    std::array<std::uint8_t, most_handshake_bytes> message_1{};
    std::size_t size = 0;
    const status begun = noise.begin(shown.key("device key"), test::view(prologue),
                                     shown.key("device ephemeral private key"), test::view(hello), message_1, size);
    expect(begun == status::ok, "a handshake begins");
    std::memcpy(image.data(), &noise, image.size());
  }
  /// Finishing spends a handshake and beginning costs as much again, so it is put back as it was.
  noise_initiator& again() {
    std::memcpy(static_cast<void*>(&noise), image.data(), image.size());
    return noise;
  }
};

bool is_zero(const key256& key) { return equal_constant_time(key, key256{}); }

}  // namespace
}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealpost;
  static fuzz::waiting_device device;
  std::vector<std::uint8_t> answer = fuzz::input(data, size).rest();
  mutable_bytes message;
  if (decode_key_exchange(test::view(answer), message) != status::ok) return 0;
  const bool is_right = message.size() == device.message_2.size() &&
                        std::memcmp(message.data(), device.message_2.data(), message.size()) == 0;
  bytes payload;
  split_keys keys{};
  const status ended = device.again().finish(message, payload, keys);
  fuzz::expect(ended == (is_right ? status::ok : status::forged), "only the real message 2 is taken");
  fuzz::expect(is_right || (payload.empty() && fuzz::is_zero(keys.to_server) && fuzz::is_zero(keys.to_device)),
               "a forged one gives nothing");
  return 0;
}
