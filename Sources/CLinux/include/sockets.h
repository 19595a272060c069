#ifndef COUNTERFOIL_SOCKETS_H
#define COUNTERFOIL_SOCKETS_H

#include <stdint.h>
#include <sys/types.h>

// Unix stream sockets for Swift, where ucred, SO_PEERGROUPS and sockaddr_un are awkward or missing.
// Every function answers a value >= 0, or -errno.

// The longest address sun_path holds beside its terminator (or beside the leading zero of an abstract name).
enum { CLINUX_UNIX_PATH_MAXIMUM = 107 };

// A new stream socket with FD_CLOEXEC.
int clinux_unix_socket(void);
// Binds to a path, or with `abstract` != 0 to a name of the abstract space.
int clinux_unix_bind(int descriptor, const char *name, size_t length, int abstract);
int clinux_unix_connect(int descriptor, const char *name, size_t length, int abstract);
// 1 when the descriptor is a listening AF_UNIX stream socket, else 0.
int clinux_unix_is_listening(int descriptor);
int clinux_set_close_on_exec(int descriptor);
int clinux_set_nonblocking(int descriptor);
// SO_ERROR of the socket: 0 or a positive errno.
int clinux_socket_error(int descriptor);

// SO_PEERCRED.
int clinux_peer_credentials(int descriptor, int32_t *process, uint32_t *user, uint32_t *group);
// SO_PEERGROUPS: fills up to `capacity` groups and answers how many there are (more than capacity = call again).
// -ENOPROTOOPT on kernels before 4.13.
int clinux_peer_groups(int descriptor, uint32_t *groups, int capacity);

#endif
