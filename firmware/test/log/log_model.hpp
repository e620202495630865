#pragma once

#include <algorithm>
#include <vector>

#include "sealpost/log/reading_log.hpp"

namespace sealpost::test {

/// What a log of so many sectors must do on flash that never fails: the queue of server/src/device/queue.ts, where the
/// oldest readings go by the sector.
class log_model {
 public:
  struct logged {
    std::uint64_t boot_id;
    std::uint64_t sequence;
    std::uint32_t sector;
    bool waits;
  };

  explicit log_model(std::uint32_t sectors) : sectors_(sectors) {}

  void append(std::uint64_t boot_id, std::uint64_t sequence) {
    if (slot_ == slots_in_sector) {
      slot_ = 0;
      sector_ += 1;
    }
    slot_ += 1;
    used_ = slot_;
    entries_.push_back({boot_id, sequence, sector_, true});
    while (entries_.front().sector + (sectors_ - 1) <= sector_) {
      dropped_ += entries_.front().waits ? 1 : 0;
      entries_.erase(entries_.begin());
    }
  }

  /// With each start the slot behind the last reading is left alone.
  void mount() {
    if (!entries_.empty()) slot_ = std::min<std::uint32_t>(used_ + 1, slots_in_sector);
  }

  [[nodiscard]] std::vector<logged> next_batch(std::size_t most) const {
    std::vector<logged> batch;
    if (entries_.empty()) return batch;
    const auto is_waiting = [](const logged& entry) { return entry.waits; };
    const auto oldest = std::find_if(entries_.begin(), entries_.end(), is_waiting);
    if (oldest == entries_.end()) return batch;
    const logged& first = entries_.back().waits ? entries_.back() : *oldest;
    batch.push_back(first);
    for (const auto& entry : entries_) {
      if (batch.size() == most) break;
      if (entry.waits && entry.boot_id == first.boot_id && entry.sequence != first.sequence) batch.push_back(entry);
    }
    return batch;
  }

  void free(std::uint64_t sequence) {
    for (auto& entry : entries_) {
      if (entry.sequence == sequence) entry.waits = false;
    }
  }

  [[nodiscard]] std::uint64_t pending() const {
    return static_cast<std::uint64_t>(
        std::count_if(entries_.begin(), entries_.end(), [](const logged& entry) { return entry.waits; }));
  }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  std::uint32_t sectors_;
  std::uint32_t sector_ = 0;
  std::uint32_t slot_ = 0;
  std::uint32_t used_ = 0;
  std::uint64_t dropped_ = 0;
  std::vector<logged> entries_;
};

}  // namespace sealpost::test
