#pragma once

#include "linux/seeded_noise.hpp"
#include "sealpost/micros.hpp"

namespace sealpost::posix {

/// The air at a moment, as it is and not as a sensor has it.
struct air {
  double temperature_celsius;
  double humidity_percent;
  double pressure_pascals;
};

/// A greenhouse somewhere: its warmth, its height above the sea and its weather are drawn from `noise`. The same moment
/// always has the same air.
class greenhouse {
 public:
  explicit greenhouse(seeded_noise& noise);

  /// At a time since 1970.
  [[nodiscard]] air air_at(micros time) const;

 private:
  /// A sine of time, from -1 to 1.
  struct wave {
    micros period;
    /// Where it rises through 0.
    micros start;
    [[nodiscard]] double at(micros time) const;
  };
  [[nodiscard]] static wave some_wave(seeded_noise& noise, double days);

  double mean_temperature_;
  double mean_dew_point_;
  double mean_pressure_;
  wave warm_spell_;
  wave damp_spell_;
  wave lows_;
  wave fronts_;
};

}  // namespace sealpost::posix
