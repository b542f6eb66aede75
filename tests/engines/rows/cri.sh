# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016
# Kubernetes' way: containerd's CRI, with tare as a runtime class. ../cri stands in for the kubelet. Sourced by ../matrix.
start_cri() {
mkdir -p $B/cri
cat > $B/cri/config.toml <<X
version = 2
root = "$B/cri/root"
state = "$B/cri/run"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs","io.containerd.snapshotter.v1.zfs","io.containerd.snapshotter.v1.devmapper","io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "$B/cri/s"
[ttrpc]
address = "$B/cri/t"
[plugins."io.containerd.internal.v1.opt"]
path = "$B/cri/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/library/pause:latest"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "tare"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tare]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tare.options]
BinaryName = "$RT"
X
containerd -c $B/cri/config.toml > $B/cri/log 2>&1 & PIDS+=($!)
for i in $(seq 50); do ctr -a $B/cri/s version >/dev/null 2>&1 && break; sleep 0.2; done
for i in bb pause; do ctr -a $B/cri/s -n k8s.io image import $B/img/$i.oci.tar >/dev/null; done
}
blk_cri() { local e=cri; start_cri
export CRI="$HERE/cri $B/cri/s docker.io/library/bb:latest"
r() { row $e "$@"; }
r version 0 'containerd' '$CRI version'
r pod 0 '^[0-9a-f]{64}$' '$CRI pod p1 /smoke-'$$'/pod1 | tee $B/cri/pod'
r container-a 0 '^[0-9a-f]{64}$' '$CRI container $(cat $B/cri/pod) a 67108864 sh -c "echo from a > /tmp/a; sleep 1000" | tee $B/cri/a'
r container-b 0 '^[0-9a-f]{64}$' '$CRI container $(cat $B/cri/pod) b 33554432 sleep 1000 | tee $B/cri/b'
r list 0 'a RUNNING.*b RUNNING' '$CRI list | sort | tr "\n" " "'
r exec-a 0 '^from a$' '$CRI exec $(cat $B/cri/a) cat /tmp/a'
r exec-rc 7 '' '$CRI exec $(cat $B/cri/b) sh -c "exit 7"'
r exec-noent 1 'no such file|not found' '$CRI exec $(cat $B/cri/b) /nonexistent'
r shared-ipc-net 0 '^2$' 'for n in ipc net; do [ "$($CRI exec $(cat $B/cri/a) readlink /proc/self/ns/$n)" = "$($CRI exec $(cat $B/cri/b) readlink /proc/self/ns/$n)" ] && echo $n; done | wc -l'
r own-mnt-pid 0 '^0$' 'for n in mnt pid; do [ "$($CRI exec $(cat $B/cri/a) readlink /proc/self/ns/$n)" = "$($CRI exec $(cat $B/cri/b) readlink /proc/self/ns/$n)" ] && echo $n; done | wc -l'
r limits 0 '^67108864$' 'cat $(find /sys/fs/cgroup/memory/smoke-'$$'/pod1 -path "*$(cat $B/cri/a)/memory.limit_in_bytes")'
r update 0 '^50331648$' '$CRI update $(cat $B/cri/b) 50331648 && cat $(find /sys/fs/cgroup/memory/smoke-'$$'/pod1 -path "*$(cat $B/cri/b)/memory.limit_in_bytes")'
r stop-b 0 'b EXITED' '$CRI stop $(cat $B/cri/b) && $CRI list'
r restart-b 0 'b RUNNING' '$CRI remove $(cat $B/cri/b) && $CRI container $(cat $B/cri/pod) b 33554432 sleep 1000 >$B/cri/b && $CRI list'
r stop-pod 0 '' '$CRI stop-pod $(cat $B/cri/pod)'
r remove-pod 0 '^$' '$CRI remove-pod $(cat $B/cri/pod) && $CRI list'
r no-leftovers 0 '^0$' 'find /sys/fs/cgroup/memory/smoke-'$$'/pod1 -mindepth 1 -type d 2>/dev/null | wc -l'
}
