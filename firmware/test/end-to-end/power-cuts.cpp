// Boards that lose power at random bytes of what they write, against a real server.
//
//   power-cuts URL DEVICES
//
// DEVICES is a file with a line for each board: its id and its key in base64. Every board boots a few times in a
// process of its own, which ends in the middle of writing to flash; the flash outlives it. At last it boots with steady
// power and empties its log. A line comes out for each boot: device, boot id, and the last sequence that was in flash
// for certain.

#include <mbedtls/base64.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

#include "fakes/board.hpp"
#include "linux/kernel_random.hpp"
#include "linux/socket_transport.hpp"

namespace sealpost::test {
namespace {

constexpr std::uint32_t sectors = 4;
/// The first two fill and empty most of the ring, so that the next ones write over what was there. The last empties the
/// log.
constexpr int boots = 8;
constexpr bool is_steady(int boot) { return boot < 2 || boot == boots - 1; }
constexpr int power_is_gone = 3;

/// What a board keeps, in memory that it shares with its boots.
struct remains {
  std::array<std::uint8_t, std::size_t{sectors} * flash::sector_size> cells;
  std::uint64_t boot_count;
  std::array<std::uint64_t, boots> boot_ids;
  /// Of each boot, the last reading that flash has taken.
  std::array<std::uint64_t, boots> in_flash;
  std::uint32_t pending;
};

/// Flash whose power goes after so many bytes: of the last one only some bits are programmed.
class dying_flash final : public flash {
 public:
  dying_flash(remains& board, std::uint64_t bytes_left, std::mt19937& dice)
      : board_(board), bytes_left_(bytes_left), dice_(dice) {}

  std::uint32_t size() override { return static_cast<std::uint32_t>(board_.cells.size()); }
  status read(std::uint32_t offset, mutable_bytes into) override {
    std::memcpy(into.data(), board_.cells.data() + offset, into.size());
    return status::ok;
  }
  status program(std::uint32_t offset, bytes data) override {
    for (const std::uint8_t byte : data) {
      const bool dies = bytes_left_ == 0;
      board_.cells[offset++] &= static_cast<std::uint8_t>(dies ? byte | dice_() : byte);
      if (dies) _exit(power_is_gone);
      bytes_left_ -= 1;
    }
    return status::ok;
  }
  status erase_sector(std::uint32_t offset) override {
    for (std::uint32_t i = 0; i < sector_size; ++i) {
      // An erase takes as long as a few hundred bytes take.
      const bool dies = bytes_left_ < 256 && dice_() % 256 >= bytes_left_;
      board_.cells[offset + i] = dies ? static_cast<std::uint8_t>(dice_()) : 0xff;
    }
    if (bytes_left_ < 256) _exit(power_is_gone);
    bytes_left_ -= 256;
    return status::ok;
  }

 private:
  remains& board_;
  std::uint64_t bytes_left_;
  std::mt19937& dice_;
};

/// The counter of boots, which outlives them.
class shared_settings final : public settings {
 public:
  explicit shared_settings(remains& board) : board_(board) {}
  status read(const char*, mutable_bytes into, std::size_t& size) override {
    size = sizeof(board_.boot_count);
    store_u64(board_.boot_count, into);
    return status::ok;
  }
  status write(const char*, bytes value) override {
    board_.boot_count = 0;
    for (const std::uint8_t byte : value) board_.boot_count = board_.boot_count << 8 | byte;
    return status::ok;
  }
  status erase(const char*) override { return status::not_found; }

 private:
  remains& board_;
};

/// Notes what is in flash for certain: before a sensor is read, all readings before; before an upload, all there are.
class watched_sensor final : public sensor<bmp280_values> {
 public:
  explicit watched_sensor(std::uint64_t& in_flash) : in_flash_(in_flash) {}
  std::uint64_t sampled = 0;
  bool begin() override { return true; }
  bool read(bmp280_values& values) override {
    in_flash_ = sampled;
    sampled += 1;
    values = {20.0F + static_cast<float>(sampled % 100) / 10, 100'000.0F + static_cast<float>(sampled)};
    return true;
  }

 private:
  std::uint64_t& in_flash_;
};

class watched_network final : public transport {
 public:
  watched_network(std::uint64_t& in_flash, const watched_sensor& sensor) : in_flash_(in_flash), sensor_(sensor) {}
  bool is_away = false;
  status connect(const char* host, std::uint16_t port, micros timeout) override {
    return is_away ? status::unreachable : socket_.connect(host, port, timeout);
  }
  bool connected() override { return socket_.connected(); }
  status send(bytes data, micros timeout) override {
    in_flash_ = sensor_.sampled;
    return socket_.send(data, timeout);
  }
  status receive(mutable_bytes into, std::size_t& received, micros timeout) override {
    return socket_.receive(into, received, timeout);
  }
  void close() override { socket_.close(); }

 private:
  posix::stop_event stop_;
  posix::socket_transport socket_{stop_};
  std::uint64_t& in_flash_;
  const watched_sensor& sensor_;
};

/// One boot, which does not return unless its power is steady.
void boot(const device_identity& identity, remains& board, int number, std::uint32_t seed) {
  std::mt19937 dice(seed);
  const bool steady = is_steady(number);
  const auto index = static_cast<std::size_t>(number);
  fake_clock clock;
  posix::kernel_random random;
  manual_wall wall(clock);
  watched_sensor bmp280(board.in_flash[index]);
  watched_network network(board.in_flash[index], bmp280);
  network.is_away = steady || dice() % 2 == 0;
  dying_flash flash(board, steady ? UINT64_MAX : dice() % 1200, dice);
  shared_settings store(board);
  moving_sensor<mpu6050_values> mpu6050({{0, 0, 9.81F}, {0, 0, 0}, 24});
  moving_sensor<sht4x_values> sht4x({21, 45});
  log_lines log;
  single_thread_mutex link_mutex;
  single_thread_mutex state_mutex;
  timetable tasks;
  steady_board health;
  const platform platform{clock, wall,  random, network,    flash,       bmp280, mpu6050,
                          sht4x, store, log,    link_mutex, state_mutex, tasks,  health};
  device device(identity, platform);
  board.boot_ids[index] = 0;
  device.begin();
  board.boot_ids[index] = device.view().boot_id;
  // Never more than the 92 that four sectors hold: 80 here, or 9 in each of the boots that die.
  const micros most = steady && number < 2 ? 800 * second : 90 * second;
  const micros span = number == boots - 1 ? second : static_cast<micros>(dice()) % most;
  run_jobs(device, tasks, clock, span, 100'000);
  // Within the longest wait that errors cost.
  if (steady) network.is_away = false;
  while (steady && device.view().pending > 0 && clock.now < span + 2 * minute) {
    run_jobs(device, tasks, clock, clock.now + second, 100'000);
  }
  board.in_flash[index] = bmp280.sampled;
  board.pending = device.view().pending;
  _exit(steady ? 0 : power_is_gone);
}

bool read_key(const std::string& base64, key256& key) {
  std::size_t size = 0;
  const bytes text = bytes_of(base64.c_str());
  return mbedtls_base64_decode(key.data(), key.size(), &size, text.data(), text.size()) == 0 && size == key.size();
}

bool run(const device_identity& identity, remains& board, std::uint32_t seed) {
  board.cells.fill(0xff);
  board.boot_count = 0;
  board.in_flash.fill(0);
  for (int number = 0; number < boots; ++number) {
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) boot(identity, board, number, seed * boots + static_cast<std::uint32_t>(number));
    int ended = 0;
    if (waitpid(child, &ended, 0) != child || !WIFEXITED(ended)) return false;
    if (WEXITSTATUS(ended) != (is_steady(number) ? 0 : power_is_gone)) return false;
    const auto index = static_cast<std::size_t>(number);
    std::printf("%s %" PRIu64 " %" PRIu64 "\n", identity.device_id.data(), board.boot_ids[index],
                board.in_flash[index]);
  }
  return board.pending == 0;
}

}  // namespace
}  // namespace sealpost::test

int main(int count, char** arguments) {
  using namespace sealpost;
  device_identity identity;
  identity.firmware_version = "1.0.0";
  identity.hardware = "power-cuts";
  if (count != 3 || parse_server_url(arguments[1], identity.server) != status::ok) return 2;
  auto* const board = static_cast<test::remains*>(
      mmap(nullptr, sizeof(test::remains), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (board == MAP_FAILED) return 1;
  std::ifstream devices(arguments[2]);
  std::string id;
  std::string key;
  for (std::uint32_t seed = 1; devices >> id >> key; ++seed) {
    if (id.size() >= identity.device_id.size() || !test::read_key(key, identity.device_key)) return 2;
    identity.device_id.fill(0);
    std::memcpy(identity.device_id.data(), id.c_str(), id.size());
    if (!test::run(identity, *board, seed)) {
      std::cerr << "seed " << seed << " went wrong; " << board->pending << " readings wait\n";
      return 1;
    }
    std::fflush(stdout);
  }
  return 0;
}
