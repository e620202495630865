#include "sealpost/console/words.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace sealpost::test {
namespace {

/// The words of a line; `<malformed>` for one that can't be split.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<char> buffer(line.begin(), line.end());
  buffer.push_back('\0');
  words found;
  if (split({buffer.data(), line.size()}, found) != status::ok) return {"<malformed>"};
  return {found.at.begin(), found.at.begin() + static_cast<std::ptrdiff_t>(found.count)};
}

using list = std::vector<std::string>;

TEST_CASE("a line is split at its spaces, however many there are") {
  CHECK(words_of("") == list{});
  CHECK(words_of("   ") == list{});
  CHECK(words_of("help") == list{"help"});
  CHECK(words_of("  set   pins 41  40 ") == list{"set", "pins", "41", "40"});
}

TEST_CASE("a quoted word may have spaces, quotation marks and nothing in it") {
  CHECK(words_of(R"(set wifi "our house" "pass word")") == list{"set", "wifi", "our house", "pass word"});
  CHECK(words_of(R"("a \"b\" \\ c" "")") == list{R"(a "b" \ c)", ""});
}

TEST_CASE("quotation marks and backslashes inside a word that does not begin with one are themselves") {
  CHECK(words_of(R"(it"s C:\new \"a)") == list{R"(it"s)", R"(C:\new)", R"(\"a)"});
}

TEST_CASE("a quotation mark that is not closed, or in the middle of a word, is malformed") {
  for (const char* line : {R"(")", R"(set wifi "our)", R"("a"b)", R"("a""b")", R"("a\")", R"("\)"}) {
    CAPTURE(line);
    CHECK(words_of(line) == list{"<malformed>"});
  }
}

TEST_CASE("what comes after the fifth word is not looked at") {
  CHECK(words_of("1 2 3 4 5 6 7 \"") == list{"1", "2", "3", "4", "5"});
}

/// How many words are whole, and the second of them.
std::string whole(const std::string& line) {
  span<const char> second;
  const std::size_t count = whole_words({line.data(), line.size()}, second);
  return std::to_string(count) + ":" + std::string(second.begin(), second.end());
}

TEST_CASE("a word is whole once a space has come after it") {
  CHECK(whole("") == "0:");
  CHECK(whole("set") == "0:");
  CHECK(whole(" set ") == "1:");
  CHECK(whole("set key") == "1:");
  CHECK(whole("set key ") == "2:key");
  CHECK(whole("set  key  abc") == "2:key");
  CHECK(whole("set wifi \"our house") == "2:wifi");
  CHECK(whole("set wifi \"our house\" ") == "3:wifi");
  CHECK(whole("set \"a b\" c d e f ") == "6:\"a b\"");
}

TEST_CASE("splitting agrees with itself: an unfinished line has as many whole words as it has when it is split") {
  std::mt19937 random(99);
  const std::string alphabet = "ab \"\\";
  for (int run = 0; run < 20'000; run += 1) {
    std::string line;
    for (std::size_t size = random() % 24; size > 0; size -= 1) line += alphabet[random() % alphabet.size()];
    const list all = words_of(line + " x");
    if (all == list{"<malformed>"} || all.size() == 5 || all.back() != "x") continue;
    CAPTURE(line);
    span<const char> second;
    const std::string unfinished = line + " x";
    CHECK(whole_words({unfinished.data(), unfinished.size()}, second) == all.size() - 1);
  }
}

}  // namespace
}  // namespace sealpost::test
