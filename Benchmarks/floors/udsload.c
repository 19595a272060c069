// udsload: closed-loop load over a Unix socket with messages that end in one NUL byte (Varlink).
//
//   udsload -s SOCKET -f REQUEST [-c CLIENTS] [-t THREADS] [-d SECONDS] [-w WARM_UP_SECONDS] [-i THINK_MICROSECONDS]
//   udsload -s SOCKET -f REQUEST -n CALLS [-c CLIENTS] [-t THREADS] [-i THINK_MICROSECONDS]
//
// The second form makes so many calls in all, without warm-up, and ends when each is answered.
// Every client keeps one call outstanding; after a reply it thinks, then calls again. `@KEY@` in the request becomes a
// different 16-character key in every call, so that a keyed method decides anew each time. A reply that holds
// "error" counts as an error. Prints one JSON line; times are microseconds.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 256 << 10, EVENTS = 128, KEY = 16, MOST_THREADS = 64 };
enum { SUB = 64, BUCKETS = 64 * SUB };  // 64 steps a power of two: under 1.6 % error

static uint64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct histogram {
  uint64_t bucket[BUCKETS], count, longest;
};

static void add(struct histogram *h, uint64_t value) {
  int index = (int)value;
  if (value >= SUB) {
    int shift = 63 - __builtin_clzll(value) - 6;
    index = (shift + 1) * SUB + (int)((value >> shift) - SUB);
  }
  h->bucket[index]++;
  h->count++;
  if (value > h->longest) h->longest = value;
}

static double quantile(const struct histogram *h, double q) {
  uint64_t wanted = (uint64_t)(q * (double)h->count), seen = 0;
  for (int i = 0; i < BUCKETS; i++) {
    seen += h->bucket[i];
    if (seen > wanted) {
      int shift = i / SUB - 1;
      return (double)(i < SUB ? (uint64_t)i : (uint64_t)(i % SUB + SUB) << shift) / 1e3;
    }
  }
  return (double)h->longest / 1e3;
}

struct client {
  int fd;
  uint64_t sent;
  char *request;
  char *key;  // where this request's key stands, or NULL
};
struct worker {
  pthread_t thread;
  struct client *clients;
  int count;
  struct histogram times;
  uint64_t errors;
};

static const char *path;
static char *request;
static size_t request_length;
static long think;
static atomic_int phase;  // 0 warm-up, 1 measured, 2 over
static atomic_ulong keys;
static long wanted;  // calls in all; 0: as many as the time allows
static atomic_long begun;

static void fail(const char *what) {
  perror(what);
  exit(71);
}

static int dial(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
  return fd;
}

/// Sends the next call; false when there is none to be made any more.
static int call(struct client *c) {
  if (wanted ? atomic_fetch_add(&begun, 1) >= wanted : atomic_load(&phase) == 2) return 0;
  if (c->key) {
    char text[KEY + 1];
    snprintf(text, sizeof text, "%016lx", atomic_fetch_add(&keys, 1));
    memcpy(c->key, text, KEY);
  }
  c->sent = nanoseconds();
  for (size_t at = 0; at < request_length;) {
    ssize_t part = write(c->fd, c->request + at, request_length - at);
    if (part < 0 && errno != EINTR) fail("write");
    if (part > 0) at += (size_t)part;
  }
  return 1;
}

/// Returns true when the reply is complete.
static int answered(struct client *c, struct worker *w) {
  static __thread char bytes[BUFFER];
  ssize_t length = read(c->fd, bytes, sizeof bytes);
  if (length < 0 && errno == EINTR) return 0;
  if (length <= 0) {
    fprintf(stderr, "udsload: the server closed the connection\n");
    exit(76);
  }
  if (memmem(bytes, (size_t)length, "\"error\"", 7)) w->errors++;
  if (bytes[length - 1] != 0) return 0;
  if (atomic_load(&phase) == 1) add(&w->times, nanoseconds() - c->sent);
  return 1;
}

static void *run(void *argument) {
  struct worker *w = argument;
  if (w->count == 1) {  // one client is a plain blocking ping-pong
    while (call(&w->clients[0])) {
      while (!answered(&w->clients[0], w)) {}
      if (think) usleep((useconds_t)think);
    }
    return NULL;
  }
  int poll = epoll_create1(EPOLL_CLOEXEC), open = 0;
  struct epoll_event ready[EVENTS];
  for (int i = 0; i < w->count; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &w->clients[i]};
    epoll_ctl(poll, EPOLL_CTL_ADD, w->clients[i].fd, &event);
    open += call(&w->clients[i]);
  }
  while (open) {
    int waiting = epoll_wait(poll, ready, EVENTS, 100);
    for (int i = 0; i < waiting; i++) {
      struct client *c = ready[i].data.ptr;
      if (answered(c, w) && !call(c)) open--;
    }
  }
  close(poll);
  return NULL;
}

static void read_request(const char *file) {
  FILE *source = fopen(file, "rb");
  if (!source) fail(file);
  request = malloc(4 << 20);
  if (!request) fail("malloc");
  request_length = fread(request, 1, (4 << 20) - 2 - KEY, source);
  fclose(source);
  while (request_length && strchr("\r\n", request[request_length - 1])) request_length--;
  request[request_length] = 0;
  char *mark = strstr(request, "@KEY@");
  if (mark) {  // widen the mark to the width of a key
    memmove(mark + KEY, mark + 5, strlen(mark + 5) + 1);
    memset(mark, '#', KEY);
    request_length += KEY - 5;
  }
  request[request_length++] = 0;
}

int main(int count, char **arguments) {
  int option, clients = 1, threads = 0;
  double seconds = 1, warm_up = 0.2;
  const char *file = NULL;
  while ((option = getopt(count, arguments, "s:f:c:t:d:w:i:n:")) != -1) switch (option) {
      case 's': path = optarg; break;
      case 'f': file = optarg; break;
      case 'c': clients = atoi(optarg); break;
      case 't': threads = atoi(optarg); break;
      case 'd': seconds = atof(optarg); break;
      case 'w': warm_up = atof(optarg); break;
      case 'i': think = atol(optarg); break;
      case 'n': wanted = atol(optarg); break;
      default: return 64;
    }
  if (!path || !file) {
    fprintf(stderr, "usage: udsload -s SOCKET -f REQUEST [-c CLIENTS] [-t THREADS] [-d SECONDS] [-w SECONDS] [-i MICROSECONDS]"
                    " [-n CALLS]\n");
    return 64;
  }
  if (!threads) threads = clients == 1 ? 1 : 2;
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  read_request(file);
  // Keys must differ between runs against the same journal.
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  atomic_store(&keys, (unsigned long)t.tv_sec * 1000000000u + (unsigned long)t.tv_nsec);

  static struct worker workers[MOST_THREADS];
  for (int i = 0; i < clients; i++) workers[i % threads].count++;
  for (int i = 0; i < threads; i++) {
    workers[i].clients = calloc((size_t)workers[i].count, sizeof *workers[i].clients);
    for (int k = 0; k < workers[i].count; k++) {
      struct client *c = &workers[i].clients[k];
      c->fd = dial();
      c->request = malloc(request_length);
      memcpy(c->request, request, request_length);
      char *mark = memmem(c->request, request_length, "################", KEY);
      c->key = mark;
    }
  }
  if (wanted) atomic_store(&phase, 1);
  uint64_t began = nanoseconds();
  for (int i = 0; i < threads; i++) pthread_create(&workers[i].thread, NULL, run, &workers[i]);
  if (!wanted) {
    usleep((useconds_t)(warm_up * 1e6));
    began = nanoseconds();
    atomic_store(&phase, 1);
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&phase, 2);
  }
  double took = (double)(nanoseconds() - began) / 1e9;
  static struct histogram all;
  uint64_t errors = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
    if (wanted) took = (double)(nanoseconds() - began) / 1e9;
    for (int b = 0; b < BUCKETS; b++) all.bucket[b] += workers[i].times.bucket[b];
    all.count += workers[i].times.count;
    errors += workers[i].errors;
    if (workers[i].times.longest > all.longest) all.longest = workers[i].times.longest;
  }
  printf("{\"clients\":%d,\"request_bytes\":%zu,\"calls\":%llu,\"errors\":%llu,\"per_second\":%.1f,\"p50\":%.2f,\"p99\":%.2f}\n",
         clients, request_length, (unsigned long long)all.count, (unsigned long long)errors, (double)all.count / took,
         quantile(&all, .5), quantile(&all, .99));
  return 0;
}
