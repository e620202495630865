#pragma once
// lwIP of ESP-IDF 4.4 and 5.5, lwip/sockets.h. The types and constants are the host's.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
uint16_t lwip_htons(uint16_t x);
extern "C" {
int lwip_socket(int domain, int type, int protocol);
int lwip_connect(int s, const struct sockaddr* name, socklen_t namelen);
int lwip_close(int s);
int lwip_fcntl(int s, int cmd, int val);
int lwip_getsockopt(int s, int level, int optname, void* optval, socklen_t* optlen);
int lwip_setsockopt(int s, int level, int optname, const void* optval, socklen_t optlen);
ssize_t lwip_recv(int s, void* mem, size_t len, int flags);
ssize_t lwip_send(int s, const void* dataptr, size_t size, int flags);
int lwip_select(int maxfdp1, fd_set* readset, fd_set* writeset, fd_set* exceptset, struct timeval* timeout);
}
