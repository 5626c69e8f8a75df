/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * Does a cgroup's file, whose text is `now`, show the value that was written to it? The kernel answers in
 * words of its own: one line of several ("8:0 rbps=1048576 wbps=max"), with a word more ("default 100"),
 * sizes in bytes and rounded to pages, "unlimited" as the largest number that it has (v1), a list in its
 * shortest form ("0-1" for "0,1"). Documentation/admin-guide/cgroup-v2.rst, "Interface Files".
 */
bool cgroup_shows(const char *now, const char *value);
