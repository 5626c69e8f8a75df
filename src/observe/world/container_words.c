/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/str.h"
#include "observe/world/containers.h"

/* Ids of docker, podman and guise are 64 hexadecimal digits. */
static bool is_id(const char *text, size_t n)
{
	return n == 64 && strspn(text, "0123456789abcdef") >= n;
}

enum word { WORD_ID, WORD_NAME };

/* One part of a path: what it begins with, or what the part before it is called. */
static const struct {
	const char *engine, *prefix, *below;
	enum word word;
} pattern[] = {
	{ "docker", "docker-", NULL, WORD_ID },
	{ "docker", "", "docker", WORD_ID },
	{ "podman", "libpod-", NULL, WORD_ID },
	{ "podman", "libpod-payload-", NULL, WORD_ID },
	{ "containerd", "cri-containerd-", NULL, WORD_ID },
	{ "cri-o", "crio-", NULL, WORD_ID },
	{ "guise", "", "guise", WORD_ID },
	{ "lxc", "lxc.payload.", NULL, WORD_NAME },
	{ "lxc", "", "lxc", WORD_NAME },
};

/* n bytes of a path, without systemd's ending. */
static size_t stem(const char *part, size_t n)
{
	return n > 6 && strncmp(part + n - 6, ".scope", 6) == 0 ? n - 6 : n;
}

static bool is_part(const char *part, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(part, word, n) == 0;
}

/* A pod's container has no engine's name in its path, where the kubelet makes cgroups without systemd. */
static bool is_of_pod(const char *path, const char *part, size_t n)
{
	return str_after(path, "/kubepods") && part > path + 1 && is_id(part, n);
}

bool container_of_cgroup(struct arena *a, const char *path, struct container_word *word)
{
	const char *before = "";
	size_t n_before = 0;

	for (const char *part = path + (*path == '/'); *part; part += strspn(part, "/")) {
		size_t len = strcspn(part, "/"), n = stem(part, len);

		for (size_t i = 0; i < ARRAY_LEN(pattern); i++) {
			const char *rest = str_after(part, pattern[i].prefix);
			size_t skipped = strlen(pattern[i].prefix);

			if (!rest || skipped >= n ||
			    (pattern[i].below && !is_part(before, n_before, pattern[i].below)) ||
			    (pattern[i].word == WORD_ID && !is_id(rest, n - skipped)))
				continue;
			word->engine = pattern[i].engine;
			word->id = arena_strndup(a, rest, n - skipped);
			word->name = pattern[i].word == WORD_NAME ? word->id : NULL;
			return true;
		}
		if (is_of_pod(path, part, n)) {
			word->engine = "containerd";
			word->id = arena_strndup(a, part, n);
			return true;
		}
		before = part;
		n_before = len;
		part += len;
	}
	return false;
}

const char *argv_option(const struct strv *argv, const char *option)
{
	for (size_t i = 1; i < argv->n; i++) {
		const char *rest = str_after(argv->v[i], option);

		if (rest && *rest == '=' && option[1] == '-')
			return rest + 1;
		if (rest && !*rest && i + 1 < argv->n)
			return argv->v[i + 1];
	}
	return NULL;
}

/* conmon -c ID -n NAME -b .../overlay-containers/ID/userdata */
static bool of_conmon(const struct strv *argv, struct container_word *word)
{
	word->engine = "podman";
	word->id = argv_option(argv, "-c") ?: argv_option(argv, "--cid");
	word->name = argv_option(argv, "-n") ?: argv_option(argv, "--name");
	word->bundle = argv_option(argv, "-b") ?: argv_option(argv, "--bundle");
	return word->id && is_id(word->id, strlen(word->id));
}

/* containerd-shim-runc-v2 -namespace moby -id ID -address ... */
static bool of_shim(const struct strv *argv, struct container_word *word)
{
	word->space = argv_option(argv, "-namespace");
	word->id = argv_option(argv, "-id");
	if (!word->space || !word->id || !*word->id || strchr(word->id, '/') || strchr(word->space, '/'))
		return false;
	word->engine = str_eq(word->space, "moby") ? "docker" : "containerd";
	return true;
}

/* It writes its words over its argv: "[lxc monitor] /var/lib/lxc NAME" */
static bool of_lxc(struct arena *a, const struct strv *argv, struct container_word *word)
{
	const char *rest = argv->n ? str_after(argv->v[0], "[lxc monitor] ") : NULL, *name;

	if (!rest || !(name = strchr(rest, ' ')) || !name[1])
		return false;
	word->engine = "lxc";
	word->id = word->name = arena_strdup(a, name + 1);
	word->bundle = arena_strndup(a, rest, name - rest);
	return true;
}

bool container_of_argv(struct arena *a, const char *comm, const struct strv *argv,
		       struct container_word *word)
{
	*word = (struct container_word){ 0 };
	if (str_eq(comm, "conmon"))
		return of_conmon(argv, word);
	/* comm has 15 bytes */
	if (str_after(comm, "containerd-shim"))
		return of_shim(argv, word);
	return of_lxc(a, argv, word);
}
