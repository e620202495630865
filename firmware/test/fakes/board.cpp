#include "fakes/board.hpp"

#include <algorithm>
#include <limits>
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
  values[key] = std::vector<std::uint8_t>(value.begin(), value.end());
  return status::ok;
}

status memory_settings::erase(const char* key) {
  if (fails) return status::flash_failed;
  return values.erase(key) > 0 ? status::ok : status::not_found;
}

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

void run_jobs(device& device, timetable& tasks, fake_clock& clock, micros until, long patience) {
  for (long left = patience;; --left) {
    if (left == 0) throw std::runtime_error("the device spins");
    const auto first = std::min_element(tasks.next.begin(), tasks.next.end());
    if (*first > until) break;
    clock.now = std::max(clock.now, *first);
    // A wake that comes while the job runs holds.
    *first = std::numeric_limits<micros>::max();
    const micros wanted = device.run(static_cast<job>(first - tasks.next.begin()));
    *first = std::min(*first, wanted);
  }
  clock.now = std::max(clock.now, until);
}

}  // namespace sealpost::test
