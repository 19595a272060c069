#include "clock.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int counterfoil_clock_synchronised(void) {
  struct timex t;
  memset(&t, 0, sizeof t);
  int state = adjtimex(&t);
  if (state < 0) return 0;
  return state != TIME_ERROR && !(t.status & STA_UNSYNC);
}

int counterfoil_set_time_zone(const char *zone) {
  const char *present = getenv("TZ");
  // Whoever reads the environment meanwhile is disturbed only when there is something to change.
  if (present && strcmp(present, zone) == 0) return 0;
  if (setenv("TZ", zone, 1) != 0) return -1;
  tzset();
  return 0;
}

int counterfoil_local_time(int64_t seconds, struct counterfoil_local_time *out) {
  struct tm tm;
  time_t at = (time_t)seconds;
  if (localtime_r(&at, &tm) == NULL) return -1;
  out->year = tm.tm_year + 1900;
  out->month = tm.tm_mon + 1;
  out->day = tm.tm_mday;
  out->hour = tm.tm_hour;
  out->minute = tm.tm_min;
  out->second = tm.tm_sec;
  out->offset_minutes = (int32_t)(tm.tm_gmtoff / 60);
  return 0;
}

int counterfoil_random(void *into, size_t count) {
  unsigned char *at = into;
  while (count > 0) {
    ssize_t got = getrandom(at, count > 256 ? 256 : count, 0);
    if (got <= 0) return -1;
    at += got;
    count -= (size_t)got;
  }
  return 0;
}

int counterfoil_set_priority(int nice_value) {
  /* On Linux the value belongs to the calling thread when `who` is 0. */
  return setpriority(PRIO_PROCESS, 0, nice_value);
}

int counterfoil_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
