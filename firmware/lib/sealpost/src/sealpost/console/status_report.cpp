#include "sealpost/console/status_report.hpp"

#include <cinttypes>

#include "sealpost/time/local_time.hpp"

namespace sealpost {
namespace {

const char* or_none(const char* text) { return *text == 0 ? "not set" : text; }

void report_config(const device_config& config, text_sink& terminal) {
  say(terminal, "device    %s, key %s", or_none(config.identity.device_id.data()),
      config.has_key() ? "set" : "not set");
  const server_address& server = config.identity.server;
  if (server.port == 0)
    say(terminal, "server    not set");
  else
    say(terminal, "server    %s, port %u", server.host.data(), unsigned{server.port});
  say(terminal, "zone      %s", or_none(config.time_zone.data()));
  say(terminal, "pins      SDA %u, SCL %u", unsigned{config.sda_pin}, unsigned{config.scl_pin});
}

void report_clock(const stamp& clock, text_sink& terminal) {
  if (!clock.time) {
    say(terminal, "clock     not set yet");
    return;
  }
  const char* source = clock.source == time_source::ntp ? "NTP" : "the server";
  say(terminal, "clock     %s UTC, by %s", local_time(*clock.time, 0).data(), source);
}

}  // namespace

void report_status(const device_config& config, const device_view& view, const board_health& health,
                   text_sink& terminal) {
  report_config(config, terminal);
  const char* ssid = or_none(config.wifi_ssid.data());
  if (health.rssi_dbm == 0)
    say(terminal, "Wi-Fi     %s, not connected", ssid);
  else
    say(terminal, "Wi-Fi     %s, %" PRId32 " dBm", ssid, health.rssi_dbm);
  say(terminal, "boot      %016" PRIx64 ", up for %" PRId64 " s", view.boot_id, view.uptime / second);
  say(terminal, "session   %s, %" PRIu64 " handshakes", view.has_session ? "yes" : "no", view.handshakes);
  report_clock(view.clock, terminal);
  say(terminal,
      "readings  %" PRIu32 " wait, %" PRIu64 " receipted in %" PRIu64 " uploads, %" PRIu64 " dropped for ever",
      view.pending, view.receipted, view.uploads, view.dropped);
  say(terminal, "sensors   BMP280 %s, MPU6050 %s, SHT4x %s", describe(view.bmp280), describe(view.mpu6050),
      describe(view.sht4x));
  say(terminal, "memory    %" PRIu32 " bytes of heap free", health.free_heap_bytes);
  if (const char* missing = missing_from(config)) say(terminal, "missing   %s: see help", missing);
}

}  // namespace sealpost
