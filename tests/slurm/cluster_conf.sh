# shellcheck shell=bash disable=SC2154 # private-cluster sets what it reads
# cluster_conf.sh - nodes, slurm.conf and scale.yaml of a private cluster;
# sourced by private-cluster.
# SPDX-License-Identifier: GPL-2.0-or-later

# How the three tiers of the paper are emulated: name GFLOPS GB idle W busy W
# Weight.  Slurm takes low weights first, hence stock Slurm, too, takes the
# fast nodes first.
tiers()
{
	cat <<END
small 5 16 50 100 3
medium 10 32 100 200 2
large 20 80 200 400 1
END
}

# How many of NODES nodes belong to tier $1.
tier_size()
{
	local small=$(((nodes * 4 + 8) / 16)) large=$(((nodes * 2 + 8) / 16))

	case $1 in
	small) echo "$small" ;;
	large) echo "$large" ;;
	medium) echo $((nodes - small - large)) ;;
	esac
}

# Nodes of --mixed beside the tiers, as in node_table: two to share, one of
# them with a lower weight, and two that power down.
mixed_nodes()
{
	cat <<END
w1 wide 40 64 200 400 2 4
w2 wide 40 64 200 400 1 4
c1 cloud 40 32 200 400 1 1
c2 cloud 40 32 200 400 1 1
END
}

# One line per node: name tier GFLOPS GB idle busy weight CPUs.
node_table()
{
	local tier gflops gb idle busy weight i n=0

	while read -r tier gflops gb idle busy weight; do
		for ((i = $(tier_size "$tier"); i > 0; i--)); do
			n=$((n + 1))
			echo "n$n $tier $gflops $gb $idle $busy $weight $cpus"
		done
	done < <(tiers)
	[ -z "$mixed" ] || mixed_nodes
}

# Lines of slurm.conf for --mixed.  A partition "main" of the tiers as
# without it; "urgent" and "spare" on the same nodes, the latter's jobs are
# requeued for others; "wide" to share nodes and "whole" not to; "cloud".
mixed_conf()
{
	cat <<END
Licenses=tool:2
GresTypes=gpu
PriorityType=priority/multifactor
PriorityWeightQOS=100000
PriorityWeightPartition=10000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SuspendProgram=$dir/power-down
ResumeProgram=$dir/power-up
RebootProgram=$dir/reboot
Epilog=$dir/epilog
SuspendTimeout=2
ResumeTimeout=30
END
}

mixed_partitions()
{
	local all=n[1-$nodes]

	cat <<END
PartitionName=main Nodes=$all Default=YES MaxTime=INFINITE PriorityTier=5 PreemptMode=OFF
PartitionName=urgent Nodes=$all MaxTime=INFINITE PriorityTier=9 PreemptMode=OFF
PartitionName=spare Nodes=$all MaxTime=INFINITE PriorityTier=1 PreemptMode=REQUEUE
PartitionName=wide Nodes=w1,w2 MaxTime=INFINITE PriorityTier=5 PreemptMode=OFF
PartitionName=whole Nodes=w1,w2 MaxTime=INFINITE OverSubscribe=EXCLUSIVE PriorityTier=5 PreemptMode=OFF
PartitionName=cloud Nodes=c1,c2 MaxTime=INFINITE PriorityTier=5 PreemptMode=OFF SuspendTime=36000
END
}

# Ends at once, or in three seconds while there is a file slow_epilog.
write_epilog()
{
	cat >"$dir/epilog" <<END
#!/bin/sh
[ ! -e $dir/slow_epilog ] || sleep 3
END
	chmod 755 "$dir/epilog"
}

# What slurmctld and slurmd run to end, start and reboot emulated nodes.
write_power_programs()
{
	local name verb

	while read -r name verb; do
		cat >"$dir/$name" <<END
#!/bin/bash
export SLURM_CONF=$dir/slurm.conf PATH=$PATH
$self slurmd $verb $dir \
	\${SCALE_NODE:-\$(scontrol show hostnames "\$1")} \
	</dev/null >>$dir/log/power.log 2>&1
END
		chmod 755 "$dir/$name"
	done <<END
power-down kill
power-up reboot
reboot reboot
END
}

accounting_conf()
{
	cat <<END
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$1
AccountingStoragePass=$dir/run/munge
AccountingStorageEnforce=associations,limits,qos
END
}

# IN $1 port
write_slurmdbd_conf()
{
	(umask 077 && cat >"$dir/slurmdbd.conf") <<END
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$1
SlurmUser=$(id -un)
LogFile=$dir/log/slurmdbd.log
PidFile=$dir/run/slurmdbd.pid
PluginDir=$(system_plugindir)
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=$(id -un)
StorageLoc=slurm_acct_db
END
}

# All that depends on ports; $1 is the first of two more than there are nodes.
write_conf_files()
{
	write_slurm_conf "$1" >"$dir/slurm.conf" || return
	[ -z "$accounting" ] ||
		write_slurmdbd_conf $(($1 + total + 1)) || return
	[ -z "$mixed" ] || {
		echo "NodeName=w1 Name=gpu File=/dev/null" >"$dir/gres.conf"
		write_power_programs
		write_epilog
	}
}

# The directory with Slurm's own plugins.
system_plugindir()
{
	local dir

	for dir in ${SLURM_PLUGINDIR:-} /usr/lib/*/slurm-wlm /usr/lib/*/slurm \
		   /usr/lib64/slurm /usr/lib/slurm /usr/local/lib/slurm; do
		if [ -e "$dir/sched_backfill.so" ]; then
			echo "$dir"
			return
		fi
	done
	die "no sched_backfill.so found; set SLURM_PLUGINDIR"
}

# IN $1 port of slurmctld, followed by those of the nodes
write_slurm_conf()
{
	local host user port=$1 scheduler_type params plugindir line
	local name tier gflops gb idle busy weight ncpus

	host=$(hostname -s)
	user=$(id -un)
	plugindir=$(system_plugindir) || exit 1
	# The scheduling intervals that make stock Slurm react fastest.
	params=bf_interval=1,bf_continue,sched_min_interval=0,batch_sched_delay=0
	case $scheduler in
	stock)
		scheduler_type=sched/backfill
		params=
		;;
	tuned)
		scheduler_type=sched/backfill
		;;
	scale)
		scheduler_type=sched/scale
		# defer: no start at submission, before the plugin has seen it
		params=defer,$params
		plugindir=$build/plugin/.libs:$plugindir
		;;
	esac
	{
		cat <<END
ClusterName=scale
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge
CredType=cred/munge
SlurmctldPort=$port
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmctldDebug=info
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmdLogFile=$dir/log/slurmd-%n.log
SlurmdDebug=info
SlurmdSpoolDir=$dir/spool/%n
SlurmdParameters=config_overrides
StateSaveLocation=$dir/state
PluginDir=$plugindir
MailProg=/bin/true
SchedulerType=$scheduler_type
SchedulerParameters=$params
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/jobcomp.txt
PropagateResourceLimits=NONE
ReturnToService=2
KillWait=2
SlurmctldTimeout=30
SlurmdTimeout=60
END
		[ -z "$accounting" ] || accounting_conf $((port + total + 1))
		[ -z "$mixed" ] || mixed_conf
		printf '%s\n' ${conf[@]+"${conf[@]}"}
	} | awk -F= '$2 != "" && !($1 in line) { key[++n] = $1 }
		     $2 != "" { line[$1] = $0 }
		     END { for (i = 1; i <= n; i++) print line[key[i]] }'
	while read -r name tier gflops gb idle busy weight ncpus; do
		port=$((port + 1))
		line="NodeName=$name NodeHostname=$host NodeAddr=127.0.0.1"
		line+=" Port=$port CPUs=$ncpus CoresPerSocket=$ncpus"
		line+=" RealMemory=$((gb * 1024)) Feature=$tier Weight=$weight"
		[ "$name" != w1 ] || line+=" Gres=gpu:1"
		echo "$line State=UNKNOWN"
	done <"$dir/nodes"
	if [ "$mixed" ]; then
		mixed_partitions
	else
		echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE"
	fi
}

write_scale_yaml()
{
	cat <<END
# Written by $me for sched/scale.
model: $dir/model.safetensors
policy: $policy
nodes:
END
	awk '!seen[$2]++ {
		print "  - feature: " $2
		print "    gflops: " $3
		print "    idle_w: " $5
		print "    busy_w: " $6
	}' "$dir/nodes"
	cat <<END
bandwidth_gb_s: 10
latency_s: 0.01
time_scale: $time_scale
END
}
