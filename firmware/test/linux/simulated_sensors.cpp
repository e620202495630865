#include "linux/simulated_sensors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "fakes/clock.hpp"
#include "fakes/whole_values.hpp"
#include "sealpost/sensors/sensor_watch.hpp"

namespace sealpost::test {
namespace {

using posix::board_sensor;
using posix::fault_kind;
using posix::sensor_fault;
using posix::simulated_sensors;

/// 22 November 2026.
constexpr micros midnight = 1'795'305'600 * second;

/// What one look at all sensors gives.
struct look {
  bmp280_values bmp280{};
  mpu6050_values mpu6050{};
  sht4x_values sht4x{};
};

bool operator==(const look& left, const look& right) {
  return left.bmp280 == right.bmp280 && left.mpu6050 == right.mpu6050 && left.sht4x == right.sht4x;
}

/// A board in a greenhouse, booted at midnight.
struct board {
  explicit board(std::uint64_t seed, const std::vector<sensor_fault>& faults = {})
      : sensors(seed, clock, [this] { return midnight + clock.now; }, faults) {}

  fake_clock clock;
  simulated_sensors sensors;

  std::vector<look> looks(int count, micros interval = 10 * second) {
    std::vector<look> seen;
    for (int time = 0; time < count; time += 1, clock.now += interval) {
      look now;
      REQUIRE(sensors.bmp280().read(now.bmp280));
      REQUIRE(sensors.mpu6050().read(now.mpu6050));
      REQUIRE(sensors.sht4x().read(now.sht4x));
      seen.push_back(now);
    }
    return seen;
  }
};

template <class Value>
std::vector<double> each(const std::vector<look>& looks, Value value) {
  std::vector<double> values;
  for (const look& look : looks) values.push_back(value(look));
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

/// Whether a value is a whole number of steps.
bool is_in_steps(double value, double step, double tolerance) {
  return std::abs(value / step - std::round(value / step)) < tolerance;
}

TEST_CASE("simulated sensors say the same for the same seed, and something else for another") {
  const std::vector<look> first = board(7).looks(1'000);
  CHECK(first == board(7).looks(1'000));
  CHECK_FALSE(first.back() == board(8).looks(1'000).back());
}

TEST_CASE(
    "simulated sensors stay inside their data sheets and never freeze, over a fortnight and in many greenhouses") {
  for (std::uint64_t seed = 0; seed < 20; seed += 1) {
    board board(seed);
    sensor_watch<bmp280_values> bmp280(board.sensors.bmp280());
    sensor_watch<mpu6050_values> mpu6050(board.sensors.mpu6050());
    sensor_watch<sht4x_values> sht4x(board.sensors.sht4x());
    int believed = 0;
    for (int time = 0; time < 5'000; time += 1, board.clock.now += 4 * minute) {
      if (bmp280.sample(board.clock.now) && mpu6050.sample(board.clock.now) && sht4x.sample(board.clock.now)) {
        believed += 1;
      }
    }
    CHECK(believed == 5'000);
  }
}

TEST_CASE("simulated sensors agree with each other but for their own offsets") {
  const std::vector<look> day_of_looks = board(3).looks(8'640);
  const std::vector<double> against = each(
      day_of_looks, [](const look& look) { return look.bmp280.temperature_celsius - look.sht4x.temperature_celsius; });
  const std::vector<double> warmer = each(
      day_of_looks, [](const look& look) { return look.mpu6050.temperature_celsius - look.sht4x.temperature_celsius; });
  CHECK(std::abs(mean(against)) < 2);
  CHECK(deviation(against) < 0.05);
  CHECK(mean(warmer) > 2);
  CHECK(mean(warmer) < 6);
  CHECK(deviation(warmer) < 0.1);
}

TEST_CASE("a simulated MPU-6050 feels gravity along z with noise, and now and then a knock") {
  const std::vector<look> looks = board(4).looks(8'640);
  const std::vector<double> x = each(looks, [](const look& look) { return look.mpu6050.acceleration_mps2.x; });
  CHECK(std::abs(mean(x)) < 0.05);
  CHECK(mean(each(looks, [](const look& look) { return look.mpu6050.acceleration_mps2.z; })) ==
        doctest::Approx(9.80665).epsilon(0.005));
  const auto knocks = std::count_if(x.begin(), x.end(), [](double value) { return std::abs(value) > 0.5; });
  CHECK(knocks > 5);
  CHECK(knocks < 50);
}

TEST_CASE("a simulated MPU-6050 turns at a steady bias with noise around it") {
  std::vector<double> x =
      each(board(5).looks(1'000), [](const look& look) { return look.mpu6050.angular_velocity_rps.x; });
  std::sort(x.begin(), x.end());
  const double median = x[500];
  CHECK(median != 0);
  CHECK(std::abs(median) < 0.15);
  CHECK(std::count_if(x.begin(), x.end(), [=](double value) { return std::abs(value - median) < 0.005; }) > 980);
}

TEST_CASE("simulated sensors resolve what the real ones do") {
  for (const look& look : board(6).looks(100)) {
    CHECK(is_in_steps(look.bmp280.temperature_celsius, 0.01, 1e-3));
    CHECK(is_in_steps(look.bmp280.pressure_pascals, 0.16, 0.05));
    CHECK(is_in_steps(look.mpu6050.acceleration_mps2.z, 9.80665 / 4096, 0.01));
    CHECK(is_in_steps(look.sht4x.temperature_celsius, 175.0 / 65'535, 0.01));
    CHECK(is_in_steps(look.sht4x.humidity_percent, 125.0 / 65'535, 0.01));
  }
}

TEST_CASE("a fault begins and ends with its interval of uptime, and leaves the other sensors as they are") {
  const std::vector<look> healthy = board(9).looks(6);
  for (const fault_kind kind :
       {fault_kind::absent, fault_kind::failing, fault_kind::frozen, fault_kind::out_of_range}) {
    CAPTURE(static_cast<int>(kind));
    board board(9, {{board_sensor::sht4x, kind, {20 * second, 40 * second}}});
    for (std::size_t time = 0; time < 6; time += 1, board.clock.now += 10 * second) {
      CAPTURE(time);
      look now;
      CHECK(board.sensors.bmp280().begin());
      CHECK(board.sensors.bmp280().read(now.bmp280));
      CHECK(now.bmp280 == healthy[time].bmp280);
      CHECK(board.sensors.mpu6050().read(now.mpu6050));
      CHECK(now.mpu6050 == healthy[time].mpu6050);
      const bool faulty = time == 2 || time == 3;
      const bool silent = kind == fault_kind::absent || kind == fault_kind::failing;
      CHECK(board.sensors.sht4x().begin() == !(faulty && kind == fault_kind::absent));
      CHECK(board.sensors.sht4x().read(now.sht4x) == !(faulty && silent));
      if (!faulty && time < 2) CHECK(now.sht4x == healthy[time].sht4x);
      if (!faulty) CHECK(within_data_sheet(now.sht4x));
      if (faulty && kind == fault_kind::frozen) CHECK(now.sht4x == healthy[1].sht4x);
      if (faulty && kind == fault_kind::out_of_range) CHECK_FALSE(within_data_sheet(now.sht4x));
    }
  }
}

TEST_CASE("a sensor out of range says too little, too much, and what is no number") {
  board board(9, {{board_sensor::bmp280, fault_kind::out_of_range}});
  std::vector<float> said;
  for (int time = 0; time < 4; time += 1) {
    bmp280_values values{};
    REQUIRE(board.sensors.bmp280().read(values));
    said.push_back(values.temperature_celsius);
  }
  CHECK(said[0] == -300.0F);
  CHECK(said[1] == 1'000.0F);
  CHECK(std::isnan(said[2]));
  CHECK(said[3] == std::numeric_limits<float>::infinity());
}

TEST_CASE("a sensor that is frozen from the start says one thing, and a watch finds each fault out") {
  board board(9, {{board_sensor::bmp280, fault_kind::frozen},
                  {board_sensor::mpu6050, fault_kind::failing},
                  {board_sensor::sht4x, fault_kind::absent}});
  sensor_watch<bmp280_values> bmp280(board.sensors.bmp280());
  sensor_watch<mpu6050_values> mpu6050(board.sensors.mpu6050());
  sensor_watch<sht4x_values> sht4x(board.sensors.sht4x());
  for (int time = 0; time < frozen_after; time += 1, board.clock.now += 10 * second) {
    CHECK(bmp280.sample(board.clock.now).has_value() == (time < frozen_after - 1));
    CHECK_FALSE(mpu6050.sample(board.clock.now).has_value());
    CHECK_FALSE(sht4x.sample(board.clock.now).has_value());
  }
  CHECK(bmp280.state() == sensor_state::frozen);
  CHECK(mpu6050.state() == sensor_state::failing);
  CHECK(sht4x.state() == sensor_state::absent);
}

}  // namespace
}  // namespace sealpost::test
