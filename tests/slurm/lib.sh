# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# lib.sh - what the end-to-end cases are written with.  Sourced by run-tests.
#
# A case runs in a subshell with "set -e"; $case is its name and the workflow
# of its jobs.  Every client command has a timeout, every wait a limit.
# SPDX-License-Identifier: GPL-2.0-or-later

for client in sbatch scancel scontrol sinfo squeue; do
	eval "$client() { timeout 60 $(type -P "$client" || echo false) \"\$@\"; }"
done

# End the case.
fail()
{
	echo "  $*"
	exit 1
}

# await SECONDS WHAT COMMAND...: until COMMAND succeeds; else the case fails.
await()
{
	local limit=$1 what=$2 end=$((SECONDS + $1))

	shift 2
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "$what: not within $limit s"
		sleep 0.1
	done
}

# job TASK [SBATCH OPTION...] [-- PRIMITIVE OPTION...]: submit a primitive of
# the case's workflow; prints the job id.  Without -- it takes half a second.
job()
{
	local task=$1 note id options=()

	shift
	note=scale:wf=$case,task=$task,gflop=10,out_gb=0.1
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	[ $# -gt 0 ] || set -- --seconds 0.5
	id=$(sbatch --parsable --job-name="$case/$task" --comment="$note" \
		--chdir="$dir" --output=/dev/null --mem=1G --time=10 \
		${options[@]+"${options[@]}"} "$here/scale-primitive" "$@") ||
		return
	echo "${id%%;*}"
}

# plain NAME [SBATCH OPTION...] -- PRIMITIVE OPTION...: the same without any
# annotation.
plain()
{
	local name=$1

	shift
	job "$name" --comment='' "$@"
}

# States of a job or of all tasks of an array, one word each.
states()
{
	squeue -h -r -t all -j "$1" -o %T
}

reason()
{
	squeue -h -r -t all -j "$1" -o %r
}

all_over()
{
	! states "$1" | grep -qvxE \
		'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY'
}

# is STATE JOB: all tasks of it
is()
{
	[ "$(states "$2" | sort -u)" = "$1" ]
}

has_reason()
{
	[ "$(reason "$2")" = "$1" ]
}

# ends_as STATE JOB...: wait until they are over, then compare.
ends_as()
{
	local state=$1 id got

	shift
	for id; do
		await 60 "job $id ends" all_over "$id"
		got=$(states "$id" | sort | uniq -c | awk '{ print $1, $2 }')
		is "$state" "$id" ||
			fail "job $id is $(paste -sd, <<<"$got"), not $state"
	done
}

# Records of scale-primitive: moment of an event of a task, in milliseconds.
moment()
{
	awk -v event="$1" -v task="$case/$2" \
		'$1 == event && $2 == task { print $5; exit }' "$dir/records"
}

node_of()
{
	awk -v task="$case/$1" \
		'$1 == "start" && $2 == task { print $4; exit }' "$dir/records"
}

started()
{
	[ "$(moment start "$1")" ]
}

# once TASK...: started exactly once, and ended.
once()
{
	local task starts ends

	for task; do
		read -r starts ends < <(awk -v task="$case/$task" '
			$2 == task { n[$1]++ }
			END { print n["start"] + 0, n["end"] + 0 }' \
			"$dir/records")
		[ "$starts $ends" = "1 1" ] ||
			fail "$task started $starts times, ended $ends times"
	done
}

never()
{
	! started "$1" || fail "$1 ran"
}

# in_order TASK...: each starts after the one before it has ended.
in_order()
{
	local before=$1 task

	shift
	for task; do
		[ "$(moment start "$task")" -ge "$(moment end "$before")" ] ||
			fail "$task started before the end of $before"
		before=$task
	done
}

nodes_of_tier()
{
	awk -v tier="$1" '$2 == tier { print $1 }' "$dir/nodes"
}

node_state()
{
	sinfo -h -n "$1" -o %T
}

node_is()
{
	[[ $(node_state "$2") =~ ^$1 ]]
}

drain()
{
	scontrol update nodename="$1" state=drain reason="$case"
}

resume()
{
	scontrol update nodename="$1" state=resume
}

# From 23.11 scontrol reconfigure makes slurmctld start itself anew.
reconfigure_restarts()
{
	local major minor

	IFS=. read -r major minor _ <<<"$(slurmctld -V | sed 's/.* //')"
	[ "$major$minor" -ge 2311 ]
}

# What slurmctld has logged since the case began, or since mark.
mark()
{
	log_from=$(wc -l <"$dir/log/slurmctld.log")
}

log_has()
{
	tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" | grep -q "$@"
}

queue_empty()
{
	[ -z "$(squeue -h)" ]
}

# All that explains a failure.
dump()
{
	echo "--- jobs"
	squeue -r -t all -o '%.12i %.30j %.12T %.25r %N' | tail -n 40
	echo "--- nodes"
	sinfo -N -o '%N %T %E'
	echo "--- records"
	grep " $case/" "$dir/records" | tail -n 40
	echo "--- slurmctld.log"
	tail -n +$((log_from + 1)) "$dir/log/slurmctld.log" | tail -n 60
} 2>&1
