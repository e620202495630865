// How long opening a record takes tells nothing but its end: memcheck is told that the tag as it should be, and the
// decrypted text, are undefined, and complains of every branch and every address that depends on them. One complaint
// for each verdict is right, since that is what the caller learns anyway. Run under valgrind; ends with 0 when all is
// so.
#include <mbedtls/aes.h>
#include <mbedtls/md.h>
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstring>

#include "fakes/padded_record.hpp"

// The linker leads the core's calls here (--wrap).
extern "C" {
int __real_mbedtls_md_hmac_finish(mbedtls_md_context_t* context, unsigned char* mac);
int __real_mbedtls_aes_crypt_cbc(mbedtls_aes_context* context, int mode, std::size_t size, unsigned char* iv,
                                 const unsigned char* input, unsigned char* output);
int __real_mbedtls_ct_memcmp(const void* left, const void* right, std::size_t size);
}

namespace {

enum class secret { none, tag, text };
secret now_secret = secret::none;
bool compares_leakily = false;

/// Ends at the first difference, as memcmp does in most C libraries.
int compare_leakily(const unsigned char* left, const unsigned char* right, std::size_t size) {
  for (std::size_t at = 0; at < size; ++at) {
    if (left[at] != right[at]) return 1;
  }
  return 0;
}

}  // namespace

extern "C" int __wrap_mbedtls_md_hmac_finish(mbedtls_md_context_t* context, unsigned char* mac) {
  const int result = __real_mbedtls_md_hmac_finish(context, mac);
  if (now_secret == secret::tag) VALGRIND_MAKE_MEM_UNDEFINED(mac, 32);
  return result;
}

extern "C" int __wrap_mbedtls_aes_crypt_cbc(mbedtls_aes_context* context, int mode, std::size_t size, unsigned char* iv,
                                            const unsigned char* input, unsigned char* output) {
  const int result = __real_mbedtls_aes_crypt_cbc(context, mode, size, iv, input, output);
  if (now_secret == secret::text) VALGRIND_MAKE_MEM_UNDEFINED(output, size);
  return result;
}

extern "C" int __wrap_mbedtls_ct_memcmp(const void* left, const void* right, std::size_t size) {
  if (!compares_leakily) return __real_mbedtls_ct_memcmp(left, right, size);
  return compare_leakily(static_cast<const unsigned char*>(left), static_cast<const unsigned char*>(right), size);
}

namespace sealpost {
namespace {

int failures = 0;

void expect(bool holds, const char* sentence, unsigned complaints) {
  std::printf("%s: %s (%u complaints)\n", holds ? "so" : "not so", sentence, complaints);
  if (!holds) failures += 1;
}

/// What memcheck complains of while `work` runs.
template <class Work>
unsigned complaints_of(secret secret, const Work& work) {
  const unsigned before = VALGRIND_COUNT_ERRORS;
  now_secret = secret;
  work();
  now_secret = secret::none;
  return VALGRIND_COUNT_ERRORS - before;
}

const key256 key{7};
const key128 iv{1, 2, 3};
using record = std::array<std::uint8_t, 2 * aes_block_size + tag_size>;

/// A text that ends with that padding.
record sealed_with(bytes padding) {
  record sealed{};
  std::memcpy(sealed.data() + 2 * aes_block_size - padding.size(), padding.data(), padding.size());
  if (test::seal_padded(key, iv, {}, sealed) != status::ok) failures += 1;
  return sealed;
}

status open(cbc_hmac& aead, record sealed) {
  bytes plaintext;
  status ended = aead.open(iv, {}, sealed, plaintext);
  VALGRIND_MAKE_MEM_DEFINED(&ended, sizeof(ended));
  return ended;
}

void look_at_tags(cbc_hmac& aead, const record& right) {
  struct {
    const char* sentence;
    std::size_t flipped;
    status ended;
  } const cases[] = {
      {"a right tag is compared in constant time", right.size(), status::ok},
      {"a tag with a wrong first byte is compared in constant time", 2 * aes_block_size, status::forged},
      {"a tag with a wrong last byte is compared in constant time", right.size() - 1, status::forged},
  };
  for (const auto& each : cases) {
    record sealed = right;
    if (each.flipped < sealed.size()) sealed[each.flipped] ^= 0x80;
    status ended = status::ok;
    const unsigned complaints = complaints_of(secret::tag, [&] { ended = open(aead, sealed); });
    expect(complaints == 1 && ended == each.ended, each.sentence, complaints);
  }
}

void look_at_padding(cbc_hmac& aead) {
  struct {
    const char* sentence;
    std::array<std::uint8_t, aes_block_size> padding;
    status ended;
  } const cases[] = {
      {"1 byte of padding is taken off in constant time", {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1}, status::ok},
      {"5 bytes of padding are taken off in constant time",
       {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 5, 5, 5, 5, 5},
       status::ok},
      {"a block of padding is taken off in constant time",
       {16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16},
       status::ok},
      {"padding of 0 is refused in constant time", {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0}, status::malformed},
      {"padding of 17 is refused in constant time",
       {17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17, 17},
       status::malformed},
      {"padding with a wrong byte is refused in constant time",
       {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 4, 5, 5, 5, 5},
       status::malformed},
  };
  for (const auto& each : cases) {
    const record sealed = sealed_with(each.padding);
    status ended = status::ok;
    const unsigned complaints = complaints_of(secret::text, [&] { ended = open(aead, sealed); });
    expect(complaints == 1 && ended == each.ended, each.sentence, complaints);
  }
}

// The controls: what gives away where it stopped has to be noticed.

void look_at_a_leaky_comparison(cbc_hmac& aead, const record& right) {
  compares_leakily = true;
  const unsigned complaints = complaints_of(secret::tag, [&] { static_cast<void>(open(aead, right)); });
  compares_leakily = false;
  expect(complaints > 1, "a comparison that ends at the first difference is noticed", complaints);
}

[[gnu::noinline]] std::size_t leaky_padding_size(bytes block) {
  const std::size_t size = block[block.size() - 1];
  if (size < 1 || size > block.size()) return 0;
  for (std::size_t from_end = 1; from_end <= size; ++from_end) {
    if (block[block.size() - from_end] != size) return 0;
  }
  return size;
}

void look_at_leaky_unpadding() {
  std::array<std::uint8_t, aes_block_size> block{};
  block.fill(6);
  VALGRIND_MAKE_MEM_UNDEFINED(block.data(), block.size());
  volatile std::size_t size = 0;
  const unsigned complaints = complaints_of(secret::none, [&] { size = leaky_padding_size(block); });
  static_cast<void>(size);
  expect(complaints > 1, "unpadding that ends at the first wrong byte is noticed", complaints);
}

}  // namespace
}  // namespace sealpost

int main() {
  using namespace sealpost;
  if (!RUNNING_ON_VALGRIND) {
    std::printf("this says something under valgrind only\n");
    return 1;
  }
  cbc_hmac aead;
  if (aead.set_key(key) != status::ok) return 1;
  const record right = sealed_with(std::array<std::uint8_t, 5>{5, 5, 5, 5, 5});
  look_at_tags(aead, right);
  look_at_padding(aead);
  look_at_a_leaky_comparison(aead, right);
  look_at_leaky_unpadding();
  return failures == 0 ? 0 : 1;
}
