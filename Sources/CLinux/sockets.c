#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int result(int value) { return value < 0 ? -errno : value; }

int clinux_unix_socket(void) { return result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

static int make_address(struct sockaddr_un *address, socklen_t *size, const char *name, size_t length, int abstract) {
  if (length == 0 || length > CLINUX_UNIX_PATH_MAXIMUM) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path + (abstract ? 1 : 0), name, length);
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
  return 0;
}

int clinux_unix_bind(int descriptor, const char *name, size_t length, int abstract) {
  struct sockaddr_un address;
  socklen_t size;
  int error = make_address(&address, &size, name, length, abstract);
  return error < 0 ? error : result(bind(descriptor, (struct sockaddr *)&address, size));
}

int clinux_unix_connect(int descriptor, const char *name, size_t length, int abstract) {
  struct sockaddr_un address;
  socklen_t size;
  int error = make_address(&address, &size, name, length, abstract);
  return error < 0 ? error : result(connect(descriptor, (struct sockaddr *)&address, size));
}

static int option(int descriptor, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) < 0 ? -errno : value;
}

int clinux_unix_is_listening(int descriptor) {
  return option(descriptor, SO_DOMAIN) == AF_UNIX && option(descriptor, SO_TYPE) == SOCK_STREAM &&
         option(descriptor, SO_ACCEPTCONN) == 1;
}

int clinux_set_close_on_exec(int descriptor) {
  int flags = fcntl(descriptor, F_GETFD);
  return flags < 0 ? -errno : result(fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC));
}

int clinux_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -errno : result(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
}

int clinux_socket_error(int descriptor) { return option(descriptor, SO_ERROR); }

int clinux_peer_credentials(int descriptor, int32_t *process, uint32_t *user, uint32_t *group) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -errno;
  *process = credentials.pid;
  *user = credentials.uid;
  *group = credentials.gid;
  return 0;
}

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

int clinux_peer_groups(int descriptor, uint32_t *groups, int capacity) {
  socklen_t size = (socklen_t)capacity * sizeof *groups;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0 || errno == ERANGE)
    return (int)(size / sizeof *groups);
  return -errno;
}
