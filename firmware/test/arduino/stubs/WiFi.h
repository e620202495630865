#pragma once
// Arduino core 2.0.17 and 3.3.9, libraries/WiFi/src: WiFi.h, WiFiSTA.h, WiFiGeneric.h, WiFiType.h.
#include "Arduino.h"

typedef enum { WIFI_MODE_NULL = 0, WIFI_MODE_STA, WIFI_MODE_AP, WIFI_MODE_APSTA } wifi_mode_t;
#define WIFI_STA WIFI_MODE_STA
typedef enum { WL_IDLE_STATUS = 0, WL_CONNECTED = 3, WL_DISCONNECTED = 6 } wl_status_t;

class WiFiClass {
 public:
  wl_status_t begin(const char* ssid, const char* passphrase = nullptr, int32_t channel = 0,
                    const uint8_t* bssid = nullptr, bool connect = true);
  bool reconnect();
  bool isConnected();
  bool setAutoReconnect(bool autoReconnect);
  int8_t RSSI();
  static bool mode(wifi_mode_t);
  static wifi_mode_t getMode();
  static bool setHostname(const char* hostname);
  void persistent(bool persistent);
};
extern WiFiClass WiFi;
