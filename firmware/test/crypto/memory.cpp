#include <doctest/doctest.h>
#include <pthread.h>

#include <algorithm>
#include <functional>

#include "crypto/exchange_in_hex.hpp"
#include "fakes/random.hpp"
#include "linux/bounded_heap.hpp"
#include "sealpost/crypto/record.hpp"

// What mbedtls allocates, and that no key stays where it was.

// AddressSanitizer would keep local variables on the heap, and no key could be found on the stack.
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0"; }

namespace sealpost {
namespace {

namespace heap = posix::bounded_heap;
using test::view;

const test::exchange_in_hex shown;
constexpr micros hour = 60 * minute;

split_keys keys_shown() { return {shown.key("split key, device to server"), shown.key("split key, server to device")}; }

bool holds(bytes memory, bytes secret) {
  return std::search(memory.begin(), memory.end(), secret.begin(), secret.end()) != memory.end();
}

/// Every secret of section 11, in each form that the mathematics gives it, by its label.
std::vector<std::pair<std::string, std::vector<std::uint8_t>>> secrets() {
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> all;
  for (const char* const label :
       {"device key", "device ephemeral private key", "shared secret", "ck after step 3", "ck after step 5",
        "k after step 5", "ck after step 8", "ck after step 9", "k after step 9", "split key, device to server",
        "split key, server to device", "MAC_KEY, device to server", "ENC_KEY, device to server",
        "IV_KEY, device to server", "MAC_KEY, server to device", "ENC_KEY, server to device",
        "IV_KEY, server to device"}) {
    auto secret = shown.value(label);
    // HMAC's two blocks (RFC 2104, section 2).
    for (const std::uint8_t pad : {std::uint8_t{0x36}, std::uint8_t{0x5c}, std::uint8_t{0}}) {
      auto padded = secret;
      for (std::uint8_t& byte : padded) byte ^= pad;
      all.emplace_back(label, padded);
    }
    // A scalar's clamped ends left out, and the same backwards.
    secret.erase(secret.begin());
    secret.pop_back();
    all.emplace_back(label, secret);
    std::reverse(secret.begin(), secret.end());
    all.emplace_back(label, secret);
  }
  return all;
}

std::string held(bytes memory) {
  static const auto all = secrets();
  for (const auto& [label, secret] : all) {
    if (holds(memory, view(secret))) return label;
  }
  return "none";
}

/// An object whose bytes can be seen, also when it is gone.
template <class Object>
class seen {
 public:
  template <class... Arguments>
  explicit seen(Arguments&&... arguments) : object_(new(room_.data()) Object(std::forward<Arguments>(arguments)...)) {}
  ~seen() { destroy(); }
  seen(const seen&) = delete;
  seen& operator=(const seen&) = delete;

  Object* operator->() const { return object_; }
  Object& operator*() const { return *object_; }
  void destroy() {
    if (object_ != nullptr) object_->~Object();
    object_ = nullptr;
  }
  [[nodiscard]] bytes memory() const { return room_; }

 private:
  alignas(Object) std::array<std::uint8_t, sizeof(Object)> room_{};
  Object* object_;
};

status shake_hands(noise_initiator& initiator, split_keys& keys) {
  const auto prologue = shown.value("prologue");
  const auto hello = shown.value("Hello");
  std::array<std::uint8_t, most_handshake_bytes> message_1{};
  std::size_t size = 0;
  const key256 psk = shown.key("device key");
  const key256 ephemeral = shown.key("device ephemeral private key");
  auto message_2 = shown.value("message 2");
  bytes payload;
  const status began = initiator.begin(psk, view(prologue), ephemeral, view(hello), message_1, size);
  return began == status::ok ? initiator.finish(view(message_2), payload, keys) : began;
}

TEST_CASE("a handshake takes at most 4 KiB of mbedtls's heap at a time, and gives all of it back") {
  test::seeded_random random(10);
  const std::size_t before = heap::used().current;
  heap::start_counting();
  noise_initiator initiator(random);
  split_keys keys{};
  REQUIRE(shake_hands(initiator, keys) == status::ok);
  const heap::usage after = heap::used();
  MESSAGE("peak of a handshake: ", after.peak - before, " bytes, in ", after.calls, " calls");
  CHECK(after.calls > 0);
  CHECK(after.peak - before <= 4096);
  CHECK(after.current == before);
}

TEST_CASE("a session takes at most 1 KiB, gives it back when it ends, and allocates nothing for a record") {
  record_cipher server;
  REQUIRE(server.derive(keys_shown().to_device) == status::ok);
  const std::size_t before = heap::used().current;
  heap::start_counting();
  record_session session;
  REQUIRE(session.begin(1, keys_shown(), hour) == status::ok);
  const heap::usage begun = heap::used();
  MESSAGE("a session holds ", begun.current - before, " bytes; the peak of deriving it is ", begun.peak - before);
  CHECK(begun.current > before);
  CHECK(begun.peak - before <= 1024);

  heap::start_counting();
  std::vector<std::uint8_t> buffer(sealed_size(6656));
  bytes plaintext;
  for (const std::size_t size : {0U, 100U, 6656U}) {
    const mutable_bytes sealed = view(buffer).first(sealed_size(size));
    REQUIRE(session.seal(method::sensor_upload, sealed, size) == status::ok);
    REQUIRE(session.open(method::sensor_upload, 1, session.counter(), sealed, plaintext) == status::forged);
    REQUIRE(server.seal(method::sensor_upload, 1, session.counter(), sealed, size) == status::ok);
    REQUIRE(session.open(method::sensor_upload, 1, session.counter(), sealed, plaintext) == status::ok);
  }
  CHECK(heap::used().calls == 0);
  session.end();
  CHECK(heap::used().current == before);
}

TEST_CASE("no key stays in memory after a handshake, nor after the session has ended") {
  test::seeded_random random(11);
  seen<noise_initiator> initiator(random);
  split_keys keys{};
  REQUIRE(shake_hands(*initiator, keys) == status::ok);
  CHECK(held(initiator.memory()) == "none");
  CHECK(held(heap::memory()) == "none");

  seen<record_session> session;
  REQUIRE(session->begin(1, keys, hour) == status::ok);
  // The keys are found while they are in use, or this test would prove nothing.
  CHECK(held(session.memory()) == "ENC_KEY, device to server");
  CHECK(held(heap::memory()) == "MAC_KEY, device to server");
  session->end();
  CHECK(held(session.memory()) == "none");
  CHECK(held(heap::memory()) == "none");

  REQUIRE(session->begin(1, keys, hour) == status::ok);
  session.destroy();
  CHECK(held(session.memory()) == "none");
  CHECK(held(heap::memory()) == "none");
}

/// Runs `what` on a thread whose stack can be seen afterwards.
template <class What>
std::vector<std::uint8_t> stack_after(What what) {
  constexpr std::size_t page = 4096;
  std::vector<std::uint8_t> memory(64 * page);
  const auto past_page = reinterpret_cast<std::uintptr_t>(memory.data()) % page;
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstack(&attributes, memory.data() + page - past_page, 63 * page) == 0);
  pthread_t thread{};
  const auto run = [](void* task) -> void* {
    (*static_cast<What*>(task))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, run, &what) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
  return memory;
}

TEST_CASE("no key stays on the stack behind a step of a handshake or of a session") {
  test::seeded_random random(14);
  noise_initiator initiator(random);
  split_keys keys{};
  record_session session;
  const key256 psk = shown.key("device key");
  const key256 ephemeral = shown.key("device ephemeral private key");
  const auto prologue = shown.value("prologue");
  const auto hello = shown.value("Hello");
  auto message_2 = shown.value("message 2");
  std::vector<std::uint8_t> buffer(most_handshake_bytes);
  std::size_t size = 0;
  bytes payload;
  const std::function<status()> steps[] = {
      [&] { return initiator.begin(psk, view(prologue), ephemeral, view(hello), view(buffer), size); },
      [&] { return initiator.finish(view(message_2), payload, keys); },
      [&] { return session.begin(1, keys, hour); },
      [&] { return session.seal(method::sensor_upload, view(buffer), 100); },
      [&] {
        session.end();
        return status::ok;
      },
  };
  std::size_t number = 0;
  for (const auto& step : steps) {
    CAPTURE(++number);
    status ended = status::crypto_failed;
    const auto stack = stack_after([&] { ended = step(); });
    REQUIRE(ended == status::ok);
    CHECK(held(view(stack)) == "none");
  }
}

/// Runs `what` with the `number`th allocation refused, for each of those that it makes. A few thousand of them are the
/// same ladder's steps: `stride` leaves some of those out.
template <class What>
void with_each_allocation_refused(std::uint64_t stride, What what) {
  heap::start_counting();
  REQUIRE(what() == status::ok);
  const std::uint64_t calls = heap::used().calls;
  const std::size_t before = heap::used().current;
  for (std::uint64_t number = 1; number <= calls; number += number > 150 && number + 150 < calls ? stride : 1) {
    CAPTURE(number);
    heap::refuse_call(number);
    CHECK(what() == status::crypto_failed);
    CHECK(heap::used().current == before);
    CHECK(held(heap::memory()) == "none");
  }
  heap::refuse_call(0);
  CHECK(what() == status::ok);
}

TEST_CASE("whichever allocation of a handshake fails, the handshake fails, leaks nothing and leaves no key") {
  with_each_allocation_refused(101, [] {
    // The same numbers each time: how often mbedtls allocates depends on them.
    test::seeded_random random(12);
    seen<noise_initiator> initiator(random);
    split_keys keys{};
    const status ended = shake_hands(*initiator, keys);
    CHECK(held(initiator.memory()) == "none");
    if (ended != status::ok) CHECK(keys.to_server == key256{});
    if (ended != status::ok) CHECK(keys.to_device == key256{});
    return ended;
  });
}

TEST_CASE("whichever allocation of a session fails, there is no session and no key") {
  seen<record_session> session;
  with_each_allocation_refused(1, [&] {
    const status ended = session->begin(1, keys_shown(), hour);
    CHECK(session->usable(0) == (ended == status::ok));
    session->end();
    CHECK(held(session.memory()) == "none");
    return ended;
  });
}

TEST_CASE("a heap that is too small fails a handshake, and one that is large enough for it does not") {
  split_keys keys{};
  const auto handshake_in = [&](std::size_t size) {
    test::seeded_random random(13);
    noise_initiator initiator(random);
    heap::limit(size);
    const status ended = shake_hands(initiator, keys);
    heap::limit(heap::capacity);
    return ended;
  };
  const std::size_t before = heap::used().current;
  heap::start_counting();
  REQUIRE(handshake_in(heap::capacity) == status::ok);
  const std::size_t peak = heap::used().peak;
  for (std::size_t size = before; size < peak; size += 64) {
    CAPTURE(size);
    CHECK(handshake_in(size) == status::crypto_failed);
    CHECK(heap::used().current == before);
  }
  CHECK(handshake_in(peak) == status::ok);
}

}  // namespace
}  // namespace sealpost
