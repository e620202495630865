#pragma once

#include "sealpost/platform.hpp"

namespace sealpost::test {

/// A sensor that does as it is told, and counts what it is asked.
template <class Values>
class fake_sensor final : public sensor<Values> {
 public:
  explicit fake_sensor(Values values) : says(values) {}

  Values says;
  bool is_there = true;
  bool answers = true;
  int begun = 0;
  int asked = 0;

  bool begin() override {
    begun += 1;
    return is_there;
  }
  bool read(Values& values) override {
    asked += 1;
    if (!is_there || !answers) return false;
    values = says;
    return true;
  }
};

}  // namespace sealpost::test
