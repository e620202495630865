#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sealpost/platform.hpp"
#include "sealpost/v1/clock.pb.h"
#include "sealpost/v1/reading.pb.h"
#include "sealpost/wire/link.hpp"

namespace sealpost::test {

using byte_string = std::vector<std::uint8_t>;

/// The server, as far as a device meets it, at the other end of a transport in memory. It stores what it receipts,
/// keeps the strict order of docs/protocol-v1.md, sections 4.4 and 5.4, and can be made to misbehave.
class fake_server final : public transport {
 public:
  fake_server(monotonic_clock& clock, random_source& random) : clock_(clock), random_(random) {}

  std::string device_id = "greenhouse";
  key256 key{};
  /// The server's clock is this far ahead of the device's uptime.
  micros time_offset = 1'795'000'000 * second;
  bool knows_the_time = true;
  device_settings settings;

  // Trouble.

  /// No connection.
  bool is_away = false;
  /// Accepts and says nothing: the clock runs on while the device waits.
  bool is_silent = false;
  std::function<void(micros)> pass_time = [](micros) {};
  /// What arrives instead of the answer. It has seen the request.
  std::function<byte_string(const std::string& rpc, byte_string answer)> on_the_path;
  /// How many bytes come at a time.
  std::size_t fragment = 1 << 20;
  /// Takes the request and answers, then loses the answer, so many times.
  int lose_answers = 0;
  /// Ends every connection after each answer without saying so.
  bool closes_quietly = false;
  /// Seals what is no receipt.
  bool receipts_are_rubbish = false;

  /// Forgets every session, as a restart does.
  void restart() {
    sessions_.clear();
    pending_.clear();
    open_ = false;
  }

  // What has come of it.

  /// By (boot_id, sequence).
  std::map<std::pair<std::uint64_t, std::uint64_t>, sealpost_v1_Reading> stored;
  /// In the order in which they were stored.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> order;
  std::vector<sealpost_v1_ClockReport> reports;
  std::vector<sealpost_v1_DeviceStatus> statuses;
  std::vector<micros> handshakes_at;
  /// Of the last handshake.
  split_keys keys{};
  int duplicates = 0;
  int connections = 0;
  int requests = 0;
  std::size_t largest_request = 0;
  std::size_t last_upload_bytes = 0;

  status connect(const char* host, std::uint16_t port, micros timeout) override;
  bool connected() override { return open_; }
  status send(bytes data, micros timeout) override;
  status receive(mutable_bytes into, std::size_t& received, micros timeout) override;
  void close() override {
    open_ = false;
    pending_.clear();
  }

 private:
  struct session {
    record_cipher to_server;
    record_cipher to_device;
    std::uint64_t boot_id = 0;
    std::uint32_t highest = 0;
  };

  [[nodiscard]] micros now() { return clock_.uptime() + time_offset; }
  byte_string answer_to(const std::string& rpc, byte_string body);
  byte_string shake_hands(byte_string body);
  byte_string take_record(const std::string& rpc, byte_string body);
  bool take_batch(bytes plaintext, byte_string& answer);
  bool take_report(bytes plaintext, std::uint64_t boot_id, byte_string& answer);

  monotonic_clock& clock_;
  random_source& random_;
  std::map<std::uint64_t, session> sessions_;
  std::map<std::uint64_t, micros> uptimes_;
  std::uint64_t next_session_id_ = 0x1122334455667788;
  bool open_ = false;
  byte_string request_;
  byte_string pending_;
};

/// A whole HTTP answer.
[[nodiscard]] byte_string http_answer(int code, const char* content_type, const byte_string& body,
                                      const std::string& fields = "");
/// A Connect error.
[[nodiscard]] byte_string http_error(int code, const char* connect_code, const std::string& fields = "");

}  // namespace sealpost::test
