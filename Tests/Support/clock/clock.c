// clock: an LD_PRELOAD shim for the wall clock of one program: it is synchronised, and as far ahead of the true one as a
// test wants. What a box does behind days or with a clock that it trusts is tested so; nothing else of time changes.
//
//   CLOCK_AHEAD=path   a file with the seconds that the wall clock is ahead, read at every call; absent: none
//   CLOCK_UNSET=1      nobody has set the clock since the start
//
//   cc -O2 -Wall -shared -fPIC -o clock.so clock.c -lpthread
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static long long ahead(void) {
  const char *path = getenv("CLOCK_AHEAD");
  char text[32] = {0};
  if (!path) return 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  return length > 0 ? atoll(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int status = (int)syscall(SYS_clock_gettime, clock, time);
  if (status == 0 && clock == CLOCK_REALTIME) time->tv_sec += ahead();
  return status;
}

int adjtimex(struct timex *state) {
  memset(state, 0, sizeof *state);
  if (!getenv("CLOCK_UNSET")) return TIME_OK;
  state->status = STA_UNSYNC;
  return TIME_ERROR;
}
