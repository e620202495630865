#pragma once
// Arduino core 2.0.17 and 3.3.9, libraries/ESPmDNS/src/ESPmDNS.h.
#include "Arduino.h"

class MDNSResponder {
 public:
#if STUB_ARDUINO_MAJOR >= 3
  bool begin(const String& hostName);
#else
  bool begin(const char* hostName);
#endif
  IPAddress queryHost(char* host, uint32_t timeout = 2000);
  IPAddress queryHost(const char* host, uint32_t timeout = 2000) { return queryHost(const_cast<char*>(host), timeout); }
  IPAddress queryHost(String host, uint32_t timeout = 2000) { return queryHost(host.c_str(), timeout); }
};
extern MDNSResponder MDNS;
