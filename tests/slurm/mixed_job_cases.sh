# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# mixed_job_cases.sh - what is done to single jobs: hold, update, requeue,
# suspend, begin times, deadlines, arrays, kinds that are Slurm's.  Sourced by
# run-tests; the cluster is that of private-cluster --mixed --accounting.
# SPDX-License-Identifier: GPL-2.0-or-later

case_mixed_array_limit()
{
	local a b c

	a=$(job a --array=1-6%2)
	b=$(job b --array=1-4%3 --dependency="afterok:$a")
	c=$(job c --dependency="afterok:$b")
	ends_as COMPLETED "$a" "$b" "$c"
	once a_{1..6} b_{1..4} c
	in_order a_6 b_1 c
	at_most 2 'a_.*'
	at_most 3 'b_.*'
	placed b c
}

# Who waits for a failure, for a success that does not come, and for its name.
case_mixed_dependency_kinds()
{
	local a b c d s

	a=$(job a -- --seconds 0.5 --exit 3)
	b=$(job b --dependency="afternotok:$a")
	c=$(job c --dependency="afterok:$a")
	d=$(job d --dependency="afterok:$b?afterok:$c")
	s=$(job same --dependency=singleton -- --seconds 1)
	s="$s $(job same --dependency=singleton -- --seconds 1)"
	ends_as FAILED "$a"
	# shellcheck disable=SC2086 # two ids
	ends_as COMPLETED "$b" "$d" $s
	await 20 "c never satisfied" has_reason DependencyNeverSatisfied "$c"
	never c
	once a b d
	in_order a b d
	[ "$(grep -c " $case/same" "$dir/records")" -eq 4 ] ||
		fail "same did not run twice"
	[ "$(awk -v task="$case/same" '$2 == task { print $1 }' \
		"$dir/records" | paste -sd,)" = start,end,start,end ] ||
		fail "two of one name ran at once"
	placed b d
}

case_mixed_requeue()
{
	local a b

	a=$(job a --requeue -- --seconds 60 --again 1)
	b=$(job b --dependency="afterok:$a")
	await 20 "a starts" started a
	scontrol requeue "$a"
	eligible_now "$a"
	await 60 "a starts again" restarted a
	ends_as COMPLETED "$a" "$b"
	once b
	[ "$(grep -c "^end $case/a " "$dir/records")" -eq 1 ] ||
		fail "a ended more than once"
	in_order a b
	placed b
}

# Its child waits, and nobody is started twice.
case_mixed_suspend()
{
	local a b

	a=$(job a -- --seconds 3)
	b=$(job b --dependency="afterok:$a")
	await 20 "a starts" started a
	scontrol suspend "$a"
	sleep 2
	is SUSPENDED "$a" || fail "a is $(states "$a")"
	never b
	scontrol resume "$a"
	ends_as COMPLETED "$a" "$b"
	once a b
	in_order a b
	placed b
}

case_mixed_hold()
{
	local a b c

	a=$(job a -- --seconds 4)
	b=$(job b --dependency="afterok:$a")
	c=$(job c --hold)
	await 20 "a starts" started a
	scontrol hold "$b"
	ends_as COMPLETED "$a"
	sleep 1
	never b
	never c
	has_reason JobHeldAdmin "$b" || has_reason JobHeldUser "$b" ||
		fail "b waits for $(reason "$b")"
	scontrol release "$b" "$c"
	ends_as COMPLETED "$b" "$c"
	once a b c
	placed b
}

# A primitive that waits under our lease is changed: what it may run on, for
# how long, when, and after whom.
case_mixed_update()
{
	local fill a b c d until

	fill=$(plain fill --nodelist=n8 -- --seconds 7)
	await 20 "fill starts" started fill
	a=$(job a --constraint=large --dependency="after:$fill")
	b=$(job b --constraint=large --dependency="after:$fill")
	c=$(job c --constraint=large --dependency="after:$fill")
	d=$(job d --constraint=large --dependency="after:$fill")
	sleep 1
	is PENDING "$a" || fail "a did not wait"
	scontrol update jobid="$a" features=small timelimit=5 partition=urgent
	ends_as COMPLETED "$a"
	on n1 n2 -- a
	until=$(date -d '+3 seconds' +%Y-%m-%dT%H:%M:%S)
	scontrol update jobid="$b" features=medium starttime="$until"
	scontrol update jobid="$c" features=medium dependency="afterok:$fill"
	scancel "$d"
	ends_as COMPLETED "$b" "$c" "$fill"
	ends_as CANCELLED "$d"
	once fill a b c
	never d
	[ "$(moment start b)" -ge "$(date -d "$until" +%s)000" ] ||
		fail "b started before its begin time"
	in_order fill c
	on n{3..7} -- b c
	placed a b c
}

# The user's own begin time holds, for a root and behind a dependency.
case_mixed_begin()
{
	local a b c now

	now=$(date +%s)
	a=$(job a --begin=now+3)
	b=$(job b)
	c=$(job c --begin=now+4 --dependency="afterok:$b")
	ends_as COMPLETED "$a" "$b" "$c"
	once a b c
	[ "$(moment start a)" -ge $(((now + 3) * 1000)) ] ||
		fail "a started too early"
	[ "$(moment start c)" -ge $(((now + 4) * 1000)) ] ||
		fail "c started too early"
	[ "$(moment start c)" -lt $(((now + 14) * 1000)) ] ||
		fail "c started long after its time"
	placed c
}

# One that can be met is; one that cannot is cancelled by Slurm's rule.
case_mixed_deadline()
{
	local a b c

	drain n8
	a=$(job a --deadline=now+20minutes)
	b=$(job b --deadline=now+20minutes --dependency="afterok:$a")
	c=$(job c --constraint=large --time=1 --deadline=now+64seconds)
	ends_as COMPLETED "$a" "$b"
	once a b
	in_order a b
	await 30 "c is past its deadline" is DEADLINE "$c"
	never c
	placed b
	resume n8
}

# A time limit that may shrink: all of it where there is room, and backfill's
# to shrink where there is not.
case_mixed_time_min()
{
	local a b fill wide

	a=$(job plan)
	a=$(job a --time=10 --time-min=1 --dependency="afterok:$a")
	ends_as COMPLETED "$a"
	placed a
	fill=$(plain fill --nodelist=n8 --time=3 -- --seconds 8)
	await 20 "fill starts" started fill
	wide=$(plain wide --nodes=2 --nodelist=n[7-8] --time=1 --qos=high)
	await 20 "a plan for wide" has_estimate "$wide"
	b=$(job b --nodelist=n7 --time=60 --time-min=1)
	await 20 "b starts" started b
	is PENDING "$wide" || fail "wide did not wait"
	ends_as COMPLETED "$b" "$wide" "$fill"
	once a b fill wide
}

# Kinds that are left to Slurm, in the middle of a workflow.
case_mixed_left_to_slurm()
{
	local a b c d pid

	a=$(job a)
	b=$(job b --nodes=2 --dependency="afterok:$a")
	srun -J "$case/i" -N1 --mem=1G --time=5 --chdir="$dir" \
		--dependency="afterok:$b" --comment="scale:wf=$case,task=i" \
		"$here/scale-primitive" --seconds 0.5 >"$dir/out/srun" 2>&1 &
	pid=$!
	await 20 "srun is queued" queued "$case/i"
	c=$(squeue -h -n "$case/i" -o %i)
	d=$(job d --dependency="afterok:$c")
	wait $pid || fail "srun: $(cat "$dir/out/srun")"
	ends_as COMPLETED "$a" "$b" "$c" "$d"
	once a b i d
	in_order a b i d
	placed d
}

queued()
{
	[ "$(squeue -h -n "$1" -o %i)" ]
}

# Slurm asks for sched/backfill by name: refused at submission, and said.
case_mixed_hetjob()
{
	local id out

	need_scale
	if out=$(sbatch --parsable --mem=1G --output=/dev/null -n1 : -n1 \
		 --wrap hostname 2>&1); then
		fail "accepted: $out"
	fi
	grep -qi 'backfill\|heterogeneous\|not supported' <<<"$out" ||
		fail "said: $out"
	id=$(job a)
	ends_as COMPLETED "$id"
	once a
}
