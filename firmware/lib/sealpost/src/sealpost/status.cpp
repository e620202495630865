#include "sealpost/status.hpp"

namespace sealpost {

const char* describe(status status) {
  switch (status) {
    case status::ok:
      return "ok";
    case status::no_room:
      return "no room";
    case status::malformed:
      return "malformed";
    case status::forged:
      return "forged";
    case status::unreachable:
      return "unreachable";
    case status::timed_out:
      return "timed out";
    case status::unauthenticated:
      return "unauthenticated";
    case status::refused:
      return "refused";
    case status::no_session:
      return "no session";
    case status::not_now:
      return "not now";
    case status::not_found:
      return "not found";
    case status::flash_failed:
      return "flash failed";
    case status::crypto_failed:
      return "crypto failed";
  }
  return "unknown";
}

}  // namespace sealpost
