#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sealpost::test {

/// A directory that goes with the test.
class place {
 public:
  place() {
    std::string name = std::filesystem::temp_directory_path() / "sealpost-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~place() { std::filesystem::remove_all(path_); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sealpost::test
