/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Errors: a function that can fail returns 0 or a negative errno and, on failure, fills the
 * struct err its caller passed. The library never prints; src/cmd/ prints, once, at the end.
 *
 *     return err_set(e, "bridge-taken", EEXIST, "make bridge %s", name),
 *            err_cause(e, "a link of that name exists and is not guise's"),
 *            err_hint(e, "remove it, or run with --network none");
 *
 * A person reads one line: `guise: WHAT: CAUSE; HINT`. A program reads the same as JSON, with
 * CODE as the stable word (--format json).
 */
struct err {
	int no;          /* errno, positive; 0 while nothing has failed */
	int status;      /* the exit status asked for: 125, or 126 and 127 for the command */
	char code[32];   /* stable, words-with-dashes */
	char what[384];  /* what failed, on which object */
	char cause[384]; /* why; strerror(no) unless err_cause() said better */
	char hint[384];  /* what to do next; may be empty */
};

/* Fill e and return -no. `what` is "verb object", no trailing full stop, no newline.
 * no = 0 is taken as EINVAL, so that a failure is never 0. */
[[gnu::format(printf, 4, 5)]] int err_set(struct err *e, const char *code, int no, const char *what, ...);

/* Replace the cause, set the hint, or set the exit status, of an error already set. All return -e->no. */
[[gnu::format(printf, 2, 3)]] int err_cause(struct err *e, const char *fmt, ...);
[[gnu::format(printf, 2, 3)]] int err_hint(struct err *e, const char *fmt, ...);
int err_status(struct err *e, int status);

/* A hint that holds only where the error is this one: any other has another remedy. */
[[gnu::format(printf, 3, 4)]] int err_hint_for(struct err *e, int no, const char *fmt, ...);

/* Put "prefix: " before what(): for a caller that knows the larger object. Returns -e->no. */
[[gnu::format(printf, 2, 3)]] int err_prefix(struct err *e, const char *fmt, ...);

/* Fill e with the error that another process told of. It is a failure whatever was told; the texts are
 * bounded. Returns -e->no. */
int err_take(struct err *e, const struct err *told);

/* For main(), when something has failed: the exit status, never 0. An e that says nothing is a fault of the
 * program: it stops a debug build, else gets an error of its own. */
int err_status_of(struct err *e);

/* One line for a person, without "guise: " and newline. Control characters become '?', so that no
 * name in an error can write to the terminal. Returns buf. */
const char *err_line(const struct err *e, char *buf, unsigned long size);
