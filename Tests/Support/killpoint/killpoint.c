// killpoint: an LD_PRELOAD shim that kills the process at its N-th visible act.
//
// A "point" is one call that the outside world or the disk can see: a write to a regular file, a sync, a rename, bytes to
// the printer, bytes to a client. The shim counts points, optionally logs them, and raises SIGKILL at one of them, so a
// test can cut a process at every instant without a hook in the product. The kinds of descriptors are asked from the
// kernel at every call: a cache would be wrong after the first close.
//
//   KILLPOINT_AT=n          kill at the n-th counted point (1 = first); absent = only count
//   KILLPOINT_WHEN=before|after|half   before the call, after it (default), or after half of its bytes
//   KILLPOINT_BYTES=n       with half: not half of its bytes but n, should that be fewer
//   KILLPOINT_LEAST=n       calls with fewer bytes do not count
//   KILLPOINT_CLASSES=a,b   which classes count: journal sync meta file printer client tty (default: all of them)
//   KILLPOINT_DIR=path      regular files below it are class "journal", others "file"
//   KILLPOINT_LOG=path      one line a point: number, class, call, bytes
//   KILLPOINT_ARMED=path    points count only while this file exists (start-up can be left out)
//   KILLPOINT_ALSO=path     a file that holds the id of another process, which is killed in the same moment
//   KILLPOINT_FAIL=path     a disk that fails: syncs below KILLPOINT_DIR answer EIO while this file exists
//   KILLPOINT_LATE=n        CONTROL, a broken disk order: writes below KILLPOINT_DIR are held back in memory and reach the
//                           file only n syncs later, so that answers and paper leave before the record is kept
//
//   cc -O2 -Wall -shared -fPIC -o killpoint.so killpoint.c -lpthread
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, JOURNAL, SYNC, META, FILE_, PRINTER, CLIENT, TTY, KINDS };
static const char *const names[KINDS] = {"none", "journal", "sync", "meta", "file", "printer", "client", "tty"};
enum when { BEFORE, AFTER, HALF };

static struct {
  long at, late, bytes, least;
  enum when when;
  bool counted[KINDS];
  char directory[PATH_MAX], armed[PATH_MAX], fail[PATH_MAX], also[PATH_MAX];
  int log;
  pid_t pid;
} options = {.log = -1};
static atomic_long points;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void configure(void) {
  const char *value;
  options.pid = getpid();
  if ((value = getenv("KILLPOINT_AT"))) options.at = atol(value);
  if ((value = getenv("KILLPOINT_BYTES"))) options.bytes = atol(value);
  if ((value = getenv("KILLPOINT_LEAST"))) options.least = atol(value);
  if ((value = getenv("KILLPOINT_LATE"))) options.late = atol(value);
  value = getenv("KILLPOINT_WHEN");
  options.when = !value || !strcmp(value, "after") ? AFTER : !strcmp(value, "half") ? HALF : BEFORE;
  value = getenv("KILLPOINT_CLASSES");
  for (int k = 1; k < KINDS; k++) {
    const char *found = value ? strstr(value, names[k]) : NULL;
    options.counted[k] = !value || found;
  }
  if ((value = getenv("KILLPOINT_DIR")) && !realpath(value, options.directory)) options.directory[0] = 0;
  if ((value = getenv("KILLPOINT_ARMED"))) snprintf(options.armed, sizeof options.armed, "%s", value);
  if ((value = getenv("KILLPOINT_ALSO"))) snprintf(options.also, sizeof options.also, "%s", value);
  if ((value = getenv("KILLPOINT_FAIL"))) snprintf(options.fail, sizeof options.fail, "%s", value);
  if ((value = getenv("KILLPOINT_LOG")))
    options.log = (int)syscall(SYS_openat, AT_FDCWD, value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/// What stands behind a descriptor: a file of the journal, another file, the printer (TCP), a client (Unix stream).
static enum kind kind_of(int fd) {
  struct stat status;
  if (fstat(fd, &status)) return NONE;
  if (S_ISREG(status.st_mode)) {
    char link[40], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return FILE_;
    path[length] = 0;
    size_t prefix = strlen(options.directory);
    return prefix && !strncmp(path, options.directory, prefix) && path[prefix] == '/' ? JOURNAL : FILE_;
  }
  if (S_ISSOCK(status.st_mode)) {
    int domain = 0, type = 0;
    socklen_t size = sizeof domain;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    size = sizeof type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
    if (type != SOCK_STREAM) return NONE;  // a datagram to the service manager is nobody's promise
    return domain == AF_UNIX ? CLIENT : domain == AF_INET || domain == AF_INET6 ? PRINTER : NONE;
  }
  if (S_ISCHR(status.st_mode) && isatty(fd) && fd > 2) return TTY;
  return NONE;
}

static void die(void) {
  char text[24] = "";
  long fd = options.also[0] ? syscall(SYS_openat, AT_FDCWD, options.also, O_RDONLY | O_CLOEXEC) : -1;
  if (fd >= 0 && syscall(SYS_read, fd, text, sizeof text - 1) > 0 && atol(text) > 1) syscall(SYS_kill, atol(text), SIGKILL);
  syscall(SYS_kill, options.pid, SIGKILL);
  for (;;) pause();
}

/// Counts the point; true when this is the one to die at.
static bool point(enum kind kind, const char *call, size_t bytes) {
  pthread_once(&once, configure);
  if (kind == NONE || !options.counted[kind] || getpid() != options.pid) return false;
  if ((long)bytes < options.least) return false;
  if (options.armed[0] && syscall(SYS_faccessat, AT_FDCWD, options.armed, F_OK) != 0) return false;
  long number = atomic_fetch_add(&points, 1) + 1;
  if (options.log >= 0) {
    char line[96];
    int length = snprintf(line, sizeof line, "%ld %s %s %zu\n", number, names[kind], call, bytes);
    syscall(SYS_write, options.log, line, (size_t)length);
  }
  bool last = options.at > 0 && number == options.at;
  if (last && options.when == BEFORE) die();
  return last;
}

// ---- The control: a journal that is always n syncs behind what the process believes.

struct held {
  struct held *next;
  int fd;  // a duplicate, so that a closed descriptor can still be brought up to date
  dev_t device;
  ino_t inode;
  off_t offset;
  size_t length;
  long born;
  char bytes[];
};
static struct {
  pthread_mutex_t lock;
  struct held *first, **last;
  long syncs;
} late = {PTHREAD_MUTEX_INITIALIZER, NULL, &late.first, 0};

static void apply(struct held *one) {
  syscall(SYS_pwrite64, one->fd, one->bytes, one->length, one->offset);
  close(one->fd);
  free(one);
}

/// Brings to the file what was held for longer than `age` syncs; with `inode` only what belongs to that file.
static void release(long age, const struct stat *only) {
  for (struct held **link = &late.first; *link;) {
    struct held *one = *link;
    bool mine = !only || (only->st_ino == one->inode && only->st_dev == one->device);
    if (mine && late.syncs - one->born >= age) {
      *link = one->next;
      apply(one);
    } else {
      link = &one->next;
    }
  }
  late.last = &late.first;
  while (*late.last) late.last = &(*late.last)->next;
}

static bool hold(int fd, const void *bytes, size_t length, off_t offset) {
  struct stat status;
  struct held *one = malloc(sizeof *one + length);
  if (!one || fstat(fd, &status)) { free(one); return false; }
  *one = (struct held){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 100), .device = status.st_dev, .inode = status.st_ino,
                       .offset = offset, .length = length};
  memcpy(one->bytes, bytes, length);
  pthread_mutex_lock(&late.lock);
  one->born = late.syncs;
  *late.last = one;
  late.last = &one->next;
  pthread_mutex_unlock(&late.lock);
  return true;
}

static void sync_passed(void) {
  if (!options.late) return;
  pthread_mutex_lock(&late.lock);
  late.syncs++;
  release(options.late, NULL);
  pthread_mutex_unlock(&late.lock);
}

/// The process may read what it wrote: then the file must hold it.
static void about_to_read(int fd) {
  struct stat status;
  if (!options.late || !late.first || fstat(fd, &status)) return;
  pthread_mutex_lock(&late.lock);
  release(0, &status);
  pthread_mutex_unlock(&late.lock);
}

__attribute__((destructor)) static void leave_in_order(void) {
  pthread_mutex_lock(&late.lock);
  release(0, NULL);
  pthread_mutex_unlock(&late.lock);
}

// ---- Writes at an offset.

static ssize_t positioned(int fd, const void *bytes, size_t length, off_t offset, const char *call) {
  enum kind kind = kind_of(fd);
  bool last = point(kind, call, length);
  if (kind == JOURNAL && options.late && hold(fd, bytes, length, offset)) {
    if (last) die();
    return (ssize_t)length;
  }
  if (last && options.when == HALF) {
    size_t part = length / 2;
    if (options.bytes > 0 && (size_t)options.bytes < part) part = (size_t)options.bytes;
    syscall(SYS_pwrite64, fd, bytes, part, offset);
    die();
  }
  ssize_t result = syscall(SYS_pwrite64, fd, bytes, length, offset);
  if (last) { die(); }
  return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return positioned(fd, bytes, length, offset, "pwrite");
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return positioned(fd, bytes, length, offset, "pwrite");
}
static ssize_t gathered(int fd, const struct iovec *parts, int count, off_t offset) {
  size_t length = 0, at = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  char *bytes = malloc(length ? length : 1);
  if (!bytes) { errno = ENOMEM; return -1; }
  for (int i = 0; i < count; i++) {
    memcpy(bytes + at, parts[i].iov_base, parts[i].iov_len);
    at += parts[i].iov_len;
  }
  ssize_t result = positioned(fd, bytes, length, offset, "pwritev");
  free(bytes);
  return result;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return gathered(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return gathered(fd, parts, count, offset); }

ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
  about_to_read(fd);
  return syscall(SYS_pread64, fd, bytes, length, offset);
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
  about_to_read(fd);
  return syscall(SYS_pread64, fd, bytes, length, offset);
}

// ---- Streams: files written in order, sockets, serial lines.

ssize_t write(int fd, const void *bytes, size_t length) {
  bool last = point(kind_of(fd), "write", length);
  if (last && options.when == HALF) length = length / 2;
  ssize_t result = syscall(SYS_write, fd, bytes, length);
  if (last) die();
  return result;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  size_t length = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  bool last = point(kind_of(fd), "writev", length);
  ssize_t result = last && options.when == HALF && count > 0
                       ? syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2)
                       : syscall(SYS_writev, fd, parts, count);
  if (last) die();
  return result;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
  bool last = point(kind_of(fd), "send", length);
  if (last && options.when == HALF) length = length / 2;
  ssize_t result = syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
  if (last) die();
  return result;
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
  bool last = point(kind_of(fd), "sendto", length);
  ssize_t result = syscall(SYS_sendto, fd, bytes, length, flags, to, size);
  if (last) die();
  return result;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  size_t length = 0;
  for (size_t i = 0; i < message->msg_iovlen; i++) length += message->msg_iov[i].iov_len;
  bool last = point(kind_of(fd), "sendmsg", length);
  ssize_t result = syscall(SYS_sendmsg, fd, message, flags);
  if (last) die();
  return result;
}

// ---- Syncs and names.

/// True when the disk is to fail this sync.
static bool fails(int fd) {
  if (!options.fail[0] || kind_of(fd) != JOURNAL) return false;
  return syscall(SYS_faccessat, AT_FDCWD, options.fail, F_OK) == 0;
}

#define SYNCED(name, number)                                  \
  int name(int fd) {                                          \
    bool last = point(SYNC, #name, 0); \
    if (fails(fd)) {                                          \
      errno = EIO;                                            \
      return -1;                                              \
    }                                                         \
    int result = (int)syscall(number, fd);                    \
    sync_passed();                                            \
    if (last) die();                                          \
    return result;                                            \
  }
SYNCED(fdatasync, SYS_fdatasync)
SYNCED(fsync, SYS_fsync)

int rename(const char *from, const char *to) {
  bool last = point(META, "rename", 0);
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (last) die();
  return result;
}
int renameat(int from_fd, const char *from, int to_fd, const char *to) {
  bool last = point(META, "renameat", 0);
  int result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
  if (last) die();
  return result;
}
int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
  bool last = point(META, "renameat2", 0);
  int result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
  if (last) die();
  return result;
}
int unlink(const char *path) {
  bool last = point(META, "unlink", 0);
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (last) die();
  return result;
}
int unlinkat(int fd, const char *path, int flags) {
  bool last = point(META, "unlinkat", 0);
  int result = (int)syscall(SYS_unlinkat, fd, path, flags);
  if (last) die();
  return result;
}
static int cut(int fd, off_t length) {
  bool last = point(kind_of(fd) == JOURNAL ? META : FILE_, "ftruncate", 0);
  about_to_read(fd);
  int result = (int)syscall(SYS_ftruncate, fd, length);
  if (last) die();
  return result;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }
