#define _GNU_SOURCE
#include "transports.h"

#include <arpa/inet.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int counterfoil_signalfd(const sigset_t *signals) { return signalfd(-1, signals, SFD_CLOEXEC); }

int counterfoil_signalfd_take(int fd) {
  struct signalfd_siginfo taken;
  return read(fd, &taken, sizeof taken) == sizeof taken ? (int)taken.ssi_signo : -1;
}

int counterfoil_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int counterfoil_eventfd_signal(int fd) {
  uint64_t one = 1;
  return write(fd, &one, sizeof one) == sizeof one ? 0 : -1;
}

int counterfoil_eventfd_clear(int fd) {
  uint64_t count;
  if (read(fd, &count, sizeof count) == sizeof count || errno == EAGAIN) return 0;
  return -1;
}

static int close_keeping_errno(int fd) {
  int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

static int parse_address(const char *host, uint16_t port, struct sockaddr_storage *storage, socklen_t *length) {
  memset(storage, 0, sizeof *storage);
  struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
  if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    *length = sizeof *v4;
    return 0;
  }
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;
  char plain[INET6_ADDRSTRLEN];
  const char *zone = strchr(host, '%');
  size_t size = zone ? (size_t)(zone - host) : strlen(host);
  if (size < sizeof plain) {
    memcpy(plain, host, size);
    plain[size] = 0;
    if (inet_pton(AF_INET6, plain, &v6->sin6_addr) == 1) {
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      if (zone) v6->sin6_scope_id = if_nametoindex(zone + 1);
      *length = sizeof *v6;
      return 0;
    }
  }
  errno = EADDRNOTAVAIL;
  return -1;
}

int counterfoil_tcp_connect(const char *host, uint16_t port, unsigned user_timeout_ms, int *pending) {
  struct sockaddr_storage address;
  socklen_t length;
  *pending = 0;
  if (parse_address(host, port, &address, &length) < 0) return -1;
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
      setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms) < 0)
    return close_keeping_errno(fd);
  int result;
  do {
    result = connect(fd, (struct sockaddr *)&address, length);
  } while (result < 0 && errno == EINTR);
  if (result < 0) {
    if (errno != EINPROGRESS) return close_keeping_errno(fd);
    *pending = 1;
  }
  return fd;
}

int counterfoil_socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int counterfoil_unacknowledged(int fd) {
  int count = 0;
  return ioctl(fd, SIOCOUTQ, &count) < 0 ? -1 : count;
}

// Majors 136 to 143 are Unix98 pseudo terminals (Documentation/admin-guide/devices.txt).
static int is_pseudo_terminal(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

int counterfoil_serial_open(const char *path, const struct counterfoil_serial_line *line) {
  int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  struct termios2 settings;
  // TIOCEXCL keeps other users out, the lock also root and a second instance of ours.
  if (ioctl(fd, TCGETS2, &settings) < 0) return close_keeping_errno(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) errno = EBUSY;
    return close_keeping_errno(fd);
  }
  // A pseudo terminal keeps TIOCEXCL when its user dies, and would then refuse the next one for ever.
  if (!is_pseudo_terminal(fd) && ioctl(fd, TIOCEXCL) < 0) return close_keeping_errno(fd);
  settings.c_iflag = IGNBRK;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag = CREAD | CLOCAL | BOTHER | (line->data_bits == 7 ? CS7 : CS8);
  if (line->stop_bits == 2) settings.c_cflag |= CSTOPB;
  if (line->parity != 0) {
    settings.c_cflag |= PARENB | (line->parity == 2 ? PARODD : 0);
    settings.c_iflag |= INPCK;
  }
  if (line->flow == 1) settings.c_cflag |= CRTSCTS;
  if (line->flow == 2) settings.c_iflag |= IXON | IXOFF;
  settings.c_ispeed = settings.c_ospeed = line->speed;
  memset(settings.c_cc, 0, sizeof settings.c_cc);
  settings.c_cc[VSTART] = 0x11;
  settings.c_cc[VSTOP] = 0x13;
  settings.c_cc[VMIN] = 1;
  // What came before the settings were right is noise: it is thrown away.
  if (ioctl(fd, TCSETS2, &settings) < 0 || ioctl(fd, TCFLSH, TCIFLUSH) < 0) {
    ioctl(fd, TIOCNXCL);
    return close_keeping_errno(fd);
  }
  return fd;
}

int counterfoil_serial_unsent(int fd) {
  int count = 0;
  return ioctl(fd, TIOCOUTQ, &count) < 0 ? -1 : count;
}

void counterfoil_serial_release(int fd) {
  // Closing a line with output left would block until it is gone.
  ioctl(fd, TCFLSH, TCOFLUSH);
  ioctl(fd, TIOCNXCL);
}

int counterfoil_watch(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int counterfoil_watch_directory(int fd, const char *path) {
  uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  return inotify_add_watch(fd, path, mask) < 0 ? -1 : 0;
}

int counterfoil_watch_clear(int fd) {
  char buffer[4096] __attribute__((aligned(8)));
  for (;;) {
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count <= 0) return count < 0 && errno != EAGAIN ? -1 : 0;
  }
}

int counterfoil_pty_open(char *name, size_t size) {
  int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  if (grantpt(fd) < 0 || unlockpt(fd) < 0 || ptsname_r(fd, name, size) != 0) return close_keeping_errno(fd);
  struct termios2 settings;
  if (ioctl(fd, TCGETS2, &settings) < 0) return close_keeping_errno(fd);
  settings.c_iflag = settings.c_oflag = settings.c_lflag = 0;
  if (ioctl(fd, TCSETS2, &settings) < 0) return close_keeping_errno(fd);
  return fd;
}
