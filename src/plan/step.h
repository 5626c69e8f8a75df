/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "kernel/seccomp/seccomp.h"
#include "plan/steps/affinity.h"
#include "plan/steps/bridge.h"
#include "plan/steps/caps.h"
#include "plan/steps/cgroup.h"
#include "plan/steps/cgroup_member.h"
#include "plan/steps/cover.h"
#include "plan/steps/dev.h"
#include "plan/steps/dns_server.h"
#include "plan/steps/exec.h"
#include "plan/steps/file.h"
#include "plan/steps/forward.h"
#include "plan/steps/idmap.h"
#include "plan/steps/ids.h"
#include "plan/steps/label.h"
#include "plan/steps/lease.h"
#include "plan/steps/made.h"
#include "plan/steps/meet.h"
#include "plan/steps/mount.h"
#include "plan/steps/names.h"
#include "plan/steps/namespaces.h"
#include "plan/steps/nat.h"
#include "plan/steps/net_device.h"
#include "plan/steps/netns_name.h"
#include "plan/steps/pass.h"
#include "plan/steps/pasta.h"
#include "plan/steps/pivot.h"
#include "plan/steps/ports.h"
#include "plan/steps/process.h"
#include "plan/steps/publish.h"
#include "plan/steps/rdt.h"
#include "plan/steps/repair.h"
#include "plan/steps/rlimit.h"
#include "plan/steps/root.h"
#include "plan/steps/sched.h"
#include "plan/steps/scope.h"
#include "plan/steps/seccomp.h"
#include "plan/steps/session.h"
#include "plan/steps/shape.h"
#include "plan/steps/sysctl.h"
#include "plan/steps/tree.h"
#include "plan/steps/trunk.h"
#include "plan/steps/upper.h"
#include "plan/steps/user.h"
#include "plan/steps/veth.h"
#include "plan/steps/volume.h"
#include "plan/steps/workdir.h"
#include "spec/spec.h"

/*
 * A step: one thing that guise does to the kernel for a container. It is data only: no condition, no
 * variable. The data of a kind is a struct in the header of its step (plan/steps/). What a step yields (a
 * descriptor, a pid) lands in struct live.
 *
 * Each kind has four verbs (struct step_ops): apply makes it so, show prints the shell command that
 * does the same, read says what the kernel has of it, undo takes it away, also when it was never applied.
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
	STEP_CGROUP_ENTER, /* the container's process moves itself into it (v1): see plan/steps/cgroup_member.c */
	STEP_CGROUP_OWNER, /* give it, but not its limits, to a user of the container */
	STEP_SCOPE,        /* systemd makes the cgroup */
	STEP_RDT_GROUP,    /* a group of resctrl: its class of cache and memory bandwidth */
	STEP_RDT_JOIN,     /* put the process into it */
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
	STEP_VOLUME, /* one that is used for the first time is filled */
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
	STEP_NAMES, /* by which others there find it, and those that it finds */
	STEP_BRIDGE,
	STEP_VLAN,     /* the host's link in a VLAN of the bridge */
	STEP_TRUNK,    /* a cable between the network's first bridge and a further one */
	STEP_NAT,      /* the rules: masquerading, and who is let in */
	STEP_PASS,     /* another's chain lets it through */
	STEP_FORWARD,  /* the host forwards packets: ip_forward */
	STEP_DNS_SERVER, /* a process that answers for the network's names */
	STEP_PORTS,    /* the rules that published ports share */
	STEP_LOCALNET, /* packets of 127.0.0.1 may pass the bridge */
	STEP_PUBLISH,  /* ports of the host that lead to the container's */
	STEP_VETH,
	STEP_UPPER,        /* the container's link upon one of the host's */
	STEP_SHAPE,        /* how fast what comes to the container is */
	STEP_SHAPE_INSIDE, /* and what leaves it */
	STEP_LOOPBACK,
	STEP_ADDRESS,    /* address and default route inside */
	STEP_PASTA,      /* user-mode network */
	STEP_NETNS_NAME, /* a name for ip-netns(8) */
	STEP_NET_DEVICE, /* OCI: a device of the host's */
	/* repairs, of no container's: see plan/steps/repair.h */
	STEP_FIX_LINK,
	STEP_FIX_ADDRESS,
	STEP_FIX_NEIGHBOUR,
	STEP_FIX_ROUTE,
	STEP_FIX_POLICY,
	STEP_FIX_SETTING,
	STEP_FIX_RULE,
	STEP_FIX_PROGRAM,
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

struct step {
	enum step_kind kind;
	const char *note; /* a person's words on it, printed as a comment; may be NULL */
	union {
		struct step_cgroup cgroup;
		struct step_cgroup_set cgroup_set;
		struct step_cgroup_devices cgroup_devices;
		struct step_cgroup_member cgroup_join, cgroup_enter;
		struct step_cgroup_owner cgroup_owner;
		struct step_scope scope;
		struct step_rdt_group rdt_group;
		struct step_rdt_join rdt_join;
		struct step_oom_score oom_score;
		struct step_affinity affinity; /* of host_affinity, too */
		struct step_scheduler scheduler;
		struct step_io_priority io_priority;
		struct step_memory_policy memory_policy;
		struct step_process process;
		struct step_ids ids;
		struct step_idmap idmap;
		struct step_tree tree;
		struct step_wait wait; /* of await and tell, too */
		struct step_join_ns join_ns;
		struct step_time_ns time_ns;
		struct step_personality personality;
		struct step_uts_name hostname, domainname;
		struct step_sysctl sysctl;
		struct step_made made;
		struct step_propagation propagation;
		struct step_files files;
		struct step_root root;
		struct step_file file;
		struct step_volume volume;
		struct step_mount mount;
		struct step_device device;
		struct step_symlink symlink;
		struct step_directory directory;
		struct step_console console;
		struct step_cover mask, readonly;
		struct step_pivot pivot;
		struct step_remount remount;
		struct step_hook hook; /* of hook_inside, too */
		struct step_lease lease;
		struct step_names names;
		struct step_bridge bridge;
		struct step_vlan vlan;
		struct step_trunk trunk;
		struct step_nat nat;
		struct step_pass pass;
		struct step_forward forward;
		struct step_dns_server dns_server;
		struct step_ports ports;
		struct step_localnet localnet;
		struct step_publish publish;
		struct step_veth veth;
		struct step_upper upper;
		struct step_shape shape; /* of both kinds */
		struct step_address address;
		struct step_pasta pasta;
		struct step_net_device net_device;
		struct step_netns_name netns_name;
		struct step_fix_link fix_link;
		struct step_fix_address fix_address;
		struct step_fix_neighbour fix_neighbour;
		struct step_fix_route fix_route;
		struct step_fix_policy fix_policy;
		struct step_fix_setting fix_setting;
		struct step_fix_rule fix_rule;
		struct step_fix_program fix_program;
		struct step_session session;
		struct step_workdir workdir;
		struct step_rlimit rlimit; /* of host_rlimit, too */
		struct step_bounding bounding;
		struct step_user user;
		struct step_caps caps;
		struct step_label label;
		struct step_start start;
		struct step_seccomp seccomp;
		struct step_exec exec;
	};
};

struct live;
struct plan;
struct target;

/* How a field of a step is recorded and read back (plan/record.c). A text that is not recorded is "" where
 * it is STR, which every step can count on, and NULL where it is MAYBE. */
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

/* What each of them is in C. */
#define FIELD_IN_C_STR   const char *
#define FIELD_IN_C_MAYBE const char *
#define FIELD_IN_C_BOOL  bool
#define FIELD_IN_C_I64   int64_t
#define FIELD_IN_C_U64   uint64_t
#define FIELD_IN_C_STRV  struct strv
#define FIELD_IN_C_CHAR  char
#define FIELD_IN_C_IDS   struct idv

/* How what the kernel has in a field is compared with what was planned (plan/compare.h). */
enum field_compare {
	COMPARE_EXACT,
	COMPARE_KEY,  /* by it the step is looked for: the same */
	COMPARE_NAME, /* a key that the difference is told of by: "nofile: soft: 50, not 100" */
	COMPARE_NOT, /* it can't be seen from outside: how it was made, or what undo needs. Said in a comment why */
	COMPARE_GIVEN,   /* only where the plan gives it, a number that is not 0 or a text */
	COMPARE_SET,     /* a list, in whatever order */
	COMPARE_BITS,    /* these bits at least */
	COMPARE_NO_BITS, /* none of these bits */
	COMPARE_LIMIT,   /* these bits at most. Who has fewer may have given up the others: not known */
};

struct field {
	const char *name; /* NULL ends the table */
	enum field_type type;
	size_t offset;
	enum field_compare compare;
	bool own; /* the command may have changed it by a right that it had: then a difference is no fault */
	const char *label; /* what it is called in a difference; NULL: its name */
	/* Does the text say the same? NULL: only if it is equal. */
	bool (*same)(const char *now, const char *planned);
	void (*show)(uint64_t value, struct str *out); /* of a number; NULL: in decimal */
};

/* A row of a field table: FIELD(STR, mount, source), and perhaps more: FIELD(STR, mount, target, .compare
 * = ...). That the member is of that type the compiler sees: no other has an offset here. */
#define FIELD(type_, group, member, ...)                                                                     \
	{                                                                                                    \
		.name = #member, .type = FIELD_##type_,                                                      \
		.offset = _Generic(((struct step *)0)->group.member, FIELD_IN_C_##type_                      \
				   : offsetof(struct step, group.member)),                                   \
		__VA_ARGS__                                                                                  \
	}

/* What was found of a step. */
enum found { FOUND_AS_PLANNED, FOUND_MISSING, FOUND_DIFFERENT, FOUND_UNKNOWN };

/* What read found. */
enum reading {
	READ_FOUND,
	READ_MISSING,  /* it isn't there; text may say what is instead */
	READ_CHANGED,  /* it is there, and other than guise makes it in what no field says: text does */
	READ_UNKNOWN,  /* nobody is told: text says why */
	READ_NEEDLESS, /* it isn't there, and what it is for neither */
};

/* What a kind does with a cgroup, for who looks for the container's. */
enum step_on_cgroup {
	CGROUP_NONE,
	CGROUP_MADE,
	CGROUP_OF_SYSTEMD, /* made, too */
	CGROUP_CHANGED,
	CGROUP_ENTERED, /* by the container's process */
};

/* How a step of INIT is printed in a script (plan/script.c). */
enum step_script {
	SCRIPT_LINES, /* its lines of show, where it stands */
	SCRIPT_ROOT,  /* and the $root that they set is all the rest's, too */
	SCRIPT_EARLY, /* its lines, before the change of roots: by a program that the container's need not have */
	SCRIPT_PIVOT,   /* its lines, by another shell, which has given up capabilities */
	SCRIPT_REMARK,  /* a part of the command line at the end, where its lines say what it is */
	SCRIPT_COMMAND, /* a part of the command line at the end */
};

/* A mount that a step makes inside. */
struct mounted {
	const char *target;
	const char *source; /* of the host, bound; NULL: something else */
	/* what is made at the target where there is nothing: nothing, a directory, a file */
	enum { PLACE_LEFT, PLACE_DIRECTORY, PLACE_FILE } place;
	bool real_directory; /* the target may be no symbolic link */
};

struct step_ops {
	const char *name; /* as recorded: "cgroup-set" */
	enum step_section section;
	enum step_side side;
	enum step_life life;
	/* The first process: run/start/launch.c applies it, behind some of HOST's steps and before others. */
	bool clone;
	/* The namespace of the first process that its lines of show are about: "uts". NULL: none. */
	const char *ns;
	enum step_on_cgroup on_cgroup;
	size_t cgroup; /* the offset of that cgroup's path */
	enum step_script script;
	const struct field *fields; /* may be NULL: no data */
	/* 0 or -errno with e filled. */
	int (*apply)(const struct step *, struct live *, struct err *e);
	/* Append shell lines, each ending in a newline. */
	void (*show)(const struct step *, struct str *out);
	/* The same of what undo does, for a script at its end: they do no harm where there is nothing to
	 * take away. NULL: it dies with the process, or is guise's own. */
	void (*show_undo)(const struct step *, struct str *out);
	/* A script's first lines, which end it where what the step makes is there already. NULL: that does
	 * no harm. */
	void (*show_begin)(const struct step *, struct str *out);
	/* The beginning of a script's line, which enters or makes a namespace and executes what follows
	 * it. NULL: it does not take one. */
	void (*show_enter)(const struct step *, struct str *out);
	/* From outside (plan/target.h): what the kernel has of the step that is found by the keys of want,
	 * in the arena of t. have is of the kind and has the keys already. Returns enum reading, or -errno
	 * where it couldn't be looked at. NULL: it is a barrier, over once the container runs, and is not
	 * explained either. */
	int (*read)(const struct step *want, struct target *t, struct step *have, struct str *text);
	/* What the kernel will have of it at the end, where other steps of the plan change it. NULL: the
	 * same. */
	void (*outcome)(const struct plan *p, const struct step *s, struct step *out);
	/* NULL: it dies with the process. Idempotent. */
	int (*undo)(const struct step *, struct live *, struct err *e);
	/* Of a container that runs, when read found it otherwise: put back what others took away. Idempotent. NULL: that
	 * can't be done from outside. */
	int (*restore)(const struct step *, struct live *, struct err *e);
	/* The offset of what it says of its network (net/lease.h); 0: it is of none. */
	size_t network;
	/* The n-th mount that it makes inside, from 0 on; false: there is none. NULL: it makes none. */
	bool (*mounts)(const struct step *, size_t n, struct mounted *m);
	/* The program that it executes, whose arguments and environment are for nobody else. NULL: none. */
	const char *(*program)(const struct step *);
};

/* The table of all kinds, put together in steps/table.c. */
const struct step_ops *step_ops(enum step_kind kind);

/* The n-th mount that a step makes inside, from 0 on; false: there is none. */
bool step_mounts(const struct step *s, size_t n, struct mounted *m);

/* The mount of a step that makes the place for it where there is none; false: no such mount. */
bool step_makes_place(const struct step *s, struct mounted *m);

/* The cgroup that a step does that with; NULL: it does not. */
const char *step_cgroup_path(const struct step *s, enum step_on_cgroup what);

/* The directory of its network's leases (net/lease.h); NULL: it is of none. */
const char *step_network_dir(const struct step *s);

/* The kind of a recorded name, or -1. */
int step_kind_of(const char *name);
