#include "sealpost/console/line_editor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "console/terminal.hpp"

namespace sealpost::test {
namespace {

using event = line_editor::event;

/// An editor, its terminal, and what came of what was typed.
struct desk {
  line_editor editor;
  test::terminal terminal;
  /// Lines in order, with `<too long>` and `<abandoned>` where those came.
  std::vector<std::string> lines;

  void type(const std::string& text, bool secret = false) {
    for (const char c : text) {
      switch (editor.take(static_cast<std::uint8_t>(c), secret, terminal)) {
        case event::none:
          break;
        case event::line:
          lines.emplace_back(line());
          editor.clear();
          break;
        case event::too_long:
          lines.emplace_back("<too long>");
          break;
        case event::abandoned:
          lines.emplace_back("<abandoned>");
          break;
      }
    }
  }
  std::string line() { return {editor.line().begin(), editor.line().end()}; }
};

using lines = std::vector<std::string>;

TEST_CASE("a line ends with CR, with LF, or with both, and is shown as it is typed") {
  desk desk;
  desk.type("one\rtwo\nthree\r\nfour\r\rfive\n\n");
  CHECK(desk.lines == lines{"one", "two", "three", "four", "", "five", ""});
  CHECK(desk.terminal.shown == "one\r\ntwo\r\nthree\r\nfour\r\n\r\nfive\r\n\r\n");
}

TEST_CASE("a line has a zero at its end") {
  desk desk;
  desk.type("longer");
  for (int key = 0; key < 3; key += 1) desk.type("\b");
  CHECK(std::string(desk.editor.line().data()) == "lon");
}

TEST_CASE("backspace and delete take back the last character, and nothing where there is none") {
  desk desk;
  desk.type(
      "\b\x7f"
      "ab\bc\x7f\x7f\x7f\x7fx\r");
  CHECK(desk.lines == lines{"x"});
  CHECK(desk.terminal.shown == "ab\b \bc\b \b\b \bx\r\n");
}

TEST_CASE("backspace takes back a whole character of UTF-8") {
  desk desk;
  desk.type("a\u00fc\u20ac\U0001f331");
  desk.type("\b\b");
  CHECK(desk.line() == "a\u00fc");
  desk.type("\b\b\b");
  CHECK(desk.line().empty());
}

TEST_CASE("backspace does not run past the front of bytes that are no UTF-8") {
  desk desk;
  desk.type("\x80\x80\x80");
  desk.type("\b\bx\r");
  CHECK(desk.lines == lines{"x"});
}

TEST_CASE("a secret is shown as stars, one for each character, and taken back like anything else") {
  desk desk;
  desk.type("set key ");
  desk.type("a\u00fcb\bc", true);
  desk.type("\r", true);
  CHECK(desk.lines == lines{"set key a\u00fc"
                            "c"});
  CHECK(desk.terminal.shown == "set key ***\b \b*\r\n");
}

TEST_CASE("control characters and escape sequences are passed over and not shown") {
  desk desk;
  desk.type(std::string("a\0b\t\x01\x1f", 6));
  // Arrow up, delete, F1, a colour.
  desk.type("\x1b[Ac\x1b[3~d\x1bOPe\x1b[38;5;1mf");
  CHECK(desk.line() == "abcdef");
  CHECK(desk.terminal.shown == "abcdef");
}

TEST_CASE("an escape sequence that breaks off does not swallow the end of the line") {
  desk desk;
  desk.type("one\x1b\rtwo\x1b[12\rthree\x1b[\x1b[Afour\r");
  CHECK(desk.lines == lines{"one", "two", "threefour"});
}

TEST_CASE("Ctrl-C abandons the line, however long it is") {
  desk desk;
  desk.type(
      "secret\x03"
      "next\r");
  CHECK(desk.lines == lines{"<abandoned>", "next"});
  CHECK(desk.terminal.shown == "secret^C\r\nnext\r\n");
  desk.type(std::string(500, 'x') +
            "\x03"
            "again\r");
  CHECK(desk.lines == lines{"<abandoned>", "next", "<abandoned>", "again"});
}

TEST_CASE("a line of 160 characters is taken, and of a longer one nothing") {
  const std::string longest(line_editor::most_characters, 'x');
  desk desk;
  desk.type(longest + "\r" + longest + "y\rnext\r");
  CHECK(desk.lines == lines{longest, "<too long>", "next"});
  CHECK(desk.terminal.shown == longest + "\r\n" + longest + "\r\nnext\r\n");
}

TEST_CASE("a line that was too long stays so, whatever is taken back of it") {
  desk desk;
  desk.type(std::string(line_editor::most_characters + 1, 'x') + std::string(300, '\b') + "forget yes\r");
  CHECK(desk.lines == lines{"<too long>"});
}

TEST_CASE("nothing of a line is left in memory once it is cleared, taken back, abandoned or too long") {
  const auto is_wiped = [](desk& desk) {
    // All of the editor's memory, beyond the line's present end.
    const char* begin = desk.editor.line().data();
    return desk.editor.line().empty() &&
           std::all_of(begin, begin + line_editor::most_characters + 1, [](char c) { return c == 0; });
  };
  desk desk;
  for (const std::string& text : {std::string("secret\r"), std::string("secret\b\b\b\b\b\b"), std::string("secret\x03"),
                                  std::string(200, 's') + "\r"}) {
    desk.type(text, true);
    CHECK(is_wiped(desk));
  }
}

TEST_CASE("no bytes whatever take an editor beyond its bounds, and it always comes back") {
  std::mt19937 random(1234);
  desk desk;
  const std::string likely = "\r\n\b\x7f\x1b[O\"\\ \x03";
  for (int run = 0; run < 200'000; run += 1) {
    const bool is_likely = random() % 16 == 0;
    desk.type({is_likely ? likely[random() % likely.size()] : static_cast<char>(random())}, random() % 2 == 0);
    REQUIRE(desk.editor.line().size() <= line_editor::most_characters);
  }
  desk.type("\x03help\r");
  CHECK(desk.lines.back() == "help");
}

}  // namespace
}  // namespace sealpost::test
