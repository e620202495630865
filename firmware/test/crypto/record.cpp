#include "sealpost/crypto/record.hpp"

#include <doctest/doctest.h>

#include "crypto/exchange_in_hex.hpp"
#include "sealpost/crypto/hkdf.hpp"

namespace sealpost {
namespace {

using test::hex;
using test::to_hex;
using test::view;

const test::exchange_in_hex shown;
constexpr std::uint64_t session_id = 0x6b1f0c9d2e4a8375;
constexpr micros hour = 60 * minute;

split_keys keys_shown() { return {shown.key("split key, device to server"), shown.key("split key, server to device")}; }

/// The session of section 11 as the device has it, and the keys of the server's side.
struct both_sides {
  record_session device;
  record_cipher to_server;
  record_cipher to_device;

  explicit both_sides(std::uint32_t spent = 0) {
    REQUIRE(device.begin(session_id, keys_shown(), hour, spent) == status::ok);
    REQUIRE(to_server.derive(keys_shown().to_server) == status::ok);
    REQUIRE(to_device.derive(keys_shown().to_device) == status::ok);
  }

  std::vector<std::uint8_t> request(method method, const std::vector<std::uint8_t>& plaintext) {
    auto buffer = plaintext;
    buffer.resize(sealed_size(plaintext.size()));
    REQUIRE(device.seal(method, view(buffer), plaintext.size()) == status::ok);
    return buffer;
  }
  std::vector<std::uint8_t> response(method method, std::uint32_t counter, const std::vector<std::uint8_t>& plaintext) {
    auto buffer = plaintext;
    buffer.resize(sealed_size(plaintext.size()));
    REQUIRE(to_device.seal(method, session_id, counter, view(buffer), plaintext.size()) == status::ok);
    return buffer;
  }
  /// The device opens it, and the plaintext in hex.
  std::string opened(method method, std::uint64_t counter, std::vector<std::uint8_t> sealed) {
    bytes plaintext;
    REQUIRE(device.open(method, session_id, counter, view(sealed), plaintext) == status::ok);
    return to_hex(plaintext);
  }
  /// The device refuses it, and leaves the buffer as it was.
  void refuses(status with, method method, std::uint64_t id, std::uint64_t counter,
               const std::vector<std::uint8_t>& sealed) {
    auto buffer = sealed;
    bytes plaintext = bytes_of("was here before");
    CHECK(device.open(method, id, counter, view(buffer), plaintext) == with);
    CHECK(plaintext.empty());
    CHECK(buffer == sealed);
  }
};

TEST_CASE("the record keys are those of docs/protocol-v1.md, section 11.4") {
  for (const std::string direction : {"device to server", "server to device"}) {
    const key256 split = shown.key("split key, " + direction);
    std::array<std::uint8_t, 48> keys{};
    REQUIRE(hkdf_expand(split, bytes_of("sealpost.v1 record keys"), keys) == status::ok);
    CHECK(to_hex(keys) == shown.text("MAC_KEY, " + direction) + shown.text("ENC_KEY, " + direction) +
                              shown.text("IV_KEY, " + direction));
  }
}

TEST_CASE("an upload and its receipt are those of section 11.5, byte for byte") {
  both_sides session;
  CHECK(to_hex(view(session.request(method::sensor_upload, shown.value("ReadingBatch")))) ==
        shown.text("sealed, SensorUpload, device to server"));
  CHECK(session.device.counter() == 1);
  CHECK(session.opened(method::sensor_upload, 1, shown.value("sealed, SensorUpload, server to device")) ==
        shown.text("UploadReceipt"));
}

TEST_CASE("a clock report and its answer are those of section 11.6, byte for byte") {
  both_sides session(1);
  CHECK(to_hex(view(session.request(method::time_sync, shown.value("ClockReport")))) ==
        shown.text("sealed, TimeSync, device to server"));
  CHECK(session.device.counter() == 2);
  CHECK(session.opened(method::time_sync, 2, shown.value("sealed, TimeSync, server to device")) ==
        shown.text("ClockAnswer"));
}

TEST_CASE("a method has the name that its tag covers") {
  CHECK(name_of(method::sensor_upload) == std::string("SensorUpload"));
  CHECK(name_of(method::time_sync) == std::string("TimeSync"));
}

TEST_CASE("every request has the next counter, whichever its method, and a retry is sealed afresh") {
  both_sides session;
  const std::vector<std::uint8_t> plaintext(20, 0x11);
  const auto first = session.request(method::sensor_upload, plaintext);
  const auto second = session.request(method::sensor_upload, plaintext);
  const auto third = session.request(method::time_sync, plaintext);
  CHECK(session.device.counter() == 3);
  CHECK(first != second);
  CHECK(second != third);
  std::uint32_t counter = 0;
  for (auto sealed : {first, second, third}) {
    const method of = ++counter == 3 ? method::time_sync : method::sensor_upload;
    bytes opened;
    REQUIRE(session.to_server.open(of, session_id, counter, view(sealed), opened) == status::ok);
    CHECK(to_hex(opened) == to_hex(view(plaintext)));
  }
}

TEST_CASE("a counter is spent when sealing starts, also when it comes to nothing") {
  both_sides session;
  std::vector<std::uint8_t> small(16);
  CHECK(session.device.seal(method::time_sync, view(small), 16) == status::no_room);
  CHECK(session.device.counter() == 1);
  session.request(method::time_sync, {});
  CHECK(session.device.counter() == 2);
}

TEST_CASE("after 2^32 - 1 the session is used up") {
  both_sides session(0xfffffffe);
  CHECK(session.device.usable(0));
  session.request(method::sensor_upload, {});
  CHECK(session.device.counter() == 0xffffffff);
  CHECK_FALSE(session.device.usable(0));
  std::vector<std::uint8_t> buffer(48);
  CHECK(session.device.seal(method::sensor_upload, view(buffer), 0) == status::no_session);
  CHECK(buffer == std::vector<std::uint8_t>(48));
  CHECK(session.device.counter() == 0xffffffff);
  // The answer to the last request counts still.
  const auto receipt = hex("0801");
  CHECK(session.opened(method::sensor_upload, 0xffffffff,
                       session.response(method::sensor_upload, 0xffffffff, receipt)) == "0801");
}

TEST_CASE("a response of another session, counter, method or direction is forged and changes nothing") {
  both_sides session;
  const auto plaintext = hex("0801");
  const auto earlier_request = session.request(method::sensor_upload, plaintext);
  const auto earlier = session.response(method::sensor_upload, 1, plaintext);
  const auto request = session.request(method::sensor_upload, plaintext);
  const auto response = session.response(method::sensor_upload, 2, plaintext);

  session.refuses(status::forged, method::sensor_upload, session_id + 1, 2, response);
  session.refuses(status::forged, method::sensor_upload, 0, 2, response);
  for (const std::uint64_t counter : {0ULL, 1ULL, 3ULL, 0x100000002ULL, ~0ULL}) {
    session.refuses(status::forged, method::sensor_upload, session_id, counter, response);
  }
  session.refuses(status::forged, method::time_sync, session_id, 2, response);
  session.refuses(status::forged, method::sensor_upload, session_id, 1, earlier);
  session.refuses(status::forged, method::sensor_upload, session_id, 2, earlier);
  session.refuses(status::forged, method::sensor_upload, session_id, 2, request);
  session.refuses(status::forged, method::sensor_upload, session_id, 1, earlier_request);
  session.refuses(status::forged, method::sensor_upload, session_id, 2,
                  session.response(method::time_sync, 2, plaintext));

  CHECK(session.device.counter() == 2);
  CHECK(session.opened(method::sensor_upload, 2, response) == "0801");
}

TEST_CASE("every flipped bit and every truncation of a sealed response is refused, and then it opens") {
  both_sides session;
  session.request(method::sensor_upload, {});
  const auto sealed = session.response(method::sensor_upload, 1, std::vector<std::uint8_t>(40, 0x77));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto forged = sealed;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    session.refuses(status::forged, method::sensor_upload, session_id, 1, forged);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    const std::vector<std::uint8_t> cut(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size));
    const bool has_a_size = size >= 32 && size % 16 == 0;
    session.refuses(has_a_size ? status::forged : status::malformed, method::sensor_upload, session_id, 1, cut);
  }
  CHECK(session.opened(method::sensor_upload, 1, sealed).size() == 80);
}

TEST_CASE("before the first request there is nothing that a response could answer") {
  both_sides session;
  session.refuses(status::forged, method::sensor_upload, session_id, 0,
                  session.response(method::sensor_upload, 0, hex("0801")));
  session.refuses(status::forged, method::sensor_upload, session_id, 1,
                  session.response(method::sensor_upload, 1, hex("0801")));
}

TEST_CASE("a session is usable from its beginning to its end, and never with the id 0") {
  record_session session;
  std::vector<std::uint8_t> buffer(64);
  bytes plaintext;
  CHECK_FALSE(session.usable(0));
  CHECK(session.seal(method::time_sync, view(buffer), 0) == status::no_session);
  CHECK(session.open(method::time_sync, 0, 0, view(buffer), plaintext) == status::no_session);

  REQUIRE(session.begin(session_id, keys_shown(), hour) == status::ok);
  CHECK(session.id() == session_id);
  CHECK(session.usable(hour - 1));
  CHECK_FALSE(session.usable(hour));

  session.end();
  CHECK(session.id() == 0);
  CHECK_FALSE(session.usable(0));
  CHECK(session.seal(method::time_sync, view(buffer), 0) == status::no_session);

  CHECK(session.begin(0, keys_shown(), hour) == status::malformed);
  CHECK_FALSE(session.usable(0));
}

TEST_CASE("a new session takes the place of the old one, with its own counter and keys") {
  both_sides session;
  session.request(method::sensor_upload, {});
  session.request(method::sensor_upload, {});
  const auto old = session.response(method::sensor_upload, 1, {});

  const split_keys other{shown.key("device key"), shown.key("shared secret")};
  REQUIRE(session.device.begin(session_id, other, hour) == status::ok);
  CHECK(session.device.counter() == 0);
  session.request(method::sensor_upload, {});
  CHECK(session.device.counter() == 1);
  session.refuses(status::forged, method::sensor_upload, session_id, 1, old);
  REQUIRE(session.to_device.derive(other.to_device) == status::ok);
  CHECK(session.opened(method::sensor_upload, 1, session.response(method::sensor_upload, 1, hex("0801"))) == "0801");
}

TEST_CASE("a cipher without keys seals and opens nothing") {
  record_cipher cipher;
  std::vector<std::uint8_t> buffer(64);
  bytes plaintext;
  CHECK(cipher.seal(method::time_sync, 1, 1, view(buffer), 0) == status::crypto_failed);
  CHECK(cipher.open(method::time_sync, 1, 1, view(buffer), plaintext) == status::crypto_failed);
  REQUIRE(cipher.derive(keys_shown().to_server) == status::ok);
  cipher.forget();
  CHECK(cipher.seal(method::time_sync, 1, 1, view(buffer), 0) == status::crypto_failed);
}

}  // namespace
}  // namespace sealpost
