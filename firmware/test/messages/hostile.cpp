#include <doctest/doctest.h>

#include <random>

#include "messages/documented.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost::test {
namespace {

/// Everything that a device decodes is decoded from a buffer of just that size, for the sanitizers to watch. What is
/// given stays within its bounds.
void decode_as_everything(std::vector<std::uint8_t> data) {
  data.shrink_to_fit();
  welcome welcome;
  if (decode(view(data), welcome) == status::ok) REQUIRE(welcome.session_id != 0);
  upload_receipt receipt;
  clock_answer answer;
  const status receipt_ended = decode(view(data), receipt);
  REQUIRE((receipt_ended == status::ok || receipt_ended == status::malformed));
  const status answer_ended = decode(view(data), answer);
  REQUIRE((answer_ended == status::ok || answer_ended == status::malformed));
  sealed_record record;
  if (decode_record(view(data), record) == status::ok) {
    REQUIRE(record.session_id != 0);
    REQUIRE(record.counter - 1 < 0xffffffff);
    REQUIRE(record.sealed.size() >= 32);
    REQUIRE(record.sealed.data() > data.data());
    REQUIRE(record.sealed.end() <= data.data() + data.size());
  }
  mutable_bytes handshake;
  if (decode_key_exchange(view(data), handshake) == status::ok) {
    REQUIRE(handshake.size() >= 48);
    REQUIRE(handshake.size() <= 512);
    REQUIRE(handshake.data() > data.data());
    REQUIRE(handshake.end() <= data.data() + data.size());
  }
}

std::vector<std::vector<std::uint8_t>> valid_messages() {
  std::vector<std::vector<std::uint8_t>> messages;
  for (const char* label : {"Welcome", "UploadReceipt", "ClockAnswer", "SensorUploadResponse", "KeyExchangeResponse"}) {
    messages.push_back(hex(documented(label)));
  }
  return messages;
}

}  // namespace

TEST_CASE("no truncation of a message does harm") {
  for (const std::vector<std::uint8_t>& message : valid_messages()) {
    for (std::size_t size = 0; size <= message.size(); ++size) {
      decode_as_everything({message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size)});
    }
  }
}

TEST_CASE("a record or a handshake that is cut anywhere is malformed") {
  for (const char* label : {"SensorUploadResponse", "KeyExchangeResponse"}) {
    const std::vector<std::uint8_t> message = hex(documented(label));
    for (std::size_t size = 0; size < message.size(); ++size) {
      std::vector<std::uint8_t> cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
      sealed_record record;
      mutable_bytes handshake;
      REQUIRE(decode_record(view(cut), record) == status::malformed);
      REQUIRE(decode_key_exchange(view(cut), handshake) == status::malformed);
    }
  }
}

TEST_CASE("no changed byte of a message does harm") {
  for (const std::vector<std::uint8_t>& message : valid_messages()) {
    for (std::size_t at = 0; at < message.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        std::vector<std::uint8_t> changed = message;
        changed[at] = static_cast<std::uint8_t>(value);
        decode_as_everything(changed);
      }
    }
  }
}

TEST_CASE("no random bytes do harm") {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::uint8_t> data(random() % 80);
    // Mostly small numbers: they look like tags and lengths.
    for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(random() % (random() % 4 == 0 ? 256 : 40));
    decode_as_everything(data);
  }
}

}  // namespace sealpost::test
