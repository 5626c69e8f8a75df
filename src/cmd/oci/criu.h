/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/oci/options.h"
#include "run/oci/criu_wish.h"

/* checkpoint and restore. */
struct oci_criu_options {
	struct oci_make_options make; /* first: oci_make_begin() */
	struct oci_criu_wish criu;
};

#define OCI_CRIU_AT(member) offsetof(struct oci_criu_options, member)

/* The rows of both tables. */
/* clang-format off */
#define OCI_CRIU_ROWS                                                                                                  \
	{ "image-path", 0, "DIR", oci_opt_path, OCI_CRIU_AT(criu.images), "the checkpoint's files (./checkpoint)", "@dir" }, \
	{ "work-path", 0, "DIR", oci_opt_path, OCI_CRIU_AT(criu.work), "CRIU's log and other files (the same)", "@dir" }, \
	{ "tcp-established", 0, NULL, opt_flag, OCI_CRIU_AT(criu.tcp_established), "allow open TCP connections" },     \
	{ "ext-unix-sk", 0, NULL, opt_flag, OCI_CRIU_AT(criu.ext_unix_sk), "allow Unix sockets to outside" },          \
	{ "shell-job", 0, NULL, opt_flag, OCI_CRIU_AT(criu.shell_job), "allow a session or terminal from outside" },   \
	{ "file-locks", 0, NULL, opt_flag, OCI_CRIU_AT(criu.file_locks), "allow file locks" },                         \
	{ "lazy-pages", 0, NULL, opt_flag, OCI_CRIU_AT(criu.lazy_pages), "memory follows later, by userfaultfd(2)" },  \
	{ "auto-dedup", 0, NULL, opt_flag, OCI_CRIU_AT(criu.auto_dedup), "free the pages that are no longer needed" }, \
	{ "empty-ns", 0, "NAMESPACE", opt_list, OCI_CRIU_AT(criu.empty_ns),                                            \
	  "make it, but not what was in it: network", "network", NULL, true },                                         \
	{ "manage-cgroups-mode", 0, "MODE", opt_choice, OCI_CRIU_AT(criu.cgroups_mode),                                \
	  "of cgroups below the container's: soft, full, strict, ignore", "soft full strict ignore" }
/* clang-format on */

/* The defaults, for the working directory as it is now. */
int oci_criu_defaults(struct call *call, struct oci_criu_options *o, struct err *e);
