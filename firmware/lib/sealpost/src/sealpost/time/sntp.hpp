#pragma once

#include <array>

#include "sealpost/platform.hpp"

/// What an NTP client says and hears (RFC 5905, section 7.3): the packets alone, a platform carries them.
namespace sealpost {

using sntp_packet = std::array<std::uint8_t, 48>;

/// Asks for the time. In the place of this device's own time stands a random number: that tells nobody the time here,
/// and who has not seen the question can't answer it.
status write_sntp_request(random_source& random, sntp_packet& request);

/// Reads the answer to `request`; `asked` and `returned` are uptimes. refused unless it answers that question and comes
/// from a server that says it knows the time.
status read_sntp_answer(const sntp_packet& request, const sntp_packet& packet, micros asked, micros returned,
                        ntp_answer& answer);

}  // namespace sealpost
