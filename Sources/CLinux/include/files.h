#ifndef COUNTERFOIL_FILES_H
#define COUNTERFOIL_FILES_H

#include <stddef.h>
#include <stdint.h>

// What glibc declares for _GNU_SOURCE only, where Swift's Glibc module does not reach.

/// openat with O_RDONLY | O_DIRECT | O_CLOEXEC | O_NOFOLLOW; errno as openat.
int counterfoil_open_direct(int directory, const char *name);

/// fallocate from offset 0, extending the file; errno as fallocate.
int counterfoil_fallocate(int descriptor, int64_t size);

/// getrandom without flags; errno as getrandom.
int64_t counterfoil_getrandom(void *bytes, size_t count);

/// 1 when the file is on a file system in memory, whose content ends with the boot; 0 when not, or when it is missing.
int counterfoil_is_in_memory(const char *path);

#endif
