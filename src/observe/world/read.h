/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "observe/world/world.h"

/* The readers: one file a table of the kernel's. world/read.c calls them in order. */

enum world_part {
	WORLD_NETWORK =
		1 << 0,       /* namespaces, links, addresses, routes, neighbours, sysctls, sockets, qdiscs */
	WORLD_RULES = 1 << 1, /* nf_tables, xtables, ebtables, ipset */
	WORLD_PROCESSES = 1 << 2, /* and which engine's containers they are */
	WORLD_CGROUPS = 1 << 3,   /* of containers, and all above these */
	WORLD_MOUNTS = 1 << 4,    /* of mount namespaces of containers */
	WORLD_ALL = (1 << 5) - 1,
};

struct world_wish {
	unsigned parts; /* enum world_part */
	int64_t pid; /* cgroups and mounts of this process, too, and the namespace that it is in; 0: none */
	int state, oci_state; /* descriptors of the state directories of guise and guise-oci; -1: none */
};

/* Read the machine. It needs no more rights than reading takes: what could not be read is said in w->unread. Never
 * starts a program; enters network namespaces by setns(2) in a child of its own
 * (kernel/process/visit.h). 0, or -errno where nothing at all could be read. */
int world_read(struct arena *a, const struct world_wish *wish, struct world *w, struct err *e);

/* Cgroups and mounts of a process, beside what was read of this machine already. */
void world_read_more(struct world *w, int64_t pid);

/* A world of a file that world_write() wrote; -EINVAL "world-bad" for what is none. Sizes are bounded. fd is not closed. */
int world_load(struct arena *a, int fd, struct world *w, struct err *e);

/* The same of a text of that length, behind which there is a NUL. It is written over, and must live as long. */
int world_load_text(struct arena *a, char *text, size_t len, struct world *w, struct err *e);

/* As JSON, members that are not set left out. */
void world_write(const struct world *w, struct str *out);

/* The same, piece by piece: it may be larger than the world. */
typedef void world_sink(const char *text, size_t n, void *arg);
void world_write_to(const struct world *w, world_sink *sink, void *arg);

/* Replace addresses (prefixes stay prefixes of one another), names and paths, the same ones by the same ones. */
void world_redact(struct world *w);

/* For readers, as soon as the namespaces are known: they are found at once by their inodes then. */
void world_index(struct world *w);

/* And who has which address: when all of it is there. */
void world_index_answers(struct world *w);

/* May somebody in that namespace answer a question for that address? true where that was not found out. */
bool world_may_answer(const struct world *w, uint64_t netns, struct ip ip);

/* For readers, at the end: links by index, settings by name, so that they are found at once. */
void world_put_in_order(struct world_netns *ns);

/* For readers: add a line to w->unread. */
[[gnu::format(printf, 2, 3)]] void world_unread(struct world *w, const char *fmt, ...);

/* ---- looking things up; NULL where there is none ---- */

const struct world_netns *world_host(const struct world *w);
const struct world_netns *world_netns_of(const struct world *w, uint64_t inode);
const struct world_netns *world_netns_named(const struct world *w, const char *name);
const struct world_link *world_link_at(const struct world_netns *ns, int64_t index);
const struct world_link *world_link_named(const struct world_netns *ns, const char *name);

/* The other end of a veth, or a parent; *ns is its namespace. */
const struct world_link *world_peer(const struct world *w, const struct world_netns *ns,
				    const struct world_link *link, const struct world_netns **peer_ns);
const struct world_process *world_process_of(const struct world *w, int64_t pid);
const struct world_cgroup *world_cgroup_of(const struct world *w, const char *hierarchy, const char *path);

/* The container whose first process is in that network namespace, or NULL. */
const struct world_container *world_container_in(const struct world *w, uint64_t netns);

/* A sysctl ("net.ipv4.ip_forward") or a cgroup's file; NULL: not there. */
const char *world_setting(const struct world_setting *list, size_t n, const char *name);
int64_t world_sysctl(const struct world_netns *ns, const char *name, int64_t otherwise);

/* What a person calls it: a container's name, "net1" of ip netns, "host", "netns 4026532999 (pid 4711)". */
const char *world_netns_title(const struct world *w, const struct world_netns *ns);

/* ---- what a command line names (world/target.c) ---- */

/* TARGET: a container of guise, docker, podman, containerd, LXC by name or id (beginning of one), pid:N, netns:NAME,
 * cgroup:PATH, a systemd unit (NAME.service), host. */
struct world_target {
	const char *text; /* as it was typed */
	const struct world_netns *netns;
	const struct world_process *process;
	const struct world_container *container;
	const char *cgroup;
};

/* 0, -ENOENT "no-target" naming it, or -EINVAL "ambiguous-target". */
int world_target(const struct world *w, const char *text, struct world_target *t, struct err *e);
