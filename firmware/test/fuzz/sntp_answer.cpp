// An NTP server's answer, which anyone on the way can have written.
#include <cstring>

#include "fuzz.hpp"
#include "sealpost/time/sntp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealpost;
  sntp_packet request{};
  sntp_packet packet{};
  if (size < packet.size()) return 0;
  std::memcpy(packet.data(), data, packet.size());
  // The question's own number, as if the sender had seen it, for half of all inputs.
  if (size % 2 == 0) std::memcpy(request.data() + 40, packet.data() + 24, 8);
  const micros asked = 5 * second;
  const micros returned = asked + static_cast<micros>(size - packet.size()) * millisecond;
  ntp_answer answer{};
  if (read_sntp_answer(request, packet, asked, returned, answer) != status::ok) return 0;
  fuzz::expect(std::memcmp(request.data() + 40, packet.data() + 24, 8) == 0, "only this question's answer is taken");
  fuzz::expect(answer.uptime == returned && answer.round_trip >= 0 && answer.round_trip <= returned - asked,
               "a round trip is as long as it was");
  // From 1968, where NTP's present era begins for readers of RFC 5905, to 2104.
  fuzz::expect(answer.time > -2 * 366 * day && answer.time < 135 * 366 * day, "a time is of NTP's present era");
  return 0;
}
