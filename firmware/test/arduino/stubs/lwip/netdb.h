#pragma once
// lwIP of ESP-IDF 4.4 and 5.5, lwip/netdb.h. The types are the host's.
#include <netdb.h>
extern "C" {
int lwip_getaddrinfo(const char* nodename, const char* servname, const struct addrinfo* hints, struct addrinfo** res);
void lwip_freeaddrinfo(struct addrinfo* ai);
}
