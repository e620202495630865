#include "log/log_model.hpp"
#include "log/readings.hpp"

namespace sealpost::test {
namespace {

/// A log and its model through the same random life.
class twins {
 public:
  twins(std::uint32_t sectors, std::uint32_t seed) : random_(seed), flash_(sectors), model_(sectors) { mount(); }

  void step() {
    const auto dice = random_() % 100;
    if (dice < appends_) {
      append();
    } else if (dice < 96) {
      upload();
    } else if (dice < 98) {
      boot_ += 1;
    } else if (dice < 99) {
      // Long stretches with the server away, and long ones with a quick one.
      appends_ = 20 + random_() % 75;
    } else {
      mount();
    }
    REQUIRE(log_->pending() == model_.pending());
    REQUIRE(log_->dropped() == model_.dropped());
  }

 private:
  void mount() {
    log_.emplace(flash_);
    REQUIRE(log_->mount() == status::ok);
    model_.mount();
  }

  void append() {
    sequence_ += 1;
    REQUIRE(log_->append(reading_of(boot_, sequence_)) == status::ok);
    model_.append(boot_, sequence_);
  }

  void upload() {
    const std::size_t most = random_() % 4 == 0 ? 1 + random_() % 64 : 64;
    const auto places = next_places(*log_, most);
    const auto expected = model_.next_batch(most);
    REQUIRE(places.size() == expected.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      REQUIRE(same(read_at(*log_, places[i]), reading_of(expected[i].boot_id, expected[i].sequence)));
    }
    // While it is on its way more may come, and the ring may turn.
    for (auto more = random_() % 3; more > 0; --more) append();
    const auto dice = random_() % 4;
    if (dice == 0) return;
    std::vector<log_place> receipted;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (dice == 1 && random_() % 2 == 0) continue;
      receipted.push_back(places[i]);
      model_.free(expected[i].sequence);
    }
    REQUIRE(log_->free(all_of(receipted)) == status::ok);
  }

  std::mt19937 random_;
  nor_flash flash_;
  log_model model_;
  std::optional<reading_log> log_;
  std::uint64_t boot_ = 1;
  std::uint64_t sequence_ = 0;
  std::uint64_t appends_ = 60;
};

TEST_CASE("a log does what its model does, through thousands of random steps") {
  for (const std::uint32_t sectors : {4U, 5U, 8U, 13U}) {
    for (std::uint32_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(sectors);
      CAPTURE(seed);
      twins twins(sectors, seed);
      for (int step = 0; step < 2000; ++step) twins.step();
    }
  }
}

}  // namespace
}  // namespace sealpost::test
