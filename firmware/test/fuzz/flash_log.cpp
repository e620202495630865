// The log of readings on flash that anything may have happened to: power cuts, decayed bits, sectors that somebody else
// wrote well. Whatever is there, a log mounts, keeps its bounds, and takes a reading; and as long as flash behaves, no
// reading is lost.
#include <algorithm>
#include <optional>

#include "fuzz.hpp"
#include "sealpost/log/format.hpp"
#include "sealpost/log/reading_log.hpp"

namespace sealpost::fuzz {
namespace {

constexpr std::uint32_t sectors = 4;

/// NOR flash that loses power when it is told to.
class memory_flash final : public flash {
 public:
  std::array<std::uint8_t, sectors * sector_size> cells;
  /// Bytes that are still programmed before power goes; an erase counts as one.
  std::optional<std::uint32_t> power_for;

  memory_flash() { cells.fill(0xff); }
  std::uint32_t size() override { return sectors * sector_size; }
  status read(std::uint32_t offset, mutable_bytes into) override {
    look_at(offset, into.size());
    std::copy_n(cells.begin() + offset, into.size(), into.begin());
    return status::ok;
  }
  status program(std::uint32_t offset, bytes data) override {
    look_at(offset, data.size());
    std::uint8_t* cell = cells.data() + offset;
    for (const std::uint8_t byte : data) {
      if (!has_power()) return status::flash_failed;
      *cell++ &= byte;
    }
    return status::ok;
  }
  status erase_sector(std::uint32_t offset) override {
    look_at(offset, sector_size);
    expect(offset % sector_size == 0, "a sector is erased from its beginning");
    if (!has_power()) return status::flash_failed;
    std::fill_n(cells.begin() + offset, sector_size, std::uint8_t{0xff});
    return status::ok;
  }

 private:
  void look_at(std::uint32_t offset, std::size_t size) const {
    expect(offset <= cells.size() && size <= cells.size() - offset, "the log stays in its flash");
  }
  bool has_power() {
    if (!power_for) return true;
    if (*power_for == 0) return false;
    *power_for -= 1;
    return true;
  }
};

class life {
 public:
  void run(input& from) {
    mount();
    for (int steps = 0; steps < 48 && !from.empty(); ++steps) step(from);
    flash_.power_for.reset();
    mount();
    // A slot that does not take it is passed over, and a sector.
    const std::uint64_t last = ++sequence_;
    appended_ += 1;
    expect(log_->append(reading_of(last)) == status::ok, "a log takes a reading, whatever was there");
    expect(log_->pending() >= 1, "what was appended waits");
    log_place newest;
    std::size_t count = 0;
    expect(log_->next_batch({&newest, 1}, count) == status::ok && count == 1, "what was appended is in the next batch");
    reading found;
    expect(log_->read(newest, found) == status::ok, "what was appended is read");
    expect(found.boot_id == boot_id_ && found.sequence == last, "the newest reading goes first");
    look_at_balance();
  }

 private:
  void step(input& from) {
    switch (from.byte() % 8) {
      case 0:
      case 1:
        return append(from.byte() % 32U);
      case 2:
        return free_batch(from.byte() % most_readings_in_batch + 1U);
      case 3:
        return mount();
      case 4:
        boot_id_ += 1;
        return;
      case 5:
        flash_behaves_ = false;
        flash_.cells[from.number() % flash_.cells.size()] ^= from.byte();
        return;
      case 6:
        flash_behaves_ = false;
        flash_.power_for = from.byte() * 3U;
        return;
      default:
        flash_behaves_ = false;
        return plant(from);
    }
  }

  [[nodiscard]] reading reading_of(std::uint64_t sequence) const {
    reading made;
    made.boot_id = boot_id_;
    made.sequence = sequence;
    made.uptime = static_cast<micros>(sequence) * second;
    if (sequence % 2 == 0) made.bmp280 = {20.0F + static_cast<float>(sequence), 101325.0F};
    if (sequence % 3 == 0) made.mpu6050 = {{0.0F, 0.25F, 9.75F}, {-0.5F, 0.0F, 0.5F}, 24.0F};
    if (sequence % 5 == 0) made.sht4x = {21.0F, 45.5F};
    if (sequence % 7 == 0) made.collected = {time_source::ntp, 1'795'348'800 * second};
    return made;
  }

  void append(std::size_t count) {
    for (; count > 0; --count) {
      const status appended = log_->append(reading_of(++sequence_));
      if (appended == status::ok) {
        appended_ += 1;
      } else {
        expect(appended == status::flash_failed && !flash_behaves_, "only flash that fails refuses a reading");
      }
    }
    look_at_balance();
  }

  void free_batch(std::size_t most) {
    std::array<log_place, most_readings_in_batch> places;
    std::size_t count = 0;
    expect(log_->next_batch(span<log_place>(places).first(most), count) == status::ok,
           "there is a next batch, or none");
    expect(count <= most, "a batch is as large as was asked");
    expect(!flash_behaves_ || (count > 0) == (log_->pending() > 0), "what waits is in a batch");
    std::uint64_t boot_id = 0;
    for (const log_place place : span<const log_place>(places).first(count)) {
      reading found;
      const status read = log_->read(place, found);
      expect(read == status::ok, "a reading of the batch is there");
      expect(boot_id == 0 || found.boot_id == boot_id, "a batch is of one boot");
      boot_id = found.boot_id;
    }
    const std::uint32_t before = log_->pending();
    const status freed = log_->free(span<const log_place>(places).first(count));
    expect(freed == status::ok || !flash_behaves_, "flash that behaves takes a receipt");
    expect(log_->pending() <= before, "a receipt makes nothing wait");
    freed_ += before - log_->pending();
    look_at_balance();
  }

  /// Power is back, or was never gone.
  void mount() {
    flash_.power_for.reset();
    log_.emplace(flash_);
    expect(log_->mount() == status::ok, "a log mounts, whatever is there");
    // Later a reading may decay that was counted; the log finds out when it comes to it.
    expect(log_->pending() <= (sectors - 1) * slots_in_sector, "no more wait than there are places");
    look_at_balance();
  }

  /// A header or a reading that is whole, and was never written here.
  void plant(input& from) {
    const std::uint8_t where = from.byte();
    const std::uint32_t serial = (from.byte() % 2 == 0 ? 0 : from.number() << 15) + from.byte();
    const std::uint32_t sector = where % sectors * flash::sector_size;
    if (where < 128) {
      header_image image;
      encode_header({sectors, serial, from.byte()}, image);
      std::copy(image.begin(), image.end(), flash_.cells.begin() + sector);
    } else {
      slot_image image;
      encode_slot(reading_of(from.byte()), serial, image);
      const std::uint32_t slot = sector_header_size + from.byte() % slots_in_sector * slot_size;
      std::copy(image.begin(), image.end(), flash_.cells.begin() + sector + slot);
    }
  }

  void look_at_balance() const {
    if (!flash_behaves_) return;
    expect(log_->pending() + log_->dropped() + freed_ == appended_, "every reading waits, was freed or was dropped");
  }

  memory_flash flash_;
  std::optional<reading_log> log_;
  bool flash_behaves_ = true;
  std::uint64_t boot_id_ = 1;
  std::uint64_t sequence_ = 0;
  std::uint64_t appended_ = 0;
  std::uint64_t freed_ = 0;
};

}  // namespace
}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sealpost::fuzz::input from(data, size);
  sealpost::fuzz::life life;
  life.run(from);
  return 0;
}
