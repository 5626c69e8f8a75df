/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/* Commands print with stdio, and none asks whether it went well: main() does, here, once, at the end. 0, or -errno
 * "output": a disk is full, say, and who reads what was printed has not all of it. */
int output_end(struct err *e);
