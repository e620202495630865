#include "opening_times.hpp"

#include <cstdio>

#include "fakes/padded_record.hpp"
#include "measure.hpp"

namespace sealpost::rv32 {
namespace {

const key256 key{7};
const key128 iv{1, 2, 3};
constexpr std::size_t text_size = 2 * aes_block_size;
using record = std::array<std::uint8_t, text_size + tag_size>;

/// The same for all that `open` sees, or 0.
class only_time {
 public:
  explicit only_time(const char* name) : name_(name) {}

  void open(record sealed, status expected) {
    static cbc_hmac aead;
    if (!aead.has_key() && aead.set_key(key) != status::ok) return;
    bytes plaintext;
    const std::uint64_t begun = instructions();
    const status ended = aead.open(iv, {}, sealed, plaintext);
    const std::uint64_t taken = instructions() - begun;
    is_one_ = is_one_ && ended == expected && (taken_ == 0 || taken == taken_);
    taken_ = taken;
  }
  [[nodiscard]] bool tell() const {
    std::printf("%s %lu\n", name_, static_cast<unsigned long>(taken_));
    return is_one_;
  }

 private:
  const char* name_;
  std::uint64_t taken_ = 0;
  bool is_one_ = true;
};

/// Ends with `size` bytes of `padding`; the byte before them, if there is one, is `before`.
record padded(std::uint8_t padding, std::size_t size, std::uint8_t before) {
  record sealed{};
  sealed[text_size - size - 1] = before;
  for (std::size_t from_end = 1; from_end <= size; ++from_end) sealed[text_size - from_end] = padding;
  return test::seal_padded(key, iv, {}, sealed) == status::ok ? sealed : record{};
}

}  // namespace

bool opens_in_constant_time() {
  only_time forged("instructions.open.forged");
  for (std::size_t at = text_size; at < text_size + tag_size; ++at) {
    record sealed = padded(5, 5, 0);
    sealed[at] ^= 1;
    forged.open(sealed, status::forged);
  }
  only_time right("instructions.open.right_padding");
  for (std::uint8_t size = 1; size <= aes_block_size; ++size) right.open(padded(size, size, 0x80), status::ok);
  only_time wrong("instructions.open.wrong_padding");
  for (std::uint8_t size = 2; size <= aes_block_size; ++size) {
    wrong.open(padded(size, size - 1U, 0x80), status::malformed);
    wrong.open(padded(size, 1, 0x80), status::malformed);
  }
  wrong.open(padded(0, 16, 0), status::malformed);
  wrong.open(padded(17, 17, 17), status::malformed);
  wrong.open(padded(255, 16, 255), status::malformed);
  const bool each_is_one[] = {forged.tell(), right.tell(), wrong.tell()};
  return each_is_one[0] && each_is_one[1] && each_is_one[2];
}

}  // namespace sealpost::rv32
