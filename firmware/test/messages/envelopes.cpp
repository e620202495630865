#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "messages/documented.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost::test {
namespace {

constexpr std::uint64_t session_id = 0x6b1f0c9d2e4a8375;

std::string envelope(std::uint64_t session, std::uint32_t counter, std::size_t sealed, std::size_t room = 32) {
  std::vector<std::uint8_t> into(room);
  std::size_t size = 0;
  const status ended = encode_record_envelope(session, counter, sealed, view(into), size);
  return ended == status::ok ? to_hex(bytes(view(into)).first(size)) : describe(ended);
}

/// `session counter sealed`, or why not.
std::string record_in(const std::string& text) {
  std::vector<std::uint8_t> from = hex(text);
  sealed_record record;
  const status ended = decode_record(view(from), record);
  if (ended != status::ok) return describe(ended);
  REQUIRE(record.sealed.data() >= from.data());
  REQUIRE(record.sealed.end() <= from.data() + from.size());
  return std::to_string(record.session_id) + ' ' + std::to_string(record.counter) + ' ' + to_hex(record.sealed);
}

std::string handshake_in(const std::string& text) {
  std::vector<std::uint8_t> from = hex(text);
  mutable_bytes handshake;
  const status ended = decode_key_exchange(view(from), handshake);
  return ended == status::ok ? to_hex(handshake) : describe(ended);
}

std::string key_exchange(const std::string& device_id, std::size_t handshake_size, std::size_t room = 600) {
  const std::vector<std::uint8_t> handshake(handshake_size, 0xab);
  std::vector<std::uint8_t> into(room);
  std::size_t size = 0;
  const status ended = encode_key_exchange(device_id.c_str(), {handshake.data(), handshake.size()}, view(into), size);
  return ended == status::ok ? to_hex(bytes(view(into)).first(size)) : describe(ended);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

const std::string malformed = describe(status::malformed);
const std::string block_pair = repeated("cd", 32);
/// A session id, a counter and the smallest sealed bytes, as a SealedRecord has them.
const std::string session_field = "0975834a2e9d0c1f6b";
const std::string counter_field = "1001";
const std::string sealed_field = "1a20" + block_pair;
const std::string whole = "7718902155562353525 1 " + block_pair;

/// An embedded message of less than 128 bytes.
std::string embedded(const std::string& text) {
  const std::uint8_t size = static_cast<std::uint8_t>(text.size() / 2);
  return "0a" + to_hex({&size, 1}) + text;
}

}  // namespace

TEST_CASE("what goes before the sealed bytes is that of the protocol's document") {
  CHECK(envelope(session_id, 1, 128) + documented("sealed, SensorUpload, device to server") ==
        documented("SensorUploadRequest"));
  CHECK(envelope(session_id, 2, 48) + documented("sealed, TimeSync, device to server") ==
        documented("TimeSyncRequest"));
}

TEST_CASE("the largest envelope of a batch has 21 bytes, and needs its room to the byte") {
  CHECK(envelope(session_id, 0xffffffff, 8256, 21) == "0ad2400975834a2e9d0c1f6b10ffffffff0f1ac040");
  CHECK(envelope(session_id, 0xffffffff, 8256, 20) == describe(status::no_room));
  CHECK(envelope(session_id, 0xffffffff, 0xffffffff).size() <= 2 * most_envelope_bytes);
}

TEST_CASE("the record of a response is that of the protocol's document") {
  CHECK(record_in(documented("SensorUploadResponse")) ==
        "7718902155562353525 1 " + documented("sealed, SensorUpload, server to device"));
}

TEST_CASE("the fields of a record may come in any order, among fields that are not known") {
  const std::string unknown = "7a03616263789601";
  CHECK(record_in(unknown + embedded(sealed_field + unknown + counter_field + session_field) + unknown) == whole);
}

TEST_CASE("of what comes twice in a record the last one counts, and two records are merged") {
  const std::string first = embedded("0901000000000000001007" + sealed_field);
  CHECK(record_in(first + embedded(session_field + counter_field)) == whole);
  CHECK(record_in(embedded("1007" + session_field + counter_field + "1a00" + sealed_field)) == whole);
  CHECK(record_in(embedded(session_field + counter_field + sealed_field + "1a00")) == malformed);
}

TEST_CASE("a record out of its bounds is malformed") {
  CHECK(record_in("") == malformed);
  CHECK(record_in("0a00") == malformed);
  CHECK(record_in(embedded(counter_field + sealed_field)) == malformed);
  CHECK(record_in(embedded("090000000000000000" + counter_field + sealed_field)) == malformed);
  CHECK(record_in(embedded(session_field + sealed_field)) == malformed);
  CHECK(record_in(embedded(session_field + "1000" + sealed_field)) == malformed);
  CHECK(record_in(embedded(session_field + "10ffffffff0f" + sealed_field)) ==
        "7718902155562353525 4294967295 " + block_pair);
  CHECK(record_in(embedded(session_field + "108080808010" + sealed_field)) == malformed);
  CHECK(record_in(embedded(session_field + counter_field)) == malformed);
  CHECK(record_in(embedded(session_field + counter_field + "1a10" + repeated("cd", 16))) == malformed);
  CHECK(record_in(embedded(session_field + counter_field + "1a21" + repeated("cd", 33))) == malformed);
}

TEST_CASE("a record whose lengths lie is malformed") {
  CHECK(record_in("0a2d" + session_field + counter_field + sealed_field.substr(0, 66)) == malformed);
  CHECK(record_in(embedded(session_field + counter_field + "1a21" + block_pair)) == malformed);
  CHECK(record_in(embedded(session_field + counter_field + "1affffffff0f" + block_pair)) == malformed);
  CHECK(record_in("0affffffff0f" + session_field + counter_field + sealed_field) == malformed);
  // The sealed bytes end behind the record, but within the answer.
  CHECK(record_in(embedded(session_field + counter_field + "1a20") + block_pair) == malformed);
}

TEST_CASE("a record with a field of another type, field 0 or an endless number is malformed") {
  CHECK(record_in("0801") == malformed);
  CHECK(record_in(embedded("0801" + session_field + counter_field + sealed_field)) == malformed);
  CHECK(record_in(embedded("110000000000000000" + session_field + sealed_field)) == malformed);
  CHECK(record_in(embedded("1801" + session_field + counter_field + sealed_field)) == malformed);
  CHECK(record_in("0000" + embedded(session_field + counter_field + sealed_field)) == malformed);
  CHECK(record_in(embedded(session_field + "10" + repeated("80", 10) + "01" + sealed_field)) == malformed);
  CHECK(record_in(embedded(session_field + counter_field + sealed_field) + "7b7c") == malformed);
}

TEST_CASE("a KeyExchangeRequest is that of the protocol's document") {
  std::vector<std::uint8_t> into(98);
  std::vector<std::uint8_t> message = hex(documented("message 1"));
  std::size_t size = 0;
  REQUIRE(encode_key_exchange("greenhouse", view(message), view(into), size) == status::ok);
  CHECK(to_hex(bytes(view(into)).first(size)) == documented("KeyExchangeRequest"));
}

TEST_CASE("a KeyExchangeRequest has an id of 1 to 32 bytes, a handshake of 48 to 512, and its room") {
  CHECK(key_exchange("a", 48) == "0a01611230" + repeated("ab", 48));
  CHECK(key_exchange(std::string(32, 'd'), 512, 549) == "0a20" + repeated("64", 32) + "128004" + repeated("ab", 512));
  CHECK(key_exchange(std::string(32, 'd'), 512, 548) == describe(status::no_room));
  CHECK(key_exchange("", 48) == malformed);
  CHECK(key_exchange(std::string(33, 'd'), 48) == malformed);
  CHECK(key_exchange("a", 47) == malformed);
  CHECK(key_exchange("a", 513) == malformed);
}

TEST_CASE("a KeyExchangeResponse is that of the protocol's document") {
  CHECK(handshake_in(documented("KeyExchangeResponse")) == documented("message 2"));
}

TEST_CASE("a KeyExchangeResponse has a handshake of 48 to 512 bytes, the last one if there are two") {
  CHECK(handshake_in("0a30" + repeated("ab", 48)) == repeated("ab", 48));
  CHECK(handshake_in("0a8004" + repeated("ab", 512)) == repeated("ab", 512));
  CHECK(handshake_in("0a8104" + repeated("ab", 513)) == malformed);
  CHECK(handshake_in("0a2f" + repeated("ab", 47)) == malformed);
  CHECK(handshake_in("") == malformed);
  CHECK(handshake_in("7801 0a00 0a30" + repeated("ab", 48) + "7801") == repeated("ab", 48));
  CHECK(handshake_in("0a30" + repeated("ab", 47)) == malformed);
  CHECK(handshake_in("0801") == malformed);
}

}  // namespace sealpost::test
