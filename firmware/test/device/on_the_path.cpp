#include <doctest/doctest.h>

#include <algorithm>

#include "fakes/world.hpp"
#include "sealpost/crypto/hkdf.hpp"

namespace sealpost::test {
namespace {

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

TEST_CASE("whoever refuses is left: each call after it asks anew where the server is") {
  world world;
  world.boot();
  world.run_until(5 * second);
  world.server.requests = world.server.connections = 0;
  world.server.on_the_path = [](const std::string&, byte_string) { return http_error(503, "unavailable"); };
  world.run_until(5 * minute);
  CHECK(world.server.requests > 10);
  // The first goes to the connection that there was.
  CHECK(world.server.connections == world.server.requests - 1);
  world.server.on_the_path = [](const std::string&, byte_string) { return http_error(401, "unauthenticated"); };
  world.server.requests = world.server.connections = 0;
  world.run_until(10 * minute);
  CHECK(world.server.requests > 5);
  CHECK(world.server.connections >= world.server.requests - 2);
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

}  // namespace
}  // namespace sealpost::test
