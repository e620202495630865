#include "sealpost/crypto/hkdf.hpp"

#include <algorithm>

#include "sealpost/crypto/hmac.hpp"

namespace sealpost {

status hkdf_expand(bytes pseudorandom_key, bytes info, mutable_bytes output) {
  key256 block{};
  if (output.size() > 255 * block.size()) return status::no_room;
  hmac_sha256 mac;
  status ended = mac.set_key(pseudorandom_key);
  std::size_t filled = 0;
  for (std::uint8_t number = 1; ended == status::ok && filled < output.size(); ++number) {
    ended = mac.begin();
    // T(0) is empty.
    if (ended == status::ok && number > 1) ended = mac.update(block);
    if (ended == status::ok) ended = mac.update(info);
    if (ended == status::ok) ended = mac.update({&number, 1});
    if (ended == status::ok) ended = mac.finish(block);
    const std::size_t size = std::min(block.size(), output.size() - filled);
    std::copy_n(block.begin(), size, output.begin() + filled);
    filled += size;
  }
  wipe(block);
  if (ended != status::ok) wipe(output);
  return ended;
}

}  // namespace sealpost
