// The firmware's codec at the other end of a pipe, for server/test/firmware/messages.test.ts: a line in, a line out.
// Words stand between blanks: numbers in decimal, floats as the number that their bits make, bytes and texts in hex
// after an x, and - for what is absent.

#include <cstring>
#include <iostream>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "fakes/hex.hpp"
#include "sealpost/messages/messages.hpp"

namespace sealpost::test {
namespace {

/// The words of a line, one after the other.
class words {
 public:
  explicit words(const std::string& line) : stream_(line) {}

  std::string word() {
    std::string word;
    if (!(stream_ >> word)) throw std::invalid_argument("a word is missing");
    return word;
  }
  template <class Number>
  Number number() {
    return parsed<Number>(word());
  }
  template <class Number>
  std::optional<Number> optional_number() {
    const std::string next = word();
    if (next == "-") return std::nullopt;
    return parsed<Number>(next);
  }
  std::vector<std::uint8_t> data() { return hex(word().substr(1)); }
  std::string text() {
    const std::vector<std::uint8_t> data = this->data();
    return {data.begin(), data.end()};
  }
  float real() {
    const auto bits = number<std::uint32_t>();
    float value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  /// Whether what is next is there; what is not is a dash.
  bool has_next() {
    stream_ >> std::ws;
    if (stream_.peek() != '-') return true;
    static_cast<void>(word());
    return false;
  }
  bool at_end() { return (stream_ >> std::ws).peek() == std::istringstream::traits_type::eof(); }

 private:
  template <class Number>
  static Number parsed(const std::string& word) {
    std::istringstream stream(word);
    Number number{};
    if (!(stream >> number) || !stream.eof()) throw std::invalid_argument("not a number: " + word);
    return number;
  }

  std::istringstream stream_;
};

std::string shown(std::optional<micros> time) { return time ? std::to_string(*time) : "-"; }

std::string shown(const device_settings& settings) {
  return shown(settings.sample_interval) + ' ' + shown(settings.local_time_interval) + ' ' +
         shown(settings.ntp_interval);
}

/// What `encode` writes, or why it does not.
template <class Encode>
std::string written(Encode encode) {
  std::vector<std::uint8_t> into(9000);
  std::size_t size = 0;
  const status ended = encode(view(into), size);
  return ended == status::ok ? 'x' + to_hex(bytes(view(into)).first(size)) : describe(ended);
}

std::string write_hello(words& in) {
  const auto boot_id = in.number<std::uint64_t>();
  const auto uptime = in.number<micros>();
  const std::string version = in.text();
  const std::string hardware = in.text();
  const hello message{boot_id, uptime, version.c_str(), hardware.c_str()};
  return written([&](mutable_bytes into, std::size_t& size) { return encode(message, into, size); });
}

std::string write_clock_report(words& in) {
  clock_report message{};
  message.source = in.number<int>() == 2 ? clock_source::ntp : clock_source::local;
  message.device_time = in.optional_number<micros>();
  message.uptime = in.number<micros>();
  message.utc_offset_seconds = in.number<std::int32_t>();
  message.measured_offset = in.optional_number<micros>();
  message.round_trip = in.optional_number<micros>();
  const std::string server = in.text();
  message.ntp_server = server.c_str();
  message.ntp_offset = in.optional_number<micros>();
  return written([&](mutable_bytes into, std::size_t& size) { return encode(message, into, size); });
}

reading read_reading(words& in, std::uint64_t boot_id) {
  reading reading;
  reading.boot_id = boot_id;
  reading.sequence = in.number<std::uint64_t>();
  reading.uptime = in.number<micros>();
  reading.collected.source = static_cast<time_source>(in.number<int>());
  reading.collected.time = in.optional_number<micros>();
  // Braces evaluate from left to right.
  if (in.has_next()) reading.bmp280 = bmp280_values{in.real(), in.real()};
  if (in.has_next()) {
    reading.mpu6050 = mpu6050_values{{in.real(), in.real(), in.real()}, {in.real(), in.real(), in.real()}, in.real()};
  }
  if (in.has_next()) reading.sht4x = sht4x_values{in.real(), in.real()};
  return reading;
}

std::string write_batch(words& in) {
  const auto boot_id = in.number<std::uint64_t>();
  std::optional<device_status> health;
  if (in.has_next()) {
    health = device_status{in.number<std::uint32_t>(), in.number<std::uint64_t>(), in.number<std::uint32_t>(),
                           in.number<std::int32_t>()};
  }
  return written([&](mutable_bytes into, std::size_t& size) {
    batch_writer batch(into);
    status ended = batch.begin(boot_id);
    while (ended == status::ok && !in.at_end()) ended = batch.add(read_reading(in, boot_id));
    return ended == status::ok ? batch.finish(health ? &*health : nullptr, size) : ended;
  });
}

/// The request around sealed bytes.
std::string write_record(words& in) {
  const auto session_id = in.number<std::uint64_t>();
  const auto counter = in.number<std::uint32_t>();
  const std::string sealed = in.word().substr(1);
  return written([&](mutable_bytes into, std::size_t& size) {
           return encode_record_envelope(session_id, counter, sealed.size() / 2, into, size);
         }) +
         sealed;
}

std::string write_key_exchange(words& in) {
  const std::string device_id = in.text();
  const std::vector<std::uint8_t> handshake = in.data();
  return written([&](mutable_bytes into, std::size_t& size) {
    return encode_key_exchange(device_id.c_str(), view(handshake), into, size);
  });
}

std::string read_welcome(words& in) {
  welcome message;
  const std::vector<std::uint8_t> from = in.data();
  if (const status ended = decode(view(from), message); ended != status::ok) return describe(ended);
  return std::to_string(message.session_id) + ' ' + shown(message.session_lifetime) + ' ' + shown(message.server_time) +
         ' ' + shown(message.settings);
}

std::string read_receipt(words& in) {
  upload_receipt message;
  const std::vector<std::uint8_t> from = in.data();
  if (const status ended = decode(view(from), message); ended != status::ok) return describe(ended);
  return std::to_string(message.stored) + ' ' + std::to_string(message.duplicates) + ' ' +
         std::to_string(message.refused_sensors) + ' ' + shown(message.server_time) + ' ' + shown(message.settings);
}

std::string read_clock_answer(words& in) {
  clock_answer message;
  const std::vector<std::uint8_t> from = in.data();
  if (const status ended = decode(view(from), message); ended != status::ok) return describe(ended);
  return shown(message.receive_time) + ' ' + shown(message.transmit_time);
}

std::string read_record(words& in) {
  sealed_record record;
  std::vector<std::uint8_t> from = in.data();
  if (const status ended = decode_record(view(from), record); ended != status::ok) return describe(ended);
  return std::to_string(record.session_id) + ' ' + std::to_string(record.counter) + " x" + to_hex(record.sealed);
}

std::string read_key_exchange(words& in) {
  mutable_bytes handshake;
  std::vector<std::uint8_t> from = in.data();
  if (const status ended = decode_key_exchange(view(from), handshake); ended != status::ok) return describe(ended);
  return 'x' + to_hex(handshake);
}

std::string answer_to(const std::string& line) {
  struct task {
    const char* name;
    std::string (*run)(words&);
  };
  constexpr task tasks[] = {
      {"write-hello", write_hello},
      {"write-clock-report", write_clock_report},
      {"write-batch", write_batch},
      {"write-record", write_record},
      {"write-key-exchange", write_key_exchange},
      {"read-welcome", read_welcome},
      {"read-receipt", read_receipt},
      {"read-clock-answer", read_clock_answer},
      {"read-record", read_record},
      {"read-key-exchange", read_key_exchange},
  };
  words in(line);
  const std::string name = in.word();
  for (const task& task : tasks) {
    if (name == task.name) return task.run(in);
  }
  throw std::invalid_argument("no such task: " + name);
}

}  // namespace
}  // namespace sealpost::test

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << sealpost::test::answer_to(line) << std::endl;
}
