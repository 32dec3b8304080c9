/* SPDX-License-Identifier: ISC */
/* The sizes of a socketmap request and its reply. */
#ifndef BASE_SOCKETMAP_H
#define BASE_SOCKETMAP_H

#include "base/record.h"

/* The longest request "MAP KEY", without its netstring frame. */
#define SOCKETMAP_REQUEST_BYTES 1024

/* Room for a reply as a string: "OK " and a user, without its netstring frame. */
#define SOCKETMAP_REPLY_BYTES (3 + RECORD_USER_SIZE)

#endif
