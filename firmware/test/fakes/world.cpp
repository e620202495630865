#include "fakes/world.hpp"

#include <algorithm>
#include <cstring>

namespace sealpost::test {

world::world(std::uint32_t seed, std::uint32_t flash_sectors)
    : random(seed), flash(flash_sectors), platform_{clock, wall,  random, server,     flash,       bmp280, mpu6050,
                                                    sht4x, store, log,    link_mutex, state_mutex, tasks,  board} {
  bmp280.moving = &bmp280_values::pressure_pascals;
  mpu6050.moving = &mpu6050_values::temperature_celsius;
  sht4x.moving = &sht4x_values::humidity_percent;
  for (std::size_t i = 0; i < server.key.size(); ++i) server.key[i] = static_cast<std::uint8_t>(i);
  std::strcpy(identity.device_id.data(), server.device_id.c_str());
  identity.device_key = server.key;
  identity.server.port = 8080;
  std::strcpy(identity.server.host.data(), "server.example");
  identity.firmware_version = "1.2.3";
  identity.hardware = "world";
  server.pass_time = [this](micros span) { clock.now += span; };
}

void world::boot() {
  clock.now = 0;
  tasks.next.fill(0);
  device_ = std::make_unique<sealpost::device>(identity, platform_);
  device_->begin();
}

void world::run_until(micros uptime) { run_jobs(*device_, tasks, clock, uptime, patience); }

std::pair<std::uint64_t, std::uint64_t> world::reading(std::uint64_t sequence) {
  return {device_->view().boot_id, sequence};
}

std::uint64_t world::stored_of_this_boot() {
  const std::uint64_t boot = device_->view().boot_id;
  return static_cast<std::uint64_t>(std::count_if(server.stored.begin(), server.stored.end(),
                                                  [boot](const auto& entry) { return entry.first.first == boot; }));
}

}  // namespace sealpost::test
