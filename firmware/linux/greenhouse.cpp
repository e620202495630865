#include "linux/greenhouse.hpp"

#include <algorithm>
#include <cmath>

namespace sealpost::posix {
namespace {

constexpr double two_pi = 6.28318530717958647692;
constexpr micros hour = 60 * minute;

/// The international standard atmosphere (ISO 2533) below 11 km, Pa.
double pressure_at_height(double metres) { return 101'325 * std::pow(1 - 2.25577e-5 * metres, 5.25588); }

/// Saturation vapour pressure over water, hPa: the Magnus formula with the WMO's coefficients.
double vapour_pressure(double temperature_celsius) {
  return 6.112 * std::exp(17.62 * temperature_celsius / (243.12 + temperature_celsius));
}

}  // namespace

// Weather: periods that share no multiple, so that no two days are alike.
greenhouse::greenhouse(seeded_noise& noise)
    : mean_temperature_(21 + 3 * (2 * noise.uniform() - 1)),
      mean_dew_point_(mean_temperature_ - 10 + 2 * (2 * noise.uniform() - 1)),
      mean_pressure_(pressure_at_height(600 * noise.uniform())),
      warm_spell_(some_wave(noise, 5.3)),
      damp_spell_(some_wave(noise, 4.1)),
      lows_(some_wave(noise, 6.7)),
      fronts_(some_wave(noise, 2.9)) {}

greenhouse::wave greenhouse::some_wave(seeded_noise& noise, double days) {
  const double period = days * static_cast<double>(day);
  return {std::llround(period), std::llround(period * noise.uniform())};
}

double greenhouse::wave::at(micros time) const {
  // Whole periods are taken off first: nothing is lost to rounding.
  return std::sin(two_pi * static_cast<double>((time - start) % period) / static_cast<double>(period));
}

air greenhouse::air_at(micros time) const {
  // Warmest at three in the afternoon, when plants breathe out most as well.
  const double sun = wave{day, 9 * hour}.at(time);
  // The atmosphere's tide: highest about ten in the morning and in the evening.
  const double tide = wave{day / 2, 7 * hour}.at(time);
  const double temperature = mean_temperature_ + 6 * sun + 2 * warm_spell_.at(time);
  const double dew_point = mean_dew_point_ + 1.5 * sun + 2 * damp_spell_.at(time);
  return {temperature, std::min(100.0, 100 * vapour_pressure(dew_point) / vapour_pressure(temperature)),
          mean_pressure_ + 1200 * lows_.at(time) + 500 * fronts_.at(time) + 60 * tide};
}

}  // namespace sealpost::posix
