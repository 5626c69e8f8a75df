/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"

/* The machine's architecture as Go and the OCI call it: "amd64". */
const char *machine_arch(void);

/* PRETTY_NAME of /etc/os-release (os-release(5)); "Linux" where there is none. */
const char *machine_system(struct arena *a);
