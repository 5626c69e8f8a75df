/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "kernel/seccomp/seccomp.h"
#include "spec/spec.h"

/*
 * A step: one thing that guise does to the kernel for a container. It is data only: no condition, no
 * variable. What a step yields (a descriptor, a pid) lands in struct live.
 *
 * Each kind has four verbs (struct step_ops): apply makes it so, show prints the shell command that
 * does the same, check compares with the kernel, undo takes it away, also when it was never applied.
 *
 * The steps of a plan are taken by two processes. HOST is guise itself; INIT is the container's first
 * process, between clone and exec, already in its namespaces. STEP_PROCESS divides the HOST steps into
 * those before the clone and those after it; STEP_WAIT is where INIT waits for the host's last one.
 */
enum step_kind {
	/* limits */
	STEP_CGROUP,         /* make a cgroup directory */
	STEP_CGROUP_SET,     /* write one of its files */
	STEP_CGROUP_DEVICES, /* say which devices it may use */
	STEP_CGROUP_JOIN,    /* move the container's process into it (v1) */
	STEP_CGROUP_ENTER,   /* the container's process moves itself into it (v1): see plan/steps/cgroup_member.c */
	STEP_CGROUP_OWNER,   /* give it, but not its limits, to a user of the container */
	STEP_SCOPE,          /* systemd makes the cgroup */
	STEP_RDT_GROUP,      /* a group of resctrl: its class of cache and memory bandwidth */
	STEP_RDT_JOIN,       /* put the process into it */
	STEP_OOM_SCORE,
	STEP_HOST_AFFINITY, /* processors of what HOST clones from now on */
	STEP_AFFINITY,      /* processors of the command */
	STEP_SCHEDULER,
	STEP_IO_PRIORITY,
	STEP_MEMORY_POLICY, /* memory nodes */
	/* isolation */
	STEP_PROCESS,   /* clone: the first process and its namespaces */
	STEP_IDS,       /* a range of the host's ids, for this container alone */
	STEP_IDMAP,     /* uid_map and gid_map */
	STEP_TREE,      /* a mount that only HOST can make, for a later step of INIT */
	STEP_WAIT,      /* INIT waits until HOST has done its part */
	STEP_JOIN_NS,   /* enter an existing namespace */
	STEP_AWAIT,     /* HOST waits until INIT is at its STEP_TELL */
	STEP_TELL,      /* INIT waits until HOST has done what is behind its STEP_AWAIT */
	STEP_CGROUP_NS, /* a new cgroup namespace, rooted where the process now is */
	STEP_TIME_NS,   /* a new time namespace with offsets */
	STEP_PERSONALITY,
	STEP_HOSTNAME,
	STEP_DOMAINNAME,
	STEP_PROCFS, /* a procfs that is mounted nowhere, to write to */
	STEP_SYSCTL, /* inside, for the container's own namespaces */
	/* root file system */
	STEP_MADE, /* a mount point that a tree used in place lacks, to be taken away again */
	STEP_PROPAGATION,
	STEP_FILES,  /* a tmpfs for STEP_FILE, under the root */
	STEP_ROOT,   /* the tree that becomes / */
	STEP_FILE,   /* /etc/hosts and others, bound over what the tree has */
	STEP_MOUNT,  /* a file system or a bind mount at a path inside */
	STEP_DEVICE, /* a device node */
	STEP_SYMLINK,
	STEP_DIRECTORY, /* of the root, where it is missing */
	STEP_CONSOLE,   /* a terminal, also at /dev/console */
	STEP_MASK,
	STEP_READONLY,
	STEP_PIVOT,
	STEP_REMOUNT, /* new attributes of a mount: at the end, when nothing more has to be made in it */
	/* hooks of an OCI container, one a step */
	STEP_HOOK,        /* run by HOST: prestart, createRuntime */
	STEP_HOOK_INSIDE, /* by INIT: createContainer, startContainer */
	/* network */
	STEP_LEASE, /* an address, taken from a network */
	STEP_BRIDGE,
	STEP_NAT,     /* the rules: masquerading, and who is let in */
	STEP_FORWARD, /* the host forwards packets: ip_forward */
	STEP_VETH,
	STEP_LOOPBACK,
	STEP_ADDRESS,    /* address and default route inside */
	STEP_PASTA,      /* user-mode network */
	STEP_NET_DEVICE, /* OCI: a device of the host's */
	/* security, and the command itself */
	STEP_SESSION, /* setsid, keyring, umask */
	STEP_WORKDIR,
	STEP_RLIMIT,
	STEP_HOST_RLIMIT, /* raised by HOST, which may do it; INIT sets it later, when it needs no more itself */
	STEP_BOUNDING,
	STEP_USER,
	STEP_CAPS,
	STEP_LABEL, /* the security label that the command gets by its execution */
	STEP_START, /* OCI: INIT waits for the command start */
	STEP_NO_NEW_PRIVS,
	STEP_SECCOMP,
	STEP_EXEC,
	STEP_COUNT,
};

enum step_side { SIDE_HOST, SIDE_INIT };

/* Who takes it away: the kernel, when the last process of the container is gone; our undo; or the undo
 * of the last container that uses it. */
enum step_life { LIFE_DIES, LIFE_OWNED, LIFE_SHARED };

/* The headings of explain and --dry-run, in this order in the plan as far as order allows. */
enum step_section {
	SECTION_LIMITS,
	SECTION_ISOLATION,
	SECTION_ROOT,
	SECTION_NETWORK,
	SECTION_SECURITY,
	SECTION_COUNT
};

/* What pasta hands on to the host's resolver, wherever that is: podman's choice, a link-local address. */
#define PASTA_DNS "169.254.1.1"

/* How the root becomes /: by pivot_root(2); by moving its mount there, for --no-pivot (an initial root file system
 * in memory cannot be pivoted); by chroot(2) alone, without a mount namespace. */
enum pivot_how { PIVOT_ROOT, PIVOT_MOVE, PIVOT_CHROOT };

struct step {
	enum step_kind kind;
	const char *note; /* a person's words on it, printed as a comment; may be NULL */
	union {
		struct {
			const char *path;
		} cgroup_join, cgroup_enter, mask, readonly, directory;
		struct {
			const char *path;
			bool must_exist;
		} workdir;
		struct {
			const char *path, *base;
			const char
				*controllers; /* v2: to be enabled on the way from base to path; NULL: none */
			const char *wanted;   /* the same, but only those that can be had */
			const char *
				topmost; /* the topmost cgroup above it that is missing, too; NULL: none is */
			bool cpuset;     /* v1 cpuset: inherit cpus and mems from base on */
			bool shared;     /* one that exists is used, and removed only without processes */
		} cgroup;
		struct {
			const char *path, *file, *value;
			const char *was; /* update: what undo writes; NULL: nothing */
			bool optional;   /* only if there is the file */
		} cgroup_set;
		struct {
			const char *path;
			uint64_t uid;
		} cgroup_owner;
		struct {
			const char *unit, *path, *owner;
			bool user;
			struct strv properties;
		} scope; /* spec/oci/unit_property.h */
		struct {
			const char *path;
			struct strv rules;
			bool v1;
		} cgroup_devices; /* "allow c 1:3 rwm" */
		struct {
			const char *mount, *path;
			const char *schemata; /* lines to be written; NULL: none */
			const char *same;     /* lines that it must have already; NULL: none */
			const char *monitor;  /* a monitoring group to be made; NULL: none */
			bool make, own;       /* own: removed with the container */
		} rdt_group;
		struct {
			const char *path;
		} rdt_join;
		struct {
			int64_t value;
		} oom_score;
		struct {
			const char *cpus;
		} affinity; /* and host_affinity: "0-3,7" */
		struct {
			uint64_t policy, priority, flags; /* SCHED_*, SCHED_FLAG_* */
			int64_t nice;
			uint64_t runtime, deadline, period; /* nanoseconds */
		} scheduler;
		struct {
			int64_t class, level;
		} io_priority; /* IOPRIO_CLASS_* */
		struct {
			int64_t mode, flags;
			const char *nodes;
		} memory_policy; /* MPOL_*, MPOL_F_* */
		struct {
			int64_t monotonic, boottime;
			uint64_t monotonic_ns, boottime_ns;
		} time_ns; /* seconds, rest */
		struct {
			uint64_t persona;
		} personality; /* PER_* */
		struct {
			uint64_t flags; /* CLONE_NEW* of the new namespaces */
			const char
				*cgroup; /* its home, which it is born in (CLONE_INTO_CGROUP); NULL: none */
			bool moved;      /* a home of v1: nobody is born there, STEP_CGROUP_JOIN moves it */
			bool shared; /* others may be in that cgroup, too: it does not tell whom undo kills */
			const char *join_pid; /* born into this pid namespace; NULL: a new one, or guise's */
			const char
				*join_user; /* and this user namespace, which the new ones then belong to */
			uint64_t
				enter; /* exec: CLONE_NEW*, those of live.target that it enters; see run/start/enter.h */
			const char *
				at; /* the directory that it is born in: STEP_ROOT's place; NULL: guise's own */
		} process;
		struct {
			uint64_t first, size;
		} ids;
		struct {
			const char *uid, *gid;
			bool by_helper;
		} idmap; /* "0 1000 1\n..." */
		struct {
			const char *what;
		} wait; /* and await, tell */
		struct {
			const char *name, *path;
		} join_ns; /* "net", "/proc/12/ns/net" */
		struct {
			const char *name;
		} hostname, domainname;
		struct {
			const char *name, *value;
		} sysctl;
		struct {
			const char *root, *path, *top;
			bool file;
		} made; /* top: the beginning of path that is missing */
		struct {
			uint64_t flags;
		} propagation; /* MS_* */
		struct {
			const char *source; /* absolute path on the host */
			const char *at;     /* where it is mounted until pivot_root, */
			bool born_there;    /* which is where INIT was born: see plan/steps/root.c */
			bool overlay, userxattr;
			bool empty;           /* overlay: no source, only what the next three lists name */
			struct strv below;    /* overlay: further directories of the host to cover, "/home" */
			struct strv bound;    /* directories of the host that are bound read-only */
			struct strv dirs;     /* empty directories */
			bool from_host;       /* the trees are the first ones of STEP_TREE */
			uint64_t propagation; /* MS_*; 0: as STEP_PROPAGATION left it */
			bool stays; /* there is no mount namespace: the tree as it is on the host, */
			bool bound_here; /* but as a mount of its own for what else is mounted, which undo takes away; */
			uint64_t over; /* the id of the mount that it lies on: that is not ours */
		} root;
		struct {
			const char *source;
			const char *mnt_ns;      /* the mount namespace where source is; NULL: guise's */
			const char *type, *data; /* a new file system instead; NULL: what is at source */
			bool nofollow;           /* a symbolic link itself */
			bool idmap,
				idmap_recursive; /* its owners mapped by the container's user namespace, */
			const char *uid_map,
				*gid_map; /* or, given, by these maps: lines "INSIDE OUTSIDE SIZE" */
			bool recursive;
		} tree;
		struct {
			const char *at;
		} files; /* STEP_ROOT's place; "": INIT was born there */
		struct {
			const char *path, *text;
		} file;
		struct {
			const char *type, *source, *target, *data;
			uint64_t attr, attr_clear; /* MOUNT_ATTR_*: set, and cleared, on this mount */
			uint64_t attr_reset; /* cleared too, unless they are locked (mount_namespaces(7)) */
			uint64_t rec_attr, rec_attr_clear; /* then set and cleared on it and those below it */
			uint64_t propagation;              /* MS_* */
			bool recursive, copy_up, real_directory; /* target may be no symlink */
			bool file; /* the bound source was no directory when the plan was made */
			bool link_source, link_target; /* a symbolic link itself is bound, or covered */
			uint64_t tree; /* bind: the n-th STEP_TREE, from 1 on, instead of the source */
		} mount;
		struct {
			const char *path, *host;
			char type;
			int64_t major, minor;
			uint64_t mode, uid, gid;
			bool bind;
		} device;
		struct {
			const char *path, *to;
			bool must;
		} symlink; /* must: what is there already may be no other */
		struct {
			uint64_t how;
		} pivot; /* enum pivot_how */
		struct {
			const char *path, *data;
			uint64_t attr, attr_clear;
		} remount; /* path NULL: the root */
		struct {
			uint64_t uid, height, width;
			bool mount;
		} console; /* whose; size, 0: as guise's terminal; over
									/dev/console too */
		struct {
			const char *when; /* "prestart", ...: the name of its list in config.json */
			const char *path;
			struct strv args, env; /* args.n 0: the path alone; env is the whole environment */
			bool own_env;          /* instead: that of the guise-oci that runs it */
			bool has_umask;        /* else that guise-oci's caller's */
			uint64_t umask;
			uint64_t timeout; /* seconds; 0: none */
		} hook;                   /* and hook_inside */
		struct {
			const char *network, *address;
		} lease;
		/* mark: what they are known by as ours (net/bridge.h) */
		struct {
			const char *name, *address, *mark, *network;
			uint64_t mtu;
		} bridge; /* mtu 0: the kernel's */
		struct {
			const char *name, *value, *mark, *network;
		} forward; /* "net/ipv4/ip_forward" */
		struct {
			const char *bridge, *subnet, *mark, *network;
		} nat;
		struct {
			const char *name, *peer, *bridge, *mac, *address;
			uint64_t mtu;
		} veth; /* of the peer */
		struct {
			const char *pidfile;
		} pasta;
		struct {
			const char *host, *name, *ns_path;
		} net_device; /* name inside; ns_path NULL: the process's own */
		struct {
			const char *link, *address, *gateway;
		} address; /* "10.10.0.2/24", "10.10.0.1" */
		struct {
			const char *program, *path;
		} start; /* the command's name, and its PATH */
		struct {
			const char *name;
			int64_t resource;
			uint64_t soft, hard;
		} rlimit; /* and host_rlimit */
		struct {
			uint64_t keep;
			bool load_filter;
		} bounding; /* load_filter: as in caps */
		struct {
			uint64_t uid, gid;
			const uint32_t *groups;
			uint64_t n_groups;
			bool keep_groups, keep_caps;
		} user;
		struct {
			bool keep_keyring;
			const char *key_label;
		} session; /* SELinux: of that keyring; NULL: the policy's */
		struct {
			const char *lsm, *value;
		} label; /* "apparmor", a profile; "selinux", a label */
		struct {
			uint64_t effective, permitted, inheritable, ambient;
			bool load_filter; /* and CAP_SYS_ADMIN until guise-init has loaded the filter, which takes it */
		} caps;
		struct {
			const char *profile;
			const struct seccomp_filter *filter; /* not recorded */
			const char *listener,
				*metadata; /* who gets its listener, and is told what; NULL: nobody */
		} seccomp;
		struct {
			struct strv argv, env;
			struct strv
				own_env; /* OCI: what no config.json says: HOME, sockets of systemd. exec has its own */
			bool init;           /* below guise-init, which reaps and forwards signals */
			bool die_with_guise; /* a foreground container does not outlive guise */
			bool has_umask;      /* else 022 */
			uint64_t umask;
			uint64_t preserve_fds; /* descriptors from 3 on that it inherits */
		} exec;
	};
};

struct live;

/* How a field of a step is recorded and read back (plan/record.c). A text that is not recorded is "" where it is STR,
 * which every step can count on, and NULL where it is MAYBE. */
enum field_type {
	FIELD_STR,
	FIELD_MAYBE,
	FIELD_BOOL,
	FIELD_I64,
	FIELD_U64,
	FIELD_STRV,
	FIELD_CHAR,
	FIELD_IDS
};
struct field {
	const char *name; /* NULL ends the table */
	enum field_type type;
	size_t offset;
};

/* A row of a field table: FIELD(STR, mount, source). */
#define FIELD(type_, group, member)                                                                          \
	{                                                                                                    \
#member, FIELD_##type_, offsetof(struct step, group.member)                                  \
	}

/* What check found. text, where given, says what the kernel has instead. */
enum finding { FOUND_AS_PLANNED, FOUND_MISSING, FOUND_DIFFERENT, FOUND_UNKNOWN };

struct step_ops {
	const char *name; /* as recorded: "cgroup-set" */
	enum step_section section;
	enum step_side side;
	enum step_life life;
	const struct field *fields; /* may be NULL: no data */
	/* 0 or -errno with e filled. */
	int (*apply)(const struct step *, struct live *, struct err *e);
	/* Append shell lines, each ending in a newline. */
	void (*show)(const struct step *, struct str *out);
	/* The same of what undo does, for a script at its end: they do no harm where there is nothing to take away.
	 * NULL: it dies with the process, or is guise's own. */
	void (*show_undo)(const struct step *, struct str *out);
	/* From outside (plan/look.h). FOUND_UNKNOWN, with a reason, where the kernel tells nobody. NULL: it is a
	 * barrier, over once the container runs, and is not explained either. */
	enum finding (*check)(const struct step *, struct live *, struct str *text);
	/* NULL: it dies with the process. Idempotent. */
	int (*undo)(const struct step *, struct live *, struct err *e);
};

/* The table of all kinds, put together in steps/table.c. */
const struct step_ops *step_ops(enum step_kind kind);

/* The kind of a recorded name, or -1. */
int step_kind_of(const char *name);
