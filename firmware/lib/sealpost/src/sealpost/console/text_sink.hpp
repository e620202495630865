#pragma once

/// Where the console's answers go.
namespace sealpost {

class text_sink {
 public:
  virtual void write(const char* text) = 0;
};

/// Writes one line, as printf does, of at most 159 characters and an end as terminals want it. Never pass it a secret.
[[gnu::format(printf, 2, 3)]] void say(text_sink& terminal, const char* format, ...);

}  // namespace sealpost
