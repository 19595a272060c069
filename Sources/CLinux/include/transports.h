// Calls for devices that Swift cannot import: ioctls, termios2, eventfd, signalfd and inotify with their macros.
// Every function returns -1 with errno set on error, like the call that it wraps.
#ifndef COUNTERFOIL_CLINUX_TRANSPORTS_H
#define COUNTERFOIL_CLINUX_TRANSPORTS_H
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/// Settings of a serial line; parity 0 none, 1 even, 2 odd; flow 0 none, 1 RTS/CTS, 2 XON/XOFF.
struct counterfoil_serial_line {
  uint32_t speed;
  uint8_t data_bits;
  uint8_t parity;
  uint8_t stop_bits;
  uint8_t flow;
};

/// A descriptor, close-on-exec, that is readable when one of these blocked signals is pending; -1 with errno.
int counterfoil_signalfd(const sigset_t *signals);
/// Takes a pending signal of a signalfd; its number, or -1 with errno.
int counterfoil_signalfd_take(int fd);
/// A non-blocking eventfd, close-on-exec.
int counterfoil_eventfd(void);
/// Adds one to an eventfd.
int counterfoil_eventfd_signal(int fd);
/// Takes what is in an eventfd; 0 also when it was empty.
int counterfoil_eventfd_clear(int fd);

/// Starts a non-blocking connection to a numeric address. Returns the socket; `*pending` tells whether it is under way.
int counterfoil_tcp_connect(const char *host, uint16_t port, unsigned user_timeout_ms, int *pending);
/// Result of a pending connection: 0 or the errno of the failure.
int counterfoil_socket_error(int fd);
/// Bytes in the send queue that the peer has not acknowledged.
int counterfoil_unacknowledged(int fd);

/// Opens a terminal without becoming its session leader's terminal, raw, exclusive, with the line's settings.
int counterfoil_serial_open(const char *path, const struct counterfoil_serial_line *line);
/// Bytes in a terminal's output queue.
int counterfoil_serial_unsent(int fd);
/// Throws away what is not sent and gives up exclusive use; call before close.
void counterfoil_serial_release(int fd);

/// An inotify descriptor, non-blocking, close-on-exec.
int counterfoil_watch(void);
/// Adds a directory: reports entries that come (created, moved in, changed rights) and the directory's own end.
int counterfoil_watch_directory(int fd, const char *path);
/// Takes all that an inotify descriptor holds; 0 also when there was nothing.
int counterfoil_watch_clear(int fd);

/// Makes a raw pseudo terminal; returns its master end, non-blocking, and the path of the other end in `name`.
int counterfoil_pty_open(char *name, size_t size);

#endif
