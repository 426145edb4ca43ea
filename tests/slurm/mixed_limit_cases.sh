# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# mixed_limit_cases.sh - who may start, and who goes first: priority, tiers,
# preemption, limits, licences, reservations, backfill.  Sourced by run-tests;
# the cluster is that of private-cluster --mixed --accounting.
# SPDX-License-Identifier: GPL-2.0-or-later

# Never more licences than there are, and no task kept from a free one.
case_mixed_licences()
{
	local plan tool join

	plan=$(job plan)
	tool=$(job tool --array=1-5 --licenses=tool:1 \
		--dependency="afterok:$plan" -- --seconds 1)
	join=$(job join --licenses=tool:2 --dependency="afterok:$tool")
	await 20 "tools start" started tool_2
	await 20 "the rest waits for licences" has_a_reason Licenses "$tool"
	ends_as COMPLETED "$plan" "$tool" "$join"
	once plan tool_{1..5} join
	in_order plan tool_1 join
	at_most 2 'tool_.*'
	placed tool join
}

# Limits of a QOS and of an association, and who is not under them.
case_mixed_limits()
{
	local plan qos one free

	plan=$(job plan)
	qos=$(job qos --array=1-4 --qos=two --dependency="afterok:$plan" -- \
		--seconds 3)
	one=$(job one --array=1-3 --account=second \
		--dependency="afterok:$plan" -- --seconds 3)
	free=$(job free --dependency="afterok:$plan")
	await 20 "a reason for the QOS" \
		has_a_reason QOSMaxJobsPerUserLimit "$qos"
	await 20 "a reason for the account" has_a_reason AssocGrpJobsLimit \
		"$one"
	ends_as COMPLETED "$plan" "$qos" "$one" "$free"
	once plan qos_{1..4} one_{1..3} free
	at_most 2 'qos_.*'
	at_most 1 'one_.*'
	placed qos one free
	[ "$(moment start free)" -lt "$(moment end one_1)" ] ||
		fail "free waited for those under a limit"
}

# resv NAME NODES [OPTION...]: from now on, for this user
resv()
{
	scontrol create reservation reservationname="$1" nodes="$2" \
		starttime=now duration=60 "${@:3}" >/dev/null
}

# Who names a reservation runs there, nobody else does, and a MAINT
# reservation is for nobody who does not name it.
case_mixed_reservation()
{
	local a b c d

	resv r n8 users="$(id -un)"
	resv m n7 flags=maint,ignore_jobs users="$(id -un)"
	a=$(job a --reservation=r)
	b=$(job b --reservation=r --dependency="afterok:$a")
	c=$(job c)
	d=$(job d --array=1-8 --dependency="afterok:$c")
	ends_as COMPLETED "$a" "$b" "$c" "$d"
	once a b c d_{1..8}
	in_order a b
	on n8 -- a b
	on n{1..6} -- c d_{1..8}
	placed b d
}

# FLEX: nodes outside of it, too.  Several reservations: either.
case_mixed_reservation_flex()
{
	local a b c

	resv f n8 flags=flex users="$(id -un)"
	resv g n5 users="$(id -un)"
	a=$(job a --reservation=f --nodelist=n8 -- --seconds 2)
	await 20 "a starts" started a
	b=$(job b --array=1-2 --reservation=f --exclude=n5 \
		--dependency="after:$a")
	c=$(job c --reservation=f,g --nodelist=n5 --dependency="afterany:$b")
	ends_as COMPLETED "$a" "$b" "$c"
	once a b_1 b_2 c
	on n8 -- a
	on n{1..4} n6 n7 -- b_1 b_2
	on n5 -- c
	placed b c
}

# A magnetic reservation draws its account's jobs in when the rest is busy,
# and nobody else's.
case_mixed_reservation_magnetic()
{
	local fill a b c

	resv s n7,n8 flags=magnetic accounts=second
	fill=$(plain fill --array=1-6 --exclude=n7,n8 -- --seconds 4)
	await 20 "fill starts" is RUNNING "$fill"
	a=$(job a --array=1-2 --account=second --dependency="after:$fill")
	b=$(job b --account=second --dependency="afterok:$a")
	c=$(job c)
	ends_as COMPLETED "$a" "$b"
	ends_as COMPLETED "$c" "$fill"
	once a_1 a_2 b c
	on n7 n8 -- a_1 a_2 b
	# newer releases let root into every reservation
	{ [ "$(id -u)" = 0 ] && slurm_since 24 11; } || on n{1..6} -- c
	placed a b
}

# The partition of the higher tier first, whatever the annotation says.
case_mixed_priority_tier()
{
	local fill low high

	fill=$(job fill --nodelist=n8 -- --seconds 2)
	await 20 "fill starts" started fill
	low=$(job low --nodelist=n8 --dependency="after:$fill" \
		--comment="scale:wf=$case,task=low,hops=99")
	high=$(job high --nodelist=n8 --dependency="after:$fill" \
		--partition=urgent)
	ends_as COMPLETED "$fill" "$low" "$high"
	once fill low high
	in_order fill high low
	placed low high
}

# The tier of a primitive is the highest of its partitions, whichever was tried
# last.
case_mixed_partitions()
{
	local fill low both

	fill=$(job fill --nodelist=n8 -- --seconds 4)
	await 20 "fill starts" started fill
	both=$(job both --nodelist=n8 --partition=urgent,main --nice=500)
	low=$(job low --nodelist=n8 --partition=main)
	ends_as COMPLETED "$fill" "$low" "$both"
	in_order fill both low
	placed low both
}

accrue()
{
	scontrol -o show job "$1" | sed 's/.* AccrueTime=\([^ ]*\) .*/\1/'
}

# A primitive that waits for a node grows older as a plain job does; one that
# waits for another does not.
case_mixed_age()
{
	local fill p a child

	fill=$(job fill --nodelist=n8 -- --seconds 9)
	await 20 "fill starts" started fill
	p=$(plain p --nodelist=n8)
	a=$(job a --nodelist=n8 --nice=500)
	child=$(job child --nodelist=n8 --dependency="afterok:$a")
	sleep 6
	[ "$(accrue "$p")" != Unknown ] || fail "$p has no age"
	[ "$(accrue "$a")" != Unknown ] || fail "$a has no age, $p has"
	[ $(($(date -d "$(accrue "$a")" +%s) -
	     $(date -d "$(accrue "$p")" +%s))) -le 2 ] ||
		fail "$a is of $(accrue "$a"), $p of $(accrue "$p")"
	[ "$(accrue "$child")" = Unknown ] ||
		fail "$child, which waits for $a, is of $(accrue "$child")"
	ends_as COMPLETED "$fill" "$p" "$a" "$child"
}

# One node and five that want it: a job of a high QOS that is not ours, two
# primitives of one standing, and one of another account with a bold note.
case_mixed_priority()
{
	local fill x1 x2 y p

	fill=$(job fill --nodelist=n8 -- --seconds 6)
	await 20 "fill starts" started fill
	x1=$(job x1 --nodelist=n8 --dependency="after:$fill" \
		--comment="scale:wf=$case,task=x1")
	x2=$(job x2 --nodelist=n8 --dependency="after:$fill" \
		--comment="scale:wf=$case,task=x2,hops=9")
	y=$(job y --nodelist=n8 --account=second \
		--comment="scale:wf=$case-y,task=y,hops=99,gflop=1")
	p=$(plain p --nodelist=n8 --qos=high -- --seconds 0.5)
	ends_as COMPLETED "$fill" "$x1" "$x2" "$y" "$p"
	once fill x1 x2 y p
	in_order fill p x1 y
	in_order p x2 y
	[ "$scheduler" != scale ] || in_order x2 x1
	placed x1 x2
}

# What a user or an administrator says of single jobs comes before the hop
# count: --nice, scontrol top, scontrol update priority.
case_mixed_priority_own()
{
	local fill low mid top

	fill=$(job fill --nodelist=n8 -- --seconds 6)
	await 20 "fill starts" started fill
	low=$(job low --nodelist=n8 --dependency="after:$fill" --nice=100 \
		--comment="scale:wf=$case,task=low,hops=9")
	mid=$(job mid --nodelist=n8 --dependency="after:$fill" \
		--comment="scale:wf=$case,task=mid,hops=5")
	top=$(job top --nodelist=n8 --dependency="after:$fill")
	scontrol update jobid="$top" priority=500000
	ends_as COMPLETED "$fill" "$low" "$mid" "$top"
	once fill low mid top
	in_order fill top mid low
	placed low mid top
}

# scontrol top: before those of its standing, whatever their hops.
case_mixed_priority_top()
{
	local fill deep flat

	fill=$(job fill --nodelist=n8 -- --seconds 6)
	await 20 "fill starts" started fill
	deep=$(job deep --nodelist=n8 --dependency="after:$fill" \
		--comment="scale:wf=$case,task=deep,hops=9")
	flat=$(job flat --nodelist=n8 --dependency="after:$fill" \
		--comment="scale:wf=$case,task=flat")
	scontrol top "$flat"
	ends_as COMPLETED "$fill" "$deep" "$flat"
	once fill deep flat
	in_order fill flat deep
	placed deep flat
}

# Jobs of "spare" are requeued for others: for one that is not ours and for a
# primitive; both victims run again.
case_mixed_preemption()
{
	local spare plain prim last id

	spare=$(job spare --partition=spare --array=1-8 --requeue -- --seconds 4)
	await 30 "spare runs" is RUNNING "$spare"
	await 30 "all nodes are busy" started spare_8
	plain=$(plain plain)
	prim=$(job prim)
	last=$(job last --dependency="afterok:$prim")
	await 20 "plain and prim start" are_started plain prim
	for id in $(squeue -h -r -t pending -j "$spare" -o %A); do
		eligible_now "$id"
	done
	ends_as COMPLETED "$plain" "$prim" "$last" "$spare"
	once plain prim last
	in_order prim last
	[ "$(awk '$1 == "end" && $2 ~ "/spare_"' "$dir/records" |
	     grep -c " $case/")" -eq 8 ] || fail "spare did not end 8 times"
	awk '$1 == "start" && $6 > 0' "$dir/records" | grep -q " $case/spare" ||
		fail "nothing was requeued"
}

preempt_by()
{
	sed -i "s|^PreemptType=.*|PreemptType=preempt/$1|" "$dir/slurm.conf"
	"$here/private-cluster" slurmctld restart "$dir"
}

# By QOS rather than partition: all run in one partition, those of QOS low
# give way to a plain job and to a primitive of QOS high.
case_mixed_preemption_qos()
{
	local spare plain prim last id

	trap 'preempt_by partition_prio' EXIT
	preempt_by qos
	spare=$(job spare --partition=spare --qos=low --array=1-8 --requeue -- \
		--seconds 6)
	await 30 "spare runs" is RUNNING "$spare"
	await 30 "all nodes are busy" started spare_8
	plain=$(plain plain --partition=spare --qos=high)
	prim=$(job prim --partition=spare --qos=high)
	last=$(job last --dependency="afterok:$prim")
	await 20 "plain and prim start" are_started plain prim
	for id in $(squeue -h -r -t pending -j "$spare" -o %A); do
		eligible_now "$id"
	done
	ends_as COMPLETED "$plain" "$prim" "$last" "$spare"
	once plain prim last
	in_order prim last
	awk '$1 == "start" && $6 > 0' "$dir/records" | grep -q " $case/spare" ||
		fail "nothing was requeued"
}

# A primitive leaves a node to the wide job that has priority, and a stream of
# primitives cannot keep it from starting.
case_mixed_wide_job()
{
	local i j last=() ids=() wide

	for j in 1 2 3 4 5 6 7 8; do
		for i in 1 2 3 4; do
			last[i]=$(job "s$i.$j" --time=5 --exclude=n1 \
				${last[i]:+--dependency=afterok:${last[i]}} \
				-- --seconds 1)
			ids+=("${last[i]}")
		done
		[ $j -ne 2 ] || wide=$(plain wide --nodes=8 --qos=high \
			--time=1 -- --seconds 0.2)
	done
	ends_as COMPLETED "$wide" "${ids[@]}"
	once wide s{1,2,3,4}.{1..8}
	[ "$(moment start wide)" -lt "$(moment start s4.8)" ] ||
		fail "the wide job had to wait for all others"
	placed s4.8
}

# squeue --start knows when a job that is not ours will start; jobs for which
# only backfill can plan run beside workflows.
case_mixed_start_estimate()
{
	local fill wide little a b

	fill=$(plain fill --nodelist=n8 --time=3 -- --seconds 10)
	await 20 "fill starts" started fill
	wide=$(plain wide --nodes=2 --nodelist=n[7-8] --time=2)
	a=$(job a --exclude=n8 --time=1)
	b=$(job b --dependency="afterok:$a" --exclude=n8 --time=1)
	await 20 "an estimate" has_estimate "$wide"
	[ "$(squeue -h --start -j "$wide" -o %Y)" = n7-8 ] ||
		[ "$(squeue -h --start -j "$wide" -o %Y)" = 'n[7-8]' ] ||
		fail "planned on $(squeue -h --start -j "$wide" -o %Y)"
	little=$(plain little --nodelist=n7 --time=1)
	ends_as COMPLETED "$little" "$a" "$b" "$wide" "$fill"
	[ "$(moment start little)" -lt "$(moment start wide)" ] ||
		fail "little was not backfilled"
	once fill wide little a b
	placed b
}

has_estimate()
{
	[[ $(squeue -h --start -j "$1" -o %S) == 20* ]]
}

are_started()
{
	local task

	for task; do
		started "$task" || return
	done
}

# has_a_reason REASON ARRAY: one of its tasks at least
has_a_reason()
{
	reason "$2" | grep -qx "$1"
}
