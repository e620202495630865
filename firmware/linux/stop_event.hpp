#pragma once

namespace sealpost::posix {

/// That the board is to be switched off: everyone who waits for something waits for this as well.
class stop_event {
 public:
  stop_event();
  ~stop_event();
  stop_event(const stop_event&) = delete;
  stop_event& operator=(const stop_event&) = delete;

  /// Once and for all.
  void request() const;
  [[nodiscard]] bool requested() const;
  void wait() const;
  /// Readable for poll() from the request on.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace sealpost::posix
