#!/usr/bin/env bash
# A Slurm cluster on this machine alone, for tests: munged, slurmctld and a slurmd for each virtual node, all on the
# loopback interface, without systemd and without cgroups, as root or as anybody (then for that user's jobs only).
#
#   slurm/test-cluster.sh start             starts it and prints the line that makes srun talk to it
#   slurm/test-cluster.sh run COMMAND...    starts it, runs the command, stops it
#   slurm/test-cluster.sh status | stop
#
# Settings, from the environment:
#   CLUSTER_DIR    everything lives here: configuration, sockets, logs   ($TMPDIR/kroncut-cluster-<user id>)
#   CLUSTER_NODES  virtual nodes, n1, n2, ... (2)        CLUSTER_CPUS   CPUs that each claims to have (4)
#   CLUSTER_GPUS   pretended GPUs of each (2)            CLUSTER_MEMORY MiB of each (4000)
#   CLUSTER_QPUS   pretended quantum processors (1)      CLUSTER_PORT   first of a range of ports (18700)
#
# Needs (Debian): slurm-wlm slurm-wlm-basic-plugins slurmctld slurmd slurm-client munge
set -euo pipefail

user=$(id -un)
dir=${CLUSTER_DIR:-${TMPDIR:-/tmp}/kroncut-cluster-$(id -u)}
nodes=${CLUSTER_NODES:-2}
cpus=${CLUSTER_CPUS:-4}
gpus=${CLUSTER_GPUS:-2}
memory=${CLUSTER_MEMORY:-4000}
qpus=${CLUSTER_QPUS:-1}
port=${CLUSTER_PORT:-18700}
shared_memory=/dev/shm/kroncut-cluster-$port
host=$(hostname -s 2>/dev/null || uname -n)
PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$dir/slurm.conf

fail() {
  echo "test-cluster: $*" >&2
  exit 1
}

# Calls a command ten times a second until it succeeds.
await() { # seconds, what is awaited, command...
  local rounds=$(($1 * 10)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((rounds-- > 0)) || fail "$what did not come up; the logs are in $dir/log"
    sleep 0.1
  done
}

configure() {
  mkdir -p "$dir"/{log,pid,state}
  chmod 755 "$dir" "$dir"/{log,pid}
  # munged refuses a key or socket in a folder that others may write to.
  mkdir -p "$dir/munge" && chmod 711 "$dir/munge"
  local node
  for ((node = 1; node <= nodes; node++)); do
    mkdir -p -m 755 "$dir/spool/n$node"
    mkdir -p -m 1777 "$dir/tmp/n$node"
  done
  [[ -s $dir/munge/key ]] || (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")

  # A GPU needs a character device; anything will do, since only its number matters here.
  local types=() counts=()
  echo "AutoDetect=off" >"$dir/gres.conf"
  if ((gpus > 0)); then
    mkdir -p "$dir/gpu"
    local gpu
    for ((gpu = 0; gpu < gpus; gpu++)); do ln -sfn /dev/null "$dir/gpu/nvidia$gpu"; done
    echo "NodeName=n[1-$nodes] Name=gpu File=$dir/gpu/nvidia[0-$((gpus - 1))]" >>"$dir/gres.conf"
    types+=(gpu)
    counts+=("gpu:$gpus")
  fi
  # A quantum processor has no device here: it is reached over the network, and counted so that jobs wait for one another.
  if ((qpus > 0)); then
    echo "NodeName=n[1-$nodes] Name=qpu Count=$qpus" >>"$dir/gres.conf"
    types+=(qpu)
    counts+=("qpu:$qpus")
  fi
  local gres_types='' gres_node=''
  if ((${#types[@]} > 0)); then
    gres_types=GresTypes=$(IFS=, && echo "${types[*]}")
    gres_node=Gres=$(IFS=, && echo "${counts[*]}")
  fi
  echo "CgroupAutomount=no" >"$dir/cgroup.conf"

  # First of the four settings that MPI needs here: a fence that no rank leaves early. With the default, a step over
  # four nodes dies in MPI_Init now and then.
  echo "PMIxCollFence=ring" >"$dir/mpi.conf"

  # Second: a folder for shared memory of its own for each virtual node. They share a host name, so Open MPI would
  # give the segments of two nodes one name. Third: ranks that wait give their core to others, since there are more
  # ranks than cores.
  cat >"$dir/task_prolog.sh" <<PROLOG
#!/bin/sh
folder=$shared_memory-\$SLURMD_NODENAME-\$(id -u)
mkdir -p -m 700 "\$folder"
echo "export OMPI_MCA_btl_vader_backing_directory=\$folder"
echo "export OMPI_MCA_btl_tcp_if_include=lo"
echo "export OMPI_MCA_mpi_yield_when_idle=\${OMPI_MCA_mpi_yield_when_idle:-1}"
PROLOG
  chmod 755 "$dir/task_prolog.sh"

  # Fourth: KillOnBadExit, so that a rank that ends before MPI has started takes the others with it.
  cat >"$SLURM_CONF" <<CONF
ClusterName=kroncut
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
TmpFS=$dir/tmp/%n
SlurmctldPidFile=$dir/pid/slurmctld
SlurmdPidFile=$dir/pid/slurmd-%n
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/slurmd-%n
# Nothing that needs privileges, a database or a mail server.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MailProg=/bin/true
MpiDefault=pmix
TaskProlog=$dir/task_prolog.sh
KillOnBadExit=1
# Nodes claim CPUs and memory that this machine need not have.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=200
# Jobs start and end at once.
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=2
ReturnToService=2
KillWait=5
MessageTimeout=20
SlurmctldTimeout=120
SlurmdTimeout=120
UnkillableStepTimeout=60
InactiveLimit=0
WaitTime=0
MinJobAge=300
$gres_types
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=$cpus RealMemory=$memory $gres_node State=UNKNOWN
# A job of the second partition takes nodes from one of the first, which goes back into the queue.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=test Nodes=ALL Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=ALL PriorityTier=2 MaxTime=INFINITE State=UP
CONF
}

# The process of a pid file, if it still is the program that wrote it.
running() { # pid file, program
  local pid
  pid=$(cat "$1" 2>/dev/null) && [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]] && echo "$pid"
}

all_idle() {
  [[ $(sinfo --noheader --Node --partition=test --format=%T | grep -c '^idle$') -ge $nodes ]]
}

start() {
  local program
  for program in munged slurmctld slurmd srun; do
    command -v "$program" >/dev/null || fail "$program is not installed; apt-get install slurm-wlm munge"
  done
  # Sockets have names of at most 107 bytes.
  ((${#dir} <= 70)) || fail "the path $dir is too long; set CLUSTER_DIR to a shorter one"
  if running "$dir/pid/slurmctld" slurmctld >/dev/null; then
    fail "a cluster runs in $dir already; stop it first, or set CLUSTER_DIR and CLUSTER_PORT"
  fi
  # No jobs or node states of an earlier run.
  rm -rf "$dir"/{state,spool,log}
  configure
  running "$dir/munge/pid" munged >/dev/null ||
    munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
      --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" --num-threads=2
  await 15 munged munge -n -S "$dir/munge/socket"
  slurmctld -i -f "$SLURM_CONF"
  await 30 slurmctld scontrol ping
  local node
  for ((node = 1; node <= nodes; node++)); do slurmd -N "n$node" -f "$SLURM_CONF"; done
  await 60 "the nodes" all_idle
  echo "export SLURM_CONF=$SLURM_CONF"
}

end() { # program, pid files...: asks them to end, and after ten seconds makes them
  local program=$1 file pid rounds=100
  shift
  for file in "$@"; do pid=$(running "$file" "$program") && kill -TERM "$pid" 2>/dev/null || true; done
  for file in "$@"; do
    while pid=$(running "$file" "$program") && ((rounds-- > 0)); do sleep 0.1; done
    pid=$(running "$file" "$program") && kill -KILL "$pid" 2>/dev/null || true
  done
}

jobs_gone() { [[ -z $(squeue --noheader) ]]; }

stop() {
  [[ -d $dir/pid ]] || return 0
  if running "$dir/pid/slurmctld" slurmctld >/dev/null && ! jobs_gone; then
    scancel --user="$user" || true
    local rounds=100
    until jobs_gone || ((rounds-- == 0)); do sleep 0.1; done
  fi
  end slurmd "$dir"/pid/slurmd-*
  end slurmctld "$dir/pid/slurmctld"
  end munged "$dir/munge/pid"
  # Segments of ranks that were killed.
  rm -rf "$shared_memory"-n*
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) sinfo --Node --partition=test --format='%N %T %c %m %G' && scontrol ping ;;
  run)
    shift
    trap stop EXIT
    start >/dev/null
    "$@"
    ;;
  *) fail "usage: $0 start | stop | status | run COMMAND..." ;;
esac
