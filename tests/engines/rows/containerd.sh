# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016
# containerd, by ctr(1). Sourced by ../matrix, which has the row machinery.
start_containerd() { [ -n "${CDPID:-}" ] && return
cat > $B/cd/config.toml <<X
version = 2
root = "$B/cd/root"
state = "$B/cd/run"
disabled_plugins = ["io.containerd.grpc.v1.cri","io.containerd.snapshotter.v1.btrfs","io.containerd.snapshotter.v1.zfs","io.containerd.snapshotter.v1.devmapper","io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "$B/cd/s"
[ttrpc]
address = "$B/cd/t"
[plugins."io.containerd.internal.v1.opt"]
path = "$B/cd/opt"
X
containerd -c $B/cd/config.toml > $B/cd/log 2>&1 & CDPID=$!; PIDS+=($CDPID)
for i in $(seq 50); do ctr -a $B/cd/s version >/dev/null 2>&1 && break; sleep 0.2; done; }
blk_containerd() { local e=containerd; start_containerd
export CT="ctr -a $B/cd/s" RB="--runc-binary $RT" I=docker.io/library/bb:latest
r() { row $e "$@"; }
r import 0 'bb' '$CT image import $B/img/bb.oci.tar'
r run 0 '^hi$' '$CT run --rm $RB $I t1 echo hi'
r exit-code 3 '' '$CT run --rm $RB $I t1 sh -c "exit 3"'
r noent 1 'nonexistent' '$CT run --rm $RB $I t2 /nonexistent; rc=$?; $CT c rm t2 >/dev/null 2>&1; exit $rc'
r tty 0 '/dev/pts/0' 'script -qec "$CT run --rm -t $RB $I t1 tty" /dev/null'
r run-d 0 'RUNNING' '$CT run -d $RB $I t3 sleep 1000 && $CT task ls | grep t3'
r task-ps 0 '[0-9]+' '$CT task ps t3'
r metrics 0 'memory|pids' '$CT task metrics t3'
r exec 0 '^x$' '$CT task exec --exec-id e$RANDOM t3 echo x'
r exec-rc 5 '' '$CT task exec --exec-id e$RANDOM t3 sh -c "exit 5"'
r exec-tty 0 '/dev/pts/0' 'script -qec "$CT task exec -t --exec-id e$RANDOM t3 tty" /dev/null'
r exec-noent 1 'nonexistent' '$CT task exec --exec-id e$RANDOM t3 /nonexistent'
r exec-user 0 'uid=1' '$CT task exec --user 1:1 --exec-id e$RANDOM t3 id'
r exec-d-kill 0 '' '$CT task exec -d --exec-id ek t3 sleep 100 && $CT task kill --exec-id ek -s KILL t3'
r pause 0 'PAUSED' '$CT task pause t3 && $CT task ls | grep t3'
r resume 0 'RUNNING' '$CT task resume t3 && $CT task ls | grep t3'
r kill 0 'STOPPED' '$CT task kill -s KILL t3 && sleep 0.5 && $CT task ls | grep t3'
r task-rm-start 0 'RUNNING' '$CT task rm t3 2>/dev/null; $CT task start -d t3 && $CT task ls | grep t3'
r task-rm-f 0 '' '$CT task rm -f t3; $CT c rm t3'
r double-create 1 'exist' '$CT run -d $RB $I t4 sleep 50 >/dev/null; $CT run -d $RB $I t4 sleep 50; rc=$?; $CT task rm -f t4 >/dev/null 2>&1; $CT c rm t4 >/dev/null 2>&1; exit $rc'
r privileged 0 'CapEff:	0*1ff' '$CT run --rm $RB --privileged $I t5 grep CapEff /proc/self/status'
r read-only 1 'Read-only' '$CT run --rm $RB --read-only $I t5 touch /x'
r limits 0 '67108864.50000' '$CT run -d $RB --memory-limit 67108864 --cpus 0.5 --cgroup /smoke-'$$'/m $I t6 sleep 50 && cat /sys/fs/cgroup/memory/smoke-'$$'/m/memory.limit_in_bytes /sys/fs/cgroup/cpu/smoke-'$$'/m/cpu.cfs_quota_us; rc=$?; $CT task rm -f t6 >/dev/null 2>&1; $CT c rm t6; exit $rc'
r cgroup-removed 0 '' '[ ! -d /sys/fs/cgroup/memory/smoke-'$$'/m ]'
r oom-137 137 '' '$CT run --rm $RB --memory-limit 10485760 $I t6 dd if=/dev/zero of=/dev/null bs=100M count=1'
r seccomp 0 'Seccomp:	2' '$CT run --rm $RB --seccomp $I t7 grep Seccomp: /proc/self/status'
r net-host 0 "$(readlink /proc/self/ns/net | tr -d '[]')" '$CT run --rm $RB --net-host $I t7 readlink /proc/self/ns/net | tr -d "[]"'
r mount-ro 1 'Read-only' '$CT run --rm $RB --mount type=bind,src=$B/img,dst=/m,options=rbind:ro $I t7 touch /m/x'
r env-cwd 0 'B./tmp' '$CT run --rm $RB --env A=B --cwd /tmp $I t7 sh -c "echo \$A; pwd"'
r uidmap 0 '200000' '$CT run --rm $RB --uidmap 0:200000:65536 --gidmap 0:200000:65536 $I t7 cat /proc/self/uid_map'
r device 0 'fuse' '$CT run --rm $RB --device /dev/fuse $I t7 ls /dev/fuse'
r caps 0 'CapEff:	00000000a82425fa' '$CT run --rm $RB --cap-drop CAP_CHOWN --cap-add CAP_SYS_ADMIN $I t7 grep CapEff /proc/self/status'
r rootfs-propagation 0 '' '$CT run --rm $RB --rootfs-propagation rshared $I t7 true'
r no-new-privs 0 'NoNewPrivs:	1' '$CT run --rm $RB $I t7 grep NoNew /proc/self/status'
r pid-file 0 '^[0-9]+$' '$CT run -d $RB --pid-file $B/cd/pf $I t8 sleep 50; cat $B/cd/pf; echo; $CT task rm -f t8 >/dev/null 2>&1; $CT c rm t8'
r no-leftovers 0 '^0$' '$CT task ls -q | wc -l'
}
