#pragma once

#include <map>
#include <string>
#include <vector>

#include "sealpost/platform.hpp"

namespace sealpost::posix {

/// Settings in a file of lines, `key hexadecimal`, that is replaced as a whole: after a power cut it is the old one or
/// the new one.
class settings_file final : public settings {
 public:
  /// False, with the reason, when there is a file and it can't be taken for one of these.
  [[nodiscard]] bool open(const std::string& path, std::string& problem);

  status read(const char* key, mutable_bytes into, std::size_t& size) override;
  status write(const char* key, bytes value) override;
  status erase(const char* key) override;

 private:
  using contents = std::map<std::string, std::vector<std::uint8_t>>;

  status replace_with(contents changed);

  std::string path_;
  contents values_;
};

}  // namespace sealpost::posix
