#pragma once

#include <vector>

#include "log/readings.hpp"

namespace sealpost::test {

/// What a log has promised, and whether it keeps it after a power cut. Sequences count from 1 over all boots.
class ledger {
 public:
  // Before an operation that may be cut short, and after one that was not.

  std::uint64_t begin_append(std::uint64_t boot_id) {
    entries_.push_back({boot_id, state::open});
    return entries_.size();
  }
  void end_append() { entries_.back().now = state::waiting; }
  void begin_free(const std::vector<std::uint64_t>& sequences) {
    for (const auto sequence : sequences) settle(sequence, state::open);
  }
  void end_free(const std::vector<std::uint64_t>& sequences) {
    for (const auto sequence : sequences) settle(sequence, state::gone);
  }

  /// After a cut and a mount: what was appended waits as it was, unless it was receipted, or dropped and counted;
  /// nothing waits twice, and what was receipted does not wait. The reading or the receipts that were on their way when
  /// power went have arrived or have not: for good, or, where bits are unsteady, one way now and another way next time.
  void check(const reading_log& log, nor_flash& flash, bool is_unsteady = false) {
    const auto waiting = everything_waiting(log, flash);
    std::vector<bool> is_seen(entries_.size() + 1);
    for (const auto& reading : waiting) {
      if (reading.sequence == 0 || reading.sequence > entries_.size()) FAIL("nobody appended " << reading.sequence);
      const auto& entry = entries_[reading.sequence - 1];
      if (!same(reading, reading_of(entry.boot_id, reading.sequence))) FAIL("changed: " << reading.sequence);
      if (is_seen[reading.sequence]) FAIL("twice: " << reading.sequence);
      if (entry.now == state::gone) FAIL("back again: " << reading.sequence);
      is_seen[reading.sequence] = true;
    }

    std::uint64_t hidden = 0;
    bool is_behind_kept = false;
    for (std::uint64_t sequence = 1; sequence <= entries_.size(); ++sequence) {
      auto& entry = entries_[sequence - 1];
      if (entry.now == state::waiting) {
        if (!is_seen[sequence]) {
          if (is_behind_kept) FAIL("lost, and not the oldest: " << sequence);
          lost_ += 1;
          entry.now = state::gone;
        } else {
          is_behind_kept = true;
        }
      } else if (entry.now == state::open && is_unsteady) {
        entry.now = state::flickering;
      } else if (entry.now == state::open) {
        entry.now = is_seen[sequence] ? state::waiting : state::gone;
      }
      if (entry.now == state::flickering && !is_seen[sequence]) hidden += 1;
    }
    // One that flickers is counted with its sector, or is not.
    const auto dropped = log.dropped();
    if (dropped < lost_ || dropped > lost_ + hidden) FAIL("lost " << lost_ << ", counted " << dropped);
    if (!is_unsteady && log.pending() != waiting.size())
      FAIL(log.pending() << " pending, " << waiting.size() << " wait");
  }

 private:
  /// open: on its way.
  enum class state : std::uint8_t { open, waiting, gone, flickering };
  struct promise {
    std::uint64_t boot_id;
    state now;
  };

  void settle(std::uint64_t sequence, state now) {
    auto& entry = entries_[sequence - 1];
    if (entry.now != state::flickering) entry.now = now;
  }

  std::vector<promise> entries_;
  std::uint64_t lost_ = 0;
};

}  // namespace sealpost::test
