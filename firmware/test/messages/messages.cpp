#include "sealpost/messages/messages.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "messages/documented.hpp"

namespace sealpost::test {
namespace {

// 2026-11-22T12:00:00Z.
constexpr micros noon = 1'795'348'800 * second;

template <class Message>
std::string encoded(const Message& message, std::size_t room = 512) {
  std::vector<std::uint8_t> into(room);
  std::size_t size = 0;
  const status ended = encode(message, view(into), size);
  return ended == status::ok ? to_hex(bytes(view(into)).first(size)) : describe(ended);
}

template <class Message>
status decoded(const std::string& text, Message& message) {
  std::vector<std::uint8_t> from = hex(text);
  return decode(view(from), message);
}

/// A clock report with every field at its longest.
clock_report largest_report(const char* ntp_server) {
  const micros far = -315'576'000'000 * second - 999'999;
  const std::int32_t offset = std::numeric_limits<std::int32_t>::min();
  return {clock_source::ntp, 253'402'300'799 * second + 999'999, far, offset, far, far, ntp_server, far};
}

}  // namespace

TEST_CASE("a Hello is that of the protocol's document") {
  CHECK(encoded(hello{0x000000078f3b21c4, 3'481'516, "1.0.0", "esp32-s2"}) == documented("Hello"));
}

TEST_CASE("a Hello without texts has none") {
  CHECK(encoded(hello{1, second, nullptr, ""}) == "09010000000000000012020801");
}

TEST_CASE("a Hello takes texts of 32 bytes and no longer ones") {
  const std::string text(32, 'v');
  const std::string longer(33, 'v');
  CHECK(encoded(hello{1, second, text.c_str(), text.c_str()}).size() == 2 * (13 + 2 * 34));
  CHECK(encoded(hello{1, second, longer.c_str(), ""}) == describe(status::malformed));
  CHECK(encoded(hello{1, second, "", longer.c_str()}) == describe(status::malformed));
}

TEST_CASE("a Hello needs its room to the byte") {
  const hello message{0x000000078f3b21c4, 3'481'516, "1.0.0", "esp32-s2"};
  CHECK(encoded(message, 36) == documented("Hello"));
  CHECK(encoded(message, 35) == describe(status::no_room));
  CHECK(encoded(message, 0) == describe(status::no_room));
}

TEST_CASE("a ClockReport is that of the protocol's document") {
  const clock_report report{clock_source::local, noon + 11'002'500, 14'358'560, 3600,
                            std::nullopt,        std::nullopt,      nullptr,    std::nullopt};
  CHECK(encoded(report) == documented("ClockReport"));
}

TEST_CASE("the largest ClockReport has room, a longer server name is refused") {
  const std::string name(64, 'n');
  const std::string longer(65, 'n');
  CHECK(encoded(largest_report(name.c_str())).size() <= 2 * most_clock_report_bytes);
  CHECK(encoded(largest_report(name.c_str()), most_clock_report_bytes).size() > 2 * 64);
  CHECK(encoded(largest_report(longer.c_str())) == describe(status::malformed));
}

TEST_CASE("a Welcome is that of the protocol's document") {
  welcome message;
  REQUIRE(decoded(documented("Welcome"), message) == status::ok);
  CHECK(message.session_id == 0x6b1f0c9d2e4a8375);
  CHECK(message.session_lifetime == day);
  CHECK(message.server_time == noon + 123'456);
  CHECK(message.settings.sample_interval == 10 * second);
  CHECK(message.settings.local_time_interval == second);
  CHECK(message.settings.ntp_interval == minute);
}

TEST_CASE("a Welcome may say no more than its session") {
  welcome message;
  message.server_time = noon;
  message.settings.ntp_interval = minute;
  REQUIRE(decoded("090100000000000000", message) == status::ok);
  CHECK(message.session_id == 1);
  CHECK_FALSE(message.session_lifetime);
  CHECK_FALSE(message.server_time);
  CHECK_FALSE(message.settings.sample_interval);
  CHECK_FALSE(message.settings.local_time_interval);
  CHECK_FALSE(message.settings.ntp_interval);
}

TEST_CASE("a Welcome without a session is malformed and gives nothing") {
  welcome message;
  message.session_id = 7;
  CHECK(decoded("", message) == status::malformed);
  CHECK(decoded("090000000000000000", message) == status::malformed);
  CHECK(decoded("12040880a305", message) == status::malformed);
  CHECK(message.session_id == 7);
}

TEST_CASE("an UploadReceipt is that of the protocol's document") {
  upload_receipt message;
  REQUIRE(decoded(documented("UploadReceipt"), message) == status::ok);
  CHECK(message.stored == 1);
  CHECK(message.duplicates == 0);
  CHECK(message.refused_sensors == 0);
  CHECK(message.server_time == noon + 10'130'000 + 210);
  CHECK_FALSE(message.settings.sample_interval);
}

TEST_CASE("an UploadReceipt has its numbers and settings") {
  upload_receipt message;
  REQUIRE(decoded("080210ffffffff0f2204120208052803", message) == status::ok);
  CHECK(message.stored == 2);
  CHECK(message.duplicates == 0xffffffff);
  CHECK(message.refused_sensors == 3);
  CHECK_FALSE(message.server_time);
  CHECK_FALSE(message.settings.sample_interval);
  CHECK(message.settings.local_time_interval == 5 * second);
  CHECK_FALSE(message.settings.ntp_interval);
}

TEST_CASE("a ClockAnswer is that of the protocol's document") {
  clock_answer message;
  REQUIRE(decoded(documented("ClockAnswer"), message) == status::ok);
  CHECK(message.receive_time == noon + 11'006'000);
  CHECK(message.transmit_time == noon + 11'006'250);
}

TEST_CASE("an empty ClockAnswer has no times") {
  clock_answer message{noon, noon};
  REQUIRE(decoded("", message) == status::ok);
  CHECK_FALSE(message.receive_time);
  CHECK_FALSE(message.transmit_time);
}

TEST_CASE("a time that can't be is absent, and its neighbour is not") {
  clock_answer message;
  // receive_time: 10^9 nanoseconds; transmit_time: 1 s.
  REQUIRE(decoded("0a06 108094ebdc03 1202 0801", message) == status::ok);
  CHECK_FALSE(message.receive_time);
  CHECK(message.transmit_time == second);
}

TEST_CASE("fields that are not known are passed over, whatever their type") {
  clock_answer message;
  // Field 15: a varint, 8 bytes, a text, 4 bytes; also inside the Timestamp.
  const std::string unknown = "789601 790102030405060708 7a03616263 7d01020304";
  REQUIRE(decoded(unknown + "0a18 0801" + unknown + "1202 0802" + unknown, message) == status::ok);
  CHECK(message.receive_time == second);
  CHECK(message.transmit_time == 2 * second);
}

TEST_CASE("of a number that comes twice the last one counts, and embedded messages are merged") {
  upload_receipt receipt;
  // stored 1, then 2; settings with the first interval, then with the second and the first one again.
  REQUIRE(decoded("0801 2204 0a020801 0802 2208 12020802 0a020803", receipt) == status::ok);
  CHECK(receipt.stored == 2);
  CHECK(receipt.settings.sample_interval == 3 * second);
  CHECK(receipt.settings.local_time_interval == 2 * second);
}

TEST_CASE("a field of another type than the schema's is malformed") {
  clock_answer answer;
  upload_receipt receipt;
  CHECK(decoded("0801", answer) == status::malformed);
  CHECK(decoded("0a00", receipt) == status::malformed);
  CHECK(decoded("090000000000000000", receipt) == status::malformed);
}

TEST_CASE("field 0, a group and a number without an end are malformed") {
  clock_answer answer;
  CHECK(decoded("0000", answer) == status::malformed);
  CHECK(decoded("7b7c", answer) == status::malformed);
  CHECK(decoded("0a0c 08 8080808080808080808001", answer) == status::malformed);
  CHECK(decoded("80", answer) == status::malformed);
}

TEST_CASE("two statuses are the same when all of them is") {
  const device_status status{1, 2, 3, -4};
  CHECK(status == device_status{1, 2, 3, -4});
  CHECK_FALSE(status == device_status{0, 2, 3, -4});
  CHECK_FALSE(status == device_status{1, 0, 3, -4});
  CHECK_FALSE(status == device_status{1, 2, 0, -4});
  CHECK_FALSE(status == device_status{1, 2, 3, 4});
}

}  // namespace sealpost::test
