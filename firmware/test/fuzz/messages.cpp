// Everything that a device decodes. What is taken keeps its bounds.
#include "sealpost/messages/messages.hpp"

#include "fuzz.hpp"

namespace sealpost::fuzz {
namespace {

template <class Message, class Look>
void decode_and(std::vector<std::uint8_t>& data, const Look& look) {
  Message message;
  const status ended = decode(bytes{data.data(), data.size()}, message);
  expect(ended == status::ok || ended == status::malformed, "a message is taken or malformed");
  look(message, ended == status::ok);
}

void look_at_time(const std::optional<micros>& time) {
  // From 1970 to the end of the year 9999.
  expect(!time || (*time >= 0 && *time < 253'402'300'800 * second), "a time is one that can be");
}

void look_at_part(const mutable_bytes& part, const std::vector<std::uint8_t>& whole) {
  expect(part.data() >= whole.data() && part.end() <= whole.data() + whole.size(), "a part is a part");
}

void decode_one(std::uint8_t which, std::vector<std::uint8_t> data) {
  const mutable_bytes all{data.data(), data.size()};
  switch (which % 5) {
    case 0:
      return decode_and<welcome>(data, [](const welcome& message, bool taken) {
        expect(taken == (message.session_id != 0), "a Welcome has a session id, and what is refused gives nothing");
        look_at_time(message.server_time);
      });
    case 1:
      return decode_and<upload_receipt>(data, [](const upload_receipt& message, bool taken) {
        expect(taken || (message.stored == 0 && !message.server_time), "what is refused gives nothing");
        look_at_time(message.server_time);
      });
    case 2:
      return decode_and<clock_answer>(data, [](const clock_answer& message, bool taken) {
        expect(taken || (!message.receive_time && !message.transmit_time), "what is refused gives nothing");
        look_at_time(message.receive_time);
        look_at_time(message.transmit_time);
      });
    case 3: {
      sealed_record record;
      if (decode_record(all, record) != status::ok) return;
      look_at_part(record.sealed, data);
      return expect(record.session_id != 0 && record.counter - 1 < 0xffffffff && record.sealed.size() >= 32 &&
                        record.sealed.size() % 16 == 0,
                    "a record is within its bounds");
    }
    default: {
      mutable_bytes handshake;
      if (decode_key_exchange(all, handshake) != status::ok) return;
      look_at_part(handshake, data);
      return expect(handshake.size() >= 48 && handshake.size() <= 512, "a handshake message is within its bounds");
    }
  }
}

}  // namespace
}  // namespace sealpost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sealpost::fuzz::input from(data, size);
  const std::uint8_t which = from.byte();
  sealpost::fuzz::decode_one(which, from.rest());
  return 0;
}
