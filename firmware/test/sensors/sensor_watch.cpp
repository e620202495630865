#include "sealpost/sensors/sensor_watch.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "fakes/sensors.hpp"
#include "fakes/whole_values.hpp"

namespace sealpost::test {
namespace {

constexpr micros interval = 10 * second;

/// A BMP280 in moving air, and its watch, sampled by the beat.
struct watched {
  fake_sensor<bmp280_values> sensor{{21.5F, 101'325}};
  sensor_watch<bmp280_values> watch{sensor};
  micros now = 0;

  std::optional<bmp280_values> sample() {
    sensor.says.pressure_pascals += 0.25F;
    return sample_still_air();
  }
  std::optional<bmp280_values> sample_still_air() {
    const std::optional<bmp280_values> taken = watch.sample(now);
    now += interval;
    return taken;
  }
  /// The uptimes at which the sensor was begun, while it is sampled `times`.
  std::vector<micros> begun_at(int times) {
    std::vector<micros> at;
    for (int time = 0; time < times; time += 1) {
      const int before = sensor.begun;
      (void)sample();
      if (sensor.begun > before) at.push_back(now - interval);
    }
    return at;
  }
};

TEST_CASE("a sensor that works is begun once and gives what it says") {
  watched bmp;
  CHECK(bmp.watch.state() == sensor_state::absent);
  for (int time = 0; time < 100; time += 1) {
    const std::optional<bmp280_values> taken = bmp.sample();
    REQUIRE(taken.has_value());
    CHECK(*taken == bmp.sensor.says);
  }
  CHECK(bmp.watch.state() == sensor_state::working);
  CHECK(bmp.sensor.begun == 1);
  CHECK(bmp.sensor.asked == 100);
  CHECK(bmp.watch.refused() == 0);
}

TEST_CASE("an absent sensor is never read, and looked for less and less often, but at least each 5 minutes") {
  watched bmp;
  bmp.sensor.is_there = false;
  CHECK(bmp.begun_at(120) == std::vector<micros>{0, 10 * second, 20 * second, 40 * second, 80 * second, 160 * second,
                                                 320 * second, 620 * second, 920 * second});
  CHECK(bmp.sensor.asked == 0);
  CHECK(bmp.watch.state() == sensor_state::absent);
}

TEST_CASE("a sensor that is plugged in late is found within 5 minutes") {
  watched bmp;
  bmp.sensor.is_there = false;
  for (int time = 0; time < 1'000; time += 1) CHECK_FALSE(bmp.sample().has_value());
  bmp.sensor.is_there = true;
  const micros plugged_in = bmp.now;
  while (!bmp.sample()) REQUIRE(bmp.now - plugged_in <= most_sensor_wait + interval);
  CHECK(bmp.watch.state() == sensor_state::working);
  CHECK(bmp.sample() == bmp.sensor.says);
}

TEST_CASE("a sensor that misses one answer is begun anew at the next sample and is back") {
  watched bmp;
  CHECK(bmp.sample().has_value());
  bmp.sensor.answers = false;
  CHECK_FALSE(bmp.sample().has_value());
  CHECK(bmp.watch.state() == sensor_state::failing);
  bmp.sensor.answers = true;
  CHECK(bmp.sample() == bmp.sensor.says);
  CHECK(bmp.watch.state() == sensor_state::working);
  CHECK(bmp.sensor.begun == 2);
}

TEST_CASE("a sensor that was unplugged is failing, not absent, and costs no more than an absent one") {
  watched bmp;
  CHECK(bmp.sample().has_value());
  bmp.sensor.is_there = false;
  CHECK(bmp.begun_at(60) == std::vector<micros>{20 * second, 30 * second, 40 * second, 60 * second, 100 * second,
                                                180 * second, 340 * second});
  CHECK(bmp.watch.state() == sensor_state::failing);
  CHECK(bmp.sensor.asked == 2);
}

TEST_CASE("a sensor that can be begun but does not answer is failing, and begun with back-off as well") {
  watched bmp;
  bmp.sensor.answers = false;
  CHECK(bmp.begun_at(60) ==
        std::vector<micros>{0, 10 * second, 20 * second, 40 * second, 80 * second, 160 * second, 320 * second});
  CHECK(bmp.watch.state() == sensor_state::failing);
  CHECK(bmp.sensor.asked == 7);
}

TEST_CASE("waits start small again once a sensor has worked") {
  watched bmp;
  bmp.sensor.is_there = false;
  (void)bmp.begun_at(1'000);
  bmp.sensor.is_there = true;
  while (!bmp.sample()) REQUIRE(bmp.now < 3 * 10'000 * second);
  bmp.sensor.is_there = false;
  const micros unplugged = bmp.now;
  CHECK(bmp.begun_at(6) == std::vector<micros>{unplugged + 10 * second, unplugged + 20 * second,
                                               unplugged + 30 * second, unplugged + 50 * second});
}

TEST_CASE("a sensor that says the very same 30 times in a row is frozen until it moves again") {
  watched bmp;
  for (int time = 1; time < frozen_after; time += 1) {
    CAPTURE(time);
    CHECK(bmp.sample_still_air() == bmp.sensor.says);
  }
  CHECK_FALSE(bmp.sample_still_air().has_value());
  CHECK(bmp.watch.state() == sensor_state::frozen);
  const int begun = bmp.sensor.begun;
  for (int time = 0; time < 100; time += 1) CHECK_FALSE(bmp.sample_still_air().has_value());
  CHECK(bmp.watch.state() == sensor_state::frozen);
  CHECK(bmp.sensor.begun - begun == 9);
  CHECK(bmp.sample() == bmp.sensor.says);
  CHECK(bmp.watch.state() == sensor_state::working);
}

TEST_CASE("a sensor of which one value moves is not frozen: humidity saturates, temperature goes on") {
  fake_sensor<sht4x_values> sensor({20, 100});
  sensor_watch<sht4x_values> watch(sensor);
  for (int time = 0; time < 3 * frozen_after; time += 1) {
    sensor.says.temperature_celsius = 20 + 0.0026703F * static_cast<float>(time / 20);
    CHECK(watch.sample(time * interval) == sensor.says);
  }
}

TEST_CASE("a movement along any axis keeps an MPU-6050 from being frozen") {
  float vector3::* const axes[] = {&vector3::x, &vector3::y, &vector3::z};
  for (float vector3::* axis : axes) {
    for (vector3 mpu6050_values::* vector :
         {&mpu6050_values::acceleration_mps2, &mpu6050_values::angular_velocity_rps}) {
      fake_sensor<mpu6050_values> sensor({{0, 0, 9.8125F}, {0, 0, 0}, 25});
      sensor_watch<mpu6050_values> watch(sensor);
      int taken = 0;
      for (int time = 0; time < 2 * frozen_after; time += 1) {
        if (time == frozen_after - 1) (sensor.says.*vector).*axis += 0.125F;
        if (watch.sample(time * interval)) taken += 1;
      }
      CHECK(taken == frozen_after - 1 + frozen_after - 1);
    }
  }
}

TEST_CASE(
    "an MPU-6050 that has lost power for a moment says zeros: they are no reading, and it is begun anew at once") {
  const mpu6050_values at_rest = {{0, 0, 9.8125F}, {0.0078125F, 0, 0}, 25};
  fake_sensor<mpu6050_values> sensor(at_rest);
  sensor_watch<mpu6050_values> watch(sensor);
  CHECK(watch.sample(0).has_value());
  sensor.says = {{0, 0, 0}, {0, 0, 0}, 36.53F};
  CHECK_FALSE(watch.sample(interval).has_value());
  CHECK(watch.state() == sensor_state::frozen);
  CHECK(sensor.begun == 1);
  sensor.says = at_rest;
  CHECK(watch.sample(2 * interval).has_value());
  CHECK(sensor.begun == 2);
  CHECK(watch.state() == sensor_state::working);
}

TEST_CASE("a sensor out of its range is absent and counted, is begun anew, and is back when it says what can be") {
  for (const float pressure :
       {0.0F, 110'001.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    CAPTURE(pressure);
    watched bmp;
    CHECK(bmp.sample().has_value());
    bmp.sensor.says.pressure_pascals = pressure;
    CHECK_FALSE(bmp.sample_still_air().has_value());
    CHECK(bmp.watch.state() == sensor_state::out_of_range);
    CHECK_FALSE(bmp.sample_still_air().has_value());
    CHECK(bmp.watch.refused() == 2);
    CHECK(bmp.sensor.begun == 2);
    bmp.sensor.says.pressure_pascals = 101'325;
    CHECK(bmp.sample_still_air() == bmp.sensor.says);
    CHECK(bmp.watch.state() == sensor_state::working);
    CHECK(bmp.watch.refused() == 2);
  }
}

TEST_CASE("what a sensor said before it failed does not make it frozen sooner when it says something else") {
  watched bmp;
  for (int time = 0; time < frozen_after - 1; time += 1) (void)bmp.sample_still_air();
  bmp.sensor.answers = false;
  (void)bmp.sample_still_air();
  bmp.sensor.answers = true;
  CHECK(bmp.sample() == bmp.sensor.says);
  CHECK(bmp.sample_still_air() == bmp.sensor.says);
}

TEST_CASE("each state has words for a person") {
  CHECK(std::string(describe(sensor_state::working)) == "working");
  CHECK(std::string(describe(sensor_state::absent)) == "absent");
  CHECK(std::string(describe(sensor_state::failing)) == "failing");
  CHECK(std::string(describe(sensor_state::frozen)) == "frozen");
  CHECK(std::string(describe(sensor_state::out_of_range)) == "out of range");
}

}  // namespace
}  // namespace sealpost::test
