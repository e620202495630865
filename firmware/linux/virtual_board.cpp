#include "linux/virtual_board.hpp"

#include <unistd.h>

namespace sealpost::posix {
namespace {

/// The status that --help tells of.
constexpr int power_is_gone = 3;

/// Other devices live in other air (FNV-1a).
std::uint32_t seed_of(const std::string& device_id) {
  std::uint32_t seed = 2'166'136'261;
  for (const char letter : device_id) seed = (seed ^ static_cast<std::uint8_t>(letter)) * 16'777'619;
  return seed;
}

}  // namespace

virtual_board::virtual_board(const options& given, const stop_event& stop)
    : seed_(given.seed.value_or(seed_of(given.device_id))),
      clock_(given.clock_drift_ppm, given.offline_for),
      loss_(clock_, given.link_losses),
      network_(stop),
      link_(network_, loss_),
      sensors_(
          seed_, clock_, [this] { return clock_.true_time(); }, given.sensor_faults),
      ntp_(seed_, clock_, [this] { return clock_.true_time(); }, {given.ntp_error, given.has_ntp ? 0.0 : 1.0}),
      wall_(ntp_, loss_),
      log_(given.quiet, stop),
      board_(seed_),
      seam_{clock_,           wall_,     random_, link_,       flash_,       sensors_.bmp280(), sensors_.mpu6050(),
            sensors_.sht4x(), settings_, log_,    link_mutex_, state_mutex_, threads_,          board_} {}

bool virtual_board::open(const options& given, std::string& problem) {
  if (given.power_cut_after_bytes) {
    flash_.cut_power_after(*given.power_cut_after_bytes, [] { _exit(power_is_gone); });
  }
  return flash_.open(given.flash_file, given.flash_size, problem) &&
         settings_.open(given.flash_file + ".settings", problem);
}

}  // namespace sealpost::posix
