#include "linux/status_line.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>

namespace sealpost::posix {
namespace {

/// One word.
std::string word_of(sensor_state state) {
  std::string word = describe(state);
  std::replace(word.begin(), word.end(), ' ', '-');
  return word;
}

const char* name_of(time_source source) {
  switch (source) {
    case time_source::uptime:
      return "uptime";
    case time_source::server:
      return "server";
    case time_source::ntp:
      return "ntp";
  }
  return "";
}

}  // namespace

std::string status_line(const device_view& view, std::size_t heap_peak) {
  std::array<char, 400> text{};
  const int length = std::snprintf(
      text.data(), text.size(),
      "status boot=%" PRIu64 " uptime=%.3f session=%s clock=%s pending=%" PRIu32 " dropped=%" PRIu64
      " receipted=%" PRIu64 " uploads=%" PRIu64 " handshakes=%" PRIu64 " bmp280=%s mpu6050=%s sht4x=%s heap_peak=%zu",
      view.boot_id, static_cast<double>(view.uptime) / static_cast<double>(second), view.has_session ? "yes" : "no",
      name_of(view.clock.source), view.pending, view.dropped, view.receipted, view.uploads, view.handshakes,
      word_of(view.bmp280).c_str(), word_of(view.mpu6050).c_str(), word_of(view.sht4x).c_str(), heap_peak);
  return length < 0 ? "" : text.data();
}

}  // namespace sealpost::posix
