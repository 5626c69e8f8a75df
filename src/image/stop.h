/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * SIGINT, SIGTERM and SIGHUP in the middle of what takes its time: they end what waits, and then the caller gives up what it
 * has begun, as after any other failure. SIGPIPE is ignored: an unpacker, a helper or a registry that ends early is a failure
 * like others, which write(2) tells of.
 */
void stop_catch(void);

/* Wait till the descriptor can be read. As stop_check(), also where a signal came just before. */
int stop_await(int fd, struct err *e);

/* -EINTR "interrupted" once one came, with the exit status that a shell has for it; else 0. */
int stop_check(struct err *e);
