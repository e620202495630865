#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "fakes/hex.hpp"

namespace sealpost::test {

/// Section 11 of docs/protocol-v1.md, read from there: each value by its label. A label stands on a line of its own
/// with a colon at its end; its value is the lines below that begin with two blanks.
class exchange_in_hex {
 public:
  exchange_in_hex() {
    const auto document = std::filesystem::path(__FILE__).parent_path() / "../../../docs/protocol-v1.md";
    std::ifstream file(document);
    if (!file) throw std::runtime_error("can't read " + document.string());
    std::string label;
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("  ", 0) == 0) {
        values_[label] += line.substr(2);
      } else {
        label = !line.empty() && line.back() == ':' ? line.substr(0, line.size() - 1) : "";
      }
    }
  }

  [[nodiscard]] const std::string& text(const std::string& label) const {
    const auto found = values_.find(label);
    if (found == values_.end()) throw std::out_of_range("section 11 does not show: " + label);
    return found->second;
  }
  [[nodiscard]] std::vector<std::uint8_t> value(const std::string& label) const { return hex(text(label)); }
  [[nodiscard]] key256 key(const std::string& label) const { return hex_key(text(label)); }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace sealpost::test
