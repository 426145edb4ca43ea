# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case, build
# site_cases.sh - what the administrator sets and sees: modes, guard, logs,
# state, and the way back; sourced by run-tests.  lib.sh has the vocabulary.
# SPDX-License-Identifier: GPL-2.0-or-later

ctl()
{
	timeout 60 "$build/plugin/scale-ctl" "$@"
}

# site LINE...: scale.yaml with these lines more, read by slurmctld; the case's
# end puts the old one back.
site()
{
	need_scale
	cp "$dir/scale.yaml" "$dir/scale.yaml.before"
	trap site_back EXIT
	printf '%s\n' "$@" >>"$dir/scale.yaml"
	mark
	scontrol reconfigure
	await 20 "scale.yaml is read" log_has "sched/scale: read "
	# a slurmctld that starts anew schedules all there is in its first
	# seconds, and may be the first to see a job
	! slurm_since 23 11 || sleep 2
}

site_back()
{
	mv "$dir/scale.yaml.before" "$dir/scale.yaml"
	mark
	scontrol reconfigure
	await 20 "the old scale.yaml is read" log_has "sched/scale: read "
}

# Records of the decision log that hold all these words.
records()
{
	local lines word

	lines=$(cat "$dir/log/scale.jsonl")
	for word; do
		lines=$(grep -F -- "$word" <<<"$lines") || return 0
	done
	echo "$lines"
}

# recorded WORD...: is there such a record?  The log's thread may lag.
recorded()
{
	[ "$(records "$@")" ]
}

count_records()
{
	records "$@" | grep -c .
}

has_records()
{
	[ "$(count_records "${@:2}")" -eq "$1" ]
}

case_shadow()
{
	local a b c k

	site 'mode: shadow'
	a=$(job a)
	b=$(job b --dependency="afterok:$a")
	# more tasks than nodes: some start the moment that another ends
	c=$(job c --array=1-24 --exclusive --dependency="afterok:$b")
	ends_as COMPLETED "$a" "$b" "$c"
	once a b c_{1..24}
	in_order a b c_1
	await 10 "the end of b is logged" recorded '"type":"end"' "\"job\":$b,"
	await 10 "c ends in the log" has_records 24 '"type":"end"' \
		"\"array\":$c,"
	for k in {1..24}; do
		recorded '"outcome":"shadow"' "\"array\":$c," \
			"\"index\":$k," ||
			fail "no shadow decision about task $k of c"
	done
	recorded '"outcome":"shadow"' '"mode":"shadow"' "\"job\":$b," ||
		fail "no shadow decision about b"
	! recorded '"outcome":"placed"' "\"wf\":\"$case\"" ||
		fail "the plugin placed a job in mode shadow"
	ctl report >"$dir/out/report" || fail "report: status $?"
	grep -q agreement "$dir/out/report" || fail "$(cat "$dir/out/report")"
	! grep -qiw nan "$dir/out/report" || fail "$(cat "$dir/out/report")"
}

# The same workflows are the model's, however often they come.
case_canary()
{
	local round i id gate ids arms=()

	site 'mode: canary' 'canary: 0.5'
	for round in 1 2; do
		# all are seen before they may start: Slurm, which places its
		# share of them, must not be the quicker one
		gate=$(plain "gate$round" -- --seconds 3)
		ids=("$gate")
		mark
		for i in 1 2 3 4 5 6 7 8 9 10; do
			id=$(job "$round-$i" \
				--comment="scale:wf=canary-$i,task=$round-$i" \
				--dependency="afterany:$gate")
			ids+=("$id")
		done
		ends_as COMPLETED "${ids[@]}"
		arms[round]=$(for i in 1 2 3 4 5 6 7 8 9 10; do
			! log_has "scale: JobId=.* wf=canary-$i " || echo "$i"
		done | paste -sd' ')
	done
	[ "${arms[1]}" = "${arms[2]}" ] ||
		fail "the model placed ${arms[1]}, then ${arms[2]}"
	i=$(wc -w <<<"${arms[1]}")
	((i > 0 && i < 10)) || fail "the model placed $i of 10 workflows"
}

# The last decision about a job, placed or shadow, once it is logged.
outcome_of()
{
	await 20 "a decision about $1" recorded '"type":"decision"' "\"job\":$1,"
	records '"type":"decision"' "\"job\":$1," | tail -n 1 |
		sed 's/.*"outcome":"\([a-z]*\)".*/\1/'
}

# Workflows that nobody named grow at their beginning: a job that was there
# before, and of no workflow yet, turns out to be the first.  Whose they are
# does not change by that, nor when slurmctld is killed in between.
case_canary_growing()
{
	local i first=() second=() third=() before after

	site 'mode: canary' 'canary: 0.5'
	for i in {1..8}; do
		first[i]=$(plain "first_$i" -- --seconds 20)
		second[i]=$(job "second_$i" --comment="scale:task=second_$i")
	done
	ends_as COMPLETED "${second[@]}"
	for i in {1..8}; do
		before+=" $(outcome_of "${second[i]}")"
	done
	touch "$dir/begun"
	job late --hold >/dev/null
	await 20 "Slurm's state is saved" state_saved
	await 20 "our state is saved" our_state_saved
	"$here/private-cluster" slurmctld kill "$dir"
	mark
	"$here/private-cluster" slurmctld start "$dir"
	for i in {1..8}; do
		third[i]=$(job "third_$i" --comment='' \
			--dependency="afterok:${first[i]}:${second[i]}")
	done
	ends_as COMPLETED "${first[@]}" "${third[@]}"
	for i in {1..8}; do
		after+=" $(outcome_of "${third[i]}")"
	done
	[ "$before" = "$after" ] || fail "at first$before, then$after"
	recorded '"type":"seen"' "\"job\":${first[8]}," \
		"\"wf\":\"job-${second[8]}\"" ||
		fail "the first job is of another workflow"
}

case_off()
{
	local a

	site 'mode: off'
	a=$(job a)
	a="$a $(job b --dependency="afterok:$a")"
	# shellcheck disable=SC2086 # two ids
	ends_as COMPLETED $a
	! log_has "scale: JobId=" || fail "the plugin placed a job"
}

# A workflow that can never end has no expected end.
case_never()
{
	local a b

	need_scale
	a=$(job a -- --seconds 9)
	b=$(job b --dependency="afterok:$a")
	await 20 "a starts" started a
	await 20 "it can end" workflow_says 'can end in'
	scancel "$a"
	await 60 "b never satisfied" has_reason DependencyNeverSatisfied "$b"
	await 10 "it says so" workflow_says "ends never: b (job $b) cannot start"
	scancel "$b"
}

workflow_says()
{
	ctl workflow "$case" 2>&1 | grep -qF "$1"
}

# A pattern that fits no node is said, in the log and by doctor.
case_patterns()
{
	site 'max_wait: 20'
	mark
	sed -i 's/^nodes:$/&\n  - { match: "x[1-3]", gflops: 7 }/' \
		"$dir/scale.yaml"
	scontrol reconfigure
	await 20 "the pattern is told" log_has \
		'nodes, entry 1 (x\[1-3\]): no node of this cluster matches'
	ctl doctor --conf "$dir/scale.yaml" >"$dir/out/doctor" || :
	grep -qF 'entry 1 (x[1-3]): no node' "$dir/out/doctor" ||
		fail "$(cat "$dir/out/doctor")"
}

# What ended while the plugin looked away took as long as Slurm says.
case_off_elapsed()
{
	local a elapsed

	a=$(job a -- --seconds 2)
	await 20 "a starts" started a
	site 'mode: off'
	ends_as COMPLETED "$a"
	sleep 5
	site_back
	trap - EXIT
	await 20 "the end of a is logged" recorded '"type":"end"' "\"job\":$a,"
	elapsed=$(field elapsed_s '"type":"end"' "\"job\":$a,")
	awk -v s="$elapsed" 'BEGIN { exit !(s > 0.5 && s < 4.5) }' ||
		fail "a took $elapsed s of 2"
}

# field NAME WORD...: number in the last such record
field()
{
	records "${@:2}" | tail -n 1 | sed "s/.*\"$1\":\([0-9.]*\).*/\1/"
}

# A task that its array's limit holds back is not ready yet.
case_array_ready()
{
	local a k ready

	need_scale
	a=$(job a --array=1-3%1 -- --seconds 1)
	ends_as COMPLETED "$a"
	await 10 "a ends in the log" has_records 3 '"type":"end"' \
		"\"array\":$a,"
	for k in 2 3; do
		ready=$(field ready '"type":"start"' "\"array\":$a," \
			"\"index\":$k,")
		awk -v ready="$ready" -v end="$(moment end "a_$((k - 1))")" \
			'BEGIN { exit !(ready >= end / 1000 - 0.1) }' ||
			fail "task $k was ready at $ready"
	done
}

# Decisions later than allowed are the rule's; said once, counted always.
case_guard_late()
{
	local a b n

	site 'guard:' '  budget_us: 0.001'
	a=$(job a)
	b=$(job b --dependency="afterok:$a")
	ends_as COMPLETED "$a" "$b"
	log_has "scale: JobId=.* wf=$case task=b .*policy=fastest-idle" ||
		fail "the fallback did not decide"
	n=$(tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" |
		grep -c "took longer than its budget")
	[ "$n" -eq 1 ] || fail "said $n times"
	recorded '"type":"fallback"' '"cause":"late"' ||
		fail "no record of the fallback"
	await 10 "status counts it" status_counts late
}

status_counts()
{
	ctl status --json | tr -d ' \n' | grep -qE "\"$1\":[1-9]"
}

# Nodes of a hundredth of the fastest one's speed are not what it was trained
# on.
case_guard_mix()
{
	local a

	site 'canary: 0.1'
	sed -i 's/gflops: 5$/gflops: 0.2/' "$dir/scale.yaml"
	mark
	scontrol reconfigure
	await 20 "scale.yaml is read" log_has "sched/scale: read "
	a=$(job a)
	ends_as COMPLETED "$a"
	log_has "nodes differ more than those of training" ||
		fail "the guard said nothing"
	log_has "scale: JobId=$a .*policy=fastest-idle" ||
		fail "the fallback did not decide"
}

# Ten nodes of sixteen at 0.03 of the fastest: each ratio is one of training,
# the mix is none.  Said once, shown by status, metrics and doctor.
case_guard_tiers()
{
	local a b

	site "metrics: $dir/log/scale.prom"
	sed -i 's/gflops: 10$/gflops: 0.6/' "$dir/scale.yaml"
	mark
	scontrol reconfigure
	await 20 "scale.yaml is read" log_has "sched/scale: read "
	a=$(job a --constraint=large)
	b=$(job b --constraint=large --dependency="afterok:$a")
	ends_as COMPLETED "$a" "$b"
	[ "$(tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" |
	     grep -c "shares of fast and slow nodes")" -eq 1 ] ||
		fail "the guard did not say it once"
	log_has "scale: JobId=$b .*policy=fastest-idle" ||
		fail "the fallback did not decide"
	await 10 "status shows it" status_counts tiers
	await 10 "so do the metrics" grep -qE \
		'^slurm_scale_fallback_total\{reason="tiers"\} [1-9]' \
		"$dir/log/scale.prom"
	ctl doctor >"$dir/out/doctor" || :
	grep -q "^warning  range .*shares of fast" "$dir/out/doctor" ||
		fail "$(cat "$dir/out/doctor")"
}

# What scale-ctl tells of a workflow, waiting and over.
case_explain()
{
	local a b text

	need_scale
	a=$(job a -- --seconds 3)
	b=$(job b --dependency="afterok:$a")
	await 30 "a starts" started a
	await 10 "b is logged" recorded '"type":"seen"' "\"job\":$b,"
	text=$(ctl explain "$b") || fail "explain: status $?"
	grep -q "$a" <<<"$text" || fail "b does not wait for $a: $text"
	text=$(ctl workflow "$case") || fail "workflow: status $?"
	grep -qE "a +$a .*running" <<<"$text" || fail "$text"
	ends_as COMPLETED "$a" "$b"
	await 10 "the end of b" recorded '"type":"end"' "\"job\":$b,"
	text=$(ctl explain "$b")
	grep -qE "placed $(node_of b)\$" <<<"$text" || fail "$text"
	grep -qE "^\* $(node_of b) " <<<"$text" || fail "$text"
	ctl workflow "$case" --dot | grep -q digraph || fail "no graph"
	ctl status | grep -q "mode active" || fail "$(ctl status)"
}

# Each task of an array has its own reason.
case_explain_array()
{
	local a text

	need_scale
	a=$(job a --array=1-3%1 -- --seconds 6)
	await 20 "task 1 runs" started a_1
	scontrol uhold "${a}_2"
	await 10 "task 2 is held" has_reason JobHeldUser "${a}_2"
	text=$(ctl explain "${a}_2") || fail "explain: status $?"
	grep -q "Slurm says JobHeldUser" <<<"$text" || fail "$text"
	text=$(ctl explain "${a}_3") || fail "explain: status $?"
	! grep -q JobHeldUser <<<"$text" || fail "$text"
	scontrol release "${a}_2"
	ends_as COMPLETED "$a"
}

# What a user writes into a job's name is no reason of Slurm's.
case_explain_name()
{
	local a b text

	need_scale
	a=$(job a -- --seconds 3)
	b=$(job b --dependency="afterok:$a" \
		--job-name=$'x Reason=\e[31mforged\e[0m y')
	await 10 "b is logged" recorded '"type":"seen"' "\"job\":$b,"
	text=$(ctl explain "$b") || fail "explain: status $?"
	! grep -qE $'forged|\e' <<<"$text" || fail "$text"
	grep -q "Slurm says Dependency" <<<"$text" || fail "$text"
	ends_as COMPLETED "$a" "$b"
}

# A primitive that went back to the queue waits, and does not run late.
case_requeue_told()
{
	local a text

	need_scale
	a=$(job a --requeue -- --seconds 60 --again 1)
	await 20 "a starts" started a
	await 10 "its start is logged" recorded '"type":"start"' "\"job\":$a,"
	scontrol requeue "$a"
	await 20 "that it waits again is logged" recorded \
		'"state":"REQUEUED"' "\"job\":$a,"
	text=$(ctl explain "$a") || fail "explain: status $?"
	grep -q '^waits ' <<<"$text" || fail "$text"
	eligible_now "$a"
	ends_as COMPLETED "$a"
	await 10 "its end is logged" recorded '"state":"COMPLETED"' "\"job\":$a,"
}

# JSON that names us without being ours is said once, not at each look.
case_strange_json()
{
	local a

	need_scale
	mark
	a=$(job a --hold --comment='{"scale": {,}}')
	await 20 "it is said" log_has "JobId=$a.* has \"scale\" in its comment"
	short_workflow x
	[ "$(tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" |
	     grep -c 'has "scale" in its comment')" -eq 1 ] ||
		fail "said more than once"
	scontrol release "$a"
	ends_as COMPLETED "$a"
}

# A log that somebody removes begins anew.
case_log_removed()
{
	need_scale
	short_workflow x
	rm "$dir/log/scale.jsonl"
	sleep 1.5
	short_workflow y
	await 10 "there is a log again" recorded '"type":"end"'
}

# The status and the metrics follow what happens.
case_metrics()
{
	local a

	site "metrics: $dir/log/scale.prom"
	a=$(job a)
	ends_as COMPLETED "$a"
	await 10 "a placement is counted" grep -qE \
		'^slurm_scale_decisions_total\{outcome="placed"\} [1-9]' \
		"$dir/log/scale.prom"
	! grep -q "$case" "$dir/log/scale.prom" ||
		fail "a workflow's name is in the metrics"
}

# Unannotated work: the second job of a name is expected to take what the
# first one took.
case_history()
{
	local a b name=learned-$RANDOM

	need_scale
	a=$(job a --job-name="$name" --comment="scale:wf=$case" -- --seconds 2)
	ends_as COMPLETED "$a"
	await 10 "the end of a" recorded '"type":"end"' "\"job\":$a,"
	b=$(job b --job-name="$name" --comment="scale:wf=$case" -- --seconds 1)
	ends_as COMPLETED "$b"
	await 10 "b is logged" recorded '"type":"seen"' "\"job\":$b,"
	recorded '"type":"seen"' "\"job\":$a," '"source":"limit"' ||
		fail "a: $(records '"type":"seen"' "\"job\":$a,")"
	recorded '"type":"seen"' "\"job\":$b," '"source":"history"' ||
		fail "b: $(records '"type":"seen"' "\"job\":$b,")"
	await 20 "scale-ctl history knows $name" ctl_history_has "$name"
}

ctl_history_has()
{
	ctl history | grep -q "$1"
}

# Dependencies that were met before the end of slurmctld still make one
# workflow, though Slurm has forgotten them.
case_memory_of_edges()
{
	local a b c

	need_scale
	a=$(job a --comment='')
	b=$(job b --comment='' --dependency="afterok:$a" -- --seconds 12)
	c=$(job c --comment='' --dependency="afterok:$b")
	await 60 "b starts" started b
	touch "$dir/begun"
	job late --comment='' --dependency="afterok:$c" >/dev/null
	await 20 "Slurm's state is saved" state_saved
	await 20 "our state is saved" our_state_saved
	"$here/private-cluster" slurmctld kill "$dir"
	mark
	"$here/private-cluster" slurmctld start "$dir"
	ends_as COMPLETED "$a" "$b" "$c"
	once a b c
	in_order a b c
	log_has "scale: JobId=$c wf=job-$a " ||
		fail "$c is not of the workflow of $a"
}

our_state_saved()
{
	[ "$dir/state/scale_state" -nt "$dir/begun" ]
}

# A damaged state costs memory, not jobs.
case_state_damaged()
{
	need_scale
	"$here/private-cluster" slurmctld kill "$dir"
	head -c 300 /dev/urandom >"$dir/state/scale_state"
	cp "$dir/state/scale_state" "$dir/state/scale_state.old"
	mark
	"$here/private-cluster" slurmctld start "$dir"
	await 20 "the log names the file" log_has \
		"sched/scale: .*scale_state.*starting from Slurm's job list"
	short_workflow x
}

# A log that cannot be written is said once and costs nothing else.
case_log_full()
{
	site 'log:' '  file: /dev/full'
	short_workflow x
	await 20 "the log of slurmctld says it" log_has "sched/scale: .*/dev/full"
	short_workflow y
}

case_untrusted()
{
	need_scale
	chmod o+w "$dir/model.safetensors"
	mark
	scontrol reconfigure
	await 20 "the model is refused" log_has \
		"sched/scale: .*model.safetensors.*previous configuration stays"
	short_workflow x
	chmod o-w "$dir/model.safetensors"
	mark
	scontrol reconfigure
	await 20 "the model is read" log_has "sched/scale: read "
}

# Jobs of an engine that writes no dependencies, as Snakemake does.
case_engines()
{
	local run=0f8fad5b-d9cb-469f-a165-70867728950e a

	site 'engines:' \
		'  - name: "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"' \
		'    comment: "^rule_(.+)_wildcards_"'
	a=$(job a --job-name=$run --comment=rule_map_wildcards_x)
	ends_as COMPLETED "$a"
	log_has "scale: JobId=$a wf=$run task=map " || fail "not recognised"
}

# parents= and hops= of engines that wait themselves
case_named_parents()
{
	local a b

	need_scale
	a=$(job a)
	ends_as COMPLETED "$a"
	b=$(job b --comment="scale:wf=$case,task=b,parents=a,hops=3")
	ends_as COMPLETED "$b"
	await 10 "b is logged" recorded '"type":"seen"' "\"job\":$b,"
	recorded '"type":"seen"' "\"job\":$b," "\"parents\":[$a]" ||
		fail "$(records '"type":"seen"' "\"job\":$b,")"
	recorded '"type":"decision"' "\"job\":$b," '"hops":3' ||
		fail "$(records '"type":"decision"' "\"job\":$b,")"
}

# A ready primitive that waits for a node says so, whatever Slurm's schedulers
# make of its begin time: they pass at each change of another job.
case_reason()
{
	local fill a other n right=0

	need_scale
	fill=$(plain fill --array=1-16 --exclusive -- --seconds 20)
	await 30 "fill runs" is RUNNING "$fill"
	other=$(plain other -- --seconds 0)
	a=$(job a)
	await 10 "a waits for Resources" has_reason Resources "$a"
	for n in {1..60}; do
		scontrol update jobid="$other" nice="$n"
		sleep 0.05
		! has_reason Resources "$a" || right=$((right + 1))
	done
	scancel "$fill" "$other"
	ends_as COMPLETED "$a"
	[ "$right" -ge 54 ] || fail "Reason=Resources $right times of 60"
	echo "Reason=Resources $right times of 60"
}

# After kill -9, under another SchedulerType, nothing is held beyond a lease.
case_way_back()
{
	local a b c

	need_scale
	# still running when slurmctld is killed: an end that it has not saved
	# is an end that Slurm does not know of
	a=$(job a -- --seconds 10)
	b=$(job b --dependency="afterok:$a")
	c=$(job c --dependency="afterok:$b")
	await 30 "a starts" started a
	touch "$dir/begun"
	c="$c $(job d --dependency="afterok:$c")"
	await 20 "state is saved" state_saved
	"$here/private-cluster" slurmctld kill "$dir"
	cp "$dir/slurm.conf" "$dir/slurm.conf.before"
	sed -i -e 's,sched/scale,sched/backfill,' \
		-e 's/^SchedulerParameters=.*/&,sched_interval=2/' \
		"$dir/slurm.conf"
	trap way_forth EXIT
	mark
	"$here/private-cluster" slurmctld start "$dir"
	# shellcheck disable=SC2086 # two ids
	ends_as COMPLETED "$a" "$b" $c
	once a b c d
	! log_has "sched/scale" || fail "sched/scale is still there"
}

# A primitive that waits under a lease when sched/scale goes: after a clean
# stop it may start at once, after kill -9 when the lease (5 s here) is over,
# and the next round of Slurm's scheduler.
case_way_back_leased()
{
	local how fill a freed left most

	site 'lease: 5'
	cp "$dir/slurm.conf" "$dir/slurm.conf.before"
	trap 'way_forth; site_back' EXIT
	for how in stop kill; do
		fill=$(plain "fill_$how" --array=1-16 --exclusive -- --seconds 60)
		await 30 "fill runs" is RUNNING "$fill"
		touch "$dir/begun"
		a=$(job "a_$how")
		await 10 "a waits for Resources" has_reason Resources "$a"
		await 20 "state is saved" state_saved
		"$here/private-cluster" slurmctld "$how" "$dir"
		sed -i -e 's,sched/scale,sched/backfill,' \
			-e 's/^SchedulerParameters=.*/&,sched_interval=2/' \
			"$dir/slurm.conf"
		"$here/private-cluster" slurmctld start "$dir"
		left=$(($(begin_time "$a") - $(date +%s)))
		most=5
		[ "$how" = kill ] || most=0
		[ $left -le $most ] ||
			fail "after $how it may not start for $left s"
		scancel "$fill"
		freed=$(date +%s%3N)
		ends_as COMPLETED "$a"
		[ $(($(moment start "a_$how") - freed)) -le 12000 ] ||
			fail "after $how it started $(($(moment start \
				"a_$how") - freed)) ms after the nodes were free"
		once "a_$how"
		cp "$dir/slurm.conf.before" "$dir/slurm.conf"
		"$here/private-cluster" slurmctld restart "$dir"
	done
}

# Seconds since 1970.
begin_time()
{
	date -d "$(scontrol -o show job "$1" |
		   sed 's/.* EligibleTime=\([^ ]*\) .*/\1/')" +%s
}

way_forth()
{
	mv "$dir/slurm.conf.before" "$dir/slurm.conf"
	"$here/private-cluster" slurmctld restart "$dir"
}

# While slurmctld has more than a few RPCs to answer the plugin lets it; so do
# Slurm's schedulers.
case_max_rpc()
{
	local a b

	need_scale
	# newer releases count an RPC only when it was read
	! slurm_since 24 11 || exit 77
	sed -i.before "/^SchedulerParameters=/s/\$/,max_rpc_cnt=6/" \
		"$dir/slurm.conf"
	trap max_rpc_back EXIT
	mark
	scontrol reconfigure
	await 20 "slurm.conf is read" log_has "sched/scale: read "
	for a in 1 2 3 4 5 6; do say_nothing 3 & done
	sleep 0.5
	a=$(job a)
	b=$(job b --dependency="afterok:$a")
	wait
	ends_as COMPLETED "$a" "$b"
	once a b
	in_order a b
	await 10 "status counts it" status_counts held_back
}

# Open a connection to slurmctld, which waits for what never comes.
say_nothing()
{
	local port

	port=$(sed -n 's/^SlurmctldPort=//p' "$dir/slurm.conf")
	exec 9<>"/dev/tcp/127.0.0.1/$port"
	sleep "$1"
}

max_rpc_back()
{
	mv "$dir/slurm.conf.before" "$dir/slurm.conf"
	mark
	scontrol reconfigure
	await 20 "the old slurm.conf is read" log_has "sched/scale: read "
}
