/* SPDX-License-Identifier: GPL-2.0-or-later */

/* guise-cni: a plugin of the Container Network Interface, started by a runtime for each verb. It is told what to do by
 * its environment and on its standard input, and answers on its standard output: guise-cni(8). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/caller.h"
#include "run/cni/cni.h"
#include "spec/json.h"

enum { CONFIG_MAX = 1 << 20 };

static const char *from_environment(const char *name)
{
	return getenv(name);
}

/* VERSION answers whatever version is asked in. */
static int tell_version(struct arena *a, const char *text, size_t len, struct str *out, struct err *e)
{
	struct json_reader r = { .arena = a, .file = "the standard input", .code = "json-bad", .err = e };
	autojson struct json_object *root = len ? json_parse(&r, text, len) : NULL;
	const char *asked = root ? json_string(&r, root, "cniVersion") : NULL;

	if (!r.failed)
		cni_version_write(asked, out);
	return json_result(&r);
}

static int refuse_old(const struct cni_conf *conf, enum cni_version since, const char *verb, struct err *e)
{
	if (conf->version >= since)
		return 0;
	err_set(e, "cni-version", EPROTONOSUPPORT, "%s", verb);
	return err_cause(e, "version %s of the specification has no such verb", cni_versions[conf->version]);
}

static int run(const struct cni *c, struct str *out, struct err *e)
{
	int r;

	switch (c->call->verb) {
	case CNI_ADD:
		return cni_add(c, out, e);
	case CNI_DEL:
		return cni_del(c, e);
	case CNI_CHECK:
		r = refuse_old(c->conf, CNI_0_4_0, "CHECK", e);
		return r < 0 ? r : cni_check(c, e);
	case CNI_STATUS:
		r = refuse_old(c->conf, CNI_1_1_0, "STATUS", e);
		return r < 0 ? r : cni_status(c, e);
	case CNI_GC:
		r = refuse_old(c->conf, CNI_1_1_0, "GC", e);
		return r < 0 ? r : cni_gc(c, e);
	case CNI_VERSION:
		break;
	}
	__builtin_unreachable();
}

static int answer(struct arena *a, struct cni_conf *conf, struct str *out, struct err *e)
{
	struct cni_call call;
	struct cni c = { .arena = a, .call = &call, .conf = conf, .rundir = -1 };
	size_t len = 0;
	char *text;
	int r = cni_call_parse(a, from_environment, &call, e);

	if (r < 0)
		return r;
	if ((r = io_read_given_fd(a, STDIN_FILENO, CONFIG_MAX, &text, &len)) < 0)
		return err_set(e, "state", -r, "read the network configuration");
	if (call.verb == CNI_VERSION)
		return tell_version(a, text, len, out, e);
	r = cni_conf_parse(a, text, len, &call, conf, e);
	if (r == 0)
		r = cni_state_open(&c.rundir, e);
	if (r == 0)
		r = run(&c, out, e);
	fd_close(&c.rundir);
	return r;
}

int main(void)
{
	static char first[256 * 1024];
	struct arena a = ARENA_INIT(first);
	struct cni_conf conf = { .version = CNI_1_1_0 };
	struct str out = { .arena = &a };
	struct err e = { 0 };
	int r;

	caller_forget();
	r = answer(&a, &conf, &out, &e);
	if (r < 0) {
		out = (struct str){ .arena = &a };
		cni_error_write(conf.version, &e, &out);
	}
	if (io_write_all(STDOUT_FILENO, str_get(&out), out.len) < 0 && r == 0)
		r = -EIO;
	cni_conf_free(&conf);
	arena_free(&a);
	return r < 0;
}
