/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/* Remove a container's directory and name, and before them its anonymous volumes, unless c->keep_volumes: who finds this
 * half done finds the container, and does it again. The kernel's objects must be undone before. */
int remove_container(struct container *c, struct state *st, struct err *e);
