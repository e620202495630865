#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/console/text_sink.hpp"

namespace sealpost {

/// Bytes from a terminal become lines, and are shown as they are typed. What the terminal sends besides text (control
/// characters, the escape sequences of arrow keys) is passed over.
class line_editor {
 public:
  static constexpr std::size_t most_characters = 160;

  enum class event : std::uint8_t {
    none,
    /// The line is whole.
    line,
    /// The line has ended and was longer than it may be: nothing of it was kept.
    too_long,
    /// Ctrl-C.
    abandoned,
  };

  line_editor() = default;
  ~line_editor() { clear(); }
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  /// A line ends with CR, LF or both. What is typed is shown as `*` where it is `secret`.
  [[nodiscard]] event take(std::uint8_t byte, bool secret, text_sink& terminal);

  /// What there is of the line, with a zero at its end.
  [[nodiscard]] span<char> line() { return {line_.data(), size_}; }
  /// Wipes it, for the next one.
  void clear();

 private:
  enum class escape : std::uint8_t { none, begun, sequence };

  [[nodiscard]] bool is_of_escape(std::uint8_t byte);
  [[nodiscard]] event take_control(std::uint8_t byte, text_sink& terminal);
  void take_character(std::uint8_t byte, bool secret, text_sink& terminal);
  void remove_last(text_sink& terminal);

  std::array<char, most_characters + 1> line_{};
  std::size_t size_ = 0;
  bool is_too_long_ = false;
  bool after_cr_ = false;
  escape escape_ = escape::none;
};

}  // namespace sealpost
