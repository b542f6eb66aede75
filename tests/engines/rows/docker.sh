# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016
# Docker. Sourced by ../matrix, which has the row machinery.
blk_docker() { local e=docker; start_containerd
cat > $B/dk/daemon.json <<X
{"data-root":"$B/dk/data","exec-root":"$B/dk/exec","pidfile":"$B/dk/pid","hosts":["unix://$B/dk/s"],"containerd":"$B/cd/s","storage-driver":"overlay2",
"cgroup-parent":"/smoke-$$","exec-opts":["native.cgroupdriver=cgroupfs"],"default-runtime":"rut","runtimes":{"rut":{"path":"$RT"}},"ip6tables":false,"experimental":true}
X
dockerd --config-file $B/dk/daemon.json > $B/dk/log 2>&1 & PIDS=($! "${PIDS[@]}")
export DK="/usr/bin/docker -H unix://$B/dk/s" I=bb N="--network none"
for i in $(seq 60); do $DK version >/dev/null 2>&1 && break; sleep 0.3; done
r() { row $e "$@"; }
r import 0 'sha256' '$DK import $B/img/bb.tar bb:latest'
r info 0 'Default Runtime: rut' '$DK info 2>/dev/null'
r run 0 '^hi$' '$DK run --rm $N $I echo hi'
r exit-code 3 '' '$DK run --rm $N $I sh -c "exit 3"'
r noent-127 127 '' '$DK run --rm $N $I /nonexistent'
r noexec-126 126 '' '$DK run --rm $N $I /etc/plain'
r tty 0 '/dev/pts/0' '$DK run --rm -t $N $I tty'
r stdin 0 '^abc$' 'echo abc | $DK run --rm -i $N $I cat'
r run-d 0 '[0-9a-f]{64}' '$DK run -d --name c1 $N $I sh -c "trap \"exit 9\" TERM; while :; do sleep 0.1; done"'
r exec 0 '^x$' '$DK exec c1 echo x'
r exec-rc 5 '' '$DK exec c1 sh -c "exit 5"'
r exec-noent any 'not found|no such file' '$DK exec c1 /nonexistent'
r exec-tty 0 '/dev/pts/0' '$DK exec -t c1 tty'
r exec-user-env 0 'uid=1.*/tmp.*B' '$DK exec -u 1:1 -w /tmp -e A=B c1 sh -c "echo \$(id) \$PWD \$A"'
r pause 0 'paused' '$DK pause c1 >/dev/null; $DK inspect -f "{{.State.Status}}" c1'
r unpause 0 'running' '$DK unpause c1 >/dev/null; $DK inspect -f "{{.State.Status}}" c1'
r update 0 '67108864.50' '$DK update --memory 64m --memory-swap 128m --cpus 0.5 --pids-limit 50 c1 >/dev/null && $DK exec c1 cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max'
r update-cpu-only 0 'c1' '$DK update --cpu-shares 512 --cpuset-cpus 0 c1'
r stats 0 'c1' '$DK stats --no-stream c1'
r top 0 'trap' '$DK top c1'
r stop-graceful 0 '^9$' '$DK stop -t 10 c1 >/dev/null; $DK inspect -f "{{.State.ExitCode}}" c1'
r start-restart 0 'running' '$DK start c1 >/dev/null; $DK restart -t 5 c1 >/dev/null; $DK inspect -f "{{.State.Status}}" c1'
r kill 0 '^137$' '$DK kill c1 >/dev/null; $DK wait c1'
r rm 0 'c1' '$DK rm c1'
r rm-f 0 'c2' '$DK run -d --name c2 $N $I sleep 1000 >/dev/null; $DK rm -f c2'
r --init 0 'docker-init' '$DK run --rm --init $N $I ps'
r --privileged 0 'CapEff' '$DK run --rm --privileged $N $I grep CapEff /proc/self/status'
r --read-only 0 'ro-ok' '$DK run --rm --read-only --tmpfs /t:size=1m $N $I sh -c "touch /x || { touch /t/y && echo ro-ok; }"'
r --device 0 'fz' '$DK run --rm --device /dev/fuse:/dev/fz $N $I ls /dev/fz'
r device-cgroup-rule 0 '' '$DK run --rm --device-cgroup-rule "c 10:* rwm" $N $I true'
r --ulimit 0 '100.200' '$DK run --rm --ulimit nofile=100:200 $N $I sh -c "ulimit -n; ulimit -Hn"'
r --sysctl 0 '^1$' '$DK run --rm --sysctl net.ipv4.ip_forward=1 $N $I cat /proc/sys/net/ipv4/ip_forward'
r seccomp-default 0 'Seccomp:	2' '$DK run --rm $N $I grep Seccomp: /proc/self/status'
r seccomp-unconfined 0 'Seccomp:	0' '$DK run --rm --security-opt seccomp=unconfined $N $I grep Seccomp: /proc/self/status'
r no-new-privileges 0 'NoNewPrivs:	1' '$DK run --rm --security-opt no-new-privileges $N $I grep NoNewPrivs /proc/self/status'
r cap-drop 0 '0000000000000001' '$DK run --rm --cap-drop ALL --cap-add CHOWN $N $I grep CapEff /proc/self/status'
r limits 0 '67108864.33.50000' '$DK run --rm -m 64m --cpus 0.5 --cpuset-cpus 0 --pids-limit 33 $N $I cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us'
r oom-killed 0 'true 137' '$DK run --name oom$$ -m 20m --memory-swap 20m $N $I dd if=/dev/zero of=/dev/null bs=100M count=1; $DK inspect -f "{{.State.OOMKilled}} {{.State.ExitCode}}" oom$$; $DK rm oom$$'
r bind-ro 1 'Read-only' '$DK run --rm -v $B/img:/m:ro,rslave $N $I touch /m/x'
r volume 0 '^v$' '$DK run --rm -v dv:/v $N $I sh -c "echo v > /v/x; cat /v/x"'
r ns-host 0 '' '$DK run --rm --pid=host --ipc=host --uts=host $N $I true'
r cgroupns-private 0 ':/$' '$DK run --rm --cgroupns=private $N $I tail -1 /proc/self/cgroup'
r ns-container 0 'sleep 77' '$DK run -d --name nc --ipc shareable $N $I sleep 77 >/dev/null; $DK run --rm --pid container:nc --ipc container:nc --network container:nc $I ps; rc=$?; $DK rm -f nc >/dev/null; exit $rc'
r health 0 '^healthy' '$DK run -d --name hc --health-cmd true --health-interval 1s $N $I sleep 99 >/dev/null; sleep 3; $DK inspect -f "{{.State.Health.Status}}" hc; $DK rm -f hc >/dev/null'
r bridge-port 0 'notexec' '$DK run -d --name np -p 127.0.0.1:8099:80 $I httpd -f -p 80 -h /etc >/dev/null; sleep 1; busybox wget -qO- http://127.0.0.1:8099/plain; rc=$?; $DK rm -f np >/dev/null; exit $rc'
r user 0 'uid=1234.*gid=5678' '$DK run --rm --user 1234:5678 --group-add 20 $N $I id'
r oom-score-adj 0 '500' '$DK run --rm --oom-score-adj 500 $N $I cat /proc/self/oom_score_adj'
r restart-policy 0 '[1-9]' '$DK run -d --name rp --restart on-failure:2 $N $I false >/dev/null; sleep 3; $DK inspect -f "{{.RestartCount}}" rp; $DK rm -f rp >/dev/null'
# Beyond the list of smoke.sh: what compose asks for.
r compose-network 0 'notexec' '$DK network create cn >/dev/null; $DK run -d --name web --network cn --network-alias web $I httpd -f -p 80 -h /etc >/dev/null; sleep 1; $DK run --rm --network cn $I wget -qO- http://web/plain; rc=$?; $DK rm -f web >/dev/null; $DK network rm cn >/dev/null; exit $rc'
r network-connect 0 '2' '$DK network create c1n >/dev/null; $DK run -d --name nn --network bridge $I sleep 99 >/dev/null; $DK network connect c1n nn; $DK exec nn sh -c "ls /sys/class/net | grep -c eth"; $DK rm -f nn >/dev/null; $DK network rm c1n >/dev/null'
r exec-privileged 0 'CapEff:	0*(1|3)ff' '$DK run -d --name dp $N $I sleep 99 >/dev/null; $DK exec --privileged dp grep CapEff /proc/self/status; $DK rm -f dp >/dev/null'
r exec-detach 0 'done' '$DK run -d --name dd $N $I sleep 99 >/dev/null; $DK exec -d dd sh -c "echo done > /d"; sleep 0.5; $DK exec dd cat /d; $DK rm -f dd >/dev/null'
r logs-attach-size 0 '33 99' 'script -qec "stty rows 33 cols 99; $DK run --rm -it $N $I sh -c \"sleep 0.5; stty size\"" /dev/null'
r cp 0 'notexec' '$DK create --name dc $N $I true >/dev/null; $DK cp dc:/etc/plain - | tar -xO; $DK rm dc >/dev/null'
r build 0 'built' 'mkdir -p $B/tmp/db; printf "FROM $I\nRUN echo built > /b\n" > $B/tmp/db/Dockerfile; DOCKER_BUILDKIT=0 $DK build -q --network none -t dbld $B/tmp/db >/dev/null && $DK run --rm $N dbld cat /b'
$DK ps -aq 2>/dev/null | xargs -r $DK rm -f >/dev/null 2>&1
}
