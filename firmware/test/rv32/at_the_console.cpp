#include "at_the_console.hpp"

#include <cstdio>
#include <cstring>

#include "board.hpp"
#include "sealpost/console/console.hpp"
#include "sealpost/crypto/selftest.hpp"

namespace sealpost::rv32 {
namespace {

/// Counts, since this run has an output of its own.
class terminal final : public text_sink {
 public:
  void write(const char* text) override { characters += std::strlen(text); }
  std::size_t characters = 0;
};

class host final : public console_host {
 public:
  host(device& device, board& board) : device_(device), board_(board) {}
  device_view view() override { return device_.view(); }
  board_health health() override { return board_.health(); }
  void selftest(text_sink&) override {
    static std::array<std::uint8_t, selftest_scratch_size> scratch;
    known_random random;
    for (std::size_t index = 0; index < selftest_count(); ++index) {
      const selftest_outcome outcome = run_selftest(index, random, scratch);
      (outcome.passed ? passed : failed) += 1;
      if (!outcome.passed) std::printf("not so: %s\n", outcome.name);
    }
  }
  unsigned passed = 0;
  unsigned failed = 0;

 private:
  device& device_;
  board& board_;
};

}  // namespace

bool at_the_console(device& device, settings& store, board& board) {
  static const device_config config;
  terminal terminal;
  host host(device, board);
  console console(store, config, host, terminal);
  console.begin();
  console.take(bytes_of("help\rstatus\rselftest\r"));
  std::printf("vectors.passed %u\nvectors.failed %u\n", host.passed, host.failed);
  return host.passed == selftest_count() && terminal.characters > 0;
}

}  // namespace sealpost::rv32
