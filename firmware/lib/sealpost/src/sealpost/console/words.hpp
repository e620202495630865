#pragma once

#include "sealpost/bytes.hpp"
#include "sealpost/status.hpp"

namespace sealpost {

/// A command and what it is given. Each word has a zero at its end.
struct words {
  /// One more than any command takes.
  std::array<const char*, 5> at{};
  /// At most 5, also where there are more.
  std::size_t count = 0;
};

/// Splits a line at its spaces, in place; there is a zero after it. `"a word"` may have spaces, and `\"` and `\\` in it
/// stand for the two characters. malformed when a quotation mark is not closed, or not at the end of its word.
status split(span<char> line, words& words);

/// How many words of an unfinished line are whole, so that what is typed next belongs to a further one. `second` is the
/// second of them, as it was typed.
[[nodiscard]] std::size_t whole_words(span<const char> line, span<const char>& second);

}  // namespace sealpost
