#include "sealpost/crypto/noise.hpp"

#include <doctest/doctest.h>

#include "crypto/exchange_in_hex.hpp"
#include "fakes/random.hpp"

namespace sealpost {
namespace {

using test::to_hex;
using test::view;

const test::exchange_in_hex shown;
const key256 no_key{};

/// The device of section 11: begins as it does there, and finishes with whatever comes.
struct handshake {
  test::seeded_random random{5};
  noise_initiator initiator{random};
  std::vector<std::uint8_t> message_1 = std::vector<std::uint8_t>(most_handshake_bytes);
  bytes payload = bytes_of("was here before");
  split_keys keys{hex_of(0x5a), hex_of(0x5a)};

  static key256 hex_of(std::uint8_t byte) {
    key256 key;
    key.fill(byte);
    return key;
  }

  status begin() {
    std::size_t size = 0;
    const auto prologue = shown.value("prologue");
    const auto hello = shown.value("Hello");
    const status began = initiator.begin(shown.key("device key"), view(prologue),
                                         shown.key("device ephemeral private key"), view(hello), view(message_1), size);
    message_1.resize(size);
    return began;
  }
  status finish(std::vector<std::uint8_t>& message_2) { return initiator.finish(view(message_2), payload, keys); }

  /// A message that is refused gives nothing, and is the last.
  void refuses(std::vector<std::uint8_t> message_2, status with) {
    REQUIRE(begin() == status::ok);
    CHECK(finish(message_2) == with);
    gave_nothing();
    auto right = shown.value("message 2");
    CHECK(finish(right) == status::no_session);
    gave_nothing();
  }
  void gave_nothing() const {
    CHECK(payload.empty());
    CHECK(keys.to_server == no_key);
    CHECK(keys.to_device == no_key);
  }
};

TEST_CASE("a handshake is that of docs/protocol-v1.md, section 11, byte for byte") {
  handshake device;
  REQUIRE(device.begin() == status::ok);
  CHECK(to_hex(view(device.message_1)) == shown.text("message 1"));
  CHECK(to_hex(device.initiator.handshake_hash()) == shown.text("h after step 6"));

  auto message_2 = shown.value("message 2");
  REQUIRE(device.finish(message_2) == status::ok);
  CHECK(to_hex(device.payload) == shown.text("Welcome"));
  CHECK(device.payload.data() == message_2.data() + 32);
  CHECK(to_hex(device.initiator.handshake_hash()) == shown.text("handshake hash, h after step 10"));
  CHECK(to_hex(device.keys.to_server) == shown.text("split key, device to server"));
  CHECK(to_hex(device.keys.to_device) == shown.text("split key, server to device"));
}

TEST_CASE("the key pairs and the shared secret are those of section 11") {
  test::seeded_random random(6);
  for (const std::string side : {"device", "server"}) {
    key256 public_key{};
    REQUIRE(x25519_public_key(shown.key(side + " ephemeral private key"), random, public_key) == status::ok);
    CHECK(to_hex(public_key) == shown.text(side + " ephemeral public key"));
  }
  key256 shared{};
  REQUIRE(x25519(shown.key("device ephemeral private key"), shown.key("server ephemeral public key"), random, shared) ==
          status::ok);
  CHECK(to_hex(shared) == shown.text("shared secret"));
}

TEST_CASE("every flipped bit of message 2 is forged") {
  handshake device;
  const auto message_2 = shown.value("message 2");
  for (std::size_t bit = 0; bit < message_2.size() * 8; ++bit) {
    CAPTURE(bit);
    auto forged = message_2;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    device.refuses(forged, status::forged);
  }
}

TEST_CASE("every truncation of message 2, and every byte more, is refused") {
  handshake device;
  const auto message_2 = shown.value("message 2");
  for (std::size_t size = 0; size <= most_handshake_bytes + 1; ++size) {
    if (size == message_2.size()) continue;
    CAPTURE(size);
    auto other = message_2;
    other.resize(size);
    device.refuses(other, size < 48 || size > 512 ? status::malformed : status::forged);
  }
}

TEST_CASE("message 2 with a public key of small order is forged") {
  handshake device;
  for (const std::uint8_t low : {std::uint8_t{0}, std::uint8_t{1}}) {
    auto message_2 = shown.value("message 2");
    std::fill_n(message_2.begin(), 32, std::uint8_t{0});
    message_2[0] = low;
    device.refuses(message_2, status::forged);
  }
}

TEST_CASE("the device's own message 1 is not message 2") {
  handshake device;
  device.refuses(shown.value("message 1"), status::forged);
}

TEST_CASE("another key or another device id changes message 1, and message 2 does not open") {
  test::seeded_random random(7);
  const auto message_1_of = [&](const key256& psk, bytes prologue) {
    noise_initiator initiator(random);
    const auto hello = shown.value("Hello");
    std::vector<std::uint8_t> message(most_handshake_bytes);
    std::size_t size = 0;
    REQUIRE(initiator.begin(psk, prologue, shown.key("device ephemeral private key"), view(hello), view(message),
                            size) == status::ok);
    auto message_2 = shown.value("message 2");
    bytes payload;
    split_keys keys{};
    CHECK(initiator.finish(view(message_2), payload, keys) == status::forged);
    return to_hex(view(message).first(size));
  };
  const auto prologue = shown.value("prologue");
  key256 psk = shown.key("device key");
  CHECK(message_1_of(psk, view(prologue).first(prologue.size() - 1)) != shown.text("message 1"));
  psk[31] ^= 1;
  CHECK(message_1_of(psk, view(prologue)) != shown.text("message 1"));
}

TEST_CASE("an initiator that has failed, or finished, can begin again") {
  handshake device;
  auto forged = shown.value("message 2");
  forged.back() ^= 1;
  device.refuses(forged, status::forged);
  for (int time = 0; time < 2; ++time) {
    auto message_2 = shown.value("message 2");
    REQUIRE(device.begin() == status::ok);
    CHECK(to_hex(view(device.message_1)) == shown.text("message 1"));
    REQUIRE(device.finish(message_2) == status::ok);
    CHECK(to_hex(device.payload) == shown.text("Welcome"));
  }
}

TEST_CASE("message 2 counts once, and not before message 1") {
  handshake device;
  auto message_2 = shown.value("message 2");
  CHECK(device.finish(message_2) == status::no_session);
  REQUIRE(device.begin() == status::ok);
  REQUIRE(device.finish(message_2) == status::ok);
  message_2 = shown.value("message 2");
  CHECK(device.finish(message_2) == status::no_session);
}

TEST_CASE("message 1 has 48 to 512 bytes, and has to fit") {
  test::seeded_random random(8);
  noise_initiator initiator(random);
  const std::vector<std::uint8_t> payload(465);
  std::vector<std::uint8_t> into(600, 0xee);
  std::size_t size = 1;
  const auto begin = [&](std::size_t payload_size, std::size_t room) {
    return initiator.begin(no_key, {}, no_key, view(payload).first(payload_size), view(into).first(room), size);
  };
  CHECK(begin(465, 600) == status::no_room);
  CHECK(size == 0);
  CHECK(begin(464, 511) == status::no_room);
  CHECK(begin(0, 47) == status::no_room);
  CHECK(into == std::vector<std::uint8_t>(600, 0xee));
  CHECK(begin(464, 512) == status::ok);
  CHECK(size == 512);
  CHECK(into[512] == 0xee);
  CHECK(begin(0, 48) == status::ok);
  CHECK(size == 48);
}

TEST_CASE("without random numbers no handshake begins or finishes") {
  struct tap final : random_source {
    status fill(mutable_bytes into) override { return is_open ? random.fill(into) : status::crypto_failed; }
    bool is_open = false;
    test::seeded_random random{9};
  } random;
  noise_initiator initiator(random);
  std::vector<std::uint8_t> message(48);
  std::size_t size = 1;
  CHECK(initiator.begin(no_key, {}, no_key, {}, view(message), size) == status::crypto_failed);
  CHECK(size == 0);
  random.is_open = true;
  REQUIRE(initiator.begin(no_key, {}, no_key, {}, view(message), size) == status::ok);
  random.is_open = false;
  bytes payload;
  split_keys keys{};
  CHECK(initiator.finish(view(message), payload, keys) == status::crypto_failed);
  CHECK(keys.to_server == no_key);
}

}  // namespace
}  // namespace sealpost
