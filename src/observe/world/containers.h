/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/read.h"

/*
 * Whose process is it? Each engine leaves words for that in three places, and none of them everywhere:
 *
 *     cgroup paths    /docker/ID, libpod-ID.scope, lxc.payload.NAME: container_words.c knows these. A container may make
 *                     cgroups below its own, with any name: so the outermost one counts.
 *     argv            of the process that an engine leaves beside a container (conmon, containerd-shim, lxc's monitor),
 *                     whose child the first process is. Believed only of processes of our own pid namespace that are in
 *                     no container.
 *     state files     docker's, podman's ..: name, image, ports; also of containers that don't run.
 *
 * containers.c goes through the processes, the files named engine_*.c read the state files.
 */
struct containers {
	struct world *w;
	const struct world_wish *wish;
	size_t *slots; /* by hash of engine and id: index + 1 into w->containers; 0: none */
	size_t n_slots;
	struct strv docker_roots, podman_roots; /* beside the usual ones: of argv */
	struct shared_step *shared;             /* engine_guise.c: what containers share and was looked at */
	size_t n_shared;
};

/* A step of guise's that the containers of a network share, as JSON, and what is lost of it; NULL: nothing. */
struct shared_step {
	const char *json, *lost;
};

/* What some words say: an engine's container. */
struct container_word {
	const char *engine, *id, *name;
	const char *bundle, *space; /* of conmon, and a namespace of containerd */
};

/* The one of that engine and id, new where there is none yet. The pointer is good until the next call. */
struct world_container *containers_get(struct containers *cs, const char *engine, const char *id);

void container_hint(struct world *w, struct world_container *c, const char *name, const char *value);
void container_port(struct world *w, struct world_container *c, const char *host_ip, uint64_t port,
		    uint64_t target, const char *proto);

/* container_words.c: does the path, or the argv, name a container? In the arena. */
bool container_of_cgroup(struct arena *a, const char *path, struct container_word *word);
bool container_of_argv(struct arena *a, const char *comm, const struct strv *argv,
		       struct container_word *word);

/* The value of an option in an argv, "-n VALUE" or "--name=VALUE"; NULL. */
const char *argv_option(const struct strv *argv, const char *option);

/* engine_*.c: state files */
void engine_guise(struct containers *cs);
void engine_oci(struct containers *cs);
void engine_docker(struct containers *cs);
void engine_podman(struct containers *cs);
void engine_containerd(struct containers *cs);
void engine_lxc(struct containers *cs);

/* resolvers.c: of the resolv.conf below that process's root; nothing where there is none that may be read. */
void world_read_resolvers(struct world *w, int64_t pid, struct strv *out);
/* nameservers of a text; pure */
void resolvers_parse(struct arena *a, const char *text, struct strv *out);
