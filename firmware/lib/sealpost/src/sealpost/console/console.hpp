#pragma once

#include "sealpost/console/line_editor.hpp"
#include "sealpost/console/status_report.hpp"
#include "sealpost/console/words.hpp"

namespace sealpost {

/// What the console asks of the firmware around it.
class console_host {
 public:
  [[nodiscard]] virtual device_view view() = 0;
  [[nodiscard]] virtual board_health health() = 0;
  /// Runs the vectors on this chip and answers with what came of it.
  virtual void selftest(text_sink& terminal) = 0;
};

/// The serial console: what makes a board a device, and how it is. It never shows a key or a password, not even while
/// one is typed.
class console {
 public:
  /// `running` is what the firmware started with: what is set here holds from the next start on.
  console(settings& store, const device_config& running, console_host& host, text_sink& terminal)
      : config_(store), running_(running), host_(host), terminal_(terminal) {}
  ~console() = default;
  console(const console&) = delete;
  console& operator=(const console&) = delete;

  /// Says that it is there.
  void begin();
  /// What has come in from the port.
  void take(bytes typed);

 private:
  enum class question : std::uint8_t { none, device_key, wifi_password };

  void take(std::uint8_t byte);
  [[nodiscard]] bool next_is_secret();
  void run();
  void help();
  void set(const words& given);
  void ask(question what, const char* text);
  void answer();
  void forget(bool sure);
  /// Says whether a setting was stored, and else what it has to be.
  void say_stored(status stored, const char* expected);

  stored_config config_;
  const device_config& running_;
  console_host& host_;
  text_sink& terminal_;
  line_editor editor_;
  question question_ = question::none;
  /// The network whose password is asked for.
  std::array<char, 33> asked_ssid_{};
};

}  // namespace sealpost
