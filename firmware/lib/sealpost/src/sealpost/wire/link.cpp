#include "sealpost/wire/link.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>

#include "sealpost/log_line.hpp"

namespace sealpost {
namespace {

/// However often a device is told to (docs/protocol-v1.md, section 9.1).
constexpr micros least_between_handshakes = 2 * second;
constexpr micros longest_session = day;

/// `sealpost.v1`, a zero byte, the device id (docs/protocol-v1.md, section 4.2).
constexpr char protocol_name[] = "sealpost.v1";
using prologue_buffer = std::array<std::uint8_t, sizeof(protocol_name) + 32>;

bytes prologue_of(const char* device_id, prologue_buffer& buffer) {
  // With the zero at its end, which is the byte between the two.
  std::memcpy(buffer.data(), protocol_name, sizeof(protocol_name));
  const bytes id = bytes_of(device_id);
  const std::size_t size = std::min(id.size(), buffer.size() - sizeof(protocol_name));
  std::memcpy(buffer.data() + sizeof(protocol_name), id.data(), size);
  return bytes(buffer).first(sizeof(protocol_name) + size);
}

}  // namespace

link::link(const device_identity& identity, const platform& platform)
    : identity_(identity),
      platform_(platform),
      client_(platform.network, platform.clock),
      handshakes_(platform.random),
      uploads_(platform.random),
      time_syncs_(platform.random) {
  client_.set_server(identity.server);
}

micros link::keep_session(std::optional<handshake_result>& made) {
  const lock use(platform_.link_mutex, call_timeout);
  const micros now = platform_.clock.uptime();
  if (!use.held()) return now + second;
  const bool is_over = !session_.usable(now);
  if (is_over) session_.end();
  {
    const lock state(platform_.state_mutex);
    has_session_ = has_session_ && !is_over;
    if (has_session_) return session_end_;
    micros due = handshakes_.not_before;
    if (last_handshake_) due = std::max(due, *last_handshake_ + least_between_handshakes);
    if (now < due) return due;
  }
  last_handshake_ = now;
  handshake_result result;
  call_outcome outcome;
  const status ended = shake_hands(result, outcome);
  settle(handshakes_, "handshake", ended, outcome);
  if (ended == status::ok) {
    const lock state(platform_.state_mutex);
    has_session_ = true;
    session_end_ =
        result.asked + std::clamp(result.welcome.session_lifetime.value_or(longest_session), second, longest_session);
    made = result;
  }
  const lock state(platform_.state_mutex);
  return has_session_ ? session_end_ : std::max(handshakes_.not_before, *last_handshake_ + least_between_handshakes);
}

status link::shake_hands(handshake_result& result, call_outcome& outcome) {
  key256 ephemeral{};
  if (const status filled = platform_.random.fill(ephemeral); filled != status::ok) return filled;
  result.asked = platform_.clock.uptime();
  std::array<std::uint8_t, most_hello_bytes> payload{};
  std::size_t payload_size = 0;
  status ended =
      encode(hello{boot_id_, result.asked, identity_.firmware_version, identity_.hardware}, payload, payload_size);
  std::array<std::uint8_t, noise_overhead + most_hello_bytes> message{};
  std::size_t message_size = 0;
  prologue_buffer prologue{};
  noise_initiator noise(platform_.random);
  if (ended == status::ok) {
    ended = noise.begin(identity_.device_key, prologue_of(identity_.device_id.data(), prologue), ephemeral,
                        bytes(payload).first(payload_size), message, message_size);
  }
  wipe(ephemeral);
  const mutable_bytes body = mutable_bytes(request_).from(most_head_bytes);
  std::size_t body_size = 0;
  if (ended == status::ok) {
    ended = encode_key_exchange(identity_.device_id.data(), bytes(message).first(message_size), body, body_size);
  }
  if (ended == status::ok) ended = client_.call("KeyExchange", request_, body_size, call_timeout, outcome);
  result.returned = platform_.clock.uptime();
  if (ended != status::ok) return ended;

  mutable_bytes answer;
  bytes answer_payload;
  split_keys keys{};
  ended = decode_key_exchange(outcome.body, answer);
  if (ended == status::ok) ended = noise.finish(answer, answer_payload, keys);
  if (ended == status::ok) ended = decode(answer_payload, result.welcome);
  if (ended == status::ok) {
    const micros lifetime = result.welcome.session_lifetime.value_or(longest_session);
    ended =
        session_.begin(result.welcome.session_id, keys, result.asked + std::clamp(lifetime, second, longest_session));
  }
  wipe(keys.to_server);
  wipe(keys.to_device);
  return ended;
}

std::optional<micros> link::ready_at(method method) {
  const lock state(platform_.state_mutex);
  if (!has_session_) return std::nullopt;
  return pace_of(method).not_before;
}

link::turn::turn(link& link, method method, micros patience)
    : link_(link), method_(method), lock_(link.platform_.link_mutex, patience), state_(status::not_now) {
  if (!lock_.held()) return;
  const micros now = link.platform_.clock.uptime();
  const std::optional<micros> ready = link.ready_at(method);
  if (ready && !link.session_.usable(now)) link.end_session();
  if (!ready || !link.session_.usable(now)) {
    state_ = status::no_session;
  } else if (now >= *ready) {
    state_ = status::ok;
  }
}

mutable_bytes link::turn::plaintext() const { return {link_.request_.data() + plaintext_at, most_batch_bytes}; }

status link::exchange(method method, std::size_t size, bytes& answer, micros& returned, call_outcome& outcome) {
  const mutable_bytes buffer = mutable_bytes(request_).from(plaintext_at);
  if (size > most_batch_bytes) return status::no_room;
  if (const status sealed = session_.seal(method, buffer, size); sealed != status::ok) return sealed;

  // The envelope's size is known only now; it goes right in front of what was sealed.
  std::array<std::uint8_t, most_envelope_bytes> envelope{};
  std::size_t envelope_size = 0;
  const status encoded =
      encode_record_envelope(session_.id(), session_.counter(), sealed_size(size), envelope, envelope_size);
  if (encoded != status::ok) return encoded;
  std::memcpy(request_.data() + plaintext_at - envelope_size, envelope.data(), envelope_size);

  const mutable_bytes request = mutable_bytes(request_).from(plaintext_at - envelope_size - most_head_bytes);
  const status called =
      client_.call(name_of(method), request, envelope_size + sealed_size(size), call_timeout, outcome);
  returned = platform_.clock.uptime();
  if (called != status::ok) return called;
  sealed_record record;
  if (const status decoded = decode_record(outcome.body, record); decoded != status::ok) return decoded;
  return session_.open(method, record.session_id, record.counter, record.sealed, answer);
}

void link::settle(call_pace& pace, const char* call, status ended, const call_outcome& outcome) {
  const micros now = platform_.clock.uptime();
  if (ended == status::ok) {
    pace.waits.after_success();
    const lock state(platform_.state_mutex);
    pace.not_before = now;
    return;
  }
  const bool session_over = (ended == status::unauthenticated || ended == status::no_session) && end_session();
  // Who refuses, or answers wrongly, is not the server, or not well: the next call asks anew where the server is.
  if (!session_over) client_.close();
  // That a session ends, or a kept connection, is no failure to wait for. The pace of handshakes holds all the same.
  const micros wait = session_over || outcome.was_stale ? 0 : pace.waits.after_failure(outcome.retry_after);
  {
    const lock state(platform_.state_mutex);
    pace.not_before = now + wait;
  }
  if (!outcome.was_stale) {
    log_line(platform_.log, log_level::warning, "%s: %s; waiting %" PRId64 " ms", call, describe(ended),
             wait / millisecond);
  }
}

bool link::end_session() {
  {
    const lock state(platform_.state_mutex);
    if (!has_session_) return false;
    has_session_ = false;
  }
  session_.end();
  platform_.tasks.wake(job::shake_hands);
  return true;
}

}  // namespace sealpost
