#pragma once

#include "crypto/exchange_in_hex.hpp"

namespace sealpost::test {

/// A message of the protocol's document, section 11, in hex.
inline const std::string& documented(const char* label) {
  static const exchange_in_hex exchange;
  return exchange.text(label);
}

}  // namespace sealpost::test
