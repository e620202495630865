#include "sealpost/crypto/selftest.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "fakes/hex.hpp"
#include "fakes/random.hpp"
#include "vectors/vectors.hpp"

namespace sealpost {
namespace {

TEST_CASE("every vector that the TypeScript side has made passes, those that must be refused included") {
  test::seeded_random random(14);
  std::vector<std::uint8_t> scratch(selftest_scratch_size);
  std::set<std::string> names;
  for (std::size_t index = 0; index < selftest_count(); ++index) {
    const selftest_outcome outcome = run_selftest(index, random, test::view(scratch));
    CAPTURE(outcome.name);
    CHECK(outcome.passed);
    names.insert(outcome.name);
  }
  CHECK(names.size() == selftest_count());
  CHECK(names.size() > 50);
  CHECK(run_selftests(random, test::view(scratch)).failed == 0);
  CHECK(run_selftests(random, test::view(scratch)).first_failed == nullptr);
}

TEST_CASE("a machine that does something else fails, and the first failure has a name") {
  test::failing_random random;
  std::vector<std::uint8_t> scratch(selftest_scratch_size);
  const selftest_report report = run_selftests(random, test::view(scratch));
  // What takes no random numbers goes well all the same.
  CHECK(report.failed == vectors::handshakes.size() + vectors::refused_messages_2.size());
  CHECK(report.first_failed == std::string("handshake: section 11"));
}

}  // namespace
}  // namespace sealpost
