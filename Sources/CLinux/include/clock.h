#ifndef COUNTERFOIL_CLOCK_H
#define COUNTERFOIL_CLOCK_H
#include <stddef.h>
#include <stdint.h>

/* 1 when the kernel says that the wall clock is synchronised, else 0. */
int counterfoil_clock_synchronised(void);
/* Local time from now on means this zone (tz database name). Call before any thread starts. */
int counterfoil_set_time_zone(const char *zone);

struct counterfoil_local_time {
  int32_t year, month, day, hour, minute, second, offset_minutes;
};
/* Civil time of `seconds` since 1970 in the zone set; 0 or -1. */
int counterfoil_local_time(int64_t seconds, struct counterfoil_local_time *out);

/* Fills `count` bytes from the kernel's random source; 0 or -1. */
int counterfoil_random(void *into, size_t count);
/* Names the calling thread (15 bytes). */
int counterfoil_name_thread(const char *name);
/* Sets the calling thread's nice value; 0 or -1 with errno. */
int counterfoil_set_priority(int nice_value);
#endif
