/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/* Remove the content of volumes that were taken away (state/volumes.h), also by killed ones, and what these
 * began to make. What a user's containers have left there may be of the user's subordinate ids: that goes in a
 * user namespace with these. The caller has not locked the volumes. 0 or -errno, code "volume-remove". */
int volume_sweep(const struct state *st, struct err *e);
