#define _GNU_SOURCE
#include "files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/random.h>
#include <sys/vfs.h>

int counterfoil_open_direct(int directory, const char *name) {
  return openat(directory, name, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NOFOLLOW);
}

int counterfoil_fallocate(int descriptor, int64_t size) { return fallocate(descriptor, 0, 0, size); }

int64_t counterfoil_getrandom(void *bytes, size_t count) { return getrandom(bytes, count, 0); }

int counterfoil_is_in_memory(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}
