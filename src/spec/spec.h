/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spec/bandwidth.h"

struct arena;

/*
 * What a container shall be: the validated model between a command line and the plan. (A config.json has a
 * model of its own: spec/oci/oci.h.) It knows nothing of the host: no namespace of a running container, no
 * bridge, no cgroup mount has been looked at. All memory belongs to the arena of the command.
 *
 * "Not given" is NULL for strings and lists, and the value that each comment says for numbers.
 */

/* A string list with its length; v[n] is NULL, so that it can be an argv or environ. */
struct strv {
	const char **v;
	size_t n;
};

/* A namespace: a new one, the host's (guise's own), or the one at a path (/proc/PID/ns/..., or a
 * container's by name, which src/run/ turns into a path before the plan is built). */
enum ns_kind { NS_PID, NS_MNT, NS_UTS, NS_IPC, NS_NET, NS_CGROUP, NS_USER, NS_TIME, NS_COUNT };
enum ns_mode { NS_MODE_NEW, NS_MODE_HOST, NS_MODE_CONTAINER, NS_MODE_PATH };
struct spec_ns {
	enum ns_mode mode;
	const char *target; /* CONTAINER: its name or id; PATH: the path */
	bool given;         /* CGROUP: it was asked for */
};

/* ROOTFS: the transport prefix and what follows it. */
enum root_kind { ROOT_HOST, ROOT_DIR, ROOT_IMAGE };
struct spec_root {
	enum root_kind kind;
	/* absolute or relative to guise's working directory; "/" for host:; of an image the directory of its layers */
	const char *path;
	const char *image;  /* its name, as given */
	const char *digest; /* of its manifest; with path and layers known when it was found in the store */
	unsigned layers;
	struct strv erofs; /* which of these are EROFS images: "0", "2" */
	bool readonly; /* --read-only */
	bool overlay;  /* a throwaway writable layer (tmpfs) on top; always true for host: */
};

/* One --volume, --mount or --tmpfs. */
struct spec_mount {
	const char *type;    /* "bind", "tmpfs", "volume": the kernel's file system name, or these two */
	const char *source;  /* bind: a host path; else the device string shown in mountinfo */
	const char *volume;  /* volume: its name; "": it is the container's own, without one */
	bool no_copy;        /* volume: it doesn't begin with what the root has there */
	const char *target;  /* absolute path inside the container */
	uint64_t attr;       /* MOUNT_ATTR_* set on it (mount_setattr(2)) */
	bool recursive;      /* bind: with the mounts below it (rbind, the default as in docker) */
	bool attr_recursive; /* attr holds for the mounts below too (rro, rnosuid, ...) */
	unsigned long propagation; /* MS_PRIVATE, MS_SLAVE, MS_SHARED, with or without MS_REC; 0: rprivate */
	const char *data;          /* the file system's own options: "size=64m,mode=1777"; NULL: none */
	bool copy_up;              /* tmpfs: start with a copy of what the image has there (tmpcopyup) */
	const char
		*fill; /* volume, found out: its directory, as it is used for the first time; NULL: no more */
};

struct spec_device {
	const char *host; /* path on the host */
	const char *path; /* path inside */
	char access[4];   /* of "rwm" */
};

/* A block device by its path or, from a config.json, by its numbers. */
struct spec_throttle {
	const char *device; /* NULL: major and minor are given */
	uint64_t rate;      /* bytes or operations per second; 0: no limit */
	unsigned major, minor;
};

/* Of one block device, and 0 where not given: 10 to 1000 as v1 means them. */
struct spec_weight {
	unsigned major, minor;
	unsigned weight, leaf_weight;
};

struct spec_hugepages {
	const char *size; /* "2MB", as in the names of the files: digits, K, M or G, B */
	uint64_t limit;   /* bytes */
};

struct spec_rdma {
	const char *device;       /* "mlx5_1" */
	int64_t handles, objects; /* LIMIT_UNSET: not given */
};

/* Of packets that leave by one interface of the host (net_prio, v1 only). */
struct spec_net_priority {
	const char *interface;
	uint32_t priority;
};

/* A limit that was not given is UNSET; UNLIMITED is "max" (v2) or -1 (v1). */
#define LIMIT_UNSET     INT64_MIN
#define LIMIT_UNLIMITED (-1)
struct spec_limits {
	int64_t memory;             /* bytes */
	int64_t memory_swap;        /* bytes of memory and swap together, as docker and OCI mean it */
	int64_t memory_reservation; /* bytes */
	int64_t memory_swappiness;  /* 0 to 100 (v1 only) */
	int64_t oom_kill_disable;   /* 0 or 1 (v1 only) */
	bool memory_check;          /* OCI checkBeforeUpdate: refuse a limit below what is used now */
	int64_t cpu_quota;          /* microseconds per cpu_period */
	bool cpus;                  /* given as a number of processors */
	uint64_t cpu_period;        /* microseconds; 0: not given, meaning 100000 */
	int64_t cpu_burst;          /* microseconds that a period may use beyond its quota, saved in others */
	uint64_t cpu_rt_period;     /* microseconds; 0: not given (v1 only) */
	int64_t cpu_rt_runtime;     /* microseconds per cpu_rt_period (v1 only) */
	int64_t cpu_idle;           /* 0 or 1: scheduled as SCHED_IDLE tasks are */
	uint64_t cpu_shares;        /* 2 to 262144; 0: not given */
	const char *cpuset_cpus, *cpuset_mems;
	int64_t pids;
	unsigned blkio_weight;      /* 10 to 1000; 0: not given */
	unsigned blkio_leaf_weight; /* the same, against the cgroups below it (v1's cfq only) */
	struct spec_weight *blkio_weights;
	size_t n_blkio_weights;
	struct spec_throttle *read_bps, *write_bps, *read_iops, *write_iops;
	size_t n_read_bps, n_write_bps, n_read_iops, n_write_iops;
	struct spec_hugepages *hugepages;
	size_t n_hugepages;
	struct spec_rdma *rdma;
	size_t n_rdma;
	int64_t net_class_id; /* 32 bits (net_cls, v1 only) */
	struct spec_net_priority *net_priorities;
	size_t n_net_priorities;
	const char **conf; /* --cgroup-conf, OCI unified: pairs KEY, VALUE, KEY, VALUE */
	size_t n_conf;     /* number of pairs */
};

/* No limit given at all. */
void spec_limits_init(struct spec_limits *l);

/* What is given of `from` goes over what there is in `to`: of what the command line has. Lists are put behind one another:
 * of two for one device the last one counts. */
void spec_limits_merge(struct arena *a, struct spec_limits *to, const struct spec_limits *from);

struct spec_rlimit {
	int resource;        /* RLIMIT_* */
	uint64_t soft, hard; /* RLIM_INFINITY: unlimited */
};

/* One row of uid_map or gid_map. */
struct spec_idmap {
	uint32_t inside, outside, size;
};

enum userns_mode { USERNS_NONE, USERNS_AUTO, USERNS_MAP, USERNS_KEEP };
enum seccomp_mode { SECCOMP_DEFAULT, SECCOMP_UNCONFINED, SECCOMP_FILE };

struct spec_security {
	uint64_t caps;   /* the bounding, effective and permitted set: bit CAP_* */
	bool privileged; /* all capabilities and devices, nothing masked, no seccomp */
	bool no_new_privs;
	enum seccomp_mode seccomp;
	const char *seccomp_file; /* an OCI profile (JSON), for SECCOMP_FILE */
	bool unmask;              /* --security-opt unmask=ALL: no masked and no read-only paths */
};

/* One network that a container is on, and what is wished for there; NULL: chosen. */
struct spec_attachment {
	const char *network;            /* "bridge", or one that was defined */
	const char *address, *address6; /* "10.20.0.9" */
	const char *mac;
	const char *link; /* inside: "eth0" */
	struct strv aliases;
	struct spec_bandwidth bandwidth;
};

struct spec_network {
	enum { NET_BRIDGE, NET_NONE, NET_HOST, NET_CONTAINER, NET_PASTA, NET_PATH } mode;
	const char *container; /* for NET_CONTAINER */
	const char *path;      /* for NET_PATH: of the namespace, "/run/netns/net1" */
	bool given;            /* the user said so: guise chooses no other for want of privilege */
	const char *address;   /* on the first bridge, "10.99.0.5"; NULL: the next that is free */
	const char *mac;       /* of its end there, "02:42:0a:63:00:05"; NULL: one made of the address */
	struct spec_bandwidth bandwidth; /* on each bridge that has none of its own */
	struct spec_attachment
		*attachments; /* for NET_BRIDGE, in the order of the interfaces; none: of "bridge" */
	size_t n_attachments;
	struct strv aliases; /* by which others on the first bridge find it, too */
};

/* What is said of the first network without its name is put to it, and is said of no other when that goes: address, hardware
 * address, aliases. Where none is listed, "bridge" is. */
void spec_network_first(struct arena *a, struct spec_network *n);

/* Ports of the host that lead to the container's: spec/publish.h. */
struct spec_port {
	const char *ip; /* the address of the host, as the kernel writes it; NULL: all of both families */
	unsigned host;  /* the host's first port; 0: a free one for each of the container's */
	unsigned host_count; /* as many as count; or, for one of the container's, a free one of so many */
	unsigned container, count; /* the container's first port, and how many */
	uint8_t proto;             /* IPPROTO_TCP, _UDP, _SCTP */
};

/* What the container's /etc/hosts and /etc/resolv.conf say beside what guise knows: spec/names.h. */
struct spec_names {
	struct strv hosts;   /* --add-host: "NAME:ADDRESS" or "NAME:host-gateway", as docker records them */
	struct strv servers; /* --dns: addresses, instead of the machine's name servers */
	struct strv search;  /* --dns-search: domains, instead of the machine's; ".": none */
	struct strv options; /* --dns-option: "ndots:2", instead of the machine's */
	bool no_hosts;       /* --no-hosts: the root's own /etc/hosts */
};

/* Append s, which must live as long as the list. */
void strv_push(struct arena *a, struct strv *list, const char *s);

/* Another list of the same. */
struct strv strv_copy(struct arena *a, const struct strv *list);

/* Is there one of the same text? */
bool strv_has(const struct strv *list, const char *text);

/* A list of ids with its length. */
struct idv {
	const uint32_t *v;
	size_t n;
};

/* What becomes of a detached container's output. */
struct spec_log {
	bool none;         /* nothing is kept */
	int64_t max_size;  /* bytes of a file; -1: no limit */
	unsigned max_file; /* how many there are */
};

struct spec {
	const char *name;     /* NULL: guise makes one */
	const char *hostname; /* NULL: the first 12 letters of the id */
	struct spec_root root;
	struct spec_ns ns[NS_COUNT]; /* MNT always NEW, CGROUP NEW or HOST; NET follows network.mode */
	enum userns_mode userns;
	struct spec_idmap userns_map; /* for USERNS_MAP (UID:HOST:SIZE) */
	/* for USERNS_KEEP: what the user's ids are inside; -1: what they are outside */
	int64_t keep_uid, keep_gid;
	struct spec_network network;
	struct spec_port *ports;
	size_t n_ports;
	bool publish_all; /* what is exposed, too, at free ports */
	struct spec_names names;
	const char *netns_name; /* what ip-netns(8) shall know its network namespace by; NULL: nothing */
	struct spec_limits limits;
	struct spec_security security;

	struct strv argv;    /* entrypoint and command; never empty */
	bool entrypoint;     /* the first of them is the entrypoint */
	struct strv env;     /* NAME=VALUE: complete, in the order given, the last of a name wins */
	const char *workdir; /* NULL: "/" */
	const char *user;    /* "USER[:GROUP]" as given: names are looked up in the root's passwd */
	struct strv groups;  /* --group-add: names or numbers */
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	struct strv sysctls; /* NAME=VALUE, namespaced ones only */
	struct spec_device *devices;
	size_t n_devices;
	struct spec_mount *mounts; /* in the order to mount: parents before children */
	size_t n_mounts;
	struct strv volumes_from; /* NAME[:OPTIONS]: other containers, whose bind mounts this one has, too */
	int64_t shm_size;         /* bytes of /dev/shm; 0: 64 MiB */
	struct strv labels;       /* NAME=VALUE */
	struct strv exposed;      /* "80/tcp": where it says that it listens: for publish_all */
	bool has_oom_score_adj;
	int oom_score_adj;
	const char *cgroup_parent; /* NULL: "guise" */

	bool detach, interactive, tty, init, remove; /* -d -i -t --init --rm */
	struct spec_log log;
	int stop_signal;       /* SIGTERM unless given */
	unsigned stop_timeout; /* seconds; 10 unless given */
	const char *cidfile, *pidfile;
};

/* The kernel's names: "pid", "mnt", "uts", "ipc", "net", "cgroup", "user", "time" as in
 * /proc/PID/ns/, and the clone(2) flag of each. */
extern const char *const ns_name[NS_COUNT];
extern const uint64_t ns_flag[NS_COUNT];

/* The one of that name, and its flag; NS_COUNT, and 0: there is none. */
enum ns_kind ns_kind_of(const char *name);
uint64_t ns_flag_of(const char *name);

/* A spec with every default filled in (docker's capabilities, seccomp on, bridge network, new
 * namespaces but user and time): all but argv, env and the root. */
void spec_init(struct spec *s);
