#include "linux/nor_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>
#include <vector>

namespace sealpost::posix {
namespace {

using buffer = std::vector<std::uint8_t>;

constexpr std::uint8_t erased = 0xff;

}  // namespace

nor_file::~nor_file() {
  if (file_ >= 0) (void)::close(file_);
}

bool nor_file::open(const std::string& path, std::uint32_t size, std::string& problem) {
  if (size == 0 || size % sector_size != 0) {
    problem = "a flash has whole sectors of 4096 bytes, not " + std::to_string(size) + " bytes";
    return false;
  }
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) {
    problem = path + " can't be opened as flash: " + std::generic_category().message(errno);
    return false;
  }
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    problem = path + " is the flash of a board that is running: give each its own --flash";
    return false;
  }
  struct stat found{};
  if (fstat(file_, &found) != 0 || !S_ISREG(found.st_mode) || (found.st_size != 0 && found.st_size != size)) {
    problem = path + " is not a flash of " + std::to_string(size) + " bytes: give its --flash-size, or another file";
    return false;
  }
  size_ = size;
  if (found.st_size != 0) return true;
  // It has its size before anything else: what a crash leaves is flash with something in it.
  const bool is_made = ftruncate(file_, static_cast<off_t>(size)) == 0;
  if (!is_made || !write(0, {buffer(size, erased).data(), size}) || fsync(file_) != 0) {
    (void)ftruncate(file_, 0);
    problem = path + " can't be filled: is there room on the disk?";
    return false;
  }
  return true;
}

void nor_file::cut_power_after(std::uint64_t bytes, std::function<void()> power_is_gone) {
  bytes_left_ = cut_after_ = bytes;
  power_is_gone_ = std::move(power_is_gone);
}

status nor_file::read(std::uint32_t offset, mutable_bytes into) {
  if (!has(offset, into.size())) return status::flash_failed;
  const ssize_t got = pread(file_, into.data(), into.size(), static_cast<off_t>(offset));
  return got == static_cast<ssize_t>(into.size()) ? status::ok : status::flash_failed;
}

status nor_file::program(std::uint32_t offset, bytes data) {
  buffer cells(data.size());
  if (const status seen = read(offset, {cells.data(), cells.size()}); seen != status::ok) return seen;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if ((data[i] & ~cells[i]) == 0) continue;
    ++refused_;
    return status::flash_failed;
  }
  const std::size_t powered = spend(data.size());
  std::copy_n(data.begin(), powered, cells.begin());
  const bool is_cut = powered < data.size();
  // Some of the bits of the byte that was on its way.
  if (is_cut) cells[powered] &= static_cast<std::uint8_t>(data[powered] | std::minstd_rand(cut_after_ + 1)());
  const bool written = write(offset, {cells.data(), cells.size()});
  if (is_cut) return lose_power();
  return written ? status::ok : status::flash_failed;
}

status nor_file::erase_sector(std::uint32_t offset) {
  buffer cells(sector_size);
  if (offset % sector_size != 0) return status::flash_failed;
  if (const status seen = read(offset, {cells.data(), cells.size()}); seen != status::ok) return seen;
  const std::size_t powered = spend(sector_size);
  const bool is_cut = powered < sector_size;
  // All cells turn at the same time, some sooner than others.
  std::minstd_rand random(cut_after_ + 1);
  for (std::uint8_t& cell : cells) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      if (!is_cut || random() % sector_size < powered) cell |= static_cast<std::uint8_t>(1U << bit);
    }
  }
  const bool written = write(offset, {cells.data(), cells.size()});
  if (is_cut) return lose_power();
  return written ? status::ok : status::flash_failed;
}

bool nor_file::has(std::uint32_t offset, std::size_t length) const {
  return offset <= size_ && length <= size_ - offset;
}

bool nor_file::write(std::uint32_t offset, bytes data) const {
  const ssize_t put = pwrite(file_, data.data(), data.size(), static_cast<off_t>(offset));
  return put == static_cast<ssize_t>(data.size()) && (!syncs_ || fdatasync(file_) == 0);
}

std::size_t nor_file::spend(std::size_t wanted) {
  const auto powered = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_left_, wanted));
  if (bytes_left_ != UINT64_MAX) bytes_left_ -= powered;
  return powered;
}

status nor_file::lose_power() {
  // Nothing is within its bounds from now on.
  size_ = 0;
  power_is_gone_();
  return status::flash_failed;
}

}  // namespace sealpost::posix
