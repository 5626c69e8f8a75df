/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The name server of a network (guise network create --dns-server): guise-dns, a process that the network's
 * containers share, as they do its bridge. Whoever starts a container sees to it that there is one, and that
 * it listens on the bridge that there is; it is ended before the bridge is taken away. Which process it is
 * says a file in the network's directory (net/dns_process.h), in which it also finds the names.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/helper.h"
#include "kernel/process/spawn.h"
#include "net/dns_process.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static int open_network(int rundir, struct arena *a, const char *network)
{
	return openat(rundir, arena_printf(a, "net/%s", network), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int failed(const struct step_dns_server *s, const char *said, struct err *e)
{
	err_set(e, "dns-server", EIO, "start the name server of network %s", net_name(s->network));
	return err_cause(e, "%s", *said ? said : "it ended without saying why");
}

/* Its directory is its standard input: so it needs no path. What it says is one line. */
static int start(const struct step_dns_server *s, int dir, struct arena *a, struct err *e)
{
	char path[HELPER_PATH_MAX], said[512];
	struct strv argv = { 0 };
	int out[2], status = 0, r;
	pid_t pid;
	ssize_t n;

	strv_push(a, &argv, helper_path(secure_getenv("GUISE_DNS"), "guise-dns", path));
	strv_push(a, &argv, "/proc/self/fd/0");
	strv_push(a, &argv, s->bridge);
	for (size_t i = 0; i < s->addresses.n; i++)
		strv_push(a, &argv, s->addresses.v[i]);
	strv_push(a, &argv, "--");
	for (size_t i = 0; i < s->forwards.n; i++)
		strv_push(a, &argv, s->forwards.v[i]);
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, "dns-server", errno, "run %s", path);
	r = spawn_with((char *const *)argv.v, (int[]){ dir, out[1], out[1] }, 3, &pid);
	close(out[1]);
	n = r < 0 ? 0 : read(out[0], said, sizeof(said) - 1);
	close(out[0]);
	if (r < 0)
		return err_set(e, "dns-server", -r, "run %s", argv.v[0]),
		       err_hint_for(e, ENOENT, "it is installed with guise, or found by GUISE_DNS");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return status == 0 ? 0 : failed(s, str_after(said, "guise-dns: ") ?: said, e);
}

/* One that has lost its bridge hears nothing any more, also when there is another of that name. */
static int dns_server_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int dir = open_network(live->rundir, live->arena, s->dns_server.network), fd = -1;
	struct dns_process p;
	int r;

	if (dir < 0)
		return err_set(e, "state", errno, "open the directory of network %s",
			       net_name(s->dns_server.network));
	fd = dns_process_open(dir, &p);
	if (fd >= 0 && p.link == if_nametoindex(s->dns_server.bridge))
		return 0;
	r = dns_process_end(dir, e);
	return r < 0 ? r : start(&s->dns_server, dir, live->arena, e);
}

static const char *note_of(const struct step_dns_server *s, struct str *out)
{
	return str_shell(out, arena_printf(out->arena, "%s/" DNS_PROCESS_FILE, s->where));
}

static void dns_server_show(const struct step *s, struct str *out)
{
	const struct step_dns_server *w = &s->dns_server;
	const char *note = note_of(w, out);

	str_addf(out, "if ! kill -0 \"$(cut -d' ' -f1 %s 2>/dev/null)\" 2>/dev/null; then\n\tmkdir -p %s\n",
		 note, str_shell(out, w->where));
	str_addf(out, "\t\"${GUISE_DNS:-" GUISE_LIBEXECDIR "/guise-dns}\" %s %s", str_shell(out, w->where),
		 w->bridge);
	for (size_t i = 0; i < w->addresses.n; i++)
		str_addf(out, " %s", w->addresses.v[i]);
	for (size_t i = 0; i < w->forwards.n; i++)
		str_addf(out, "%s %s", i ? "" : " --", w->forwards.v[i]);
	str_add(out, "\nfi\n");
}

/* It ends when that is gone. */
static void dns_server_show_undo(const struct step *s, struct str *out)
{
	net_show_unless_used(s->dns_server.bridge, out);
	str_addf(out, "rm -f %s\n", note_of(&s->dns_server, out));
}

static int dns_server_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	autoclose int dir = open_network(t->rundir, t->arena, want->dns_server.network), fd = -1;
	struct dns_process p;

	fd = dir < 0 ? -1 : dns_process_open(dir, &p);
	if (fd < 0) {
		str_addf(text, "no name server runs for network %s", net_name(want->dns_server.network));
		return READ_MISSING;
	}
	if (p.link == if_nametoindex(want->dns_server.bridge))
		return READ_FOUND;
	str_addf(text, "the name server, process %d, is bound to a bridge that is gone", p.pid);
	return READ_CHANGED;
}

static int dns_server_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = net_take_away(live, s->dns_server.network, e);

	if (r <= 0)
		return r;
	autoclose int dir = open_network(live->rundir, live->arena, s->dns_server.network);

	return dir < 0 ? 0 : dns_process_end(dir, e);
}

/* Whom it asks is what the machine asked when it was started. */
static const struct field dns_server_fields[] = {
	FIELD(STR, dns_server, bridge, .compare = COMPARE_KEY),
	FIELD(STRV, dns_server, addresses, .compare = COMPARE_KEY),
	FIELD(STRV, dns_server, forwards, .compare = COMPARE_NOT),
	FIELD(STR, dns_server, network, .compare = COMPARE_KEY),
	FIELD(STR, dns_server, where, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_dns_server = {
	.name = "dns-server",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = dns_server_fields,
	.apply = dns_server_apply,
	.show = dns_server_show,
	.show_undo = dns_server_show_undo,
	.read = dns_server_read,
	.undo = dns_server_undo,
	.restore = dns_server_apply,
	.network = offsetof(struct step, dns_server.network),
};
