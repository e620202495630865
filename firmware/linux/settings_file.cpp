#include "linux/settings_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace sealpost::posix {
namespace {

constexpr std::size_t longest_key = 15;

/// A line of the file, without its end.
bool parse_line(const std::string& line, std::string& key, std::vector<std::uint8_t>& value) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space > longest_key || (line.size() - space) % 2 != 1) return false;
  if (line.find_first_not_of("0123456789abcdef", space + 1) != std::string::npos) return false;
  key = line.substr(0, space);
  for (std::size_t i = space + 1; i < line.size(); i += 2) {
    value.push_back(static_cast<std::uint8_t>(std::stoi(line.substr(i, 2), nullptr, 16)));
  }
  return true;
}

std::string to_hex(const std::vector<std::uint8_t>& value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : value) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool write_durably(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  return close(file) == 0 && written;
}

bool sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = fsync(file) == 0;
  return close(file) == 0 && synced;
}

}  // namespace

bool settings_file::open(const std::string& path, std::string& problem) {
  path_ = path;
  std::ifstream file(path);
  if (!file && errno == ENOENT) return true;
  bool is_good = file.is_open();
  for (std::string line; is_good && std::getline(file, line);) {
    std::string key;
    std::vector<std::uint8_t> value;
    is_good = parse_line(line, key, value);
    values_[key] = value;
  }
  if (is_good && file.eof()) return true;
  problem = path + " can't be read as a board's settings: remove it to begin without any";
  return false;
}

status settings_file::read(const char* key, mutable_bytes into, std::size_t& size) {
  const auto found = values_.find(key);
  if (found == values_.end()) return status::not_found;
  const std::vector<std::uint8_t>& value = found->second;
  if (value.size() > into.size()) return status::no_room;
  std::copy(value.begin(), value.end(), into.begin());
  size = value.size();
  return status::ok;
}

status settings_file::write(const char* key, bytes value) {
  if (std::strlen(key) > longest_key) return status::no_room;
  contents changed = values_;
  changed[key].assign(value.begin(), value.end());
  return replace_with(std::move(changed));
}

status settings_file::erase(const char* key) {
  contents changed = values_;
  if (changed.erase(key) == 0) return status::not_found;
  return replace_with(std::move(changed));
}

status settings_file::replace_with(contents changed) {
  std::string text;
  for (const auto& [key, value] : changed) text += key + " " + to_hex(value) + "\n";
  const std::string unfinished = path_ + ".new";
  const bool saved = write_durably(unfinished, text) && std::rename(unfinished.c_str(), path_.c_str()) == 0 &&
                     sync_directory_of(path_);
  if (!saved) return status::flash_failed;
  values_ = std::move(changed);
  return status::ok;
}

}  // namespace sealpost::posix
