/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"

/*
 * SCMP_ACT_NOTIFY: the listener of the command's filter goes to whoever listens at
 * linux.seccomp.listenerPath, with the state of the process (config-linux.md, "The Container Process State").
 * INIT has said TALK_LISTENER: it waits, and loads the filter next. When this returns, the listener is where
 * it shall be, and INIT goes on; or it is killed, and -errno "seccomp-listener". Whether the filter could be
 * loaded, INIT says itself.
 *
 * In live: state_head, state_tail, state_status and state_pid.
 */
int listener_pass(const struct plan *p, struct live *live, struct err *e);
