/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/oci_container.h"

/* Send a signal to the first process. -ESRCH "not-running". */
int oci_kill(const struct oci_container *o, int sig, struct err *e);

/* To every process in the container's cgroup, whether the first one still runs or not. */
int oci_kill_all(const struct oci_container *o, int sig, struct err *e);

/* Thaw a paused container that was sent SIGKILL: in v1 what is frozen does not die. */
void oci_kill_thaw(const struct oci_container *o);
