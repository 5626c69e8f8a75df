/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/absent.h"

#define NO_IMAGES "there are guise pull, load, images and more (guise help); skopeo and buildah do the rest"
#define ALL       "name them: $(guise ps -q), with those that have ended $(guise ps -aq)"
#define LATEST    "name it: $(guise ps -aq | head -1) is the newest"

const struct absent absent_commands[] = {
	{ "container", NULL, "leave the word out: guise ps, guise rm" },
	{ "build buildx search manifest", NULL, NO_IMAGES },
	{ "volume", NULL, "there are guise volume create, ls, inspect, rm and prune" },
	{ "network", NULL,
	  "there are guise network create, ls, inspect, exists, connect, disconnect, reload, rm and prune" },
	{ "compose pod play kube", NULL,
	  "guise run -d each of them; --network container:NAME shares a network" },
	{ 0 },
};

const struct absent absent_run[] = {
	{ "ip6", NULL, "--network NAME:ip6=ADDRESS, of a network that has IPv6" },
	{ "link link-local-ip", NULL, "leave it out: who is on a network finds all others there by name" },
	{ "restart", NULL, "have systemd start guise run, with Restart= in its unit" },
	{ "health-cmd health-interval health-retries health-start-period health-start-interval health-timeout "
	  "health-on-failure no-healthcheck",
	  NULL, "run the test from a timer: guise exec NAME COMMAND" },
	{ "volume-driver storage-opt", NULL, "bind a directory: -v DIR:PATH" },
	{ "image-volume", NULL, "--tmpfs PATH, or -v DIR:PATH, in place of a volume of the image" },
	{ "secret", NULL, "bind the file: -v FILE:/run/secrets/NAME:ro" },
	{ "gpus device-cgroup-rule device-read-only", NULL, "name each device: --device /dev/NAME" },
	{ "blkio-weight-device", NULL, "--blkio-weight is for all disks alike" },
	{ "kernel-memory memory-swappiness oom-kill-disable cpu-rt-period cpu-rt-runtime", NULL,
	  "leave it out: cgroup v2 has nothing like it" },
	{ "cgroups", NULL, "leave it out: a container always has a cgroup" },
	{ "uidmap gidmap subuidname subgidname", NULL, "--userns auto, keep-id, or UID:HOST:SIZE" },
	{ "umask", NULL, "sh -c 'umask 077; exec COMMAND'" },
	{ "tz", NULL, "-e TZ=ZONE" },
	{ "env-host", NULL, "-e NAME passes on one of guise's own" },
	{ "unsetenv unsetenv-all http-proxy", NULL, "only what -e and --env-file name is passed on" },
	{ "label-file annotation", NULL, "--label NAME=VALUE" },
	{ "timeout", NULL, "timeout SECONDS guise run ..." },
	{ "sig-proxy", NULL, "guise run -d, then guise attach --sig-proxy=false" },
	{ "attach detach-keys", "a",
	  "in the foreground it is attached, with -i also to the input, and gets the signals" },
	{ "pod pod-id-file", NULL,
	  "share namespaces: --network container:NAME --ipc container:NAME --pid container:NAME" },
	{ "systemd", NULL, "give it what it wants: --tmpfs /run --stop-signal RTMIN+3" },
	{ "conmon-pidfile", NULL, "--pidfile FILE" },
	{ "rootfs", NULL, "write dir:PATH" },
	{ "runtime", NULL, "leave it out: guise is its own" },
	{ "preserve-fds preserve-fd", NULL, "pass a file by a bind mount, or by standard input (-i)" },
	{ "read-only-tmpfs", NULL, "--read-only --tmpfs /tmp --tmpfs /run" },
	{ "hostuser passwd passwd-entry group-entry", NULL,
	  "the root's own /etc/passwd and /etc/group count" },
	{ "init-path", NULL, "--init has one of its own" },
	{ "sdnotify requires", NULL, "have systemd start guise run from a unit" },
	{ "domainname personality rdt-class isolation seccomp-policy no-hostname shm-size-systemd hosts-file",
	  NULL, "leave it out" },
	{ "quiet arch os variant authfile creds cert-dir tls-verify disable-content-trust decryption-key retry retry-delay rmi",
	  "q", "guise pull has options for that: fetch the image first" },
	{ 0 },
};

const struct absent absent_exec[] = {
	{ "detach-keys", NULL, "a terminal can't be left; guise exec -d begins without one" },
	{ "latest", "l", LATEST },
	{ "preserve-fds preserve-fd", NULL, "pass a file by a bind mount, or by standard input (-i)" },
	{ 0 },
};

const struct absent absent_ps[] = {
	{ "pod namespace ns", "p", "leave it out: there are no pods" },
	{ "watch", "w", "watch guise ps" },
	{ 0 },
};

const struct absent absent_stop[] = {
	{ "signal", "s", "guise kill --signal SIGNAL, then guise wait" },
	{ "all filter", "af", ALL },
	{ "latest", "l", LATEST },
	{ "ignore cidfile", "i", "name the containers: guise rm $(cat FILE)" },
	{ 0 },
};

const struct absent absent_start[] = {
	{ "detach-keys sig-proxy", NULL, "in the foreground it is attached, and gets the signals" },
	{ "checkpoint checkpoint-dir", NULL, "guise-oci checkpoint and restore have that" },
	{ "all filter", NULL, ALL },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_restart[] = {
	{ "signal", "s", "guise kill --signal SIGNAL, then guise start" },
	{ "all running filter", "a", ALL },
	{ "latest", "l", LATEST },
	{ "cidfile", NULL, "name the containers: guise restart $(cat FILE)" },
	{ 0 },
};

const struct absent absent_rename[] = {
	{ 0 },
};

const struct absent absent_rm[] = {
	{ "link", "l", "leave it out: a container has no links" },
	{ "all filter", "a", ALL },
	{ "latest", NULL, LATEST },
	{ "time", "t", "guise stop --time SECONDS first" },
	{ "ignore cidfile depend", "i", "name the containers: guise rm $(cat FILE)" },
	{ 0 },
};

const struct absent absent_kill[] = {
	{ "all", "a", ALL },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_pause[] = {
	{ "all filter", "af", "name them: $(guise ps -q)" },
	{ "latest", "l", LATEST },
	{ "cidfile", NULL, "name the containers: guise pause $(cat FILE)" },
	{ 0 },
};

const struct absent absent_update[] = {
	{ "restart", NULL, "have systemd start guise run, with Restart= in its unit" },
	{ "blkio-weight-device", NULL, "--blkio-weight is for all disks alike" },
	{ "kernel-memory memory-swappiness cpu-rt-period cpu-rt-runtime", NULL,
	  "leave it out: cgroup v2 has nothing like it" },
	{ "env unsetenv", "e", "the environment of a process that runs cannot be changed" },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_port[] = {
	{ "all", "a", "guise ps tells those of all" },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_connect[] = {
	{ "link link-local-ip driver-opt gw-priority", NULL,
	  "use addresses (guise network inspect NETWORK)" },
	{ 0 },
};

const struct absent absent_top[] = {
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_stats[] = {
	{ "latest", "l", LATEST },
	{ "interval no-reset", "i", "once a second; --no-stream and sleep for another time" },
	{ 0 },
};

const struct absent absent_wait[] = {
	{ "condition interval ignore", "i", "leave it out: the end is waited for" },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_logs[] = {
	{ "details names color", NULL, "leave it out: guise ps and guise inspect tell the rest" },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_attach[] = {
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_events[] = {
	{ "stream no-trunc", NULL, "leave it out" },
	{ 0 },
};

const struct absent absent_inspect[] = {
	{ "size", "s", "guise ps -s tells it" },
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_prune[] = {
	{ "all volumes", "a", "guise volume prune removes volumes, guise image prune images" },
	{ "filter", NULL, "guise rm $(guise ps -q -f status=exited -f label=NAME)" },
	{ 0 },
};

const struct absent absent_cp[] = {
	{ "quiet", "q", "leave it out: it prints nothing" },
	{ "overwrite", NULL, "remove what is in the way first: guise exec NAME rm -r PATH" },
	{ "pause", NULL, "guise pause NAME first, and guise unpause NAME behind it" },
	{ 0 },
};

const struct absent absent_export[] = {
	{ "latest", "l", LATEST },
	{ 0 },
};

const struct absent absent_diff[] = {
	{ "format", NULL, "leave it out: a line is a letter, a blank and the path" },
	{ "latest", "l", LATEST },
	{ 0 },
};
