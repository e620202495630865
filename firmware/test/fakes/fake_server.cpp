#include "fakes/fake_server.hpp"

#include <pb_decode.h>
#include <pb_encode.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "fakes/noise_responder.hpp"
#include "sealpost/v1/device_service.pb.h"
#include "sealpost/v1/handshake.pb.h"

namespace sealpost::test {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

template <class Message>
byte_string encoded(const pb_msgdesc_t* fields, const Message& message) {
  byte_string out(9000);
  pb_ostream_t stream = pb_ostream_from_buffer(out.data(), out.size());
  require(pb_encode(&stream, fields, &message), "the fake server can't encode");
  out.resize(stream.bytes_written);
  return out;
}

template <class Message>
bool decoded(const pb_msgdesc_t* fields, bytes from, Message& message) {
  pb_istream_t stream = pb_istream_from_buffer(from.data(), from.size());
  return pb_decode(&stream, fields, &message);
}

google_protobuf_Timestamp timestamp_of(micros time) {
  return {time / second, static_cast<std::int32_t>(time % second * 1000)};
}

micros micros_of(const google_protobuf_Duration& span) { return span.seconds * second + span.nanos / 1000; }

void put(const std::optional<micros>& interval, bool& has, google_protobuf_Duration& field) {
  if (!interval) return;
  has = true;
  field = {*interval / second, static_cast<std::int32_t>(*interval % second * 1000)};
}

sealpost_v1_DeviceSettings message_of(const device_settings& settings) {
  sealpost_v1_DeviceSettings message = sealpost_v1_DeviceSettings_init_zero;
  put(settings.sample_interval, message.has_sample_interval, message.sample_interval);
  put(settings.local_time_interval, message.has_local_time_interval, message.local_time_interval);
  put(settings.ntp_interval, message.has_ntp_interval, message.ntp_interval);
  return message;
}

const byte_string unauthenticated = http_error(401, "unauthenticated");
const byte_string invalid = http_error(400, "invalid_argument");

}  // namespace

byte_string http_answer(int code, const char* content_type, const byte_string& body, const std::string& fields) {
  const std::string head = "HTTP/1.1 " + std::to_string(code) + " Any\r\nContent-Type: " + content_type + "\r\n" +
                           fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  byte_string answer(head.begin(), head.end());
  answer.insert(answer.end(), body.begin(), body.end());
  return answer;
}

byte_string http_error(int code, const char* connect_code, const std::string& fields) {
  const std::string json = std::string(R"({"code":")") + connect_code + "\"}";
  return http_answer(code, "application/json", {json.begin(), json.end()}, fields);
}

status fake_server::connect(const char*, std::uint16_t, micros) {
  close();
  if (is_away) return status::unreachable;
  connections += 1;
  open_ = true;
  request_.clear();
  return status::ok;
}

status fake_server::send(bytes data, micros) {
  if (!open_ || is_away) {
    close();
    return status::unreachable;
  }
  request_.insert(request_.end(), data.begin(), data.end());
  const std::string text(request_.begin(), request_.end());
  const std::size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos) return status::ok;
  const std::size_t length_at = text.find("Content-Length: ");
  require(length_at < head_end, "a request without Content-Length");
  const std::size_t length = std::stoul(text.substr(length_at + 16));
  if (request_.size() < head_end + 4 + length) return status::ok;
  const std::string path = text.substr(5, text.find(' ', 5) - 5);
  const std::string rpc = path.substr(path.rfind('/') + 1);
  require(path == "/sealpost.v1.DeviceService/" + rpc, "an unknown path");
  requests += 1;
  largest_request = std::max(largest_request, request_.size());
  if (rpc == "SensorUpload") last_upload_bytes = request_.size();
  byte_string answer = answer_to(rpc, {request_.begin() + static_cast<std::ptrdiff_t>(head_end) + 4, request_.end()});
  if (on_the_path) answer = on_the_path(rpc, answer);
  request_.clear();
  if (is_silent) return status::ok;
  if (lose_answers > 0) {
    lose_answers -= 1;
    open_ = false;
    return status::ok;
  }
  pending_ = answer;
  return status::ok;
}

status fake_server::receive(mutable_bytes into, std::size_t& received, micros timeout) {
  if (pending_.empty()) {
    if (!open_ || is_away) return status::unreachable;
    pass_time(timeout);
    return status::timed_out;
  }
  received = std::min({into.size(), fragment, pending_.size()});
  std::copy_n(pending_.begin(), received, into.begin());
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(received));
  if (pending_.empty() && closes_quietly) open_ = false;
  return status::ok;
}

byte_string fake_server::answer_to(const std::string& rpc, byte_string body) {
  return rpc == "KeyExchange" ? shake_hands(std::move(body)) : take_record(rpc, std::move(body));
}

byte_string fake_server::shake_hands(byte_string body) {
  sealpost_v1_KeyExchangeRequest request = sealpost_v1_KeyExchangeRequest_init_zero;
  if (!decoded(sealpost_v1_KeyExchangeRequest_fields, {body.data(), body.size()}, request)) return invalid;
  noise_responder noise(random_);
  byte_string payload;
  const byte_string message(request.handshake.bytes, request.handshake.bytes + request.handshake.size);
  if (request.device_id != device_id || !noise.open(key, request.device_id, message, payload)) return unauthenticated;
  sealpost_v1_Hello hello = sealpost_v1_Hello_init_zero;
  if (!decoded(sealpost_v1_Hello_fields, {payload.data(), payload.size()}, hello)) return invalid;
  const micros uptime = micros_of(hello.uptime);
  if (const auto seen = uptimes_.find(hello.boot_id); seen != uptimes_.end() && uptime <= seen->second) {
    return unauthenticated;
  }
  uptimes_[hello.boot_id] = uptime;
  handshakes_at.push_back(clock_.uptime());

  sealpost_v1_Welcome welcome = sealpost_v1_Welcome_init_zero;
  welcome.session_id = next_session_id_++;
  welcome.has_session_lifetime = true;
  welcome.session_lifetime = {86'400, 0};
  welcome.has_server_time = knows_the_time;
  if (knows_the_time) welcome.server_time = timestamp_of(now());
  welcome.has_settings = true;
  welcome.settings = message_of(settings);
  const byte_string answer = noise.answer(encoded(sealpost_v1_Welcome_fields, welcome), keys);
  session& made = sessions_[welcome.session_id];
  require(made.to_server.derive(keys.to_server) == status::ok, "no keys");
  require(made.to_device.derive(keys.to_device) == status::ok, "no keys");
  made.boot_id = hello.boot_id;

  sealpost_v1_KeyExchangeResponse response = sealpost_v1_KeyExchangeResponse_init_zero;
  response.handshake.size = static_cast<pb_size_t>(answer.size());
  std::copy(answer.begin(), answer.end(), response.handshake.bytes);
  return http_answer(200, "application/proto", encoded(sealpost_v1_KeyExchangeResponse_fields, response));
}

byte_string fake_server::take_record(const std::string& rpc, byte_string body) {
  const auto request = std::make_unique<sealpost_v1_SensorUploadRequest>();
  if (!decoded(sealpost_v1_SensorUploadRequest_fields, {body.data(), body.size()}, *request)) return invalid;
  sealpost_v1_SealedRecord& record = request->record;
  const auto found = sessions_.find(record.session_id);
  if (found == sessions_.end()) return unauthenticated;
  session& own = found->second;
  const method called = rpc == "SensorUpload" ? method::sensor_upload : method::time_sync;
  const auto counter = static_cast<std::uint32_t>(record.counter);
  bytes plaintext;
  if (own.to_server.open(called, record.session_id, counter, {record.sealed.bytes, record.sealed.size}, plaintext) !=
      status::ok) {
    return unauthenticated;
  }
  // One request at a time: nothing comes late.
  if (counter <= own.highest) return unauthenticated;
  own.highest = counter;

  byte_string answer;
  const bool taken =
      called == method::sensor_upload ? take_batch(plaintext, answer) : take_report(plaintext, own.boot_id, answer);
  if (!taken) return invalid;
  const std::size_t size = answer.size();
  answer.resize(sealed_size(size));
  require(own.to_device.seal(called, record.session_id, counter, {answer.data(), answer.size()}, size) == status::ok,
          "no seal");
  std::copy(answer.begin(), answer.end(), record.sealed.bytes);
  record.sealed.size = static_cast<pb_size_t>(answer.size());
  return http_answer(200, "application/proto", encoded(sealpost_v1_SensorUploadRequest_fields, *request));
}

bool fake_server::take_batch(bytes plaintext, byte_string& answer) {
  const auto batch = std::make_unique<sealpost_v1_ReadingBatch>();
  if (!decoded(sealpost_v1_ReadingBatch_fields, plaintext, *batch)) return false;
  if (batch->boot_id == 0 || batch->readings_count == 0) return false;
  sealpost_v1_UploadReceipt receipt = sealpost_v1_UploadReceipt_init_zero;
  for (pb_size_t i = 0; i < batch->readings_count; ++i) {
    const std::pair identity(batch->boot_id, batch->readings[i].sequence);
    if (stored.emplace(identity, batch->readings[i]).second) {
      order.push_back(identity);
      receipt.stored += 1;
    } else {
      receipt.duplicates += 1;
      duplicates += 1;
    }
  }
  if (batch->has_status) statuses.push_back(batch->status);
  receipt.has_server_time = knows_the_time;
  if (knows_the_time) receipt.server_time = timestamp_of(now());
  answer = receipts_are_rubbish ? byte_string{0xff} : encoded(sealpost_v1_UploadReceipt_fields, receipt);
  return true;
}

bool fake_server::take_report(bytes plaintext, std::uint64_t, byte_string& answer) {
  sealpost_v1_ClockReport report = sealpost_v1_ClockReport_init_zero;
  if (!decoded(sealpost_v1_ClockReport_fields, plaintext, report)) return false;
  reports.push_back(report);
  sealpost_v1_ClockAnswer times = sealpost_v1_ClockAnswer_init_zero;
  times.has_receive_time = times.has_transmit_time = knows_the_time;
  if (knows_the_time) times.receive_time = times.transmit_time = timestamp_of(now());
  answer = encoded(sealpost_v1_ClockAnswer_fields, times);
  return true;
}

}  // namespace sealpost::test
