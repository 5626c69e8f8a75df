/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-archive pack|changes|unpack|plain|gzip|zstd OPTIONS PATH: not for people (run/engine/archive.h). changes packs
 * what standard input names, as a layer of an image; plain decompresses, gzip and zstd compress, and look at no path.
 *
 *     c    a container's: PATH begins at its root
 *     r    it runs, and its namespaces are entered
 *     a    owners and all bits are kept
 *     L    a link that PATH is is followed
 *     1    only the root's own mount
 *     d    device nodes are made
 *     p    to unpack: one thing that was packed, placed by docker's rules
 *
 * Behind them may be BYTES FILES RATIO, the limits of what is unpacked.
 *
 * guise-archive layer DIFF-ID BYTES FILES RATIO: a layer of an image, and the limits of it (layer.h).
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "cmd/archive/archive.h"
#include "cmd/archive/layer.h"
#include "spec/image/digest.h"

/* As many as may be: each directory on the way down is one. */
static void raise_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static struct layer_limits limits_of(char **words)
{
	return (struct layer_limits){ strtoull(words[0], NULL, 10), strtoull(words[1], NULL, 10),
				      strtoull(words[2], NULL, 10) };
}

/* Where who feeds it is killed, nobody wants the layer, and who takes away what is left of it must not meet it. (The report has
 * no reader: that was before.) */
static void end_with_parent(void)
{
	struct pollfd report = { .fd = ARCHIVE_REPORT };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || poll(&report, 1, 0) > 0)
		_exit(2);
}

static bool has_one_id(void)
{
	char text[64];
	unsigned inside, outside, size;

	return io_read_small(-1, "/proc/self/uid_map", text, sizeof(text)) > 0 &&
	       sscanf(text, "%u %u %u", &inside, &outside, &size) == 3 && size == 1 && !strchr(text, '\n');
}

static int run_layer(char **argv, struct err *e)
{
	struct side s = { .root = ARCHIVE_ROOT, .self = -1, .container = true, .keep = true, .layer = true,
			  .single = has_one_id() };
	const struct layer_limits limits = limits_of(argv + 3);
	struct layer_report report;
	int r;

	end_with_parent();
	setlocale(LC_CTYPE, "C"); /* as for unpacking, below */
	if (!digest_is(argv[2]))
		return err_set(e, "layer-digest", EINVAL, "unpack layer %s", argv[2]);
	if ((r = side_enter(&s, e)) < 0 || (r = unpack_layer(&s, argv[2], &limits, &report, e)) < 0)
		return r;
	return write(ARCHIVE_REPORT, &report, sizeof(report)) == sizeof(report) ?
		       0 :
		       err_set(e, "process", errno, "report on the layer");
}

static bool is_verb(const char *word, const char *words)
{
	return str_has_word(words, " ", word, strlen(word));
}

static int run_end(char **argv, struct err *e)
{
	struct side s = { .root = ARCHIVE_ROOT, .self = -1 };
	bool packs = is_verb(argv[1], "pack changes");
	struct layer_limits limits;
	int r;

	/* Names are bytes. In an archive they are UTF-8, as all do it; what is none, libarchive says so of. When it reads, it
	 * would compose them (Unicode's form C), and has them as they are only where the locale has nothing beyond ASCII. */
	setlocale(LC_CTYPE, packs ? "C.UTF-8" : "C");
	s.container = strchr(argv[2], 'c');
	s.running = strchr(argv[2], 'r');
	s.keep = strchr(argv[2], 'a');
	s.follow = strchr(argv[2], 'L');
	s.alone = strchr(argv[2], '1');
	s.layer = strchr(argv[2], 'd');
	s.listed = str_eq(argv[1], "changes");
	s.path = argv[3];
	if (argv[4]) {
		limits = limits_of(argv + 4);
		s.limits = &limits;
	}
	r = side_enter(&s, e);
	if (r == 0)
		r = str_eq(argv[1], "plain")      ? plain(&s, e) :
		    is_verb(argv[1], "gzip zstd") ? press(argv[1], e) :
		    packs                         ? pack(&s, e) :
						    unpack(&s, strchr(argv[2], 'p'), e);
	return r;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	bool layer = argc == 6 && str_eq(argv[1], "layer");
	int r;

	if (!layer &&
	    ((argc != 4 && argc != 7) || !is_verb(argv[1], "pack changes unpack plain gzip zstd"))) {
		fprintf(stderr,
			"guise-archive: it is started by guise cp, export, commit, import, pull, push and load\n");
		return 2;
	}
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	r = layer ? run_layer(argv, &e) : run_end(argv, &e);
	if (r < 0 && write(ARCHIVE_REPORT, &e, sizeof(e)) != sizeof(e))
		return 2;
	return r < 0;
}
