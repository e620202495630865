#pragma once

#include <functional>
#include <string>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// A file as NOR flash: programming turns ones into zeros, whatever it is told, and refuses to do anything else. Each
/// write is on the disk when it returns, so that it survives what real flash survives.
class nor_file final : public flash {
 public:
  nor_file() = default;
  ~nor_file();
  nor_file(const nor_file&) = delete;
  nor_file& operator=(const nor_file&) = delete;

  /// Opens it, or makes it, erased, for its owner alone. `size` is in whole sectors. False with a sentence that says
  /// what to do: when it has another size, or belongs to another board that runs. Call it once.
  [[nodiscard]] bool open(const std::string& path, std::uint32_t size, std::string& problem);

  /// In the middle of the byte after so many, power goes: that byte is programmed in part, or the sector erased in
  /// part; an erase is 4096 bytes of work. Then `power_is_gone` is called; if it returns, nothing works any more.
  void cut_power_after(std::uint64_t bytes, std::function<void()> power_is_gone);

  /// For tests, where only this program is killed and never the machine.
  void leave_to_page_cache() { syncs_ = false; }

  /// Programs that wanted a one where there was a zero.
  [[nodiscard]] std::uint32_t refused() const { return refused_; }

  [[nodiscard]] std::uint32_t size() override { return size_; }
  status read(std::uint32_t offset, mutable_bytes into) override;
  status program(std::uint32_t offset, bytes data) override;
  status erase_sector(std::uint32_t offset) override;

 private:
  [[nodiscard]] bool has(std::uint32_t offset, std::size_t length) const;
  [[nodiscard]] bool write(std::uint32_t offset, bytes data) const;
  /// How many of `wanted` bytes power lasts for.
  [[nodiscard]] std::size_t spend(std::size_t wanted);
  status lose_power();

  int file_ = -1;
  std::uint32_t size_ = 0;
  bool syncs_ = true;
  std::uint32_t refused_ = 0;
  std::uint64_t bytes_left_ = UINT64_MAX;
  std::uint64_t cut_after_ = 0;
  std::function<void()> power_is_gone_;
};

}  // namespace sealpost::posix
