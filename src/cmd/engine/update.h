/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/* For a new run of a container: the limits that its updates have set (struct record, updates) over those
 * that it was made with. -EBADMSG "record-bad". */
int update_again(struct call *call, const struct strv *updates, struct spec_limits *l, struct err *e);
