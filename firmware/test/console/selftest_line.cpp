#include "sealpost/console/selftest_line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "fakes/random.hpp"
#include "sealpost/crypto/selftest.hpp"

namespace sealpost::test {
namespace {

class text final : public text_sink {
 public:
  std::string all;
  void write(const char* piece) override { all += piece; }
};

/// Each look at it is a millisecond later.
class ticking_clock final : public monotonic_clock {
 public:
  [[nodiscard]] micros uptime() override { return now_ += millisecond; }

 private:
  micros now_ = 0;
};

int pauses = 0;
void pause() { pauses += 1; }

constexpr chip_facts facts{"esp32s2", "0.1.0", {3, 3, 9}, 150'000, 140'000};

}  // namespace

TEST_CASE("all vectors are run, timed, and leave a pause after each") {
  ticking_clock clock;
  seeded_random random(1);
  std::vector<std::uint8_t> scratch(selftest_scratch_size);
  pauses = 0;
  const selftest_run run = run_timed_selftest(clock, random, {scratch.data(), scratch.size()}, pause);
  CHECK(run.vectors == selftest_count());
  CHECK(run.failed == 0);
  CHECK(run.first_failed == nullptr);
  CHECK(run.took == static_cast<micros>(run.vectors) * millisecond);
  CHECK(run.slowest_took == millisecond);
  CHECK(std::string(run.slowest) != "");
  CHECK(pauses == static_cast<int>(run.vectors));
}

TEST_CASE("vectors that fail are counted, and the first of them is named") {
  ticking_clock clock;
  // X25519 blinds its arithmetic.
  failing_random random;
  std::vector<std::uint8_t> scratch(selftest_scratch_size);
  const selftest_run run = run_timed_selftest(clock, random, {scratch.data(), scratch.size()}, pause);
  CHECK(run.failed > 0);
  CHECK(run.failed < run.vectors);
  CHECK(run.first_failed != nullptr);
}

TEST_CASE("a selftest that passed is one line of JSON") {
  const std::array<stack_use, 2> stacks{{{"loop", 7000}, {"shake_hands", 5000}}};
  text terminal;
  write_selftest_line({63, 0, nullptr, 1'234'567, "a name", 210'000}, facts, stacks, terminal);
  CHECK(
      terminal.all ==
      R"({"selftest":"passed","vectors":63,"failed":0,"milliseconds":1234,"slowest":"a name","slowest_milliseconds":210,)"
      R"("hardware":"esp32s2","firmware":"0.1.0","arduino":"3.3.9","free_heap":150000,"least_free_heap":140000,)"
      R"("stack_left":{"loop":7000,"shake_hands":5000}})"
      "\r\n");
}

TEST_CASE("a selftest that failed says what failed first") {
  text terminal;
  write_selftest_line({63, 2, "the first", 0, "", 0}, facts, {}, terminal);
  CHECK(terminal.all.rfind(R"({"selftest":"failed","vectors":63,"failed":2,"first_failed":"the first",)", 0) == 0);
}

}  // namespace sealpost::test
