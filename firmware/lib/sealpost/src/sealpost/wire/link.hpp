#pragma once

#include "sealpost/messages/messages.hpp"
#include "sealpost/wire/back_off.hpp"
#include "sealpost/wire/connect_client.hpp"

/// The device's one link to its server: a connection, a session, and the waits that errors cost.
namespace sealpost {

/// Who the device is and where its server is.
struct device_identity {
  /// 1 to 32 characters, `[a-z][a-z0-9-]*`.
  std::array<char, 33> device_id{};
  key256 device_key{};
  server_address server;
  /// Each at most 32 bytes, of static storage.
  const char* firmware_version = "";
  const char* hardware = "";
};

/// The largest batch that a device makes: 64 readings of the size that its sensors give, and a status.
constexpr std::size_t most_batch_bytes = 6656;

/// How a call ended and when, in uptime: T1 before it was sealed, T4 when its answer was there.
struct call_times {
  micros asked = 0;
  micros returned = 0;
};

class link {
 public:
  link(const device_identity& identity, std::uint64_t boot_id, const platform& platform);

  /// Makes a session when there is none, it is due and no wait is on. `made` tells whether there is a new one, with
  /// what the server said; the uptime at which to ask again comes back.
  [[nodiscard]] micros keep_session(bool& made, welcome& welcome, call_times& times);

  /// The uptime from which a call may be tried; nothing while there is no session.
  [[nodiscard]] std::optional<micros> ready_at();

  /// One call, by whoever holds the link. Everybody else waits or comes back.
  class turn {
   public:
    /// not_now when the link is busy for longer than `patience`, when a wait is on, or when there is no session.
    turn(link& link, micros patience);
    ~turn();
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    [[nodiscard]] sealpost::status state() const { return state_; }

    /// Where the request's plaintext is to be written: most_batch_bytes.
    [[nodiscard]] mutable_bytes plaintext() const;
    /// Seals `size` bytes of it, calls, and opens the answer, which is valid until the turn is over. Every failure has
    /// been taken to heart when it comes back: the wait is set, a refused session is gone.
    sealpost::status call(method method, std::size_t size, bytes& answer, call_times& times);

   private:
    link& link_;
    sealpost::status state_;
  };

 private:
  // The implementation's.
};

}  // namespace sealpost
