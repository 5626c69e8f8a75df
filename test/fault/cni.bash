# shellcheck shell=bash
# The sets of guise-cni, for test/fault/run, which sources this: the n-th step of ADD and of DEL fails, guise-cni is killed
# before it, and many are killed at once at any time. What finds everything is DEL, or GC.

cni_containers=20
cni_config='{"cniVersion": "1.1.0", "name": "fault", "type": "guise", "bridge": "guise-f", "isDefaultGateway": true, "ipMasq": true,
	"ipam": {"ranges": [[{"subnet": "10.81.0.0/24"}], [{"subnet": "fd81::/64"}]]}}'

cni() { # VERB [N] [CONFIGURATION]
	CNI_COMMAND=$1 CNI_CONTAINERID=c${2-0} CNI_NETNS=/run/netns/fault-${2-0} CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni \
		"${GUISE%/*}/guise-cni" <<<"${3-$cni_config}" >"$ERR"
}
cni_gc() { cni GC 0 "${cni_config/\"ipam\"/\"cni.dev/valid-attachments\": [], \"ipam\"}" || complain "GC: $(<"$ERR")"; }
cni_del() { cni DEL "$@" || complain "DEL: $(<"$ERR")"; }

# Its state is in the test's own mount namespace, as are the names of the containers' namespaces.
cni_begin() {
	local i

	mkdir -p /run/guise /run/netns
	mount -t tmpfs tmpfs /run/guise
	mount -t tmpfs tmpfs /run/netns
	for ((i = 0; i < cni_containers; i++)); do ip netns add "fault-$i"; done
	# once, so that the directories are there
	cni ADD && cni_del || complain "without a fault: $(<"$ERR")"
	look
	before=$machine
}

cni_end() {
	local i

	for ((i = 0; i < cni_containers; i++)); do ip netns del "fault-$i"; done
	umount /run/netns
	umount /run/guise
}

cni_steps() { # VERB: in $steps
	reported
	[ "$1" = ADD ] || cni ADD || complain "ADD: $(<"$ERR")"
	reported
	GUISE_FAULT_LOG=9 cni "$1" || complain "$1: $(<"$ERR")"
	reported
	[ "$1" = DEL ] || cni_del
	unchanged
}

# At each step of the verb. A failed ADD leaves nothing at once; a failed or killed DEL is done by another one.
cni_at_each() { # VERB
	local verb=$1 all step side n did name action

	cni_steps "$verb"
	all=("${steps[@]}")
	[ ${#all[@]} -ge 5 ] || complain "only ${#all[@]} steps of $verb were reported"
	for step in "${all[@]}"; do
		read -r side n did name <<<"$step"
		for action in fail kill; do
			what="$action at $step of $verb"
			[ "$verb" = ADD ] || cni ADD || complain "ADD: $(<"$ERR")"
			GUISE_FAULT=$action:$side:$n cni "$verb" && complain "it did not fail"
			[ $action = kill ] || jq -e --arg said "$did step $name" '.code == 100 and (.msg | contains($said))' "$ERR" >/dev/null ||
				complain "said: $(<"$ERR")"
			[ $action-$verb = fail-ADD ] || if ((runs % 2)); then cni_gc; else cni_del; fi
			unchanged
			((++runs))
		done
	done
}

# All at once, and half of them killed at any time. Nobody has another's address.
cni_random() {
	local i round jobs job children

	for ((round = 0; round < ${1:-6}; round++)); do
		what="parallel ADDs under kill -9, round $round" jobs=()
		for ((i = 0; i < cni_containers; i++)); do
			ERR=$FAULT_DIR/cni.$i cni ADD $i &
			jobs+=($!)
		done
		for ((i = 0; i < cni_containers; i += 2)); do
			read -r -t "0.00$((RANDOM % 9))" -u 8
			job=${jobs[RANDOM % cni_containers]}
			read -r -a children <"/proc/$job/task/$job/children" && [ ${#children[@]} -gt 0 ] && kill -KILL "${children[@]}"
		done
		wait "${jobs[@]}"
		[ -z "$(for ((i = 0; i < cni_containers; i++)); do ip -n "fault-$i" -o addr show dev eth0 scope global 2>/dev/null; done |
			awk '{ print $4 }' | sort | uniq -d)" ] || complain "an address was given twice"
		for ((i = 0; i < cni_containers; i += 2)); do
			ERR=$FAULT_DIR/cni.$i cni_del $i &
		done
		wait
		cni_gc
		unchanged
		((++runs))
	done
}
