# shellcheck shell=bash disable=SC2154 # run-tests sets dir, here, case
# ha_cases.sh - two controllers on one state directory; sourced by run-tests.
#
# Both run on this machine: the second in namespaces of its own, where it has
# another host name and another directory for its pid file.  Needs root.
# SPDX-License-Identifier: GPL-2.0-or-later

two_controllers()
{
	local address

	[ "$(id -u)" = 0 ] || exit 77
	unshare --uts --mount true 2>/dev/null || exit 77
	cp "$dir/slurm.conf" "$dir/slurm.conf.before"
	trap one_controller EXIT
	# each listens on what its own name resolves to
	address=$(getent ahostsv4 "$(hostname)" | awk '{ print $1; exit }')
	sed -i -e "s/^SlurmctldHost=\\(.*\\)(.*/SlurmctldHost=\\1($address)/" \
		-e '/^SlurmctldHost=/a SlurmctldHost=scale-backup(127.0.0.2)' \
		-e '/^SlurmctldTimeout=/d' "$dir/slurm.conf"
	# below 4 the primary's heart beats without a pause (a quarter, in whole
	# seconds), and a kill finds it between unlink() and link(): no
	# heartbeat, no takeover
	{
		echo "SlurmctldTimeout=4"
		echo "CommunicationParameters=NoCtldInAddrAny"
	} >>"$dir/slurm.conf"
	"$here/private-cluster" slurmctld restart "$dir"
	scontrol reconfigure
	start_backup
}

start_backup()
{
	mkdir -p "$dir/run-backup"
	touch "$dir/run-backup/munge"
	(cat /etc/hosts; echo "127.0.0.2 scale-backup") >"$dir/run-backup/hosts"
	# shellcheck disable=SC2016 # expanded inside
	(cd "$dir" && exec setsid unshare --uts --mount \
		env -i PATH="$PATH" LANG=C.UTF-8 USER=root HOME=/ \
		SLURM_CONF="$dir/slurm.conf" SCALE_PRIVATE_CLUSTER="$dir" \
		bash -c 'mount --make-rprivate / &&
			mount --bind "$1/run-backup/hosts" /etc/hosts &&
			mount --bind "$1/run/munge" "$1/run-backup/munge" &&
			mount --rbind "$1/run-backup" "$1/run" &&
			hostname scale-backup &&
			exec slurmctld -D -f "$1/slurm.conf" \
				-L "$1/log/backup.log"' bash "$dir" \
		</dev/null >"$dir/log/backup.err" 2>&1) &
	disown
	await 30 "the backup answers" controller_is 2 UP
}

# controller_is 1|2 UP|DOWN
controller_is()
{
	scontrol ping | sed -n "$1p" | grep -q "is $2"
}

backup_pid()
{
	cat "$dir/run-backup/slurmctld.pid" 2>/dev/null
}

one_controller()
{
	local pid

	pid=$(backup_pid) || true
	[ -z "$pid" ] || kill -KILL "$pid" || true
	mv "$dir/slurm.conf.before" "$dir/slurm.conf"
	"$here/private-cluster" slurmctld restart "$dir" ||
		"$here/private-cluster" slurmctld start "$dir"
	scontrol reconfigure
}

backup_log_has()
{
	grep -q "$@" "$dir/log/backup.log"
}

# The primary dies in the middle of a workflow, the backup goes on with it and
# the primary comes back; then all of it once more.
case_takeover()
{
	need_scale
	two_controllers
	take_over a
	take_over b
}

# take_over NAME: there and back, with a workflow of tasks NAME1 ...
take_over()
{
	local name=$1 i id last='' ids=() tasks=()

	for i in 1 2 3 4 5; do
		id=$(job "$name$i" ${last:+--dependency=afterok:$last} -- \
			--seconds $((i == 1 ? 12 : 3)))
		ids+=("$id") tasks+=("$name$i") last=$id
	done
	await 30 "${name}1 starts" started "${name}1"
	sleep 1.1
	touch "$dir/begun"
	ids+=("$(job "fan_$name" --array=1-3 --dependency="afterok:$last")")
	tasks+=("fan_$name"_{1..3})
	: >"$dir/log/backup.log"
	await 20 "state is saved" state_saved
	"$here/private-cluster" slurmctld kill "$dir"
	await 120 "the backup takes over" backup_log_has \
		"sched/scale: policy"
	await 60 "${name}3 starts" started "${name}3"
	backup_log_has "scale: JobId=.* wf=$case task=${name}2 .*hops=4" ||
		fail "the backup did not place ${name}2 as the primary would have"
	mark
	# neither answers while they change over
	"$here/private-cluster" slurmctld start "$dir" >/dev/null 2>&1 || true
	await 30 "the primary is back" controller_is 1 UP
	await 30 "and schedules" log_has "sched/scale: policy"
	ends_as COMPLETED "${ids[@]}"
	once "${tasks[@]}"
	in_order "$name"{1..5} "fan_${name}_1"
	log_has "scale: JobId=.* wf=$case task=fan_$name " ||
		fail "the primary placed nothing after its return"
	await 30 "the backup waits again" controller_is 2 UP
}
