#include "sealpost/device/boot_id.hpp"

namespace sealpost {
namespace {

constexpr char boots_key[] = "boots";
using counter_bytes = std::array<std::uint8_t, 8>;

std::uint64_t number_in(const counter_bytes& stored) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : stored) number = number << 8 | byte;
  return number;
}

status count_boot(settings& store, std::uint64_t& boots) {
  counter_bytes stored{};
  std::size_t size = 0;
  const status read = store.read(boots_key, stored, size);
  if (read != status::ok && read != status::not_found) return read;
  boots = (size == stored.size() ? number_in(stored) : 0) + 1;
  store_u64(boots, stored);
  return store.write(boots_key, stored);
}

}  // namespace

status next_boot_id(settings& store, random_source& random, std::uint64_t& boot_id) {
  counter_bytes drawn{};
  const status ended = random.fill(drawn);
  const std::uint64_t random_bits = number_in(drawn);
  std::uint64_t boots = 0;
  const status counted = count_boot(store, boots);
  boot_id = counted == status::ok ? boots << 32 | (random_bits & 0xffffffff) : random_bits;
  if (boot_id == 0) boot_id = 1;
  return counted != status::ok ? counted : ended;
}

}  // namespace sealpost
