#include "board.hpp"

#include <algorithm>
#include <cstdio>

namespace sealpost::rv32 {

status recorded_server::connect(const char*, std::uint16_t, micros) {
  open_ = true;
  left_ = {};
  return status::ok;
}

status recorded_server::send(bytes data, micros) {
  sent_at = instructions();
  request_size = data.size();
  std::memcpy(request_.data(), data.data(), std::min(data.size(), request_.size()));
  const int head = std::snprintf(reinterpret_cast<char*>(answer_.data()), answer_.size(),
                                 "HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: %u\r\n"
                                 "date: Sun, 22 Nov 2026 11:00:10 GMT\r\nconnection: keep-alive\r\n\r\n",
                                 static_cast<unsigned>(body_.size()));
  const auto head_size = static_cast<std::size_t>(head);
  if (head < 0 || head_size + body_.size() > answer_.size()) return status::unreachable;
  std::memcpy(&answer_[head_size], body_.data(), body_.size());
  left_ = bytes(answer_).first(head_size + body_.size());
  return status::ok;
}

status recorded_server::receive(mutable_bytes into, std::size_t& received, micros) {
  received = std::min(into.size(), left_.size());
  if (received == 0) return status::timed_out;
  std::memcpy(into.data(), left_.data(), received);
  left_ = left_.from(received);
  answered_at = instructions();
  return status::ok;
}

bool recorded_server::was_asked(bytes body) const {
  return body.size() <= request_size && request_size <= request_.size() &&
         std::memcmp(&request_[request_size - body.size()], body.data(), body.size()) == 0;
}

void counting_log::line(log_level level, const char* text) {
  if (level == log_level::info) return;
  complaints += 1;
  std::printf("complaint: %s\n", text);
}

}  // namespace sealpost::rv32
