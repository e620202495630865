#pragma once

#include "sealpost/crypto/record.hpp"
#include "sealpost/lock.hpp"
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
/// How long any call may take, from connecting to the last byte of the answer.
constexpr micros call_timeout = 5 * second;

/// What a handshake has brought.
struct handshake_result {
  sealpost::welcome welcome;
  /// Uptimes: in the Hello, and when the answer had arrived.
  micros asked = 0;
  micros returned = 0;
};

class link {
 public:
  link(const device_identity& identity, const platform& platform);

  /// Before anything else: the boot that handshakes name.
  void begin(std::uint64_t boot_id) { boot_id_ = boot_id; }

  /// Makes a session when there is none and no wait is on; `made` is what it has brought. Gives the uptime at which to
  /// ask again. The mathematics takes a slow chip a fifth of a second and more stack than anything else.
  [[nodiscard]] micros keep_session(std::optional<handshake_result>& made);

  /// The uptime from which such a call may be tried; nothing while there is no session.
  [[nodiscard]] std::optional<micros> ready_at(method method);

  /// The use of the link for one call. Everybody else waits or comes back.
  class turn {
   public:
    turn(link& link, method method, micros patience);
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    /// ok; not_now when the link stayed busy or errors ask to wait; no_session.
    [[nodiscard]] status state() const { return state_; }

    /// Where the plaintext of the request is to be written: most_batch_bytes.
    [[nodiscard]] mutable_bytes plaintext() const;
    /// Seals `size` bytes of it, sends them, opens the answer and decodes it. `returned` is the uptime at which it had
    /// arrived. When any of this fails, the wait that it costs is set and a refused session is over.
    template <class Answer>
    status call(std::size_t size, Answer& answer, micros& returned) {
      if (state_ != status::ok) return state_;
      call_outcome outcome;
      bytes plaintext;
      status ended = link_.exchange(method_, size, plaintext, returned, outcome);
      if (ended == status::ok) ended = decode(plaintext, answer);
      link_.settle(link_.pace_of(method_), name_of(method_), ended, outcome);
      return ended;
    }

   private:
    link& link_;
    method method_;
    lock lock_;
    status state_;
  };

 private:
  static constexpr std::size_t plaintext_at = most_head_bytes + most_envelope_bytes;

  /// Each kind of call has its own, so that failing uploads keep no clock report away, and clock reports that come
  /// through don't have uploads fail each second.
  struct call_pace {
    explicit call_pace(random_source& random) : waits(random) {}
    /// Under platform.link_mutex.
    back_off waits;
    /// Under platform.state_mutex.
    micros not_before = 0;
  };

  [[nodiscard]] status shake_hands(handshake_result& result, call_outcome& outcome);
  [[nodiscard]] status exchange(method method, std::size_t size, bytes& answer, micros& returned,
                                call_outcome& outcome);
  /// Takes the end of a call to heart: nothing but waits and the session follow from it.
  void settle(call_pace& pace, const char* call, status ended, const call_outcome& outcome);
  [[nodiscard]] call_pace& pace_of(method method) { return method == method::time_sync ? time_syncs_ : uploads_; }

  /// Wipes the session, if there is one, and has the next one made.
  bool end_session();

  const device_identity& identity_;
  const platform& platform_;
  std::uint64_t boot_id_ = 0;

  // Under platform.link_mutex.
  connect_client client_;
  record_session session_;
  std::optional<micros> last_handshake_;
  std::array<std::uint8_t, plaintext_at + sealed_size(most_batch_bytes)> request_{};

  // Under platform.state_mutex.
  bool has_session_ = false;
  micros session_end_ = 0;

  call_pace handshakes_;
  call_pace uploads_;
  call_pace time_syncs_;
};

}  // namespace sealpost
