// Runs a device's first contact on the target, and the vectors, and prints what each job costs: `name value` on each
// line, for bin/rv32.mjs. Ends with 0 when all came out as it should.
#include <mbedtls/memory_buffer_alloc.h>

#include <cstdio>

#include "at_the_console.hpp"
#include "board.hpp"
#include "opening_times.hpp"

namespace sealpost::rv32 {
namespace {

/// mbedtls's heap.
std::array<std::uint8_t, 16384> heap;

int failures = 0;

void expect(bool holds, const char* sentence) {
  if (holds) return;
  failures += 1;
  std::printf("not so: %s\n", sentence);
}

void tell(const char* name, std::uint64_t value) {
  // No figure here reaches 2^32.
  std::printf("%s %lu\n", name, static_cast<unsigned long>(value));
}

void tell_heap(const char* peak_name, const char* kept_name) {
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
  tell(peak_name, bytes);
  mbedtls_memory_buffer_alloc_cur_get(&bytes, &blocks);
  tell(kept_name, bytes);
}

device_identity identity_of_section_11() {
  device_identity identity;
  std::memcpy(identity.device_id.data(), "greenhouse", sizeof("greenhouse"));
  identity.device_key = exchange::device_key;
  identity.firmware_version = "1.0.0";
  identity.hardware = "esp32-s2";
  expect(parse_server_url("http://192.168.1.20:8080", identity.server) == status::ok, "the server's address parses");
  return identity;
}

/// A job of the device: from its start to its request, from the answer to its end, and the stack for all.
struct job_cost {
  std::uint64_t before_request;
  std::uint64_t after_answer;
  std::uint64_t all;
  std::size_t stack;
};

job_cost run(device& device, job job, const recorded_server& server) {
  job_cost cost{};
  cost.stack = stack_of([&] {
    const std::uint64_t begun = instructions();
    static_cast<void>(device.run(job));
    const std::uint64_t ended = instructions();
    cost.before_request = server.sent_at - begun;
    cost.after_answer = ended - server.answered_at;
    cost.all = ended - begun;
  });
  return cost;
}

void first_contact() {
  static clock_by_hand clock;
  static fixed_wall_clock wall;
  static known_random random;
  static recorded_server server;
  static flash_in_memory flash;
  static steady_sensor<bmp280_values> bmp280({21.5F, 101325});
  static steady_sensor<mpu6050_values> mpu6050(
      {{0.125F, -0.0625F, 9.8125F}, {0.0078125F, -0.015625F, 0.00390625F}, 24.25F});
  static steady_sensor<sht4x_values> sht4x({21.25F, 45.5F});
  static settings_of_boot_7 store;
  static counting_log log;
  static no_mutex link_mutex;
  static no_mutex state_mutex;
  static no_scheduler tasks;
  static healthy_board board;
  static const platform platform{clock, wall,  random, server,     flash,       bmp280, mpu6050,
                                 sht4x, store, log,    link_mutex, state_mutex, tasks,  board};
  static const device_identity identity = identity_of_section_11();
  static device device(identity, platform);
  tell("ram.device", sizeof(device));
  tell("ram.device.log", sizeof(reading_log));
  tell("ram.device.request", most_head_bytes + most_envelope_bytes + sealed_size(most_batch_bytes));

  clock.now = second;
  std::uint64_t begun = 0;
  tell("stack.begin", stack_of([&] {
         begun = instructions();
         device.begin();
         begun = instructions() - begun;
       }));
  tell("instructions.mount", begun);

  const job_cost sampled = run(device, job::update_sensor_data, server);
  tell("instructions.sample", sampled.all);
  tell("stack.sample", sampled.stack);
  expect(device.view().pending == 1, "a reading waits in the log");

  // When section 11's device says Hello.
  clock.now = 3'481'516;
  server.expect(exchange::key_exchange_response);
  mbedtls_memory_buffer_alloc_max_reset();
  const job_cost shaken = run(device, job::shake_hands, server);
  tell("instructions.handshake", shaken.before_request + shaken.after_answer);
  tell("instructions.handshake.message1", shaken.before_request);
  tell("instructions.handshake.message2", shaken.after_answer);
  tell("stack.handshake", shaken.stack);
  tell_heap("heap.handshake", "heap.session");
  expect(server.was_asked(exchange::key_exchange_request), "the first request is section 11's, byte for byte");
  expect(device.view().has_session, "message 2 makes a session");

  clock.now += second;
  server.expect(exchange::sensor_upload_response);
  mbedtls_memory_buffer_alloc_max_reset();
  const job_cost uploaded = run(device, job::update_sensor_data, server);
  tell("instructions.upload", uploaded.before_request);
  tell("instructions.receipt", uploaded.after_answer);
  tell("stack.upload", uploaded.stack);
  tell("bytes.upload", server.request_size);
  tell_heap("heap.upload", "heap.after_upload");
  expect(device.view().pending == 0 && device.view().receipted == 1, "section 11's receipt frees the reading");

  server.expect(exchange::time_sync_response);
  const job_cost reported = run(device, job::print_local_time, server);
  tell("instructions.clock_report", reported.before_request);
  tell("instructions.clock_answer", reported.after_answer);
  tell("stack.clock_report", reported.stack);
  static_cast<void>(device.run(job::update_with_ntp));
  expect(device.view().clock.source == time_source::server, "the clock is set");
  expect(log.complaints == 0, "nothing is complained of");

  expect(at_the_console(device, store, board), "every vector passes");
  expect(opens_in_constant_time(), "opening a record takes the same time whatever is wrong with it");
}

}  // namespace
}  // namespace sealpost::rv32

int main() {
  using namespace sealpost::rv32;
  mbedtls_memory_buffer_alloc_init(heap.data(), heap.size());
  first_contact();
  return failures == 0 ? 0 : 1;
}
