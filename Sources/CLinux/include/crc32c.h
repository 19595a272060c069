#ifndef COUNTERFOIL_CRC32C_H
#define COUNTERFOIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720) of `length` bytes, continuing from `crc` (0 to start): the CRC of a concatenation is
/// counterfoil_crc32c(counterfoil_crc32c(0, a), b). Uses the processor's instruction where there is one.
uint32_t counterfoil_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The same by tables, whatever the processor: the fallback, callable so that a test can compare both.
uint32_t counterfoil_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

#endif
