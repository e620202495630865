#include "sealpost/console/line_editor.hpp"

namespace sealpost {
namespace {

constexpr std::uint8_t ctrl_c = 0x03;
constexpr std::uint8_t backspace = 0x08;
constexpr std::uint8_t line_feed = 0x0a;
constexpr std::uint8_t carriage_return = 0x0d;
constexpr std::uint8_t escape_key = 0x1b;
constexpr std::uint8_t first_printable = 0x20;
constexpr std::uint8_t delete_key = 0x7f;

/// Whether a byte goes on with a character of UTF-8 that is there already (RFC 3629, section 3).
bool goes_on(std::uint8_t byte) { return (byte & 0xc0U) == 0x80U; }

}  // namespace

line_editor::event line_editor::take(std::uint8_t byte, bool secret, text_sink& terminal) {
  const bool ends_crlf = after_cr_ && byte == line_feed;
  after_cr_ = byte == carriage_return;
  if (ends_crlf || is_of_escape(byte)) return event::none;
  if (byte < first_printable || byte == delete_key) return take_control(byte, terminal);
  take_character(byte, secret, terminal);
  return event::none;
}

/// ECMA-48, section 5.4: after ESC and `[`, a sequence goes on to its first byte of 0x40 to 0x7e. A control character
/// ends what it comes in the middle of, so that no sequence swallows the end of a line.
bool line_editor::is_of_escape(std::uint8_t byte) {
  if (byte < first_printable) {
    escape_ = byte == escape_key ? escape::begun : escape::none;
    return escape_ == escape::begun;
  }
  switch (escape_) {
    case escape::none:
      return false;
    case escape::begun:
      // Some keys send ESC, `O` and a letter.
      escape_ = byte == '[' || byte == 'O' ? escape::sequence : escape::none;
      return true;
    case escape::sequence:
      if (byte >= 0x40 && byte <= 0x7e) escape_ = escape::none;
      return true;
  }
  return false;
}

line_editor::event line_editor::take_control(std::uint8_t byte, text_sink& terminal) {
  switch (byte) {
    case carriage_return:
    case line_feed:
      terminal.write("\r\n");
      if (!is_too_long_) return event::line;
      clear();
      return event::too_long;
    case ctrl_c:
      terminal.write("^C\r\n");
      clear();
      return event::abandoned;
    case backspace:
    case delete_key:
      remove_last(terminal);
      return event::none;
    default:
      return event::none;
  }
}

void line_editor::take_character(std::uint8_t byte, bool secret, text_sink& terminal) {
  if (is_too_long_ || size_ == most_characters) {
    is_too_long_ = true;
    return;
  }
  line_[size_] = static_cast<char>(byte);
  size_ += 1;
  const std::array<char, 2> shown = {static_cast<char>(byte), 0};
  if (!secret)
    terminal.write(shown.data());
  else if (!goes_on(byte))
    terminal.write("*");
}

void line_editor::remove_last(text_sink& terminal) {
  if (size_ == 0) return;
  std::uint8_t removed = 0;
  do {
    size_ -= 1;
    removed = static_cast<std::uint8_t>(line_[size_]);
    line_[size_] = 0;
  } while (goes_on(removed) && size_ > 0);
  terminal.write("\b \b");
}

void line_editor::clear() {
  // Characters and bytes have one size and one alignment.
  wipe({reinterpret_cast<std::uint8_t*>(line_.data()), line_.size()});
  size_ = 0;
  is_too_long_ = false;
}

}  // namespace sealpost
