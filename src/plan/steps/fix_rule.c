/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A rule for packets comes before what drops them: see repair.h. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>

#include "kernel/net/nft.h"
#include "kernel/net/nft_insert.h"
#include "kernel/process/spawn.h"
#include "plan/live.h"
#include "plan/steps/repair.h"

/* ---- nf_tables ---- */

static const char *maybe(const char *text)
{
	return *text ? text : NULL;
}

static int change_rule(const struct step_fix_rule *s,
		       int (*change)(struct netlink *, const struct nft_insert *, struct err *),
		       struct err *e)
{
	struct nft_insert rule = { .family = (uint8_t)s->family,
				   .table = s->table,
				   .chain = s->chain,
				   .before = s->before,
				   .in = maybe(s->in),
				   .out = maybe(s->out),
				   .not_out = maybe(s->not_out),
				   .replies = s->replies,
				   .masquerade = s->masquerade,
				   .own_table = s->own_table,
				   .xtables = s->xtables,
				   .comment = s->comment };
	struct netlink nl = NETLINK_CLOSED;
	int r = fix_open(s->netns, NETLINK_NETFILTER, &nl, e);

	if (r < 0)
		return r;
	ip_parse(s->source, &rule.source);
	r = change(&nl, &rule, e);
	netlink_close(&nl);
	return r;
}

static int fix_rule_apply(const struct step *s, struct live *live, struct err *e)
{
	return change_rule(&s->fix_rule, nft_insert, e);
}

static int fix_rule_undo(const struct step *s, struct live *live, struct err *e)
{
	return change_rule(&s->fix_rule, nft_remove, e);
}

/* nft(8) joins its arguments: so what is quoted for it is quoted for the shell once more. */
static void add_rule_words(const struct step_fix_rule *s, struct str *out)
{
	if (*s->in)
		str_addf(out, " iifname \"%s\"", s->in);
	if (*s->out)
		str_addf(out, " oifname \"%s\"", s->out);
	if (*s->source)
		str_addf(out, " %s saddr %s", __builtin_strchr(s->source, ':') ? "ip6" : "ip", s->source);
	if (*s->not_out)
		str_addf(out, " oifname != \"%s\"", s->not_out);
	if (s->replies)
		str_add(out, " ct state established,related");
	str_addf(out, " %s comment \"%s\"", s->masquerade ? "masquerade" : "accept", s->comment);
}

static void show_nft(const struct step_fix_rule *s, const char *command, struct str *out)
{
	str_addf(out, "%snft %s\n", fix_enter(out, s->netns), str_shell(out, command));
}

/* In the words of who else knows the chain. */
static void show_xtables(const struct step_fix_rule *s, const char *verb, struct str *out)
{
	str_addf(out, "%s%s -w -t %s %s %s", fix_enter(out, s->netns),
		 s->family == NFPROTO_IPV6 ? "ip6tables-nft" : "iptables-nft", str_shell(out, s->table), verb,
		 str_shell(out, s->chain));
	if (*s->in)
		str_addf(out, " -i %s", str_shell(out, s->in));
	if (*s->out)
		str_addf(out, " -o %s", str_shell(out, s->out));
	str_addf(out, "%s -m comment --comment %s -j ACCEPT\n",
		 s->replies ? " -m conntrack --ctstate RELATED,ESTABLISHED" : "", str_shell(out, s->comment));
}

static void fix_rule_show(const struct step *s, struct str *out)
{
	const struct step_fix_rule *f = &s->fix_rule;
	const char *place = arena_printf(out->arena, "%s %s %s", nft_family_name(f->family), f->table,
					 f->chain);
	struct str rule = { .arena = out->arena };

	if (f->xtables) {
		show_xtables(f, "-I", out);
		return;
	}
	if (f->own_table) {
		show_nft(f, arena_printf(out->arena, "add table %s %s", nft_family_name(f->family), f->table),
			 out);
		show_nft(f,
			 arena_printf(out->arena,
				      "add chain %s { type nat hook postrouting priority srcnat; }", place),
			 out);
	}
	str_addf(&rule, "insert rule %s", place);
	if (f->before)
		str_addf(&rule, " handle %llu", (unsigned long long)f->before);
	add_rule_words(f, &rule);
	show_nft(f, rule.p, out);
}

static void fix_rule_show_undo(const struct step *s, struct str *out)
{
	const struct step_fix_rule *f = &s->fix_rule;
	const char *place = arena_printf(out->arena, "%s %s %s", nft_family_name(f->family), f->table,
					 f->chain);

	if (f->xtables) {
		show_xtables(f, "-D", out);
		return;
	}
	if (f->own_table) {
		show_nft(f,
			 arena_printf(out->arena, "delete table %s %s", nft_family_name(f->family), f->table),
			 out);
		return;
	}
	str_addf(out, "# the rule with the comment \"%s\", by the handle that `nft -a list chain %s` shows\n",
		 str_shell_comment(out, f->comment), str_shell_comment(out, place));
}

static const struct field fix_rule_fields[] = {
	FIELD(STR, fix_rule, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_rule, table, .compare = COMPARE_KEY),
	FIELD(STR, fix_rule, chain, .compare = COMPARE_KEY),
	FIELD(U64, fix_rule, family, .compare = COMPARE_KEY),
	FIELD(U64, fix_rule, before, .compare = COMPARE_NOT),
	FIELD(STR, fix_rule, in, .compare = COMPARE_KEY),
	FIELD(STR, fix_rule, out, .compare = COMPARE_KEY),
	FIELD(STR, fix_rule, not_out, .compare = COMPARE_KEY),
	FIELD(STR, fix_rule, source, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_rule, replies, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_rule, masquerade, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_rule, own_table, .compare = COMPARE_NOT),
	FIELD(BOOL, fix_rule, xtables, .compare = COMPARE_NOT),
	FIELD(STR, fix_rule, comment, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_fix_rule = {
	.name = "fix-rule",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_rule_fields,
	.apply = fix_rule_apply,
	.show = fix_rule_show,
	.show_undo = fix_rule_show_undo,
	.read = fix_read,
	.undo = fix_rule_undo,
};

/* ---- iptables-legacy, ebtables-legacy ---- */

/* The kernel changes a table of theirs only as a whole, with all its counters, offsets and extensions of user space, which
 * is what these programs are for: so they are executed, the only ones that a repair starts. */

static int run_program(const void *arg, void *out)
{
	struct err ignored;
	int status = 0, r = spawn_wait((char *const *)arg, -1, &status, &ignored);

	return r < 0 ? r : status ? -EIO : 0;
}

static int call_program(const struct step_fix_program *s, const struct strv *words, struct live *live,
			struct err *e)
{
	char **argv = arena_array(live->arena, char *, words->n + 1);
	int r;

	for (size_t i = 0; i < words->n; i++)
		argv[i] = (char *)words->v[i];
	r = fix_call(s->netns, run_program, argv, e);
	return r < 0 ? err_set(e, "spawn", -r, "run %s", words->n ? words->v[0] : "nothing") : 0;
}

static int fix_program_apply(const struct step *s, struct live *live, struct err *e)
{
	return call_program(&s->fix_program, &s->fix_program.argv, live, e);
}

static int fix_program_undo(const struct step *s, struct live *live, struct err *e)
{
	return call_program(&s->fix_program, &s->fix_program.back, live, e);
}

static void show_program(const struct step_fix_program *s, const struct strv *words, struct str *out)
{
	str_add(out, fix_enter(out, s->netns));
	for (size_t i = 0; i < words->n; i++)
		str_addf(out, "%s%s", i ? " " : "", str_shell(out, words->v[i]));
	str_add(out, "\n");
}

static void fix_program_show(const struct step *s, struct str *out)
{
	show_program(&s->fix_program, &s->fix_program.argv, out);
}

static void fix_program_show_undo(const struct step *s, struct str *out)
{
	show_program(&s->fix_program, &s->fix_program.back, out);
}

static const struct field fix_program_fields[] = {
	FIELD(STR, fix_program, netns, .compare = COMPARE_KEY),
	FIELD(STRV, fix_program, argv, .compare = COMPARE_KEY),
	FIELD(STRV, fix_program, back, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_fix_program = {
	.name = "fix-program",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_program_fields,
	.apply = fix_program_apply,
	.show = fix_program_show,
	.show_undo = fix_program_show_undo,
	.read = fix_read,
	.undo = fix_program_undo,
};
