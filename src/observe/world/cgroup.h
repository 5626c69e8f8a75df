/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where a cgroup lies below a mount that shows its hierarchy from `root` on: "", "/a/b"; NULL: outside of it. Pure. */
const char *cgroup_below(const char *path, const char *root);
