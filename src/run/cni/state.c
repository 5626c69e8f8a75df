/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/cni/cni.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "spec/json.h"

enum { RECORD_MAX = 1 << 20 };

/* Made by us alone: what is read there is acted upon. */
static int open_own(struct err *e)
{
	autoclose int fd = open(CNI_STATE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, "state", errno, "open %s", CNI_STATE);
	if (st.st_uid == geteuid() && !(st.st_mode & 022))
		return take_fd(&fd);
	err_set(e, "state", EPERM, "open %s", CNI_STATE);
	return err_cause(e, "others may write to it");
}

int cni_state_open(int *rundir, struct err *e)
{
	static const struct {
		const char *path;
		mode_t mode;
	} dirs[] = { { "/run/guise", 0711 },
		     { CNI_STATE, 0700 },
		     { CNI_STATE "/net", 0700 },
		     { CNI_STATE "/attachments", 0700 } };
	int r;

	if (faccessat(AT_FDCWD, dirs[ARRAY_LEN(dirs) - 1].path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
			if (mkdir(dirs[i].path, dirs[i].mode) < 0 && errno != EEXIST)
				return err_set(e, "state", errno, "make %s", dirs[i].path);
	r = open_own(e);
	*rundir = r;
	return r < 0 ? r : 0;
}

const char *cni_key(struct arena *a, const char *network, const char *container, const char *ifname,
		    struct err *e)
{
	if (strlen(network) + strlen(container) + strlen(ifname) + 2 <= CNI_KEY_MAX)
		return arena_printf(a, "%s:%s:%s", network, container, ifname);
	err_set(e, "cni-config", ENAMETOOLONG, "attach container %.40s...", container);
	err_cause(e, "its id and the network's name are too long: together %d letters at most",
		  CNI_KEY_MAX - IFNAMSIZ);
	return NULL;
}

const char *cni_lease_dir(const struct cni *c)
{
	struct stat here = { 0 };

	/* as net_is_here() has it (plan/steps/net.h) */
	stat("/proc/self/ns/net", &here);
	return arena_printf(c->arena, "%llu/%s", (unsigned long long)here.st_ino, c->conf->name);
}

static const char *path_of(const struct cni *c, const char *key)
{
	return arena_printf(c->arena, "attachments/%s", key);
}

bool cni_record_there(const struct cni *c, const char *key)
{
	return faccessat(c->rundir, path_of(c, key), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void put(struct str *out, const char *key, const char *value)
{
	str_addf(out, "\"%s\": ", key);
	json_add_bytes(out, value);
	str_add(out, ",\n");
}

int cni_record_write(const struct cni *c, const char *key, const struct plan *p, struct err *e)
{
	struct str out = { .arena = c->arena };
	int r;

	str_add(&out, "{\n");
	put(&out, "guise", GUISE_VERSION);
	put(&out, "network", c->conf->name);
	put(&out, "container", c->call->container);
	put(&out, "ifname", c->call->ifname);
	put(&out, "netns", c->call->netns);
	if (c->conf->delegate) {
		put(&out, "delegate", c->conf->delegate);
		put(&out, "config", c->conf->text);
	}
	str_add(&out, "\"plan\": ");
	plan_to_json(p, &out);
	str_add(&out, "}\n");
	r = io_write_file(c->rundir, path_of(c, key), out.p, out.len, 0600);
	return r < 0 ? err_set(e, "state", -r, "write the record of attachment %s", key) : 0;
}

static const char *text_of(const struct cni *c, struct json_object *root, const char *key)
{
	struct json_object *o;

	return json_object_object_get_ex(root, key, &o) ? json_get_bytes(c->arena, o) : NULL;
}

int cni_record_read(const struct cni *c, const char *key, struct cni_record *record, struct err *e)
{
	autojson struct json_object *root = NULL;
	struct json_object *plan = NULL;
	size_t len;
	char *text;
	int r = io_read_file(c->arena, c->rundir, path_of(c, key), RECORD_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "state", -r, "read the record of attachment %s", key);
	if (!(root = json_from_text(text, len, e)))
		return err_prefix(e, "attachment %s", key);
	*record = (struct cni_record){ .key = key,
				       .network = text_of(c, root, "network"),
				       .container = text_of(c, root, "container"),
				       .ifname = text_of(c, root, "ifname"),
				       .delegate = text_of(c, root, "delegate"),
				       .config = text_of(c, root, "config"),
				       .plan = { .arena = c->arena } };
	json_object_object_get_ex(root, "plan", &plan);
	if (!record->network || !record->container || !record->ifname)
		return err_set(e, "state", EBADMSG, "read the record of attachment %s", key);
	return plan_from_json(&record->plan, plan, e);
}

int cni_record_remove(const struct cni *c, const char *key, struct err *e)
{
	if (unlinkat(c->rundir, path_of(c, key), 0) < 0 && errno != ENOENT)
		return err_set(e, "state", errno, "remove the record of attachment %s", key);
	return 0;
}

int cni_record_list(const struct cni *c, struct strv *keys, struct err *e)
{
	autoclose int fd = openat(c->rundir, "attachments", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *prefix = arena_printf(c->arena, "%s:", c->conf->name);
	struct io_dir d = IO_DIR(fd);

	if (fd < 0)
		return err_set(e, "state", errno, "open the directory of attachments");
	for (const char *name; (name = io_dir_next(&d));)
		if (str_after(name, prefix))
			strv_push(c->arena, keys, arena_strdup(c->arena, name));
	return d.error < 0 ? err_set(e, "state", -d.error, "list the attachments") : 0;
}
