// Encoding tables and their look-ups. The tables are generated (scripts/generate-encodings.py); no other logic here.
#ifndef COUNTERFOIL_ENCODING_TABLES_H
#define COUNTERFOIL_ENCODING_TABLES_H

#include <stdint.h>

extern const uint8_t counterfoil_gb_index[256];
extern const uint16_t counterfoil_gb_pages[][256];
extern const uint8_t counterfoil_big5_index[256];
extern const uint16_t counterfoil_big5_pages[][256];
extern const uint16_t counterfoil_gb18030_only[];
extern const uint32_t counterfoil_gb18030_only_count;
extern const uint16_t counterfoil_gb_runs[][3];
extern const uint32_t counterfoil_gb_run_count;
extern const uint16_t counterfoil_page_to_unicode[][128];
extern const char *const counterfoil_page_names[];
extern const uint32_t counterfoil_page_count;
extern const uint8_t counterfoil_base_letters[];

/// The two-byte GB18030 code of a character, 0 when it has none.
static inline uint16_t counterfoil_gb_code(uint32_t scalar) {
  return scalar > 0xFFFF ? 0 : counterfoil_gb_pages[counterfoil_gb_index[scalar >> 8]][scalar & 0xFF];
}

/// The Big5 code of a character, 0 when it has none.
static inline uint16_t counterfoil_big5_code(uint32_t scalar) {
  return scalar > 0xFFFF ? 0 : counterfoil_big5_pages[counterfoil_big5_index[scalar >> 8]][scalar & 0xFF];
}

/// Number i of the codes that GB18030 has and GBK has not, ascending.
static inline uint16_t counterfoil_gb18030_only_at(uint32_t i) { return counterfoil_gb18030_only[i]; }

/// Field (0 linear code, 1 first character, 2 count) of run i of the four-byte zone, ascending by linear code.
static inline uint16_t counterfoil_gb_run(uint32_t i, uint32_t field) { return counterfoil_gb_runs[i][field]; }

/// The character of an upper code (128 to 255) of a code page, 0 when it has none.
static inline uint16_t counterfoil_page_character(uint32_t page, uint8_t code) {
  return counterfoil_page_to_unicode[page][code & 0x7F];
}

/// The upper code of a character in a code page, 0 when it has none.
static inline uint8_t counterfoil_page_code(uint32_t page, uint32_t scalar) {
  if (scalar < 0x80 || scalar > 0xFFFF) return 0;
  for (uint32_t i = 0; i < 128; i++)
    if (counterfoil_page_to_unicode[page][i] == scalar) return (uint8_t)(i | 0x80);
  return 0;
}

/// Name of a code page.
static inline const char *counterfoil_page_name(uint32_t page) { return counterfoil_page_names[page]; }

/// The ASCII letter under the accent of U+00C0 to U+024F, 0 when there is none.
static inline uint8_t counterfoil_base_letter(uint32_t scalar) {
  return scalar < 0xC0 || scalar > 0x24F ? 0 : counterfoil_base_letters[scalar - 0xC0];
}

#endif
