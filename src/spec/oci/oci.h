/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/seccomp/seccomp.h"
#include "spec/json.h"
#include "spec/spec.h"

/*
 * The config.json of a bundle (OCI runtime specification 1.3: config.md, config-linux.md) as a checked
 * model. It stands beside struct spec, which a command line fills: both are turned into plans of the same
 * steps, and share the types that mean the same in both (limits, rlimits, id maps, seccomp profiles).
 *
 * All memory belongs to the arena it was read with. What was not given is NULL, an empty list, or what each
 * comment says. Unknown keys are ignored. Values that are unknown or of another type are errors, which name
 * their place ("config.json: linux.resources.memory.limit: must be a whole number").
 */

/* ---- process ---- */

/* Sets of capabilities: bit CAP_*. Names that this kernel does not know are left out, with a warning
 * (config.md). */
struct oci_caps {
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct oci_scheduler {
	bool given;
	unsigned policy; /* SCHED_* */
	int nice;
	unsigned priority;
	uint64_t flags;                     /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period; /* nanoseconds, SCHED_DEADLINE */
};

struct oci_process {
	bool tty;
	unsigned short height, width; /* consoleSize; 0: not given */
	struct strv args, env;
	const char *cwd; /* absolute */
	uint32_t uid, gid;
	uint32_t *groups; /* additionalGids */
	size_t n_groups;
	bool has_umask;
	unsigned umask;
	bool has_caps; /* no "capabilities" at all: none, in every set */
	struct oci_caps caps;
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privs;
	const char *apparmor, *selinux;
	bool has_oom_score_adj;
	int oom_score_adj;
	struct oci_scheduler scheduler;
	bool has_io_priority;
	int io_class, io_priority;                     /* IOPRIO_CLASS_*, 0 to 7 */
	const char *affinity_initial, *affinity_final; /* execCPUAffinity: lists as "0-3,7" */
	struct strv warnings;                          /* of oci_parse_process() */
};

/* ---- mounts ---- */

struct oci_mount {
	/* the kernel's name of the file system; "bind" for a bind mount, whatever was written */
	const char *type;
	/* bind: a path of the host, absolute (relative ones: below the bundle); else as written */
	const char *source;
	const char *target;        /* destination: absolute, without ".." */
	uint64_t attr, attr_clear; /* MOUNT_ATTR_* to set and to clear on this mount */
	uint64_t attr_reset; /* bind: what the source has of them is not kept, if the kernel allows that */
	/* the same on all mounts below it too ("rro", "rnosuid", ...): they win */
	uint64_t rec_attr, rec_attr_clear;
	/* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE, perhaps MS_REC; 0: not given */
	unsigned long propagation;
	bool recursive; /* rbind */
	bool copy_up;   /* tmpcopyup */
	/* copy-symlink: if the source is a symbolic link, guise makes one like it instead of a mount */
	bool copy_link;
	bool link_source;            /* src-nofollow: mount a symbolic link itself */
	bool link_target;            /* dest-nofollow: cover a symbolic link itself */
	bool idmap, idmap_recursive; /* "idmap", "ridmap", or mappings given */
	/* of this mount; none: those of the container's user namespace */
	struct spec_idmap *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
	bool remount; /* change the mount that is there */
	/* of the file system, not of a bind: MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK,
	 * MS_I_VERSION, MS_SILENT */
	unsigned long flags;
	const char *data; /* the file system's own options: all that oci_mount_option() does not know */
};

/* The options that are not the file system's own (config.md, "Linux mount options"), in order; NULL at the
 * end. */
const char *oci_mount_option(size_t i);

/* ---- hooks ---- */

enum oci_hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_COUNT,
};
extern const char *const oci_hook_name[HOOK_COUNT]; /* "prestart", ... */

struct oci_hook {
	const char *path;
	struct strv args, env; /* args.n 0: the path alone; env is the whole environment */
	unsigned timeout;      /* seconds; 0: none */
};

struct oci_hooks {
	struct oci_hook *list;
	size_t n;
};

/* ---- linux ---- */

struct oci_namespace {
	bool given;       /* else the runtime's own */
	const char *path; /* NULL: a new one */
};

struct oci_device {
	const char *path;
	char type; /* 'c', 'b', 'p' ('u' is read as 'c') */
	unsigned major, minor;
	bool has_mode; /* else 0666 */
	unsigned mode;
	uint32_t uid, gid;
};

/* linux.resources.devices. major, minor -1: any. access of "rwm". */
struct oci_device_rule {
	bool allow;
	char type; /* 'a', 'c', 'b' */
	int64_t major, minor;
	char access[4];
};

struct oci_net_device {
	const char *host, *name; /* name: inside; the same as host unless given */
};

struct oci_time_offset {
	bool given;
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_memory_policy {
	bool given;
	int mode;  /* MPOL_* */
	int flags; /* MPOL_F_* */
	const char *nodes;
};

/* MPOL_* and MPOL_F_* by name. */
extern const struct json_words oci_memory_modes, oci_memory_flags;

struct oci_intel_rdt {
	bool given, enable_monitoring;
	const char *clos_id, *l3_schema, *mem_bw_schema;
	struct strv schemata;
};

/* The version of the specification that guise-oci speaks. */
#define OCI_VERSION "1.3.0"

struct oci_config {
	const char *version; /* ociVersion */
	bool has_process;
	struct oci_process process;
	const char *root; /* root.path as written */
	bool root_readonly;
	const char *hostname, *domainname;
	struct oci_mount *mounts; /* in their order */
	size_t n_mounts;
	struct oci_hooks hooks[HOOK_COUNT];
	struct strv annotations; /* pairs KEY, VALUE, KEY, VALUE */

	struct oci_namespace ns[NS_COUNT];
	struct spec_idmap *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
	struct oci_time_offset monotonic, boottime;
	struct oci_device *devices;
	size_t n_devices;
	struct oci_net_device *net_devices;
	size_t n_net_devices;
	const char *cgroups_path;  /* as written; NULL: not given */
	struct spec_limits limits; /* linux.resources but for devices */
	struct oci_device_rule *device_rules;
	size_t n_device_rules;
	struct strv sysctls;            /* NAME=VALUE */
	unsigned long root_propagation; /* MS_*, perhaps with MS_REC; 0: not given */
	struct strv masked, readonly;   /* paths */
	const char *mount_label;
	struct seccomp_profile *seccomp; /* NULL: none */
	struct oci_intel_rdt rdt;
	struct oci_memory_policy memory_policy;
	bool has_personality;
	unsigned long personality; /* PER_* */
	struct strv warnings;      /* sentences for the log: what was ignored, what is deprecated */
	const char *inherited;     /* for oci_parse_inherited(); NULL: no process */
};

/* The annotations of runc and crun that change what they do. The reader warns of those that this runtime does
 * not obey. A key that ends with a dot stands for all that begin with it. */
struct oci_known_annotation {
	const char *key;
	bool honoured;
};
extern const struct oci_known_annotation oci_known_annotations[];
extern const size_t oci_known_annotation_count;

/* The value of an annotation, or NULL. */
const char *oci_annotation(const struct oci_config *c, const char *key);

enum { OCI_CONFIG_MAX = 4 << 20 }; /* the longest config.json accepted, in bytes */

/* The types of namespaces by the names of the specification ("mount", "network", ...). */
extern const char *const oci_ns_type[NS_COUNT];

/* Read the text of a config.json. Relative mount sources are below `bundle`, an absolute path. */
int oci_parse(struct arena *a, const char *text, size_t len, const char *bundle, struct oci_config *c,
	      struct err *e);

/* Read again what a further process has of a config.json: process, annotations, and of linux the namespaces,
 * memoryPolicy, personality, and seccomp without its rules. -errno "record-bad". */
int oci_parse_inherited(struct arena *a, const char *text, size_t len, struct oci_config *c, struct err *e);

/* Read a process object alone: exec --process FILE. `file` is its name for messages. */
int oci_parse_process(struct arena *a, const char *text, size_t len, const char *file, struct oci_process *p,
		      struct err *e);

/* What limits mean in a configuration of that ociVersion. Before 1.3, 0 processes meant no limit, and engines
 * of that time write it. */
void oci_limits_of_version(const char *version, struct spec_limits *l);

/* Read a linux.resources object alone (without devices): update --resources. */
int oci_parse_resources(struct arena *a, const char *text, size_t len, const char *file,
			struct spec_limits *l, struct err *e);
