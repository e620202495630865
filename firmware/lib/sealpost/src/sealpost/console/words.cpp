#include "sealpost/console/words.hpp"

namespace sealpost {
namespace {

std::size_t skip_spaces(span<const char> line, std::size_t at) {
  while (at < line.size() && line[at] == ' ') at += 1;
  return at;
}

/// Where the word ends that begins there: at a space, or at the end of the line.
std::size_t end_of_word(span<const char> line, std::size_t at) {
  bool is_quoted = line[at] == '"';
  for (at += 1; at < line.size(); at += 1) {
    if (!is_quoted && line[at] == ' ') return at;
    if (is_quoted && line[at] == '"') is_quoted = false;
    if (is_quoted && line[at] == '\\') at += 1;
  }
  return line.size();
}

/// Takes the quotation marks off a word, in place.
status unquote(span<char> word) {
  std::size_t size = 0;
  for (std::size_t at = 1; at < word.size(); at += 1) {
    if (word[at] == '"') {
      word[size] = 0;
      return at + 1 == word.size() ? status::ok : status::malformed;
    }
    if (word[at] == '\\' && at + 1 < word.size()) at += 1;
    word[size] = word[at];
    size += 1;
  }
  return status::malformed;
}

}  // namespace

status split(span<char> line, words& words) {
  words.count = 0;
  for (std::size_t at = skip_spaces(line, 0); at < line.size() && words.count < words.at.size();) {
    const std::size_t end = end_of_word(line, at);
    const span<char> word = line.from(at).first(end - at);
    if (word[0] == '"' && unquote(word) != status::ok) return status::malformed;
    line.data()[end] = 0;
    words.at[words.count] = word.data();
    words.count += 1;
    at = end < line.size() ? skip_spaces(line, end + 1) : end;
  }
  return status::ok;
}

std::size_t whole_words(span<const char> line, span<const char>& second) {
  std::size_t count = 0;
  for (std::size_t at = skip_spaces(line, 0); at < line.size(); at = skip_spaces(line, at)) {
    const std::size_t end = end_of_word(line, at);
    if (end == line.size()) break;
    count += 1;
    if (count == 2) second = line.from(at).first(end - at);
    at = end;
  }
  return count;
}

}  // namespace sealpost
