/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/seccomp/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <seccomp.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/seccomp/default.h"

/*
 * A file is this header, the key, and the filter. All in the byte order of the machine, which the
 * magic number tells; the key holds what else the program depends on.
 */
struct header {
	uint64_t magic;
	uint64_t checksum; /* of all that follows */
	uint64_t key_len;
};

static const uint64_t MAGIC = 0x33706d6f63636573; /* "seccomp3" */
enum { MAX_FILE = (2 << 20) + sizeof(struct header) + SECCOMP_FILTER_BYTES_MAX };

/* FNV-1a: to find damage, and for names. It keeps out nobody who could forge a file: the check of the owner
 * does. */
static uint64_t hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return h;
}

/* Its length, then the text: no two lists of fields are the same bytes. */
static void add_field(struct str *s, const char *text, size_t len)
{
	str_addf(s, "%zu:", len);
	str_addn(s, text, len);
}

static struct str key_text(struct arena *a, const struct seccomp_key *key)
{
	const struct scmp_version *v = seccomp_version();
	struct str s = { .arena = a };

	str_addf(&s, "libseccomp %u.%u.%u arch %#x compiler %#llx caps %#llx\n", v->major, v->minor, v->micro,
		 seccomp_arch_native(), (unsigned long long)seccomp_compiler_mark,
		 (unsigned long long)key->caps);
	add_field(&s, key->builder, strlen(key->builder));
	add_field(&s, key->profile, key->profile_len);
	return s;
}

static void add_rule(struct str *s, const struct seccomp_rule *r)
{
	str_addf(s, "\n%x args %zu", r->action, r->n_args);
	for (size_t k = 0; k < r->n_args; k++)
		str_addf(s, " %u:%d:%llx:%llx", r->args[k].index, r->args[k].op,
			 (unsigned long long)r->args[k].value, (unsigned long long)r->args[k].mask);
	str_addf(s, " names %zu ", r->n_names);
	for (size_t k = 0; k < r->n_names; k++)
		add_field(s, r->names[k], strlen(r->names[k]));
}

struct str seccomp_key_profile(struct arena *a, const struct seccomp_profile *p)
{
	struct str s = { .arena = a };

	str_addf(&s, "default %x newer %d flags %x arches %zu", p->default_action, p->enosys_for_newer,
		 p->flags, p->n_arches);
	for (size_t i = 0; i < p->n_arches; i++)
		str_addf(&s, " %x", p->arches[i]);
	str_addf(&s, " rules %zu", p->n_rules);
	for (size_t i = 0; i < p->n_rules; i++)
		add_rule(&s, &p->rules[i]);
	return s;
}

static const char *file_name(struct arena *a, const struct str *key)
{
	return arena_printf(a, "%016llx.bpf", (unsigned long long)hash(key->p, key->len));
}

static bool trusted(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & 022);
}

static bool read_all(int fd, char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, buf, len);
		if (n <= 0)
			return false;
		buf += n;
		len -= n;
	}
	return true;
}

int seccomp_cache_load(struct arena *a, int dirfd, const struct seccomp_key *key, struct seccomp_filter *f)
{
	struct str text = key_text(a, key);
	autoclose int fd = openat(dirfd, file_name(a, &text),
				  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct header head;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!trusted(&st) || st.st_size < (off_t)sizeof(head) || st.st_size > MAX_FILE)
		return 0;

	size_t len = st.st_size;
	char *data = arena_alloc(a, len);
	if (!read_all(fd, data, len))
		return 0;
	memcpy(&head, data, sizeof(head));
	if (head.magic != MAGIC || head.key_len != text.len || len < sizeof(head) + text.len)
		return 0;
	size_t skip = offsetof(struct header, key_len), at = sizeof(head) + text.len;
	if (head.checksum != hash(data + skip, len - skip) ||
	    memcmp(data + sizeof(head), text.p, text.len) != 0)
		return 0;
	return seccomp_filter_get(a, data + at, len - at, f);
}

int seccomp_cache_store(struct arena *a, int dirfd, const struct seccomp_key *key,
			const struct seccomp_filter *f)
{
	struct str text = key_text(a, key);
	struct header head = { .magic = MAGIC, .key_len = text.len };
	size_t skip = offsetof(struct header, key_len);
	struct str file = { .arena = a };

	str_addn(&file, (const char *)&head, sizeof(head));
	str_addn(&file, text.p, text.len);
	seccomp_filter_put(&file, f);
	if (file.len > MAX_FILE)
		return -EFBIG;
	head.checksum = hash(file.p + skip, file.len - skip);
	memcpy(file.p, &head, sizeof(head));
	return io_write_file(dirfd, file_name(a, &text), file.p, file.len, 0600);
}
