#include "linux/nor_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace sealpost::posix {
namespace {

using buffer = std::vector<std::uint8_t>;

constexpr std::uint8_t erased = 0xff;
/// What is left of a byte when power goes half-way: its upper bits.
constexpr std::uint8_t half = 0x0f;

}  // namespace

nor_file::~nor_file() {
  if (file_ >= 0) (void)::close(file_);
}

bool nor_file::open(const std::string& path, std::uint32_t size, std::string& problem) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) {
    problem = path + " can't be opened as flash: " + std::strerror(errno);
    return false;
  }
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    problem = path + " is the flash of a board that is running: give each its own --flash";
    return false;
  }
  struct stat found{};
  if (fstat(file_, &found) != 0 || (found.st_size != 0 && found.st_size != size)) {
    problem = path + " is not a flash of " + std::to_string(size) + " bytes: give its --flash-size, or another file";
    return false;
  }
  size_ = size;
  if (found.st_size == 0 && !write(0, {buffer(size, erased).data(), size})) {
    // Half of a flash would be refused the next time.
    (void)ftruncate(file_, 0);
    problem = path + " can't be filled: is there room on the disk?";
    return false;
  }
  return true;
}

void nor_file::cut_power_after(std::uint64_t bytes, std::function<void()> power_is_gone) {
  bytes_left_ = bytes;
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
  const std::size_t powered = spend(data.size());
  for (std::size_t i = 0; i < std::min(powered + 1, data.size()); ++i) {
    if ((data[i] & ~cells[i]) != 0) return status::flash_failed;
    cells[i] = i < powered ? data[i] : static_cast<std::uint8_t>(cells[i] & (data[i] | half));
  }
  const bool written = write(offset, {cells.data(), cells.size()});
  if (powered < data.size()) power_is_gone_();
  return written ? status::ok : status::flash_failed;
}

status nor_file::erase_sector(std::uint32_t offset) {
  if (offset % sector_size != 0 || !has(offset, sector_size)) return status::flash_failed;
  const std::size_t powered = spend(sector_size);
  const bool written = write(offset, {buffer(powered, erased).data(), powered});
  if (powered < sector_size) power_is_gone_();
  return written ? status::ok : status::flash_failed;
}

bool nor_file::has(std::uint32_t offset, std::size_t length) const {
  return offset <= size_ && length <= size_ - offset;
}

bool nor_file::write(std::uint32_t offset, bytes data) const {
  const ssize_t put = pwrite(file_, data.data(), data.size(), static_cast<off_t>(offset));
  return put == static_cast<ssize_t>(data.size()) && fdatasync(file_) == 0;
}

std::size_t nor_file::spend(std::size_t wanted) {
  const auto powered = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_left_, wanted));
  if (bytes_left_ != UINT64_MAX) bytes_left_ -= powered;
  return powered;
}

}  // namespace sealpost::posix
