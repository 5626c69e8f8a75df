/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/ask.h"

#include <errno.h>

int ask_person(FILE *at, const char *question)
{
	char answer[8] = "";

	fprintf(at, "%s [y/N] ", question);
	fflush(at);
	if (fgets(answer, sizeof(answer), stdin))
		return *answer == 'y' || *answer == 'Y';
	fputc('\n', at);
	return -1;
}

int ask(const char *command, const char *question, const char *option, bool yes, bool *wanted, struct err *e)
{
	int answer = yes ? 1 : ask_person(stdout, question);

	*wanted = answer > 0;
	if (answer >= 0)
		return 0;
	return err_set(e, "unanswered", EINVAL, "%s", command), err_cause(e, "nobody answered its question"),
	       err_hint(e, "nothing was done; with %s it does not ask", option);
}
