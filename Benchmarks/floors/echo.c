// echo: the floor of a request and its reply over a Unix socket. One epoll loop that sends back what came.
//
//   echo SOCKET
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER = 256 << 10, EVENTS = 128, BACKLOG = 512 };

/// Returns 0 while the connection lives.
static int pump(int fd) {
  static char bytes[BUFFER];
  ssize_t length = read(fd, bytes, sizeof bytes);
  if (length <= 0) return -1;
  for (ssize_t sent = 0; sent < length;) {
    ssize_t part = write(fd, bytes + sent, (size_t)(length - sent));
    if (part < 0) return -1;
    sent += part;
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: echo SOCKET\n");
    return 64;
  }
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", arguments[1]);
  unlink(arguments[1]);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)) {
    perror("bind");
    return 71;
  }
  int poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[EVENTS];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int waiting = epoll_wait(poll, ready, EVENTS, -1);
    for (int i = 0; i < waiting; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        event.data.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (event.data.fd >= 0) epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
      } else if (pump(fd)) {
        close(fd);
      }
    }
  }
}
