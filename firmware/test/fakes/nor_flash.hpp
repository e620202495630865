#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "sealpost/platform.hpp"

namespace sealpost::test {

/// When and how power goes while flash is at work.
struct power_cut {
  /// Steps of work until then: a programmed byte is one, an erase is nor_flash::erase_steps of them.
  std::uint64_t after = 0;
  std::uint64_t seed = 1;
  /// The bits of a program call come in any order, as within a page of the chip; else byte by byte.
  bool scattered = false;
  /// Bits that were on their way read one way now and another way next time.
  bool unsteady = false;
};

/// NOR flash in memory. It fails the test that asks for what NOR can't do, counts its work, and loses power on demand.
class nor_flash final : public flash {
 public:
  static constexpr std::uint64_t erase_steps = 16;

  explicit nor_flash(std::uint32_t sectors) : cells(std::size_t{sectors} * sector_size, 0xFF), erases(sectors, 0) {}

  std::vector<std::uint8_t> cells;

  // Trouble.

  /// Everything is an error.
  bool fails = false;
  /// The sector does not erase, and says so.
  std::function<bool(std::uint32_t sector)> refuses_to_erase = [](std::uint32_t) { return false; };
  /// The byte does not program, and nobody says so.
  std::function<bool(std::uint32_t offset)> takes_nothing = [](std::uint32_t) { return false; };
  /// Bits have decayed under the log: it may program a one over a zero without knowing.
  bool is_decayed = false;

  void cut_power(const power_cut& cut) {
    cut_ = cut;
    random_.seed(cut.seed);
  }
  void restore_power() {
    cut_.reset();
    is_off_ = false;
  }
  [[nodiscard]] bool is_off() const { return is_off_; }
  /// A cut has left bits that may read otherwise next time.
  [[nodiscard]] bool is_unsteady() const { return !unsteady_.empty(); }

  // What has come of it.

  std::uint64_t reads = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t programs = 0;
  std::uint64_t bytes_programmed = 0;
  std::uint64_t steps = 0;
  /// Of each sector.
  std::vector<std::uint32_t> erases;

  std::uint32_t size() override { return static_cast<std::uint32_t>(cells.size()); }

  status read(std::uint32_t offset, mutable_bytes into) override {
    if (!is_ready(offset, into.size())) return status::flash_failed;
    reads += 1;
    bytes_read += into.size();
    std::copy_n(cells.begin() + offset, into.size(), into.begin());
    if (unsteady_.empty()) return status::ok;
    for (std::size_t i = 0; i < into.size(); ++i)
      into[i] ^= static_cast<std::uint8_t>(unsteady_[offset + i] & random_());
    return status::ok;
  }

  status program(std::uint32_t offset, bytes data) override {
    if (!is_ready(offset, data.size())) return status::flash_failed;
    programs += 1;
    const auto whole = begin_work(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!is_decayed && (data[i] & ~cells[offset + i] & ~unsteady_at(offset + i)) != 0) {
        FAIL_CHECK("a zero was to be programmed to one at " << offset + i);
      }
      const bool is_done = i < whole && !(is_off_ && cut_->scattered);
      const bool is_begun = i <= whole || cut_->scattered;
      if (is_begun && !takes_nothing(static_cast<std::uint32_t>(offset + i))) {
        clear_bits(offset + i, static_cast<std::uint8_t>(~data[i]), is_done);
      }
    }
    bytes_programmed += whole;
    return is_off_ ? status::flash_failed : status::ok;
  }

  status erase_sector(std::uint32_t offset) override {
    if (!is_ready(offset, sector_size)) return status::flash_failed;
    if (offset % sector_size != 0) FAIL_CHECK("no sector begins at " << offset);
    if (refuses_to_erase(offset / sector_size)) return status::flash_failed;
    const auto done = begin_work(erase_steps);
    if (is_off_) {
      erase_partly(offset, done);
      return status::flash_failed;
    }
    std::fill_n(cells.begin() + offset, sector_size, std::uint8_t{0xFF});
    if (!unsteady_.empty()) std::fill_n(unsteady_.begin() + offset, sector_size, std::uint8_t{0});
    erases[offset / sector_size] += 1;
    return status::ok;
  }

 private:
  bool is_ready(std::size_t offset, std::size_t size) {
    if (offset > cells.size() || size > cells.size() - offset) FAIL("there is no flash at " << offset << ", " << size);
    return !fails && !is_off_;
  }

  /// The steps that are done before power goes; all of them when it stays.
  std::uint64_t begin_work(std::uint64_t wanted) {
    const std::uint64_t left = cut_ ? cut_->after : wanted;
    const std::uint64_t done = std::min(wanted, left);
    if (cut_) {
      is_off_ = left < wanted;
      cut_->after -= done;
      if (is_off_ && cut_->unsteady) unsteady_.resize(cells.size(), 0);
    }
    steps += done;
    return done;
  }

  [[nodiscard]] std::uint8_t unsteady_at(std::size_t at) const { return unsteady_.empty() ? 0 : unsteady_[at]; }

  void clear_bits(std::size_t at, std::uint8_t bits, bool all_of_them) {
    if (all_of_them) {
      cells[at] &= static_cast<std::uint8_t>(~bits);
      if (!unsteady_.empty()) unsteady_[at] &= static_cast<std::uint8_t>(~bits);
      return;
    }
    const auto random = random_();
    const auto done = static_cast<std::uint8_t>(bits & random);
    clear_bits(at, done, true);
    // A bit that was a zero before stays one.
    if (!unsteady_.empty()) unsteady_[at] |= static_cast<std::uint8_t>(bits & cells[at] & (random >> 8));
  }

  /// Chips program a sector to zeros before they erase it, so that its cells wear alike.
  void erase_partly(std::size_t offset, std::uint64_t done) {
    const auto half = erase_steps / 2;
    const bool to_zeros = done < half;
    const std::uint64_t chance = to_zeros ? done : done - half;
    for (std::size_t at = offset; at < offset + sector_size; ++at) {
      std::uint8_t changed = 0;
      for (int bit = 0; bit < 8; ++bit) {
        if (random_() % half < chance) changed |= static_cast<std::uint8_t>(1 << bit);
      }
      cells[at] = to_zeros ? static_cast<std::uint8_t>(cells[at] & ~changed) : changed;
      if (!unsteady_.empty()) unsteady_[at] = static_cast<std::uint8_t>(random_());
    }
  }

  std::optional<power_cut> cut_;
  bool is_off_ = false;
  std::minstd_rand random_;
  /// Bits that read at random; empty as long as there are none.
  std::vector<std::uint8_t> unsteady_;
};

}  // namespace sealpost::test
