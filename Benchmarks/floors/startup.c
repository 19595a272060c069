// startup: from exec to READY=1, as a service manager sees it.
//
//   startup NOTIFY_SOCKET PROGRAM [ARGUMENT...]
//
// Starts the program once, prints one JSON line with the milliseconds until its READY=1 datagram and its process id, and
// leaves it running: the caller measures and ends it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_MS = 60000 };

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: startup NOTIFY_SOCKET PROGRAM [ARGUMENT...]\n");
    return 64;
  }
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", arguments[1]);
  unlink(arguments[1]);
  int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (bind(notify, (struct sockaddr *)&address, sizeof address)) {
    perror("bind");
    return 71;
  }
  setenv("NOTIFY_SOCKET", arguments[1], 1);
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  double began = milliseconds();
  pid_t child = vfork();
  if (child == 0) {
    // The program outlives us: it must not hold the pipe that our one line goes through.
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execvp(arguments[2], arguments + 2);
    _exit(127);
  }
  for (;;) {
    struct pollfd wait = {.fd = notify, .events = POLLIN};
    if (poll(&wait, 1, 50) == 1) {
      char text[4096];
      ssize_t length = recv(notify, text, sizeof text - 1, 0);
      if (length > 0 && memmem(text, (size_t)length, "READY=1", 7)) break;
    }
    int status;
    if (waitpid(child, &status, WNOHANG) == child) {
      fprintf(stderr, "startup: the program ended before it was ready\n");
      return 70;
    }
    if (milliseconds() - began > DEADLINE_MS) {
      fprintf(stderr, "startup: not ready after %d ms\n", DEADLINE_MS);
      kill(child, SIGKILL);
      return 70;
    }
  }
  printf("{\"ready_ms\":%.2f,\"pid\":%d}\n", milliseconds() - began, (int)child);
  return 0;
}
