#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "fakes/world.hpp"
#include "sealpost/crypto/hkdf.hpp"

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
  CHECK(uploads > 20);
  CHECK(uploads < 80);
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
  // Each refusal costs a wait, each kept connection that broke a second call at most.
  CHECK(requests > 20);
  CHECK(requests < 160);
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

TEST_CASE("what somebody on the path makes of an answer frees no reading, sets no clock and changes no setting") {
  // Each changes the answer to uploads and clock reports in some way.
  const std::vector<std::function<byte_string(const std::string&, byte_string)>> forgeries{
      [](const std::string&, byte_string answer) {
        answer.back() ^= 1;
        return answer;
      },
      [](const std::string&, byte_string answer) {
        answer[answer.size() - 20] ^= 0x80;
        return answer;
      },
      [last = byte_string()](const std::string&, byte_string answer) mutable {
        // The answer before, which was true.
        std::swap(last, answer);
        return answer.empty() ? http_error(503, "unavailable") : answer;
      },
      [](const std::string&, byte_string) { return http_answer(200, "application/proto", {}); },
      [](const std::string&, byte_string) { return http_answer(200, "application/proto", byte_string(1024, 0xff)); },
      [](const std::string&, byte_string) { return http_answer(200, "text/html", byte_string(80, 'x')); },
      [](const std::string&, byte_string) { return http_answer(307, "text/plain", {}, "Location: http://evil/\r\n"); },
      [](const std::string&, byte_string) { return byte_string(5000, 'A'); },
      [](const std::string&, byte_string answer) {
        answer.resize(answer.size() - 5);
        return answer;
      },
  };
  for (std::size_t i = 0; i < forgeries.size(); ++i) {
    CAPTURE(i);
    world world(static_cast<std::uint32_t>(i) + 100);
    world.boot();
    world.run_until(5 * second);
    world.device().pin_sample_interval(10 * second);
    const auto before = world.device().view();
    world.server.on_the_path = [&forgeries, i](const std::string& rpc, byte_string answer) mutable {
      if (rpc == "KeyExchange") return answer;
      return forgeries[i](rpc, std::move(answer));
    };
    world.server.time_offset += 1000 * second;
    world.run_until(65 * second);
    const auto after = world.device().view();
    CHECK(after.receipted == before.receipted);
    // The readings of 10 to 60 s, or fewer where answers that don't come make samples late.
    CHECK(after.pending >= before.pending + 5);
    world.server.on_the_path = nullptr;
    world.run_until(4 * minute);
    CHECK(world.device().view().pending == 0);
    // None is missing: the greatest sequence is their number.
    CHECK(world.server.stored.rbegin()->first.second == world.server.stored.size());
  }
}

TEST_CASE("answers in single bytes are answers") {
  world world;
  world.server.fragment = 1;
  world.boot();
  world.run_until(35 * second);
  CHECK(world.stored_of_this_boot() == 4);
}

TEST_CASE("the server's clock, put right, is followed, and NTP is believed only near it") {
  world world;
  world.wall.ntp_offset = world.server.time_offset;
  world.boot();
  world.run_until(30 * second);
  CHECK(world.device().view().clock.source == time_source::ntp);
  world.server.time_offset += 3600 * second;
  world.run_until(60 * second);
  const stamp now = world.device().view().clock;
  CHECK(now.source == time_source::server);
  CHECK(*now.time / second == (world.server.time_offset + world.clock.now) / second);
  CHECK(world.log.count("NTP is") == 1);
}

TEST_CASE("the keys of a session go when its day is over, whether there is another one or not") {
  world world;
  // Nobody but the job that shakes hands is there to notice.
  world.server.settings = {7 * 60 * minute, 7 * 60 * minute, 7 * 60 * minute};
  world.boot();
  world.run_until(15 * second);
  std::array<std::uint8_t, 48> keys{};
  REQUIRE(hkdf_expand(world.server.keys.to_server, bytes_of("sealpost.v1 record keys"), keys) == status::ok);
  const auto is_held = [&] {
    const bytes memory(reinterpret_cast<const std::uint8_t*>(&world.device()), sizeof(device));
    return std::search(memory.begin(), memory.end(), keys.begin() + 16, keys.begin() + 32) != memory.end();
  };
  CHECK(is_held());
  world.server.is_away = true;
  world.run_until(day + minute);
  CHECK_FALSE(is_held());
}

TEST_CASE("NTP that goes astray while the server is away is noticed at once") {
  world world;
  world.wall.ntp_offset = world.server.time_offset;
  world.boot();
  world.run_until(30 * second);
  world.server.is_away = true;
  *world.wall.ntp_offset += 3600 * second;
  world.run_until(3 * minute);
  CHECK(world.device().view().clock.source == time_source::server);
  CHECK(world.log.count("NTP is") == 1);
}

TEST_CASE("a server that does not know the time sets no clock") {
  world world;
  world.server.knows_the_time = false;
  world.boot();
  world.run_until(30 * second);
  CHECK(world.device().view().clock.source == time_source::uptime);
  CHECK(world.stored_of_this_boot() == 4);
  CHECK(world.log.has("the clock is not set yet"));
}

TEST_CASE("a log that is full drops its oldest readings, counts them, and says so to the server") {
  world world(3, 8);
  world.server.is_away = true;
  world.boot();
  world.run_until(2 * 60 * minute);
  const device_view full = world.device().view();
  CHECK(full.dropped > 0);
  CHECK(full.pending + full.dropped == 721);
  CHECK(world.log.has("warning: the log is full"));
  world.cut_power();
  world.boot();
  world.server.is_away = false;
  world.run_until(10 * minute);
  CHECK(world.device().view().pending == 0);
  CHECK(world.device().view().dropped == full.dropped);
  REQUIRE_FALSE(world.server.statuses.empty());
  CHECK(world.server.statuses.back().dropped_readings == full.dropped);
  CHECK(world.server.stored.size() == full.pending + 61);
}

TEST_CASE("flash that takes nothing leaves the newest reading to memory") {
  world world;
  world.flash.fails = true;
  world.boot();
  world.run_until(35 * second);
  CHECK(world.stored_of_this_boot() == 4);
  CHECK(world.log.has("flash does not take readings"));
}

TEST_CASE("flash that is worn out and full of readings keeps no new one from the server") {
  world world;
  world.server.is_away = true;
  world.boot();
  world.run_until(65 * second);
  // Read only from here on: no reading goes in, no receipt is marked.
  world.flash.takes_nothing = [](std::uint32_t) { return true; };
  world.server.is_away = false;
  world.run_until(125 * second);
  const auto lost = world.device().view().dropped;
  world.run_until(20 * minute + 5 * second);
  CHECK(world.device().view().dropped == lost);
  CHECK(world.stored_of_this_boot() + lost == 121);
  // The readings in flash go out again and again, though not often.
  CHECK(world.server.duplicates > 0);
  CHECK(world.server.duplicates <= 7 * 20);
}

TEST_CASE("power cuts at random moments lose nothing that was in flash, and nothing is stored twice") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    world world(seed, 8);
    std::mt19937 dice(seed);
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    for (int boot = 0; boot < 4; ++boot) {
      world.server.is_away = dice() % 3 == 0;
      world.boot();
      world.run_until(static_cast<micros>(dice() % 120 + 1) * second);
      const auto view = world.device().view();
      for (std::uint64_t sequence = 1; sequence <= static_cast<std::uint64_t>(world.clock.now / (10 * second)) + 1;
           ++sequence) {
        taken.insert({view.boot_id, sequence});
      }
      world.cut_power();
    }
    world.server.is_away = false;
    world.boot();
    world.run_until(4 * minute);
    CHECK(world.device().view().pending == 0);
    for (const auto& identity : taken) CHECK(world.server.stored.count(identity) == 1);
  }
}

}  // namespace
}  // namespace sealpost::test
