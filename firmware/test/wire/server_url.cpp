#include <doctest/doctest.h>

#include <string>

#include "sealpost/wire/http.hpp"

namespace sealpost::test {
namespace {

/// `host port`, or why not.
std::string parsed(const std::string& url) {
  server_address address;
  address.port = 7;
  if (parse_server_url(url.c_str(), address) != status::ok) {
    return address.port == 7 && address.host[0] == 0 ? "refused" : "refused, but changed";
  }
  return std::string(address.host.data()) + ' ' + std::to_string(address.port);
}

}  // namespace

TEST_CASE("a server's URL names a host and a port, 80 unless told") {
  CHECK(parsed("http://192.168.1.10:8080") == "192.168.1.10 8080");
  CHECK(parsed("http://192.168.1.10:8080/") == "192.168.1.10 8080");
  CHECK(parsed("http://sealpost.local") == "sealpost.local 80");
  CHECK(parsed("http://sealpost.local/") == "sealpost.local 80");
  CHECK(parsed("http://Pi_4-b.Example.:1") == "Pi_4-b.Example. 1");
  CHECK(parsed("http://a:65535") == "a 65535");
}

TEST_CASE("a server's URL may have an IPv6 address in brackets") {
  CHECK(parsed("http://[fe80::1]:8080") == "fe80::1 8080");
  CHECK(parsed("http://[::ffff:192.168.1.10]/") == "::ffff:192.168.1.10 80");
  CHECK(parsed("http://[]:80") == "refused");
  CHECK(parsed("http://[fe80::1") == "refused");
  CHECK(parsed("http://[fe80::1x:80") == "refused");
  CHECK(parsed("http://[192.168.1.10]") == "refused");
  CHECK(parsed("http://[fe80::1%25wlan0]") == "refused");
  CHECK(parsed("http://fe80::1") == "refused");
  CHECK(parsed("http://[fe80::1]8080") == "refused");
}

TEST_CASE("a host has at most 63 characters") {
  CHECK(parsed("http://" + std::string(63, 'a') + ":80") == std::string(63, 'a') + " 80");
  CHECK(parsed("http://" + std::string(64, 'a') + ":80") == "refused");
  CHECK(parsed("http://[" + std::string(64, ':') + "]") == "refused");
}

TEST_CASE("what is not a server's URL is refused and changes nothing") {
  for (const char* url : {"",
                          "http",
                          "http://",
                          "http:///",
                          "https://a",
                          "HTTP://a",
                          "ftp://a",
                          "//a",
                          "a",
                          "a:80",
                          " http://a",
                          "http://a ",
                          "http://a/b",
                          "http://a//",
                          "http://a?b",
                          "http://a#b",
                          "http://user@a",
                          "http://user:p@a",
                          "http://a:",
                          "http://a:/",
                          "http://a:0",
                          "http://a:00",
                          "http://a:080",
                          "http://a:65536",
                          "http://a:99999999999",
                          "http://a:8o",
                          "http://a:-1",
                          "http://a:+1",
                          "http://a: 80",
                          "http://a:80:80",
                          "http://a:80/x",
                          "http://:80",
                          "http://-a",
                          "http://.a",
                          "http://a%41",
                          "http://a\r\nX: y",
                          "http://\xc3\xa4",
                          "http://a\\b"}) {
    CAPTURE(url);
    CHECK(parsed(url) == "refused");
  }
}

}  // namespace sealpost::test
