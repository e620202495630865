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

  /// Opens it, or makes it, erased, for its owner alone. False with a sentence that says what to do: when it has
  /// another size, or belongs to another board that runs.
  [[nodiscard]] bool open(const std::string& path, std::uint32_t size, std::string& problem);

  /// In the middle of the byte after so many, power goes: that byte is programmed in part, or the sector erased in
  /// part, and `power_is_gone` is called, which does not return.
  void cut_power_after(std::uint64_t bytes, std::function<void()> power_is_gone);

  [[nodiscard]] std::uint32_t size() override { return size_; }
  status read(std::uint32_t offset, mutable_bytes into) override;
  status program(std::uint32_t offset, bytes data) override;
  status erase_sector(std::uint32_t offset) override;

 private:
  [[nodiscard]] bool has(std::uint32_t offset, std::size_t length) const;
  [[nodiscard]] bool write(std::uint32_t offset, bytes data) const;
  /// How many of `wanted` bytes power lasts for.
  [[nodiscard]] std::size_t spend(std::size_t wanted);

  int file_ = -1;
  std::uint32_t size_ = 0;
  std::uint64_t bytes_left_ = UINT64_MAX;
  std::function<void()> power_is_gone_;
};

}  // namespace sealpost::posix
