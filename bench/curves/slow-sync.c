/* A disk that takes SLOW_SYNC_MS for each sync, for a process that is started with this in LD_PRELOAD. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
  const char *milliseconds = getenv("SLOW_SYNC_MS");
  struct timespec left = {0, milliseconds ? atol(milliseconds) * 1000000L : 0};
  while (nanosleep(&left, &left) != 0) {
  }
}

int fsync(int file) {
  wait_for_the_disk();
  return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
  wait_for_the_disk();
  return (int)syscall(SYS_fdatasync, file);
}
