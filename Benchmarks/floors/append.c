// append: the floor of a durable journal on this disk. One writer, a zero-filled file, one pwrite and one fdatasync a record.
//
//   append DIRECTORY SECONDS [RECORD_BYTES [BLOCK_BYTES [GAP_US]]]
//
// Every record starts on its own block (BLOCK_BYTES, default 512: the cheapest a disk can do, and so the strictest floor;
// 4096 is what a journal must do that may not lose an acknowledged neighbour to a torn page). GAP_US (default 0): computes
// so long between two records, as a program does that has something to write; a virtual disk's host stops polling in such
// a gap, and the next flush pays for it. The gap itself is not counted. Prints one JSON line; times are microseconds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SEGMENT = 64 << 20, FILL = 64 << 10, MOST_SAMPLES = 4000000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/// A zero-filled, synced file: what a journal keeps ready as its next segment.
static int prepare(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail("open");
  char *zeros = calloc(1, FILL);
  if (!zeros) fail("calloc");
  for (off_t at = 0; at < SEGMENT; at += FILL)
    if (pwrite(fd, zeros, FILL, at) != FILL) fail("zero fill");
  free(zeros);
  if (fsync(fd)) fail("fsync");
  return fd;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: append DIRECTORY SECONDS [RECORD_BYTES [BLOCK_BYTES [GAP_US]]]\n");
    return 64;
  }
  double seconds = atof(arguments[2]);
  size_t record = count > 3 ? (size_t)atol(arguments[3]) : 512;
  size_t block = count > 4 ? (size_t)atol(arguments[4]) : 512;
  double gap = count > 5 ? atof(arguments[5]) * 1e-6 : 0;
  size_t step = (record + block - 1) / block * block;
  char path[4096];
  snprintf(path, sizeof path, "%s/append.floor", arguments[1]);
  int fd = prepare(path);

  char *bytes = NULL;
  if (posix_memalign((void **)&bytes, 4096, step)) fail("posix_memalign");
  memset(bytes, 0, step);
  for (size_t i = 0; i < record; i++) bytes[i] = (char)(i * 2654435761u >> 13);
  double *sample = malloc(MOST_SAMPLES * sizeof *sample);
  if (!sample) fail("malloc");

  size_t samples = 0;
  off_t at = 0;
  double spent = 0;
  while (spent < seconds && samples < MOST_SAMPLES) {
    if (at + (off_t)step > SEGMENT) at = 0;
    memcpy(bytes, &samples, sizeof samples);
    for (double end = now() + gap; gap > 0 && now() < end;) continue;
    double began = now();
    if (pwrite(fd, bytes, step, at) != (ssize_t)step) fail("pwrite");
    if (fdatasync(fd)) fail("fdatasync");
    double took = now() - began;
    sample[samples++] = took;
    spent += took;
    at += (off_t)step;
  }
  qsort(sample, samples, sizeof *sample, by_value);
  printf("{\"records\":%zu,\"per_second\":%.1f,\"p50\":%.2f,\"p99\":%.2f}\n", samples, (double)samples / spent,
         sample[samples / 2] * 1e6, sample[(size_t)((double)samples * .99)] * 1e6);
  close(fd);
  unlink(path);
  return 0;
}
