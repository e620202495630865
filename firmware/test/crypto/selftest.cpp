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
}

TEST_CASE("a machine that does something else does not pass") {
  test::failing_random random;
  std::vector<std::uint8_t> scratch(selftest_scratch_size);
  const std::size_t handshakes = vectors::handshakes.size() + vectors::refused_messages_2.size();
  for (std::size_t index = 0; index < selftest_count(); ++index) {
    const selftest_outcome outcome = run_selftest(index, random, test::view(scratch));
    CAPTURE(outcome.name);
    // Records take no random numbers, and go well all the same.
    CHECK(outcome.passed == (index >= handshakes));
  }
}

}  // namespace
}  // namespace sealpost
