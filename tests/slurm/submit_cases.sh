# shellcheck shell=bash disable=SC2154 # run-tests sets dir, build, case
# submit_cases.sh - cases of scale-submit; sourced by run-tests like cases.sh
# SPDX-License-Identifier: GPL-2.0-or-later

# submit ARGUMENT...: scale-submit within a directory of the case's own.
submit()
{
	cd "$dir/$case"
	"$build/workflow/scale-submit" --poll 0.5 "$@"
}

# A workflow file from standard input, whose tasks write "start TASK" and
# "end TASK" around the command in $1.
workflow_file()
{
	mkdir -p "$dir/$case"
	{
		cat <<END
defaults:
  options: {time: 5, output: /dev/null}
  mem_gb: 0.5
  command: |
    t=\$SCALE_TASK\${SLURM_ARRAY_TASK_ID:+.\$SLURM_ARRAY_TASK_ID}
    echo "start \$t" >>order
    ${1:-sleep 0.2}
    echo "end \$t" >>order
tasks:
END
		cat
	} >"$dir/$case/w.yaml"
}

# Line of an event in the file order.
line_of()
{
	grep -nxF -e "$1" "$dir/$case/order" | cut -d: -f1
}

# after TASK PARENT...: task started once, after its parents had ended.
after()
{
	local start parent end

	start=$(line_of "start $1")
	[[ $start =~ ^[0-9]+$ ]] || fail "$1 started in lines '$start'"
	for parent in "${@:2}"; do
		end=$(line_of "end $parent")
		[ -n "$end" ] && [ "$end" -lt "$start" ] ||
			fail "$1 started in line $start, $parent ended in '$end'"
	done
}

# Siblings are one array with numbers of its own; the tasks that follow them
# one by one are another, with aftercorr; widths and element by element.
case_submit_workflow()
{
	local ids i

	workflow_file <<'END'
  - {id: plan, gflop: 5, out_gb: 0.1}
  - {id: s1, needs: [plan], gflop: 1}
  - {id: s2, needs: [plan], gflop: 2}
  - {id: s3, needs: [plan], gflop: 3}
  - {id: r2, needs: [s2]}
  - {id: r3, needs: [s3]}
  - {id: join, needs: [s1, r2, r3]}
  - {id: map, needs: [join], width: 3}
  - {id: post, needs_each: [map], width: 3}
END
	submit --wait --name "$case" w.yaml >"$dir/$case/out" ||
		fail "status $?"
	after plan
	after s1.0 plan
	after s3.2 plan
	after r2.1 s2.1
	after r3.2 s3.2
	after join s1.0 r2.1 r3.2
	for i in 0 1 2; do
		after "map.$i" join
		after "post.$i" "map.$i"
	done
	# plan, s1 to s3, r2 and r3, join, map, post
	ids=$(sed -n 's/^[a-z0-9]* \([0-9]*\).*/\1/p' "$dir/$case/out" |
		sort -u | wc -l)
	[ "$ids" -eq 6 ] || fail "$ids jobs, not 6"
}

# What needs a task that failed is cancelled, its neighbour runs, and the
# status tells; a task with retries gets through.
case_submit_failure()
{
	local status=0

	workflow_file <<'END'
  - {id: a1, command: exit 3}
  - {id: a2}
  - {id: b1, needs: [a1]}
  - {id: b2, needs: [a2]}
  - {id: last, needs: [b1, b2]}
  - {id: stubborn, command: 'test $SCALE_TRY = 2', retries: 2}
END
	submit --wait w.yaml >/dev/null 2>"$dir/$case/err" || status=$?
	[ $status -eq 1 ] || fail "status $status"
	after b2.1 a2.1
	! grep -q 'b1\|last' "$dir/$case/order" || fail "b1 or last ran"
	[ "$(sed -n 's/^scale-submit: //p' "$dir/$case/err" | paste -sd' ')" = \
		'a1: FAILED b1: CANCELLED last: CANCELLED' ] ||
		fail "said: $(cat "$dir/$case/err")"
	grep -q '^stubborn COMPLETED' "$dir/$case/err" || fail "no retry"
}

# A task adds to its own workflow, as an agent does that decides on the way.
case_submit_add()
{
	local note='{id: more, needs: [decide, t2], width: 2}'

	workflow_file <<<"  - $note"
	mv "$dir/$case/w.yaml" "$dir/$case/more.yaml"
	workflow_file <<END
  - {id: t1}
  - {id: t2}
  - id: decide
    needs: [t1, t2]
    command: |
      echo start decide >>order
      $build/workflow/scale-submit add -q "\$SCALE_WORKFLOW" more.yaml
      echo end decide >>order
END
	submit --wait --name "$case" w.yaml >/dev/null || fail "status $?"
	await 60 "more.1 ends" grep -qxF 'end more.1' "$dir/$case/order"
	after more.0 decide t2.1
	! submit add "$case" more.yaml 2>"$dir/$case/err" ||
		fail "added the same task again"
	grep -q 'has a task "more" already' "$dir/$case/err" ||
		fail "said: $(cat "$dir/$case/err")"
}

# A submission that Slurm refuses takes back those before it.
case_submit_takes_back()
{
	local status=0

	workflow_file 'sleep 100' <<'END'
  - {id: a}
  - {id: b, needs: [a]}
  - {id: c, needs: [b], mem_gb: 100000}
END
	submit --name "$case" w.yaml >/dev/null 2>"$dir/$case/err" || status=$?
	[ $status -eq 1 ] || fail "status $status"
	grep -q 'cancelled the 2 jobs submitted before' "$dir/$case/err" ||
		fail "said: $(cat "$dir/$case/err")"
	await 30 "the jobs are gone" queue_empty
}

# ^C while waiting leaves the workflow alone, or cancels it when told to.
case_submit_interrupt()
{
	local pid status what

	for what in detach cancel; do
		workflow_file 'sleep 3' <<<'  - {id: a}'
		cd "$dir/$case"
		# "RUNNING" must be of this run
		rm -f out err
		"$build/workflow/scale-submit" --wait --poll 0.5 \
			--name "$case-$what" --on-interrupt="$what" \
			w.yaml >out 2>err &
		pid=$!
		await 30 "a runs" grep -qs RUNNING err
		kill -TERM "$pid"
		status=0
		wait "$pid" || status=$?
		[ $status -eq 143 ] || fail "$what: status $status"
		set -- "$(awk '$1 == "a" { print $2 }' out)"
		if [ "$what" = detach ]; then
			ends_as COMPLETED "$1"
		else
			ends_as CANCELLED "$1"
		fi
	done
}
