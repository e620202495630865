#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "fakes/clock.hpp"

namespace sealpost::test {

/// What the peer does next: says something, lets time pass, or ends the connection.
struct act {
  std::string bytes;
  micros silence = 0;
  bool ends = false;
};

inline act says(std::string bytes) { return {std::move(bytes), 0, false}; }
inline act is_silent(micros time) { return {{}, time, false}; }
inline act ends() { return {{}, 0, true}; }

/// A transport whose peer is a script. What is sent brings the next of `answers` on the way. Waiting moves the clock.
class scripted_transport final : public transport {
 public:
  explicit scripted_transport(fake_clock& clock) : clock_(clock) {}

  /// One for each send. When there is none left, the peer says nothing.
  std::deque<std::vector<act>> answers;
  /// What the next attempts to connect or to send come to; ok when there is none left.
  std::deque<status> connects;
  std::deque<status> sends;
  micros connect_takes = 0;
  micros send_takes = 0;
  /// The most that a receive gives.
  std::size_t fragment = 1 << 20;

  // What has come of it.

  std::vector<std::string> sent;
  /// `host port` of each attempt.
  std::vector<std::string> connected_to;
  int closed = 0;

  status connect(const char* host, std::uint16_t port, micros timeout) override {
    drop();
    connected_to.push_back(std::string(host) + ' ' + std::to_string(port));
    if (!pass(connect_takes, timeout)) return status::timed_out;
    const status ended = next(connects);
    open_ = ended == status::ok;
    return ended;
  }

  [[nodiscard]] bool connected() override { return open_; }

  status send(bytes data, micros timeout) override {
    if (!open_) return status::unreachable;
    if (!pass(send_takes, timeout)) return status::timed_out;
    if (const status ended = next(sends); ended != status::ok) {
      drop();
      return ended;
    }
    sent.emplace_back(data.begin(), data.end());
    if (answers.empty()) return status::ok;
    script_.insert(script_.end(), answers.front().begin(), answers.front().end());
    answers.pop_front();
    return status::ok;
  }

  status receive(mutable_bytes into, std::size_t& received, micros timeout) override {
    micros left = timeout;
    while (open_ && !script_.empty()) {
      act& now = script_.front();
      const micros waited = std::min(now.silence, left);
      clock_.now += waited;
      left -= waited;
      now.silence -= waited;
      if (now.silence > 0) return status::timed_out;
      if (now.ends) {
        drop();
      } else if (now.bytes.empty()) {
        script_.pop_front();
      } else {
        received = std::min({into.size(), fragment, now.bytes.size()});
        std::copy_n(now.bytes.begin(), received, into.begin());
        now.bytes.erase(0, received);
        if (now.bytes.empty()) script_.pop_front();
        return status::ok;
      }
    }
    if (!open_) return status::unreachable;
    clock_.now += left;
    return status::timed_out;
  }

  void close() override {
    if (open_) closed += 1;
    drop();
  }

 private:
  void drop() {
    open_ = false;
    script_.clear();
  }

  /// False when it takes longer than there is time.
  bool pass(micros takes, micros timeout) {
    clock_.now += std::min(takes, timeout);
    return takes <= timeout;
  }

  static status next(std::deque<status>& ends) {
    if (ends.empty()) return status::ok;
    const status first = ends.front();
    ends.pop_front();
    return first;
  }

  fake_clock& clock_;
  std::deque<act> script_;
  bool open_ = false;
};

}  // namespace sealpost::test
