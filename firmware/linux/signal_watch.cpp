#include "linux/signal_watch.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace sealpost::posix {

signal_watch::signal_watch(const stop_event& stop, std::function<void()> on_usr1)
    : stop_(stop), on_usr1_(std::move(on_usr1)) {
  sigset_t taken{};
  const bool is_set = sigemptyset(&taken) == 0 && sigaddset(&taken, SIGINT) == 0 && sigaddset(&taken, SIGTERM) == 0 &&
                      sigaddset(&taken, SIGUSR1) == 0 && pthread_sigmask(SIG_BLOCK, &taken, nullptr) == 0;
  const int signals = is_set ? signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
  if (signals < 0) {
    std::perror("virtual-esp32: signalfd");
    std::abort();
  }
  thread_ = std::thread([this, signals] { watch(signals); });
}

signal_watch::~signal_watch() {
  stop_.request();
  thread_.join();
}

void signal_watch::watch(int signals) const {
  while (!stop_.requested()) {
    std::array<pollfd, 2> awaited{pollfd{signals, POLLIN, 0}, pollfd{stop_.descriptor(), POLLIN, 0}};
    if (poll(awaited.data(), awaited.size(), -1) < 0) continue;
    signalfd_siginfo taken{};
    if (read(signals, &taken, sizeof(taken)) != sizeof(taken)) continue;
    if (taken.ssi_signo == SIGUSR1) {
      on_usr1_();
    } else {
      stop_.request();
    }
  }
  close(signals);
}

}  // namespace sealpost::posix
