#include "fakes/world.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace sealpost::test {

status memory_settings::read(const char* key, mutable_bytes into, std::size_t& size) {
  if (fails) return status::flash_failed;
  const auto found = values.find(key);
  if (found == values.end()) return status::not_found;
  if (found->second.size() > into.size()) return status::no_room;
  size = found->second.size();
  std::copy(found->second.begin(), found->second.end(), into.begin());
  return status::ok;
}

status memory_settings::write(const char* key, bytes value) {
  if (fails) return status::flash_failed;
  values[key] = byte_string(value.begin(), value.end());
  return status::ok;
}

status memory_settings::erase(const char* key) { return values.erase(key) > 0 ? status::ok : status::not_found; }

bool single_thread_mutex::lock(micros) {
  if (busy) throw std::logic_error("a mutex is taken twice");
  return busy = true;
}

void log_lines::line(log_level level, const char* text) {
  constexpr std::array names{"", "warning: ", "error: "};
  lines.push_back(std::string(names[static_cast<std::size_t>(level)]) + text);
}

bool log_lines::has(const std::string& part) const { return count(part) > 0; }

long log_lines::count(const std::string& part) const {
  return std::count_if(lines.begin(), lines.end(),
                       [&part](const std::string& line) { return line.find(part) != std::string::npos; });
}

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

void world::run_until(micros uptime) {
  for (long left = patience;; --left) {
    if (left == 0) throw std::runtime_error("the device spins");
    const auto first = std::min_element(tasks.next.begin(), tasks.next.end());
    if (*first > uptime) break;
    clock.now = std::max(clock.now, *first);
    // A wake that comes while the job runs holds.
    *first = std::numeric_limits<micros>::max();
    const micros wanted = device_->run(static_cast<job>(first - tasks.next.begin()));
    *first = std::min(*first, wanted);
  }
  clock.now = std::max(clock.now, uptime);
}

std::pair<std::uint64_t, std::uint64_t> world::reading(std::uint64_t sequence) {
  return {device_->view().boot_id, sequence};
}

std::uint64_t world::stored_of_this_boot() {
  const std::uint64_t boot = device_->view().boot_id;
  return static_cast<std::uint64_t>(std::count_if(server.stored.begin(), server.stored.end(),
                                                  [boot](const auto& entry) { return entry.first.first == boot; }));
}

}  // namespace sealpost::test
