#ifndef COUNTERFOIL_CLINUX_H
#define COUNTERFOIL_CLINUX_H
#include "crc32c.h"
#include "files.h"
#include "sockets.h"
#include "clock.h"
#include "memory.h"
#include "transports.h"
#endif
