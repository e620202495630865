#include "sealpost/wire/http.hpp"

#include <algorithm>
#include <cstring>

#include "sealpost/wire/back_off.hpp"

namespace sealpost {
namespace {

using text = span<const char>;

constexpr std::size_t most_head_size = 4096;
constexpr std::uint8_t most_interim_answers = 4;

constexpr std::uint16_t switching_protocols = 101;
constexpr std::uint16_t no_content = 204;
constexpr std::uint16_t not_modified = 304;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// RFC 9110, section 5.6.2.
bool is_of_token(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
         (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

bool is_token(text name) { return !name.empty() && std::all_of(name.begin(), name.end(), is_of_token); }

/// `expected` in lower case.
bool same(text given, const char* expected) {
  const std::size_t size = std::strlen(expected);
  return given.size() == size &&
         std::equal(given.begin(), given.end(), expected, [](char left, char right) { return lower(left) == right; });
}

text trimmed(text value) {
  while (!value.empty() && is_blank(value[0])) value = value.from(1);
  while (!value.empty() && is_blank(value[value.size() - 1])) value = value.first(value.size() - 1);
  return value;
}

/// What is before the first `delimiter`, which is everything when there is none.
text before(text value, char delimiter) {
  return value.first(static_cast<std::size_t>(std::find(value.begin(), value.end(), delimiter) - value.begin()));
}

/// Decimal digits and nothing else; `most` stands for everything above it.
bool read_number(text digits, std::size_t most, std::size_t& number) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  number = 0;
  for (const char digit : digits) number = std::min(number * 10 + static_cast<std::size_t>(digit - '0'), most);
  return true;
}

/// -1 when it is none.
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

}  // namespace

status http_response_parser::take(bytes data) {
  while (!data.empty() && failure_ == status::ok) {
    if (complete()) {
      has_surplus_ = true;
      break;
    }
    if (in_body()) {
      const std::size_t size = state_ == state::body_until_end ? data.size() : std::min(data.size(), body_left_);
      failure_ = take_body(data.first(size));
      data = data.from(size);
    } else {
      failure_ = take_line_byte(data[0]);
      data = data.from(1);
    }
  }
  return failure_;
}

status http_response_parser::finish() {
  if (failure_ == status::ok && state_ == state::body_until_end) state_ = state::complete;
  if (failure_ == status::ok && !complete()) failure_ = status::unreachable;
  return failure_;
}

bool http_response_parser::keeps_alive() const {
  return complete() && !ends_with_connection_ && !has_surplus_ && !head_.says_close &&
         (!head_.is_http_1_0 || head_.says_keep_alive);
}

bool http_response_parser::in_body() const {
  return state_ == state::body || state_ == state::body_until_end || state_ == state::chunk;
}

status http_response_parser::take_body(bytes data) {
  if (data.size() > body_.size() - body_size_) return status::no_room;
  std::memcpy(body_.data() + body_size_, data.data(), data.size());
  body_size_ += data.size();
  if (state_ == state::body_until_end) return status::ok;
  body_left_ -= data.size();
  if (body_left_ == 0) state_ = state_ == state::body ? state::complete : state::chunk_end;
  return status::ok;
}

status http_response_parser::take_line_byte(std::uint8_t byte) {
  head_size_ += 1;
  if (head_size_ > most_head_size) return status::no_room;
  if (after_cr_) {
    if (byte != '\n') return status::malformed;
    const text line(line_.data(), line_size_);
    const status ended = end_line(line);
    line_size_ = 0;
    line_is_cut_ = false;
    after_cr_ = false;
    return ended;
  }
  if (byte == '\r') {
    after_cr_ = true;
    return status::ok;
  }
  const bool is_control = (byte < ' ' && byte != '\t') || byte == 0x7f;
  if (is_control) return status::malformed;
  if (line_size_ == line_.size()) {
    line_is_cut_ = true;
  } else {
    line_[line_size_] = static_cast<char>(byte);
    line_size_ += 1;
  }
  return status::ok;
}

status http_response_parser::end_line(text line) {
  switch (state_) {
    case state::status_line:
      return take_status_line(line);
    case state::field:
      return line.empty() ? end_head() : take_field(line);
    case state::chunk_size:
      return take_chunk_size(line);
    case state::chunk_end:
      state_ = state::chunk_size;
      return line.empty() ? status::ok : status::malformed;
    case state::trailer:
      if (!line.empty()) return take_field(line);
      state_ = state::complete;
      return status::ok;
    default:
      return status::malformed;
  }
}

/// `HTTP/1.1 200 OK`. The second space is there also when the reason is not (RFC 9112, section 4).
status http_response_parser::take_status_line(text line) {
  constexpr char protocol[] = "HTTP/1.";
  constexpr std::size_t version_at = sizeof(protocol) - 1;
  constexpr std::size_t code_at = version_at + 2;
  constexpr std::size_t reason_at = code_at + 4;
  if (line.size() < reason_at || std::memcmp(line.data(), protocol, version_at) != 0) return status::malformed;
  const char version = line[version_at];
  if ((version != '0' && version != '1') || line[version_at + 1] != ' ' || line[reason_at - 1] != ' ') {
    return status::malformed;
  }
  std::size_t code = 0;
  // RFC 9110, section 15: 100 to 599.
  if (!read_number(line.from(code_at).first(3), 600, code) || code < 100 || code > 599) return status::malformed;
  head_.is_http_1_0 = version == '0';
  head_.code = static_cast<std::uint16_t>(code);
  state_ = state::field;
  return status::ok;
}

status http_response_parser::take_field(text line) {
  const text name = before(line, ':');
  if (name.size() == line.size() || !is_token(name)) return status::malformed;
  // Trailers mean nothing here (RFC 9110, section 6.5.1).
  return state_ == state::field ? take_known_field(name, trimmed(line.from(name.size() + 1))) : status::ok;
}

status http_response_parser::take_known_field(text name, text value) {
  if (same(name, "content-length")) {
    // More than the body may have is more, however much.
    if (line_is_cut_ || head_.has_length || !read_number(value, body_.size() + 1, head_.length)) {
      return status::malformed;
    }
    head_.has_length = true;
  } else if (same(name, "transfer-encoding")) {
    // RFC 9112, section 6.1: HTTP/1.0 has none.
    if (line_is_cut_ || head_.is_http_1_0 || head_.is_chunked || !same(value, "chunked")) return status::malformed;
    head_.is_chunked = true;
  } else if (same(name, "content-encoding")) {
    if (line_is_cut_ || !same(value, "identity")) return status::malformed;
  } else if (same(name, "connection")) {
    if (line_is_cut_) return status::malformed;
    take_connection_options(value);
  } else if (same(name, "content-type")) {
    head_.is_proto = same(trimmed(before(value, ';')), "application/proto");
  } else if (same(name, "retry-after")) {
    constexpr std::size_t most_seconds = most_retry_after / second;
    std::size_t seconds = 0;
    // The form with a date is left alone: a device may have no clock.
    if (!line_is_cut_ && read_number(value, most_seconds, seconds)) {
      head_.retry_after = static_cast<micros>(seconds) * second;
    }
  }
  return status::ok;
}

/// RFC 9110, section 7.6.1.
void http_response_parser::take_connection_options(text options) {
  while (!options.empty()) {
    const text option = before(options, ',');
    if (same(trimmed(option), "close")) head_.says_close = true;
    if (same(trimmed(option), "keep-alive")) head_.says_keep_alive = true;
    options = options.from(std::min(option.size() + 1, options.size()));
  }
}

/// RFC 9112, section 6.3: what follows the empty line.
status http_response_parser::end_head() {
  if (head_.is_chunked && head_.has_length) return status::malformed;
  if (head_.code < 200) {
    // Nobody has asked for another protocol.
    if (head_.code == switching_protocols || interim_answers_ == most_interim_answers) return status::malformed;
    interim_answers_ += 1;
    head_ = {};
    state_ = state::status_line;
    return status::ok;
  }
  if (head_.code == no_content || head_.code == not_modified) {
    state_ = state::complete;
  } else if (head_.is_chunked) {
    state_ = state::chunk_size;
  } else if (head_.has_length) {
    if (head_.length == 0) {
      state_ = state::complete;
      return status::ok;
    }
    return begin_body(head_.length, state::body);
  } else {
    ends_with_connection_ = true;
    state_ = state::body_until_end;
  }
  return status::ok;
}

status http_response_parser::begin_body(std::size_t length, state kind) {
  if (length > body_.size() - body_size_) return status::no_room;
  body_left_ = length;
  state_ = kind;
  return status::ok;
}

/// Hexadecimal, then perhaps extensions, which say nothing (RFC 9112, section 7.1).
status http_response_parser::take_chunk_size(text line) {
  std::size_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
    size = size * 16 + static_cast<std::size_t>(hex_digit(line[digits]));
    if (size > body_.size()) return status::no_room;
  }
  const text rest = trimmed(line.from(digits));
  const bool is_bare = digits == line.size() && !line_is_cut_;
  const bool is_extended = !rest.empty() && rest[0] == ';';
  if (digits == 0 || (!is_bare && !is_extended)) return status::malformed;
  if (size > 0) return begin_body(size, state::chunk);
  state_ = state::trailer;
  return status::ok;
}

}  // namespace sealpost
