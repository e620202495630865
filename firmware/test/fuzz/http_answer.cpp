// An HTTP answer, which says the same however it is cut into pieces.
#include <algorithm>

#include "fuzz.hpp"
#include "sealpost/wire/http.hpp"

namespace sealpost::fuzz {
namespace {

struct verdict {
  explicit verdict(std::size_t room) : body(room) {}

  std::vector<std::uint8_t> body;
  http_response_parser parser{{body.data(), body.size()}};
  status taken = status::ok;
  status finished = status::ok;

  /// Pieces of these sizes, again and again.
  void read(bytes answer, const std::vector<std::uint8_t>& sizes) {
    std::size_t next = 0;
    while (!answer.empty() && taken == status::ok) {
      const std::size_t size = std::min<std::size_t>(answer.size(), sizes[next++ % sizes.size()] + 1U);
      taken = parser.take(answer.first(size));
      answer = answer.from(size);
    }
    finished = parser.finish();
  }
};

void look_at(const verdict& read) {
  expect(read.taken == status::ok || read.taken == status::malformed || read.taken == status::no_room,
         "a piece is taken, malformed or too much");
  expect(read.parser.body().size() <= read.body.size(), "the body fits");
  expect(read.parser.retry_after() >= 0 && read.parser.retry_after() <= 5 * minute, "no wait is above 5 minutes");
  if (read.finished != status::ok) return;
  expect(read.taken == status::ok, "what is refused is not whole");
  expect(read.parser.complete(), "what is whole is complete");
  expect(read.parser.code() >= 200 && read.parser.code() <= 999, "a whole answer has a final code");
}

}  // namespace
}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealpost::fuzz;
  input from(data, size);
  const std::size_t room = from.byte() * 4U;
  const std::vector<std::uint8_t> sizes{from.byte(), from.byte()};
  const std::vector<std::uint8_t> answer = from.rest();
  const sealpost::bytes all{answer.data(), answer.size()};

  verdict in_pieces(room);
  in_pieces.read(all, sizes);
  look_at(in_pieces);
  verdict byte_by_byte(room);
  byte_by_byte.read(all, {0});
  look_at(byte_by_byte);

  const auto& left = in_pieces.parser;
  const auto& right = byte_by_byte.parser;
  expect(in_pieces.taken == byte_by_byte.taken && in_pieces.finished == byte_by_byte.finished, "pieces end alike");
  if (in_pieces.finished != sealpost::status::ok) return 0;
  expect(left.code() == right.code() && left.keeps_alive() == right.keeps_alive() &&
             left.retry_after() == right.retry_after() && left.is_proto() == right.is_proto() &&
             left.has_surplus() == right.has_surplus() && left.body().size() == right.body().size() &&
             std::equal(left.body().begin(), left.body().end(), right.body().begin()),
         "pieces say the same");
  return 0;
}
