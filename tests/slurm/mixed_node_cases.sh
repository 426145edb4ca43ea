# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# mixed_node_cases.sh - which nodes, and how much of them: sharing, GRES,
# features, weight, nodes that leave, reboot and power down.  Sourced by
# run-tests; the cluster is that of private-cluster --mixed --accounting.
# SPDX-License-Identifier: GPL-2.0-or-later

# Tasks that ask for part of a node share it at once, as CPUs allow.
case_node_shared()
{
	local plan tool join

	plan=$(job plan --partition=wide)
	tool=$(job tool --partition=wide --array=1-10 \
		--dependency="afterok:$plan" -- --seconds 2)
	join=$(job join --partition=wide --dependency="afterok:$tool")
	ends_as COMPLETED "$plan" "$tool" "$join"
	once plan tool_{1..10} join
	in_order plan tool_1 join
	in_order tool_10 join
	at_most 8 'tool_.*'
	at_most 4 'tool_.*' w1
	at_most 4 'tool_.*' w2
	placed tool join
}

# Two nodes of 64 GB take one of 40 GB each, and beside it what fits.
case_node_shared_memory()
{
	local big three little

	big=$(job big --partition=wide --array=1-4 --mem=40G -- --seconds 1)
	await 20 "big starts" started big_2
	three=$(job three --partition=wide --cpus-per-task=3 --mem=20G \
		--dependency="after:$big")
	little=$(job little --partition=wide --mem=30G \
		--dependency="after:$big")
	ends_as COMPLETED "$big" "$three" "$little"
	once big_{1..4} three little
	at_most 2 'big_.*'
	at_most 1 'big_.*' w1
	at_most 1 'big_.*' w2
	[ "$(moment start three)" -lt "$(moment end big_4)" ] ||
		fail "three waited although it fits"
	placed three little
}

# alone TASK: nobody of the case beside it on its node
alone()
{
	local beside

	beside=$(awk -v prefix="$case/" -v task="$case/$1" '
		index($2, prefix) != 1 { next }
		$1 == "start" { node[$2] = $4; from[$2] = $5 }
		$1 == "end" { to[$2] = $5 }
		END {
			for (t in node)
				if (t != task && node[t] == node[task] &&
				    from[t] < to[task] && to[t] > from[task])
					print t
		}' "$dir/records")
	[ -z "$beside" ] || fail "$beside ran beside $1"
}

# --exclusive, and a partition that does not share.
case_node_exclusive()
{
	local a x b y

	a=$(job a --partition=wide --array=1-2 -- --seconds 1)
	await 20 "a starts" started a_2
	x=$(job x --partition=wide --dependency="after:$a" --exclusive -- \
		--seconds 1)
	b=$(job b --partition=wide --dependency="after:$a" --array=1-4 -- \
		--seconds 1)
	y=$(job y --partition=whole --dependency="after:$a" --array=1-3 -- \
		--seconds 1)
	ends_as COMPLETED "$a" "$x" "$b" "$y"
	once a_{1,2} x b_{1..4} y_{1..3}
	for a in x y_1 y_2 y_3; do
		alone "$a"
	done
	placed x b y
}

# Equal nodes: Weight decides, as it does in Slurm.
case_node_weight()
{
	local a b

	a=$(job a --partition=wide --cpus-per-task=4)
	b=$(job b --partition=wide --cpus-per-task=4 --dependency="afterok:$a")
	ends_as COMPLETED "$a" "$b"
	once a b
	on w2 -- a b
	placed b
}

# One GPU for three, while CPUs are free; it is on w1 alone.
case_node_gres()
{
	local plan gpu cpu

	plan=$(job plan --partition=wide)
	gpu=$(job gpu --partition=wide --array=1-3 --gres=gpu:1 \
		--dependency="afterok:$plan" -- --seconds 1)
	cpu=$(job cpu --partition=wide --array=1-4 \
		--dependency="afterok:$plan" -- --seconds 1)
	ends_as COMPLETED "$plan" "$gpu" "$cpu"
	once plan gpu_{1..3} cpu_{1..4}
	at_most 1 'gpu_.*'
	at_most 4 'cpu_.*'
	on w1 -- gpu_{1..3}
	placed gpu cpu
}

case_node_features()
{
	local a b c d e

	a=$(job a --constraint=small)
	b=$(job b --constraint='small|large' --exclude=n1,n8 \
		--dependency="afterok:$a")
	c=$(job c --nodelist=n5 --dependency="afterok:$b")
	d=$(job d --exclude=n[2-8] --dependency="afterok:$c")
	e=$(job e --prefer=medium --dependency="afterok:$d")
	ends_as COMPLETED "$a" "$b" "$c" "$d" "$e"
	once a b c d e
	in_order a b c d e
	on n1 n2 -- a
	on n2 -- b
	on n5 -- c
	on n1 -- d
	on n{3..7} -- e
	placed b c d e
}

# A node that fails takes its primitive with it; that runs again elsewhere, and
# its child after it.
case_node_down()
{
	local a b node

	a=$(job a --requeue --constraint=medium -- --seconds 60 --again 1)
	b=$(job b --dependency="afterok:$a")
	await 20 "a starts" started a
	node=$(node_of a)
	"$here/private-cluster" slurmd kill "$dir" "$node"
	scontrol update nodename="$node" state=down reason="$case"
	eligible_now "$a"
	await 60 "a starts again" restarted_without a "$node"
	ends_as COMPLETED "$a" "$b"
	once b
	in_order a b
	[ "$(awk -v task="$case/a" '$2 == task && $1 == "start" {
		node = $4 } END { print node }' "$dir/records")" != "$node" ] ||
		fail "a ran again on $node"
	placed b
	"$here/private-cluster" slurmd start "$dir" "$node"
	await 30 "$node is back" node_is idle "$node"
}

# An answer that slurmd gave before it was killed may be counted after that, and
# brings the node back (slurmctld's _node_did_resp()): then it fails once more.
restarted_without()
{
	restarted "$1" && return
	node_is down "$2" || {
		scontrol update nodename="$2" state=down reason="$case"
		eligible_now "$a"
	}
	return 1
}

restarted()
{
	awk -v task="$case/$1" '$1 == "start" && $2 == task && $6 > 0 {
		found = 1 } END { exit !found }' "$dir/records"
}

# A node to be rebooted ends what runs there, is not used until it is back,
# and is used then.
case_node_reboot()
{
	local a b c

	a=$(job a --nodelist=n8 -- --seconds 2)
	await 20 "a starts" started a
	scontrol reboot asap nextstate=resume reason="$case" n8
	b=$(job b --dependency="after:$a")
	c=$(job c --nodelist=n8 --dependency="afterok:$a")
	ends_as COMPLETED "$a" "$b"
	on n{1..7} -- b
	ends_as COMPLETED "$c"
	once a b c
	in_order a c
	[ "$(boots n8)" -ge 2 ] || fail "n8 did not reboot"
	placed b
}

boots()
{
	grep -c 'slurmd started on' "$dir/log/slurmd-$1.log"
}

# Nodes that are powered down stay eligible and are started; who can choose
# takes the one that is up.
case_node_power()
{
	local a b c long short

	# 24.11.5 does not always run ResumeProgram here, whoever schedules:
	# under stock scheduling it failed in three of four runs
	! slurm_since 24 11 || exit 77
	scontrol update nodename=c[1-2] state=power_down
	await 20 "c1 is down" powered_down c1
	await 20 "c2 is down" powered_down c2
	a=$(job a --partition=cloud --nodelist=c2)
	b=$(job b --partition=cloud --dependency="afterok:$a")
	ends_as COMPLETED "$a" "$b"
	once a b
	in_order a b
	on c2 -- a b
	powered_down c1 || fail "c1 was started for b"
	c=$(job c --partition=cloud --array=1-2 --dependency="after:$b" -- \
		--seconds 3)
	ends_as COMPLETED "$c"
	once c_1 c_2
	placed b c
	# a busy node that is free sooner than another boots is waited for,
	# one that is not is not
	powered_down c1 || fail "c1 was started although c2 is free in 3 s"
	long=$(job long --partition=cloud --nodelist=c2 \
		--comment="scale:wf=$case,task=long,gflop=1e6" -- --seconds 20)
	await 20 "long starts" started long
	short=$(job short --partition=cloud --dependency="after:$long")
	ends_as COMPLETED "$short"
	on c1 -- short
	placed short
	ends_as COMPLETED "$long"
}

powered_down()
{
	[[ $(sinfo -h -n "$1" -o %t) == idle~ ]]
}

# FAIL and not responding: no candidates, and candidates again afterwards.
case_node_fail()
{
	local a b c

	trap 'resume n8 2>/dev/null || :' EXIT
	scontrol update nodename=n8 state=fail reason="$case"
	scontrol update nodename=n7 state=noresp
	a=$(job a)
	b=$(job b --array=1-6 --dependency="afterok:$a" -- --seconds 2)
	ends_as COMPLETED "$a"
	await 20 "b starts" started b_6
	on n{1..6} -- a b_{1..6}
	scontrol update nodename=n8 state=resume
	"$here/private-cluster" slurmd reboot "$dir" n7
	await 60 "n7 answers" node_is idle n7
	await 20 "n8 is back" node_is idle n8
	c=$(job c --array=1-2 --nodelist=n8 --dependency="afterok:$b")
	ends_as COMPLETED "$b" "$c"
	on n8 -- c_1 c_2
	once a b_{1..6} c_1 c_2
	placed b c
}

# A node whose epilog runs is no candidate; the next one there starts after it.
case_node_completing()
{
	local a b c

	trap 'rm -f "$dir/slow_epilog"' EXIT
	touch "$dir/slow_epilog"
	a=$(job a --nodelist=n8)
	b=$(job b --nodelist=n8 --dependency="after:$a")
	await 20 "a ends" ended a
	c=$(job c --dependency="after:$a")
	ends_as COMPLETED "$c"
	rm "$dir/slow_epilog"
	ends_as COMPLETED "$a" "$b"
	once a b c
	on n{1..7} -- c
	[ $(($(moment start b) - $(moment end a))) -ge 2500 ] ||
		fail "b started $(($(moment start b) - $(moment end a))) ms after a, in its epilog"
	[ "$(moment start c)" -lt "$(moment start b)" ] ||
		fail "c waited for n8"
	placed b c
}
