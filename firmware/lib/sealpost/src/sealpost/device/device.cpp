#include "sealpost/device/device.hpp"

#include <algorithm>
#include <cinttypes>

#include "sealpost/device/boot_id.hpp"
#include "sealpost/log_line.hpp"
#include "sealpost/time/local_time.hpp"

namespace sealpost {

device::device(const device_identity& identity, const platform& platform)
    : platform_(platform),
      link_(identity, platform),
      uploader_(link_, platform),
      bmp280_(platform.bmp280),
      mpu6050_(platform.mpu6050),
      sht4x_(platform.sht4x) {}

void device::begin() {
  const status counted = next_boot_id(platform_.store, platform_.random, boot_id_);
  if (counted != status::ok) {
    log_line(platform_.log, log_level::error, "the boot's id may not be unique: %s", describe(counted));
  }
  link_.begin(boot_id_);
  uploader_.begin();
  const lock state(platform_.state_mutex);
  view_.boot_id = boot_id_;
  view_.pending = uploader_.pending();
  view_.dropped = uploader_.dropped();
}

void device::pin_sample_interval(micros interval) {
  const lock state(platform_.state_mutex);
  sample_beat_ = periodic(interval);
  sample_interval_is_pinned_ = true;
}

micros device::run(job job) {
  switch (job) {
    case job::update_sensor_data:
      return update_sensor_data();
    case job::print_local_time:
      return print_local_time();
    case job::update_with_ntp:
      return update_with_ntp();
    case job::shake_hands:
      return shake_hands();
  }
  return platform_.clock.uptime() + minute;
}

micros device::update_sensor_data() {
  const micros now = platform_.clock.uptime();
  if (take_beat(sample_beat_, now)) sample(now);
  // One batch in each run: however long the backlog, the next sample comes in time and leads the next batch. Without a
  // session there is nothing to wait for, since the handshake wakes this job.
  std::optional<micros> due = uploader_.due();
  if (due && platform_.clock.uptime() >= *due) {
    upload();
    due = uploader_.due();
  }
  const lock state(platform_.state_mutex);
  view_.pending = uploader_.pending();
  view_.dropped = uploader_.dropped();
  view_.bmp280 = bmp280_.state();
  view_.mpu6050 = mpu6050_.state();
  view_.sht4x = sht4x_.state();
  return due ? std::min(*due, sample_beat_.due()) : sample_beat_.due();
}

void device::sample(micros now) {
  reading taken;
  taken.boot_id = boot_id_;
  taken.sequence = ++sequence_;
  taken.uptime = now;
  {
    const lock state(platform_.state_mutex);
    taken.collected = time_.clock().stamp_at(now);
  }
  taken.bmp280 = bmp280_.sample(now);
  taken.mpu6050 = mpu6050_.sample(now);
  taken.sht4x = sht4x_.sample(now);
  uploader_.keep(taken);
}

void device::upload() {
  uploader::outcome done;
  if (uploader_.upload(done) != status::ok) return;
  {
    const lock state(platform_.state_mutex);
    view_.uploads += 1;
    view_.receipted += done.readings;
    view_.pending = uploader_.pending();
  }
  log_line(platform_.log, log_level::info, "uploaded %" PRIu32 " %s, %" PRIu32 " wait", done.readings,
           done.readings == 1 ? "reading" : "readings", uploader_.pending());
  adopt(done.receipt.server_time, done.receipt.settings, done.asked, done.returned);
}

micros device::print_local_time() {
  if (take_beat(local_time_beat_, platform_.clock.uptime())) {
    stamp now;
    {
      const lock state(platform_.state_mutex);
      now = time_.clock().stamp_at(platform_.clock.uptime());
    }
    if (now.time) {
      const std::int32_t offset = platform_.wall.utc_offset_seconds(*now.time);
      log_line(platform_.log, log_level::info, "%s", local_time(*now.time, offset).data());
    } else {
      log_line(platform_.log, log_level::info, "the clock is not set yet");
    }
    // A report that would come late says nothing that the next one doesn't.
    report_clock(clock_source::local, second / 2);
  }
  const lock state(platform_.state_mutex);
  return local_time_beat_.due();
}

micros device::update_with_ntp() {
  if (take_beat(ntp_beat_, platform_.clock.uptime())) {
    ntp_answer answer{};
    const status asked = platform_.wall.ask_ntp(answer);
    if (asked == status::ok) {
      {
        const lock state(platform_.state_mutex);
        time_.take_ntp(answer);
      }
      weigh_clocks();
      report_clock(clock_source::ntp, call_timeout);
    } else {
      log_line(platform_.log, log_level::info, "NTP: %s", describe(asked));
    }
  }
  const lock state(platform_.state_mutex);
  return ntp_beat_.due();
}

void device::report_clock(clock_source source, micros patience) {
  link::turn turn(link_, method::time_sync, patience);
  if (turn.state() != status::ok) return;
  const micros asked = platform_.clock.uptime();
  std::size_t size = 0;
  {
    const lock state(platform_.state_mutex);
    if (encode(time_.report(source, asked, platform_.wall), turn.plaintext(), size) != status::ok) return;
  }
  clock_answer times;
  micros returned = 0;
  if (turn.call(size, times, returned) != status::ok) return;
  {
    const lock state(platform_.state_mutex);
    time_.take_answer(times, asked, returned);
  }
  weigh_clocks();
}

micros device::shake_hands() {
  std::optional<handshake_result> made;
  const micros next = link_.keep_session(made);
  if (made) {
    log_line(platform_.log, log_level::info, "shook hands with the server");
    {
      const lock state(platform_.state_mutex);
      view_.handshakes += 1;
    }
    adopt(made->welcome.server_time, made->welcome.settings, made->asked, made->returned);
    platform_.tasks.wake(job::update_sensor_data);
  }
  return next;
}

void device::adopt(const std::optional<micros>& server_time, const device_settings& settings, micros asked,
                   micros returned) {
  {
    const lock state(platform_.state_mutex);
    time_.take_server_time(server_time, asked, returned);
    if (settings.sample_interval && !sample_interval_is_pinned_) sample_beat_.set_interval(*settings.sample_interval);
    if (settings.local_time_interval) local_time_beat_.set_interval(*settings.local_time_interval);
    if (settings.ntp_interval) ntp_beat_.set_interval(*settings.ntp_interval);
  }
  weigh_clocks();
  if (settings.sample_interval) platform_.tasks.wake(job::update_sensor_data);
  if (settings.local_time_interval) platform_.tasks.wake(job::print_local_time);
  if (settings.ntp_interval) platform_.tasks.wake(job::update_with_ntp);
}

void device::weigh_clocks() {
  std::optional<micros> disagreement;
  {
    const lock state(platform_.state_mutex);
    disagreement = time_.new_disagreement();
  }
  if (!disagreement) return;
  log_line(platform_.log, log_level::warning, "NTP is %" PRId64 " ms ahead of the server, which is believed",
           *disagreement / millisecond);
}

bool device::take_beat(periodic& beat, micros now) {
  const lock state(platform_.state_mutex);
  return beat.take(now);
}

device_view device::view() {
  const bool has_session = link_.ready_at(method::sensor_upload).has_value();
  const micros now = platform_.clock.uptime();
  const lock state(platform_.state_mutex);
  device_view view = view_;
  view.uptime = now;
  view.has_session = has_session;
  view.clock = time_.clock().stamp_at(now);
  return view;
}

}  // namespace sealpost
