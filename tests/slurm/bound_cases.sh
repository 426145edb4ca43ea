# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case, build
# bound_cases.sh - nothing waits for ever; sourced by run-tests.  site_cases.sh
# has site(), lib.sh the vocabulary.
# SPDX-License-Identifier: GPL-2.0-or-later

# counted NAME: how often the status says so
counted()
{
	ctl status --json | sed -n "s/.*\"$1\": *\([0-9]*\),*\$/\1/p"
}

counts_more()
{
	[ "$(counted "$1")" -gt "$2" ]
}

# A choice that stays busy, though by its estimate it should long be free, is
# not waited for longer than max_wait.
case_max_wait()
{
	local fill a before waited

	site 'max_wait: 3'
	sed -i 's/^policy: .*/policy: eft/' "$dir/scale.yaml"
	mark
	scontrol reconfigure
	await 20 "scale.yaml is read" log_has "sched/scale: read "
	before=$(counted starved)
	fill=$(job fill --array=1-2 --constraint=large --exclusive \
		-- --seconds 25)
	await 30 "fill runs" is RUNNING "$fill"
	a=$(job a --dependency="after:$fill" \
		--comment="scale:wf=$case,task=a,gflop=4000")
	ends_as COMPLETED "$a"
	is RUNNING "$fill" || fail "fill ended before a"
	[[ " $(nodes_of_tier large | paste -sd' ') " != *" $(node_of a) "* ]] ||
		fail "a ran on $(node_of a), which was busy"
	log_has "scale: JobId=$a .* waited=3\." ||
		fail "$(grep "scale: JobId=$a " "$dir/log/slurmctld.log")"
	await 10 "status counts it" counts_more starved "$before"
	scancel "$fill"
}

# The order is by hops.  What has none, and would so be last of a queue that is
# always refilled, goes first once it has been ready for max_age.
case_max_age()
{
	local ids i last before place

	site 'max_age: 4'
	before=$(counted aged)
	ids=$(job first --nodelist=n1 --exclusive -- --seconds 3)
	await 20 "the first runs" started first
	last=$(job last --nodelist=n1 --exclusive \
		--comment="scale:wf=$case,task=last,gflop=1,hops=0")
	for i in {1..12}; do
		ids+=" $(job "far_$i" --nodelist=n1 --exclusive \
			--comment="scale:wf=$case,task=far_$i,gflop=1,hops=9" \
			-- --seconds 1)"
	done
	# shellcheck disable=SC2086 # ids
	ends_as COMPLETED $ids "$last"
	place=$(awk -v c="$case/" '$1 == "start" && index($2, c) == 1 {
		n++ } $1 == "start" && $2 == c "last" { print n }' \
		"$dir/records")
	# after the first, some by hops, and before most of them
	((place > 2 && place < 9)) || fail "it was number $place of 14"
	await 10 "status counts it" counts_more aged "$before"
}
