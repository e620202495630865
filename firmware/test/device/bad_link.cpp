#include <doctest/doctest.h>

#include "fakes/world.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a day without a link ends with every reading at the server once, the newest first") {
  world world(7, 320);
  world.server.is_away = true;
  world.boot();
  world.run_until(day);
  CHECK(world.device().view().pending == 8641);
  world.server.is_away = false;
  world.server.order.clear();
  world.run_until(day + 10 * minute);
  CHECK(world.device().view().pending == 0);
  CHECK(world.device().view().dropped == 0);
  CHECK(world.stored_of_this_boot() == 8641 + 60);
  CHECK(world.server.duplicates == 0);
  // The newest of the moment leads its batch, and those that waited longest follow.
  CHECK(world.server.order[0].second >= 8641);
  CHECK(world.server.order[1].second == 1);
  // 8,641 readings in batches of 64, and no more than a few calls beside.
  CHECK(world.server.largest_request < most_head_bytes + most_envelope_bytes + sealed_size(most_batch_bytes));
}

TEST_CASE("a server that was restarted costs one handshake and no reading") {
  world world;
  world.boot();
  world.run_until(25 * second);
  world.server.restart();
  world.run_until(55 * second);
  CHECK(world.server.handshakes_at.size() == 2);
  CHECK(world.stored_of_this_boot() == 6);
  CHECK(world.server.duplicates == 0);
}

TEST_CASE("an answer that was lost on the way frees nothing: the reading goes out again and is stored once") {
  world world;
  world.boot();
  world.run_until(5 * second);
  world.server.lose_answers = 1;
  world.run_until(65 * second);
  CHECK(world.stored_of_this_boot() == 7);
  CHECK(world.device().view().pending == 0);
  CHECK(world.server.duplicates <= 1);
}

TEST_CASE("a connection that the server has closed meanwhile costs no wait") {
  world world;
  world.server.closes_quietly = true;
  world.boot();
  world.run_until(65 * second);
  CHECK(world.stored_of_this_boot() == 7);
  CHECK(world.server.handshakes_at.size() == 1);
}

TEST_CASE("a server that says nothing delays no sample by more than a call may take") {
  world world;
  world.boot();
  world.run_until(5 * second);
  world.server.is_silent = true;
  world.run_until(5 * minute);
  world.server.is_silent = false;
  world.server.restart();
  world.run_until(8 * minute);
  CHECK(world.device().view().pending == 0);
  for (std::uint64_t sequence = 2; sequence <= 30; ++sequence) {
    const sealpost_v1_Reading& reading = world.server.stored.at(world.reading(sequence));
    const micros late =
        reading.uptime.seconds * second + reading.uptime.nanos / 1000 - static_cast<micros>(sequence - 1) * 10 * second;
    CHECK(late >= 0);
    CHECK(late <= call_timeout * 2);
  }
}

TEST_CASE("answers in single bytes are answers") {
  world world;
  world.server.fragment = 1;
  world.boot();
  world.run_until(35 * second);
  CHECK(world.stored_of_this_boot() == 4);
}

}  // namespace
}  // namespace sealpost::test
