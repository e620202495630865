// The firmware's cryptography at the other end of a pipe, for server/test/firmware/vectors.test.ts: a line in, a line
// out. Words stand between blanks: numbers in decimal, bytes in hex after an x. What is refused is answered with the
// words of its status. There is one handshake and one session at a time.

#include <iostream>
#include <sstream>
#include <stdexcept>

#include "fakes/hex.hpp"
#include "fakes/random.hpp"
#include "sealpost/crypto/record.hpp"

namespace sealpost::test {
namespace {

seeded_random random_numbers(1);
noise_initiator handshake(random_numbers);
record_session session;

/// The words of a line, one after the other.
class words {
 public:
  explicit words(const std::string& line) : stream_(line) {}

  std::string word() {
    std::string word;
    if (!(stream_ >> word)) throw std::invalid_argument("a word is missing");
    return word;
  }
  std::uint64_t number() { return std::stoull(word()); }
  std::vector<std::uint8_t> data() { return hex(word().substr(1)); }
  key256 key() { return hex_key(word().substr(1)); }
  method of() { return word() == name_of(method::time_sync) ? method::time_sync : method::sensor_upload; }

 private:
  std::istringstream stream_;
};

std::string shown(bytes data) { return 'x' + to_hex(data); }

/// private key, public key -> shared secret
std::string x25519_of(words& in) {
  const key256 private_key = in.key();
  const key256 public_key = in.key();
  key256 shared{};
  const status ended = x25519(private_key, public_key, random_numbers, shared);
  return ended == status::ok ? shown(shared) : describe(ended);
}

/// psk, prologue, ephemeral private key, payload -> message 1
std::string initiate(words& in) {
  const key256 psk = in.key();
  const auto prologue = in.data();
  const key256 ephemeral = in.key();
  const auto payload = in.data();
  std::vector<std::uint8_t> message(most_handshake_bytes);
  std::size_t size = 0;
  const status ended = handshake.begin(psk, view(prologue), ephemeral, view(payload), view(message), size);
  return ended == status::ok ? shown(view(message).first(size)) : describe(ended);
}

/// message 2 -> payload, both split keys, handshake hash
std::string finish(words& in) {
  auto message = in.data();
  bytes payload;
  split_keys keys{};
  const status ended = handshake.finish(view(message), payload, keys);
  if (ended != status::ok) return describe(ended);
  return shown(payload) + ' ' + shown(keys.to_server) + ' ' + shown(keys.to_device) + ' ' +
         shown(handshake.handshake_hash());
}

/// session id, both split keys, the greatest counter used so far -> ok
std::string begin_session(words& in) {
  const std::uint64_t id = in.number();
  const key256 to_server = in.key();
  const key256 to_device = in.key();
  return describe(session.begin(id, {to_server, to_device}, day, static_cast<std::uint32_t>(in.number())));
}

/// method, plaintext -> counter, sealed
std::string seal(words& in) {
  const method of = in.of();
  auto buffer = in.data();
  const std::size_t size = buffer.size();
  buffer.resize(sealed_size(size));
  const status ended = session.seal(of, view(buffer), size);
  return ended == status::ok ? std::to_string(session.counter()) + ' ' + shown(view(buffer)) : describe(ended);
}

/// method, session id, counter, sealed -> plaintext
std::string open(words& in) {
  const method of = in.of();
  const std::uint64_t id = in.number();
  const std::uint64_t counter = in.number();
  auto sealed = in.data();
  bytes plaintext;
  const status ended = session.open(of, id, counter, view(sealed), plaintext);
  return ended == status::ok ? shown(plaintext) : describe(ended);
}

std::string answer_to(const std::string& line) {
  struct task {
    const char* name;
    std::string (*run)(words&);
  };
  constexpr task tasks[] = {
      {"x25519", x25519_of},      {"initiate", initiate}, {"finish", finish},
      {"session", begin_session}, {"seal", seal},         {"open", open},
  };
  words in(line);
  const std::string name = in.word();
  for (const task& task : tasks) {
    if (name == task.name) return task.run(in);
  }
  throw std::invalid_argument("no such task: " + name);
}

}  // namespace
}  // namespace sealpost::test

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << sealpost::test::answer_to(line) << std::endl;
}
