/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of nf_tables that look at the packet or change it: a table by kind. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/str.h"
#include "observe/walk/nft.h"

static enum truth unknown(struct machine *m, const struct world_expr *x, const char *reason)
{
	size_t at;

	if (nft_place(x->dreg, 4, &at)) /* all that it may have written */
		bits_put(&m->regs, at, (uint8_t[BITS_MAX]){ 0 }, BITS_MAX - at, false);
	return eval_maybe(m->ev, reason);
}

/* What ends the rule in a way that isn't followed. */
static enum truth elsewhere(struct machine *m, const char *reason)
{
	m->ev->reason = reason;
	nft_end(m, NF_STOLEN, NULL);
	return YES;
}

static enum truth nothing(struct machine *m, const struct world_expr *x)
{
	return YES;
}

static enum truth set_mark(struct machine *m, const struct world_expr *x, uint32_t *mark, unsigned bit)
{
	struct packet *p = m->ev->p;
	size_t at;

	if (!nft_place(x->sreg, sizeof(*mark), &at))
		return YES;
	memcpy(mark, m->regs.v + at, sizeof(*mark));
	if (bits_known(&m->regs, at, sizeof(*mark)) && !m->ev->perhaps)
		p->known |= bit;
	else
		p->known &= ~bit;
	return YES;
}

static enum truth meta(struct machine *m, const struct world_expr *x)
{
	size_t at;

	if (x->sreg && x->key == NFT_META_MARK)
		return set_mark(m, x, &m->ev->p->mark, PACKET_MARK);
	if (x->sreg && x->key == NFT_META_PRIORITY)
		return set_mark(m, x, &m->ev->p->priority, PACKET_PRIORITY);
	if (x->sreg && x->key == NFT_META_PKTTYPE)
		m->ev->p->known &= ~PACKET_TYPE;
	if (x->sreg)
		return YES;
	return nft_place(x->dreg, x->key == NFT_META_TIME_NS ? 8 : 4, &at) ?
		       load_meta(m->ev, x, &m->regs, at) :
		       MAYBE;
}

static enum truth ct(struct machine *m, const struct world_expr *x)
{
	size_t at;

	if (x->sreg && x->key == NFT_CT_MARK && m->ev->p->conn && packet_ct(m->ev))
		return set_mark(m, x, &m->ev->p->conn->mark, PACKET_CT_MARK);
	if (x->sreg && x->key == NFT_CT_ZONE)
		m->ev->p->known &= ~PACKET_CT;
	if (x->sreg)
		return YES;
	return nft_place(x->dreg, 4, &at) ? load_ct(m->ev, x, &m->regs, at) : MAYBE;
}

static enum truth fib(struct machine *m, const struct world_expr *x)
{
	size_t at;

	return nft_place(x->dreg, x->key == NFT_FIB_RESULT_OIFNAME ? 16 : 4, &at) ?
		       load_fib(m->ev, x, &m->regs, at) :
		       MAYBE;
}

/* What it writes over isn't known any more; an address or a port would lead elsewhere. */
static enum truth write_payload(struct machine *m, const struct world_expr *x)
{
	struct packet *p = m->ev->p;

	if (x->base == NFT_PAYLOAD_LL_HEADER) {
		p->known &= ~PACKET_MACS;
		return YES;
	}
	bool is6 = p->src.family == AF_INET6;
	size_t addresses = is6 ? 8 : 12;

	if (x->base == NFT_PAYLOAD_NETWORK_HEADER && x->offset + x->len <= addresses) {
		p->known &= ~(PACKET_TOS | PACKET_TTL | PACKET_LENGTH);
		return YES;
	}
	if (x->base == NFT_PAYLOAD_TRANSPORT_HEADER && x->offset >= 4) {
		p->known &= ~PACKET_TCP_FLAGS;
		return YES;
	}
	return elsewhere(m, "it writes addresses or ports into the packet");
}

static enum truth payload(struct machine *m, const struct world_expr *x)
{
	size_t at, words = (x->len + 3) / 4 * 4;

	if (x->sreg)
		return write_payload(m, x);
	if (!nft_place(x->dreg, words, &at))
		return eval_maybe(m->ev, "it loads more than a register has");
	bits_put(&m->regs, at, (uint8_t[BITS_MAX]){ 0 }, words, true);
	return packet_load(m->ev, x->base, x->offset, x->len, &m->regs, at);
}

/* A header that the packets of a walk don't have. */
static enum truth exthdr(struct machine *m, const struct world_expr *x)
{
	size_t at;
	uint8_t proto = m->ev->p->proto;

	if (x->sreg || !x->dreg) /* it sets or removes an option of TCP */
		return truth_of(proto == IPPROTO_TCP);
	if ((x->op == NFT_EXTHDR_OP_TCPOPT && proto == IPPROTO_TCP) ||
	    (x->op == NFT_EXTHDR_OP_SCTP && proto == IPPROTO_SCTP) || x->op > NFT_EXTHDR_OP_SCTP)
		return unknown(m, x, "it looks at options of the packet");
	if (!(x->flags & NFT_EXTHDR_F_PRESENT))
		return NO;
	if (nft_place(x->dreg, 4, &at))
		bits_put(&m->regs, at, (uint8_t[4]){ 0 }, 4, true);
	return YES;
}

static enum truth rt(struct machine *m, const struct world_expr *x)
{
	size_t at;

	if (x->key != NFT_RT_XFRM || !nft_place(x->dreg, 4, &at))
		return unknown(m, x, "it asks for the packet's route");
	bits_put(&m->regs, at, (uint8_t[4]){ 0 }, 4, true);
	return YES;
}

/* It adds an element; where it may not, because of a limit in it or a full set, the rule ends. */
static enum truth dynset(struct machine *m, const struct world_expr *x)
{
	for (size_t i = 0; i < x->n_exprs; i++) {
		if (!str_eq(x->exprs[i].kind, "counter") && !str_eq(x->exprs[i].kind, "last"))
			return eval_maybe(m->ev, "it limits what each of many may do");
	}
	return YES;
}

static enum truth objref(struct machine *m, const struct world_expr *x)
{
	if (x->set || x->type == NFT_OBJECT_QUOTA || x->type == NFT_OBJECT_LIMIT ||
	    x->type == NFT_OBJECT_CONNLIMIT)
		return eval_maybe(m->ev, "it has a limit");
	return x->type == NFT_OBJECT_SYNPROXY ? elsewhere(m, "it answers in the place of the destination") :
						YES;
}

static enum truth limit(struct machine *m, const struct world_expr *x)
{
	return eval_maybe(m->ev, "it has a limit");
}

static enum truth varies(struct machine *m, const struct world_expr *x)
{
	return unknown(m, x, "it chooses among packets");
}

static enum truth socket_of(struct machine *m, const struct world_expr *x)
{
	return packet_socket(m->ev) == NO ? NO : unknown(m, x, "it asks what its socket is like");
}

static enum truth queue(struct machine *m, const struct world_expr *x)
{
	return elsewhere(m, "it hands the packet to a program");
}

static enum truth tproxy(struct machine *m, const struct world_expr *x)
{
	return elsewhere(m, "it hands the packet to a proxy");
}

static enum truth forward(struct machine *m, const struct world_expr *x)
{
	return elsewhere(m, "it sends the packet to another link");
}

static enum truth notrack(struct machine *m, const struct world_expr *x)
{
	if (m->ev->perhaps)
		m->ev->p->known &= ~PACKET_CT;
	else if (!m->ev->sees_ct)
		m->ev->p->is_untracked = true;
	return YES;
}

static enum truth reject(struct machine *m, const struct world_expr *x)
{
	m->rejects = true;
	nft_end(m, NF_DROP, NULL);
	return YES;
}

/* ---- NAT ---- */

static bool get_port(const struct machine *m, uint64_t reg, uint16_t *port)
{
	size_t at;
	uint16_t be;

	if (!nft_place(reg, sizeof(be), &at) || !bits_known(&m->regs, at, sizeof(be)))
		return false;
	memcpy(&be, m->regs.v + at, sizeof(be));
	*port = ntohs(be);
	return true;
}

static bool get_ip(const struct machine *m, uint64_t reg, uint64_t family, struct ip *ip)
{
	int af = family == NFPROTO_IPV6 ? AF_INET6 : AF_INET;
	size_t at, n = af == AF_INET6 ? 16 : 4;

	if (!nft_place(reg, n, &at) || !bits_known(&m->regs, at, n))
		return false;
	*ip = ip_of(af, m->regs.v + at, n);
	return true;
}

static enum truth do_nat(struct machine *m, const struct world_expr *x, bool is_dst, struct nat_range r)
{
	if (x->sreg_proto) {
		r.has_port = true;
		if (!get_port(m, x->sreg_proto, &r.port_min) ||
		    !get_port(m, x->sreg_proto_max ? x->sreg_proto_max : x->sreg_proto, &r.port_max))
			return elsewhere(m, "it translates to a port that is not known");
	}
	r.is_random = x->flags & (NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY);
	if (nat_set_up(m->ev, is_dst, &r) != YES)
		return elsewhere(m, m->ev->reason);
	nft_end(m, NF_ACCEPT, NULL);
	return YES;
}

static enum truth nat(struct machine *m, const struct world_expr *x)
{
	struct nat_range r = { .is_netmap = x->flags & NF_NAT_RANGE_NETMAP };

	if (x->sreg) {
		r.has_addr = true;
		if (!get_ip(m, x->sreg, x->family, &r.min) ||
		    !get_ip(m, x->sreg_max ? x->sreg_max : x->sreg, x->family, &r.max))
			return elsewhere(m, "it translates to an address that is not known");
	}
	return do_nat(m, x, x->type == NFT_NAT_DNAT, r);
}

static enum truth masq(struct machine *m, const struct world_expr *x)
{
	return do_nat(m, x, false, (struct nat_range){ .is_masquerade = true });
}

static enum truth redir(struct machine *m, const struct world_expr *x)
{
	return do_nat(m, x, true, (struct nat_range){ .is_redirect = true });
}

/* ---- extensions of xtables (iptables-nft) ---- */

static enum truth match(struct machine *m, const struct world_expr *x)
{
	return xt_match(m->ev, &(struct world_xt_extension){ x->name, x->revision, x->info });
}

static enum truth target(struct machine *m, const struct world_expr *x)
{
	enum end end = xt_target(m->ev, &(struct world_xt_extension){ x->name, x->revision, x->info });

	if (end == END_NONE)
		return YES;
	m->rejects = end == END_REJECT;
	nft_end(m, end == END_ACCEPT ? NF_ACCEPT : end == END_OTHER ? NF_STOLEN : NF_DROP, NULL);
	return YES;
}

static const struct {
	const char *kind;
	enum truth (*eval)(struct machine *m, const struct world_expr *x);
} effects[] = {
	{ "payload", payload },
	{ "meta", meta },
	{ "ct", ct },
	{ "counter", nothing },
	{ "match", match },
	{ "target", target },
	{ "fib", fib },
	{ "nat", nat },
	{ "masq", masq },
	{ "redir", redir },
	{ "reject", reject },
	{ "log", nothing },
	{ "limit", limit },
	{ "quota", limit },
	{ "connlimit", limit },
	{ "dynset", dynset },
	{ "objref", objref },
	{ "exthdr", exthdr },
	{ "rt", rt },
	{ "numgen", varies },
	{ "hash", varies },
	{ "socket", socket_of },
	{ "osf", varies },
	{ "queue", queue },
	{ "tproxy", tproxy },
	{ "synproxy", tproxy },
	{ "notrack", notrack },
	{ "fwd", forward },
	{ "flow_offload", nothing },
	{ "dup", nothing },
	{ "last", nothing },
};

enum truth nft_effect(struct machine *m, const struct world_expr *x)
{
	for (size_t i = 0; i < ARRAY_LEN(effects); i++) {
		if (str_eq(effects[i].kind, x->kind))
			return effects[i].eval(m, x);
	}
	return unknown(m, x, "it has an expression that is not known");
}
