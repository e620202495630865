#include "linux/key_file.hpp"

#include <fcntl.h>
#include <mbedtls/base64.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sealpost::posix {
namespace {

constexpr std::size_t base64_size = 44;

std::string reason() { return std::generic_category().message(errno); }

/// What keeps a secret from being read there; empty when nothing does.
std::string exposure_of(int file, const std::string& path) {
  struct stat about{};
  if (fstat(file, &about) != 0) return "can't read the device key " + path + ": " + reason();
  if (!S_ISREG(about.st_mode))
    return "the device key " + path + " is no file: put its 44 characters of base64 into one";
  if (about.st_uid != 0 && about.st_uid != getuid()) {
    return "the device key " + path + " belongs to another user, who may know it: run chown on it";
  }
  if ((about.st_mode & 077U) != 0) {
    return "others on this machine can reach the device key " + path + ": run chmod 600 " + path;
  }
  return "";
}

bool read_key(int file, key256& key) {
  // One byte more than a key and its newline need, so that what is too long shows.
  std::array<std::uint8_t, base64_size + 2> text{};
  const ssize_t size = read(file, text.data(), text.size());
  const bool is_long_enough = size >= static_cast<ssize_t>(base64_size);
  const bool ends_there = size == base64_size || (size == base64_size + 1 && text[base64_size] == '\n');
  std::size_t decoded = 0;
  const bool is_key = is_long_enough && ends_there &&
                      mbedtls_base64_decode(key.data(), key.size(), &decoded, text.data(), base64_size) == 0 &&
                      decoded == key.size();
  wipe(text);
  if (!is_key) wipe(key);
  return is_key;
}

}  // namespace

bool read_key_file(const std::string& path, key256& key, std::string& problem) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    problem = "can't read the device key " + path + ": " + reason();
    return false;
  }
  problem = exposure_of(file, path);
  if (problem.empty() && !read_key(file, key)) {
    problem =
        path + " is not a device key: expected 32 bytes in base64, 44 characters, as 'sealpost device add' shows it";
  }
  close(file);
  return problem.empty();
}

}  // namespace sealpost::posix
