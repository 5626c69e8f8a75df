/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/network_change.h"

#include <string.h>

#include "cmd/engine/network_options.h"

static void drop(struct spec_network *n, const char *network)
{
	size_t left = 0;

	for (size_t i = 0; i < n->n_attachments; i++)
		if (!str_eq(n->attachments[i].network, network))
			n->attachments[left++] = n->attachments[i];
	n->n_attachments = left;
}

int network_change(struct arena *a, const struct strv *words, struct spec_network *n, struct err *e)
{
	int r = 0;

	if (!words->n || n->mode != NET_BRIDGE)
		return 0;
	spec_network_first(a, n);
	for (size_t i = 0; r == 0 && i < words->n; i++) {
		struct spec_attachment at;

		if ((r = network_option_attachment(a, words->v[i] + 1, &at, e)) < 0)
			break;
		drop(n, at.network);
		if (*words->v[i] == '+')
			arena_push(a, n->attachments, n->n_attachments, at);
	}
	if (!n->n_attachments)
		n->mode = NET_NONE;
	return r;
}

struct strv network_change_names(struct arena *a, const struct strv *words, const struct strv *names)
{
	struct strv out = { 0 };

	for (size_t i = 0; i < names->n; i++)
		strv_push(a, &out, names->v[i]);
	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->v[i], *name = arena_strndup(a, word + 1, strcspn(word + 1, ":"));
		struct strv left = { 0 };

		for (size_t k = 0; k < out.n; k++)
			if (!str_eq(out.v[k], name))
				strv_push(a, &left, out.v[k]);
		if (*word == '+')
			strv_push(a, &left, name);
		out = left;
	}
	return out;
}
