/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd/reply: what tare-systemd writes to its standard output. The program is a part of tare
 * (cgroup/systemd.c), so both are from the same build, and a struct will do.
 */
#ifndef TARE_SYSTEMD_REPLY_H
#define TARE_SYSTEMD_REPLY_H

#include "base/error.h"

#define REPLY_MARK "systemd"

struct reply {
	char begin[sizeof REPLY_MARK];
	int result; /* of the function; if it is negative, the error is filled */
	struct error error;
	char end[sizeof REPLY_MARK];
};

#endif
