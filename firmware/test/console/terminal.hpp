#pragma once

#include <string>

#include "sealpost/console/text_sink.hpp"

namespace sealpost::test {

/// What a person sees.
class terminal final : public text_sink {
 public:
  std::string shown;

  void write(const char* text) override { shown += text; }
  /// What was shown since the last time.
  std::string take() {
    std::string taken;
    taken.swap(shown);
    return taken;
  }
};

/// 32 bytes, 0 to 31, in base64.
constexpr char some_key[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

}  // namespace sealpost::test
