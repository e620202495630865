#include <doctest/doctest.h>

#include "fakes/world.hpp"

namespace sealpost::test {
namespace {

TEST_CASE("a wrong key is refused for ever, with growing waits, and no reading goes") {
  world world;
  world.identity.device_key[0] ^= 1;
  world.boot();
  world.run_until(10 * minute);
  CHECK(world.server.stored.empty());
  CHECK(world.device().view().pending == 61);
  CHECK_FALSE(world.device().view().has_session);
  // Back-off is at most a minute, with full jitter: about two in a minute at the end.
  CHECK(world.server.requests > 10);
  CHECK(world.server.requests < 60);
}

TEST_CASE("whoever forges unauthenticated makes a handshake every 2 s at most, and no reading is freed") {
  world world;
  world.server.on_the_path = [](const std::string& rpc, byte_string answer) {
    return rpc == "KeyExchange" ? answer : http_error(401, "unauthenticated");
  };
  world.boot();
  world.run_until(2 * minute);
  const auto& at = world.server.handshakes_at;
  REQUIRE(at.size() > 2);
  for (std::size_t i = 1; i < at.size(); ++i) CHECK(at[i] - at[i - 1] >= 2 * second);
  CHECK(world.device().view().pending == 13);
  world.server.on_the_path = nullptr;
  world.run_until(4 * minute);
  CHECK(world.device().view().pending == 0);
  CHECK(world.stored_of_this_boot() == 25);
}

TEST_CASE("a server that stores nothing is asked ever more rarely, though it still tells the time") {
  world world;
  world.boot();
  world.run_until(5 * second);
  int refusals = 0;
  world.server.on_the_path = [&refusals](const std::string& rpc, byte_string answer) {
    if (rpc != "SensorUpload") return answer;
    refusals += 1;
    return http_error(503, "unavailable");
  };
  world.run_until(20 * minute);
  // About two in a minute once the bound is a minute.
  CHECK(refusals > 20);
  CHECK(refusals < 80);
  CHECK(world.server.reports.size() > 600);
}

TEST_CASE("uploads whose connection always breaks are tried ever more rarely, though clock reports come through") {
  world world;
  world.boot();
  world.run_until(5 * second);
  int uploads = 0;
  world.server.on_the_path = [&](const std::string& rpc, byte_string answer) {
    if (rpc != "SensorUpload") return answer;
    uploads += 1;
    world.server.lose_answers = 1;
    return answer;
  };
  world.run_until(20 * minute);
  // Two in each wait: the first finds that a connection which a report had opened was broken, and costs none.
  CHECK(uploads > 20);
  CHECK(uploads < 160);
}

TEST_CASE("clock reports that are refused become rarer, though readings come through, and hold up none of these") {
  world world;
  world.boot();
  world.run_until(5 * second);
  int refusals = 0;
  world.server.on_the_path = [&refusals](const std::string& rpc, byte_string answer) {
    if (rpc != "TimeSync") return answer;
    refusals += 1;
    return http_error(503, "unavailable");
  };
  world.run_until(20 * minute + 5 * second);
  CHECK(refusals > 20);
  CHECK(refusals < 80);
  CHECK(world.stored_of_this_boot() == 121);
  CHECK(world.device().view().uploads == 121);
}

TEST_CASE("whoever breaks every kept connection, and refuses on every new one, is not asked without end") {
  world world;
  world.boot();
  world.run_until(5 * second);
  int requests = 0;
  world.server.on_the_path = [&](const std::string&, byte_string) {
    requests += 1;
    world.server.lose_answers = requests % 2;
    return http_error(500, "internal");
  };
  world.run_until(20 * minute);
  // Each refusal costs its kind of call a wait, each kept connection that broke a second call at most.
  CHECK(requests > 20);
  CHECK(requests < 240);
}

TEST_CASE("a true answer that can't be read costs a growing wait") {
  world world;
  world.boot();
  world.run_until(5 * second);
  world.server.receipts_are_rubbish = true;
  int uploads = 0;
  world.server.on_the_path = [&uploads](const std::string& rpc, byte_string answer) {
    uploads += rpc == "SensorUpload" ? 1 : 0;
    return answer;
  };
  world.run_until(20 * minute);
  CHECK(world.device().view().pending == 120);
  CHECK(uploads > 20);
  CHECK(uploads < 80);
}

TEST_CASE("Retry-After is honoured, for 5 minutes at most") {
  world world;
  world.boot();
  world.run_until(5 * second);
  const auto uploads_before = world.device().view().uploads;
  int refusals = 0;
  world.server.on_the_path = [&refusals](const std::string& rpc, byte_string answer) {
    if (rpc != "SensorUpload" || refusals > 0) return answer;
    refusals += 1;
    return http_error(429, "resource_exhausted", "Retry-After: 86400\r\n");
  };
  world.run_until(10 * second + 5 * minute - second);
  CHECK(refusals == 1);
  CHECK(world.device().view().uploads == uploads_before);
  world.run_until(10 * second + 5 * minute + 20 * second);
  CHECK(world.device().view().uploads > uploads_before);
}

}  // namespace
}  // namespace sealpost::test
