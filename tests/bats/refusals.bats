# SPDX-License-Identifier: Apache-2.0
# One row per refusal of the planner, counted from its source; and documents that are none. Each is refused
# with its pointer before anything is touched.
load helpers

# POINTER ~ MESSAGE ~ a jq program that spoils the config [~ one that fakes the host [~ global options]]
refusals() {
	cat <<-'EOF'
		~tare needs Linux 5.4; this is 5.3~.~.kernel = 503
		/ociVersion~"invalid" is not a version~.ociVersion = "invalid"
		/ociVersion~version 2.0.0 of the specification is not supported~.ociVersion = "2.0.0"
		/root~needs a root filesystem~del(.root)
		/linux/seccomp/syscalls/0/names/0~, and run.oci.seccomp_fail_unknown_syscall is set~.annotations["run.oci.seccomp_fail_unknown_syscall"] = "" | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}
		/linux/seccomp/syscalls/0~setsid fails with errno 1 (EPERM), but tare calls it after it has loaded the filter~.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["setsid"], action: "SCMP_ACT_ERRNO"}]} | (.linux.namespaces[] | select(.type == "pid")).path = "/proc/1/ns/pid"
		/linux/seccomp/syscalls/0~execve fails with errno 1 (EPERM): no program can be started~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_ERRNO"}]}
		/mounts/0/options~"readonly" is not an option of mounts, and without it the container would get more access~.mounts = [{type: "bind", source: "/tmp", destination: "/m", options: ["bind", "readonly"]}]
		/annotations/run.oci.handler~tare has no handlers, it only runs Linux programs~.annotations["run.oci.handler"] = "wasm"
		/root/path~the path of the root filesystem is empty~.root.path = ""
		/process/terminal~needs --console-socket, to which the terminal is sent~.process.terminal = true
		/process/consoleSize~65535 rows and columns at most~.process.terminal = true | .process.consoleSize = {height: 65536, width: 1}~.uid = .uid
		/linux/resources/blockIO/throttleReadBpsDevice/0~-1:0 is not the number of a device~.linux.resources.blockIO.throttleReadBpsDevice = [{major: -1, minor: 0, rate: 1}]
		/linux/resources/blockIO/weightDevice/0~leafWeight 5 is not from 10 to 1000~.linux.resources.blockIO.weightDevice = [{major: 8, minor: 0, leafWeight: 5}]
		/linux/resources/memory/reservation~-2 is neither a limit nor -1~.linux.resources.memory.reservation = -2
		/linux/resources/memory/swap~-2 is neither a limit nor -1~.linux.resources.memory.swap = -2
		/process/scheduler/policy~Linux has no SCHED_ISO~.process.scheduler.policy = "SCHED_ISO"
		/process/scheduler/nice~-21 is not from -20 to 19~.process.scheduler = {policy: "SCHED_OTHER", nice: -21}
		/process/scheduler/priority~0 is not from 1 to 99~.process.scheduler = {policy: "SCHED_FIFO"}
		/process/scheduler/priority~a priority is only valid for SCHED_FIFO and SCHED_RR~.process.scheduler = {policy: "SCHED_BATCH", priority: 1}
		/process/scheduler~runtime, deadline and period are only valid for SCHED_DEADLINE~.process.scheduler = {policy: "SCHED_RR", priority: 1, runtime: 1}
		/process/scheduler~SCHED_DEADLINE requires 0 < runtime~.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 5, deadline: 4}
		/process/ioPriority/priority~8 is not from 0 to 7~.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}
		/process/execCPUAffinity/initial~is not a list of processors~.process.execCPUAffinity.initial = "0-"
		/process/execCPUAffinity/final~is not a list of processors~.process.execCPUAffinity.final = "1,,2"
		/linux/personality/flags~the specification defines no flag~.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}
		/linux/memoryPolicy/nodes~is not a list of nodes~.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "x"}
		/linux/memoryPolicy/nodes~MPOL_LOCAL takes no nodes~.linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: "0"}
		/linux/memoryPolicy/nodes~MPOL_BIND needs nodes~.linux.memoryPolicy = {mode: "MPOL_BIND"}
		/linux/timeOffsets~offsets need a new time namespace~.linux.timeOffsets = {}
		/linux/timeOffsets/monotonic/nanosecs~1000000000 is a second or more~.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.monotonic.nanosecs = 1000000000
		/linux/timeOffsets/boottime/nanosecs~1000000000 is a second or more~.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime.nanosecs = 1000000000
		/linux/namespaces~nothing can be mounted from within a user namespace~.linux.namespaces |= map(select(.type != "mount")) | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings
		/linux/netDevices/eth0~shares the caller's network namespace~.linux.netDevices.eth0 = {} | .linux.namespaces |= map(select(.type != "network"))
		/linux/netDevices/eth0~needs CAP_NET_ADMIN~.linux.netDevices.eth0 = {}~.capabilities = 2097152
		/linux/netDevices/a b~"a b" is not the name of a network device~.linux.netDevices["a b"] = {}
		/linux/netDevices/eth0/name~"x/y" is not a name for a network device~.linux.netDevices.eth0.name = "x/y"
		/linux/netDevices/eth1~another device is to be named e, too~.linux.netDevices = {eth0: {name: "e"}, eth1: {name: "e"}}
		/linux/intelRdt~no resctrl filesystem is mounted~.linux.intelRdt = {}
		/linux/intelRdt/closID~"../x" is not a valid class name~.linux.intelRdt.closID = "../x"~.resctrl = "/sys/fs/resctrl"
		/linux/intelRdt/schemata/0~an entry must be a single line~.linux.intelRdt.schemata = ["a\nb"]~.resctrl = "/sys/fs/resctrl"
		/annotations/run.oci.hooks.stdout~"out" is not an absolute path~.annotations["run.oci.hooks.stdout"] = "out"
		/linux/devices/0/path~"dev/x" is not an absolute path~.linux.devices = [{type: "p", path: "dev/x"}]
		/linux/devices/1~a device of type c needs major and minor~.linux.devices = [{type: "p", path: "/p"}, {type: "c", path: "/c", major: 1}]
		/linux/devices/0~there is no device 4096:0~.linux.devices = [{type: "b", path: "/b", major: 4096, minor: 0}]
		/linux/devices/0/fileMode~65536 is not a file mode~.linux.devices = [{type: "p", path: "/p", fileMode: 65536}]
		/linux/resources/devices/0/type~"x" is not one of a, b and c~.linux.resources.devices = [{allow: true, type: "x"}]
		/linux/resources/devices/1/access~"rwx" has letters other~.linux.resources.devices += [{allow: true, access: "rwx"}]
		/linux/resources/devices/0~there is no device -2:-1~.linux.resources.devices = [{allow: true, major: -2, minor: -1}]
		/hooks/poststop/0/path~"hook" is not an absolute path~.hooks.poststop = [{path: "hook"}]
		/hooks/prestart/1/timeout~a timeout is from 1~.hooks.prestart = [{path: "/a"}, {path: "/b", timeout: 0}]
		/mounts/7/destination~without a new mount namespace a mount over the root~.mounts += [{destination: "/", type: "tmpfs"}] | .linux.namespaces |= map(select(.type != "mount"))
		/linux/resources/rdma/mlx5_0~neither hcaHandles nor hcaObjects is given~.linux.resources.rdma.mlx5_0 = {}
		/linux/memoryPolicy~the required member "mode" is missing~.linux.memoryPolicy = {nodes: "0"}
		/linux/personality~the required member "domain" is missing~.linux.personality = {}
		/linux/resources/blockIO/throttleReadBpsDevice/0~the required member "rate" is missing~.linux.resources.blockIO.throttleReadBpsDevice = [{major: 8, minor: 0}]
		/mounts/7/destination~"/.." is not a valid mount point~.mounts += [{destination: "/..", type: "tmpfs"}]
		/mounts/7/destination~only a procfs may be mounted on /proc~.mounts += [{destination: "/proc/", type: "tmpfs"}]
		/mounts/7/destination~"x/../proc/self" is inside /proc~.mounts += [{destination: "x/../proc/self", type: "bind", source: "/tmp"}]
		/mounts/7/destination~"/proc/self" is inside /proc~.mounts += [{destination: "/proc/self", type: "bind", source: "/tmp"}]
		/mounts/7/destination~"/proc//sys/kernel" is inside /proc~.mounts += [{destination: "/proc//sys/kernel", type: "bind", source: "/tmp"}]
		/mounts/7~is not a procfs: it can't be mounted on /proc~.mounts += [{destination: "/proc", type: "bind", source: "/tmp", options: ["bind"]}]
		/mounts/7~a mount needs a type, or the option bind~.mounts += [{destination: "/x", options: ["tmpcopyup"]}]
		/linux/sysctl/kernel.hostname~"a" is not what /hostname says: "tare"~.linux.sysctl["kernel.hostname"] = "a"
		/linux/sysctl/kernel.domainname~"a" is not what /domainname says: "b"~.linux.sysctl["kernel.domainname"] = "a" | .domainname = "b"
		/linux/sysctl/net.ipv4.ip_forward~is the host's own network namespace~.linux.sysctl["net.ipv4.ip_forward"] = "1" | .linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)
		/linux/sysctl/fs.mqueue.msg_max~is the host's own ipc namespace~.linux.sysctl["fs.mqueue.msg_max"] = "11" | .linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/ipc" else . end)
		/hostname~is the host's own uts namespace~.linux.namespaces |= map(if .type == "uts" then .path = "/proc/self/ns/uts" else . end)
		/domainname~is the host's own uts namespace~del(.hostname) | .domainname = "x" | .linux.namespaces |= map(if .type == "uts" then .path = "/proc/self/ns/uts" else . end)
		/linux/netDevices/lo~is the host's own network namespace~.linux.netDevices.lo = {} | .linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)
		/process/rlimits/0~the hard limit of RLIMIT_NOFILE here is~.process.rlimits[0].hard = 99999999
		/process/rlimits/0~is above fs.nr_open, which is 1000~.~.files = 1000
		/process/env/2~no program can be given more than 131071~.process.env += ["A=" + ("x" * 131072)]
		/hooks/prestart/0~args and env have 7200550 bytes; no program can be given more than 6291456~.hooks.prestart = [{path: "/a", args: ["a", (range(60) | "x" * 120000)]}]
		/mounts/7~only one cgroup mount is possible~(.linux.namespaces[] | select(.type == "mount")).path = "/proc/1/ns/mnt" | .mounts += [.mounts[6]]
		/mounts/6~the cgroup that systemd makes can't be mounted~(.linux.namespaces[] | select(.type == "mount")).path = "/proc/1/ns/mnt" | .linux.namespaces |= map(select(.type != "cgroup"))~.cgroups = [{mount: "/sys/fs/cgroup/systemd", controllers: "name=systemd", own: "/", writable: true}]~--systemd-cgroup
		/hooks/prestart/0/args/1~no program can be given more than 131071~.hooks.prestart = [{path: "/a", args: ["a", "x" * 140000]}]
		/linux/cgroupsPath~no cgroup is delegated to you: /x can't be created~.linux.cgroupsPath = "/x" | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings~.uid = 1000 | .gid = 1000 | .capabilities = 0 | .cgroups[].writable = false
		/mounts/7~nor, with @, one within that of the user namespace~.mounts += [{destination: "/v", type: "bind", source: "/tmp", options: ["idmap=uids=@9-9-9;gids=@0-0-1"]}]
		/mounts/7~a bind mount needs a source~.mounts += [{destination: "/x", options: ["bind"]}]
		/mounts/7~a mount needs a type, or the option bind~.mounts += [{destination: "/x", source: "/y"}]
		/mounts/0~only a bind mount can be idmapped~.mounts[0].uidMappings = [{containerID: 0, hostID: 0, size: 1}]
		/mounts/7~uidMappings and gidMappings must be given together~.mounts += [{destination: "/v", type: "bind", source: "/tmp", uidMappings: [{containerID: 0, hostID: 0, size: 1}]}]
		/mounts/7~is not a mapping like uids=~.mounts += [{destination: "/v", type: "bind", source: "/tmp", options: ["idmap=uids=1-2;gids=0-0-1"]}]
		/mounts/7~the option idmap needs a mapping or a user namespace~.mounts += [{destination: "/v", type: "bind", source: "/tmp", options: ["ridmap"]}]
		/mounts/7~an idmapped mount needs root privileges~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings | del(.linux.resources) | .mounts += [{destination: "/v", type: "bind", source: "/tmp", options: ["idmap"]}]~.uid = 1000 | .gid = 1000 | .capabilities = 0
		/mounts/1~src-nofollow, dest-nofollow and copy-symlink are only for bind mounts~.mounts[1].options += ["copy-symlink"]
		/mounts/0~tmpcopyup is only for a tmpfs~.mounts[0].options += ["tmpcopyup"]
		/linux/maskedPaths/0~"proc" is not an absolute path~.linux.maskedPaths = ["proc"]
		/linux/readonlyPaths/1~"sys" is not an absolute path~.linux.readonlyPaths = ["/x", "sys"]
		/linux/namespaces/5~a second pid namespace (the first is number 0)~.linux.namespaces += [{type: "pid"}]
		/linux/namespaces/1/path~"ns/net" is not an absolute path~.linux.namespaces[1].path = "ns/net"
		/linux/uidMappings~a new user namespace needs a mapping~.linux.namespaces += [{type: "user"}]
		/linux/gidMappings~341 mappings; the kernel takes 340~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}] | .linux.gidMappings = [range(341) | {containerID: ., hostID: ., size: 1}]
		/linux/uidMappings~id 0 of the container is not mapped~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 1, hostID: 1, size: 1}]
		/linux/uidMappings/1~a mapping of size 0~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}, {containerID: 1, hostID: 2, size: 0}]
		/linux/uidMappings/0~a mapping beyond the last id~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 4294967295, size: 2}]
		/linux/uidMappings/1~(on the host 10-14) overlap with those of mapping 0, 0-4 (1-5)~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 5}, {containerID: 4, hostID: 10, size: 5}]
		/linux/gidMappings~mappings without a user namespace~.linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}]
		/linux/namespaces~without privileges a container needs a user namespace~.~.uid = 1000 | .capabilities = 0
		/linux/uidMappings~without privileges this mapping needs newuidmap~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 9}] | .linux.gidMappings = .linux.uidMappings~.uid = 1000 | .capabilities = 0
		/linux/gidMappings~without privileges this mapping needs newgidmap~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 9}] | .linux.gidMappings = .linux.uidMappings~.uid = 1000 | .capabilities = 0 | .newuidmap = "/usr/bin/newuidmap"
		/linux/sysctl/vm.swappiness~it belongs to no namespace~.linux.sysctl["vm.swappiness"] = "1"
		/linux/sysctl/net~1ipv4~1ip_forward~the host's network namespace~.linux.sysctl["net/ipv4/ip_forward"] = "1" | .linux.namespaces |= map(select(.type != "network"))
		/hostname~a host name without a uts namespace~.linux.namespaces |= map(select(.type != "uts"))
		/domainname~a domain name without a uts namespace~del(.hostname) | .domainname = "x" | .linux.namespaces |= map(select(.type != "uts"))
		/process/rlimits/1~a second limit for RLIMIT_NOFILE~.process.rlimits += [.process.rlimits[0]]
		/process/rlimits/0~the soft limit, 99999, is above the hard limit, 1024~.process.rlimits[0].soft = 99999
		/process/user/umask~512 (octal 1000) is not a umask~.process.user.umask = 512
		/process/user/uid~uid 7 is not mapped~.process.user.uid = 7 | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 2}] | .linux.gidMappings = .linux.uidMappings
		/process/user/gid~gid 7 is not mapped~.process.user.gid = 7 | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 2}] | .linux.gidMappings = .linux.uidMappings
		/process/user/gid~4294967295 stands for "no gid", so it can't be used~.process.user.gid = 4294967295
		/process/user/additionalGids/1~gid 8 is not mapped~.process.user.additionalGids = [1, 8] | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 2}] | .linux.gidMappings = .linux.uidMappings
		/process/user/additionalGids/0~setting groups needs privileges or newgidmap~.process.user.additionalGids = [0] | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings | del(.linux.resources)~.uid = 1000 | .gid = 1000 | .capabilities = 0
		/process/args~there is no program to run~.process.args = []
		/process/args/0~the name of the program is empty~.process.args = [""]
		/process/cwd~"tmp" is not an absolute path~.process.cwd = "tmp"
		/process/oomScoreAdj~1001 is not from -1000 to 1000~.process.oomScoreAdj = 1001
		/linux/resources~limits can't be set with --cgroup-manager disabled~.linux.resources.pids.limit = 1~.~--cgroup-manager disabled
		/linux/resources~no cgroup hierarchy is mounted~.linux.resources.pids.limit = 1~.cgroups = []
		/linux/resources~are mounted read-only here~.linux.resources.pids.limit = 1~.cgroups[].writable = false
		/linux/resources~no cgroup is delegated to you: limits need one~.linux.resources.pids.limit = 1 | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings~.uid = 1000 | .gid = 1000 | .capabilities = 0 | .cgroups[].writable = false
		/linux/resources/blockIO/weight~9 is not from 10 to 1000~.linux.resources.blockIO.weight = 9
		/linux/resources/blockIO/leafWeight~1001 is not from 10 to 1000~.linux.resources.blockIO.leafWeight = 1001
		/linux/resources/blockIO/weightDevice/0~neither weight nor leafWeight~.linux.resources.blockIO.weightDevice = [{major: 8, minor: 0}]
		/linux/resources/blockIO/weightDevice/0~7 is not from 10 to 1000~.linux.resources.blockIO.weightDevice = [{major: 8, minor: 0, weight: 7}]
		/linux/resources/hugepageLimits/0/pageSize~"2M" is not a page size such as 2MB~.linux.resources.hugepageLimits = [{pageSize: "2M", limit: 0}]
		/linux/resources/network/classID~the cgroup controller net_cls is not available here~.linux.resources.network.classID = 1~.cgroups |= map(select(.controllers | contains("net_cls") | not))
		/linux/resources/unified/memory.high~it can't be expressed on cgroup v1~.linux.resources.unified = {"memory.high": "1"}
		/linux/resources/unified/x~it is not the name of a cgroup v2 file~.linux.resources.unified = {"x": "1"}
		/linux/resources/unified/cgroup.procs~can't be set by the config~.linux.resources.unified = {"cgroup.procs": "1"}
		/linux/resources/memory/limit~-2 is neither a limit nor -1~.linux.resources.memory.limit = -2
		/linux/resources/memory/swap~is the limit of memory and swap together, and less than that of memory alone~.linux.resources.memory = {limit: 9999999, swap: 1}
		/linux/resources/memory/swap~needs a memory limit~.linux.resources.memory = {swap: 9999999}
		/linux/resources/memory/swap~is the limit of memory and swap together, and less than that of memory alone~.linux.resources.memory = {limit: 8192, swap: 4096}
		/linux/resources/memory/swap~needs a memory limit~.linux.resources.memory = {swap: 8192, reservation: 4096}
		/linux/cgroupsPath~it is slice:prefix:name, not "/a/b"~.linux.cgroupsPath = "/a/b"~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]~--systemd-cgroup
		/linux/cgroupsPath~the name of a unit is limited to 255 bytes~.linux.cgroupsPath = ("a-" * 2000 + "a.slice:tare:x")~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]~--systemd-cgroup
		/linux/cgroupsPath~"tare" is not the name of a slice~.linux.cgroupsPath = "tare:a:b"~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]~--systemd-cgroup
		/linux/cgroupsPath~needs systemd's cgroup hierarchy, and none is mounted~.~.cgroups = [{mount: "/c", controllers: "c", own: "/", writable: true}]~--systemd-cgroup
		/annotations/run.oci.systemd.subgroup~"a/b" is not the name of a directory~.annotations["run.oci.systemd.subgroup"] = "a/b"~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]~--systemd-cgroup
		/annotations/org.systemd.property.A-B~"A-B" is not the name of a property~.annotations["org.systemd.property.A-B"] = "true"~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]~--systemd-cgroup
		/annotations/org.systemd.property.After~is not a value in GVariant's text format~.annotations["org.systemd.property.After"] = "[soon]"~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]~--systemd-cgroup
		/linux/resources/memory/swappiness~101 is not from 0 to 100~.linux.resources.memory.swappiness = 101
		/linux/resources/cpu/idle~2 is neither 0 nor 1~.linux.resources.cpu.idle = 2
		/linux/resources/pids/limit~-7 is neither a limit nor -1~.linux.resources.pids.limit = -7
		/linux/cgroupsPath~"//." is the root, which can't be a container~.linux.cgroupsPath = "//."
		/linux/cgroupsPath~"/a/../b" has a component ".."~.linux.cgroupsPath = "/a/../b"
		/linux/cgroupsPath~17 cgroup hierarchies are mounted; tare supports 16~.~.cgroups = [range(17) | {mount: "/c/\(.)", controllers: "c\(.)", own: "/"}]
		/linux/resources/pids/limit~the cgroup controller pids is not available here~.linux.resources.pids.limit = 7~.cgroups |= map(select(.controllers != "pids"))
		/linux/resources/memory/swappiness~it can't be expressed on cgroup v2~.linux.resources.memory.swappiness = 7~.cgroups = [{mount: "/sys/fs/cgroup", controllers: "memory pids", own: "/", unified: true, writable: true}]
		/linux/seccomp/defaultErrnoRet~only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take a value~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}
		/linux/seccomp/syscalls/0/errnoRet~65536 is not an errno~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 65536}]}
		/linux/seccomp/syscalls/0/names~a rule without names~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [], action: "SCMP_ACT_LOG"}]}
		/linux/seccomp/listenerPath~a listenerPath is needed~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_NOTIFY"}]}
		/linux/seccomp/syscalls/0/args/0/index~6 is not from 0 to 5~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_LOG", args: [{index: 6, value: 0, op: "SCMP_CMP_EQ"}]}]}
		/linux/seccomp/syscalls/0/args/6/index~6 is not from 0 to 5~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_LOG", args: [range(200) | {index: ., value: 0, op: "SCMP_CMP_EQ"}]}]}
		/linux/seccomp/listenerPath~"s" is not an absolute path~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "s", syscalls: [{names: ["read"], action: "SCMP_ACT_NOTIFY"}]}
		/linux/seccomp/listenerPath~a listener needs Linux 5.6~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/s", syscalls: [{names: ["read"], action: "SCMP_ACT_NOTIFY"}]}~.kernel = 505
		/linux/seccomp/listenerMetadata~metadata without a listenerPath~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x"}
		/linux/seccomp/listenerPath~without privileges a listener can't be taken~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/s", syscalls: [{names: ["read"], action: "SCMP_ACT_NOTIFY"}]} | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings | del(.linux.resources) | (.linux.namespaces[] | select(.type == "pid")).path = "/proc/1/ns/pid"~.uid = 1000 | .gid = 1000 | .capabilities = 0
		/annotations/run.oci.seccomp_bpf_data~it is not a BPF program in base64~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .annotations["run.oci.seccomp_bpf_data"] = "AAAA"
		/annotations/run.oci.seccomp_bpf_data~4101 instructions; the kernel takes 4096~.annotations["run.oci.seccomp_bpf_data"] = "BgAAAAAA/38GAAAAAAD/fwYAAAAAAP9/" * 1367
		/linux/seccomp/defaultAction~the process could not start~.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"
		/linux/seccomp/flags/0~it needs a rule with SCMP_ACT_NOTIFY~.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}
	EOF
}

# What only another build, or a defect of libseccomp, would say.
elsewhere='was\\ built\\ without\\ seccomp'

@test "each refusal of the planner: its pointer, its message, status 1, and nothing is touched" {
	local pointer message spoil fake options before n=0
	tare plan --print-host >"$BATS_TEST_TMPDIR/host"
	base_config >"$BATS_TEST_TMPDIR/base"
	before=$(snapshot)
	while IFS='~' read -r pointer message spoil fake options; do
		# A pointer of RFC 6901 has a ~1 for a slash, and ~ divides these rows.
		case $pointer:$message in /linux/sysctl/net:1ipv4)
			pointer=/linux/sysctl/net~1ipv4~1ip_forward message="the host's network namespace"
			spoil='.linux.sysctl["net/ipv4/ip_forward"] = "1" | .linux.namespaces |= map(select(.type != "network"))' fake= options= ;;
		esac
		jq "$spoil" "$BATS_TEST_TMPDIR/base" >"$B/config.json" || { echo "row: $spoil"; false; }
		! is_i386 || message=${message/7200550/7200306} # pointers are counted, too
		if [ -n "$fake" ] && [ "$fake" != . ]; then
			run tare $options plan --host <(jq "$fake" "$BATS_TEST_TMPDIR/host") "$B"
		else
			run tare $options create -b "$B" "$ID"
		fi
		echo "$pointer ~ $message: $output"
		[ "$status" -eq 1 ]
		[ -z "$pointer" ] || [[ $output == *"config.json#$pointer: "* ]]
		[[ $output == *"$message"* ]]
		[ ! -e "$STATE" ]
		echo "$output" >>"$BATS_TEST_TMPDIR/said"
		n=$((n + 1))
	done < <(refusals)
	diff <(echo "$before") <(snapshot)
	echo "$n rows"

	# As many rows say a message as refusals in the source do.
	local times regex
	# Those of exec are shown in exec.bats, those of what is added to a container that runs in live.bats, those of checkpoint and restore in checkpoint.bats.
	"$BATS_TEST_DIRNAME/../../contrib/refusals" $(ls "$BATS_TEST_DIRNAME"/../../src/plan/*.c | grep -v -e /exec.c -e /live.c -e /image.c) >"$BATS_TEST_TMPDIR/source"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/source")" -gt 70 ]
	sort "$BATS_TEST_TMPDIR/source" | uniq -c | while read -r times regex; do
		case $regex in *without\\\ seccomp* | a\\\ FIFO* | every\\\ container\\\ has* | *console\\-socket\\\ without* | *the\\\ filter\\\ has* | *bytes\\\ that\\\ are\\\ in\\\ use | *no\\\ cgroup\\\ of\\\ its\\\ own) continue ;; esac # cli.bats has the second, update.bats the last two
		[ "$(grep -cP -- "$regex" "$BATS_TEST_TMPDIR/said")" -ge "$times" ] || { echo "no row for: $regex"; exit 1; }
	done
}

@test "malformed documents are refused with pointer, line and column, and nothing is touched" {
	local before text says
	before=$(snapshot)
	while IFS='~' read -r says text; do
		printf '%b' "$text" >"$B/config.json"
		run tare create -b "$B" "$ID"
		echo "$text: $output"
		fails
		has "$says"
		[ "${#lines[@]}" -eq 1 ]
		[ ! -e "$STATE" ]
	done <<-'EOF'
		config.json: not JSON: parse error: premature EOF (line 1, column 1)~
		not JSON~{"ociVersion":
		config.json: expected an object, found a list (line 1, column 1)~[]
		config.json: the required member "ociVersion" is missing~{}
		config.json#/root: the required member "path" is missing (line 2, column 9)~{"ociVersion":"1.0.0",\n"root":{}}
		config.json#/process/args/1: expected a string, found 7~{"ociVersion":"1.0.0","process":{"cwd":"/","args":["a",7]}}
		config.json#/process/user/uid: expected an integer from 0 to 4294967295, found -1~{"ociVersion":"1.0.0","process":{"cwd":"/","user":{"uid":-1}}}
		config.json#/hostname: the key "hostname" is given twice~{"ociVersion":"1.0.0","hostname":"a","hostname":"b"}
		config.json#/hostname: a NUL character in a string~{"ociVersion":"1.0.0","hostname":"a\\u0000"}
		config.json#/hostname: a lone surrogate in a string~{"ociVersion":"1.0.0","hostname":"\\ud800"}
		config.json#/hostname: bytes that are not UTF-8~{"ociVersion":"1.0.0","hostname":"\xff"}
		config.json#/linux/namespaces/0/type: unknown namespace type "x"~{"ociVersion":"1.0.0","linux":{"namespaces":[{"type":"x"}]}}
	EOF
	head -c 17000000 /dev/zero | tr '\0' ' ' >"$B/config.json"
	run tare create -b "$B" "$ID"
	fails
	has 'file too large'
	diff <(echo "$before") <(snapshot)
}

@test "a bundle, config.json or rootfs that is missing or unreadable: one line, status 1, nothing left" {
	local before
	before=$(snapshot)
	run tare run -b /no/such/bundle "$ID"
	fails
	has 'bundle /no/such/bundle: no such file or directory'
	run tare run -b "$B" "$ID"
	fails
	has 'config.json: no such file or directory (`tare spec` writes'
	mkdir "$B/config.json"
	run tare run -b "$B" "$ID"
	fails
	has 'is a directory'
	rmdir "$B/config.json"
	bundle '.root.path = "nowhere"'
	run tare run -b "$B" "$ID"
	fails
	has 'config.json#/root/path: open '
	[ "${#lines[@]}" -eq 1 ]
	bundle '.root.path = "rootfs/etc/passwd"'
	run tare run -b "$B" "$ID"
	fails
	has 'not a directory'
	bundle
	chmod 600 "$B/config.json"
	run as_user "$TARE" --root "$BATS_TEST_TMPDIR/xx" run -b "$B" "$ID"
	fails
	has 'permission denied'
	[ ! -e "$STATE" ]
	diff <(echo "$before") <(snapshot)
}

@test "a full disk for the state: one line, and nothing is left" {
	local before
	mkdir -p "$STATE"
	mount -t tmpfs -o size=4k,nr_inodes=20 tmpfs "$STATE"
	head -c 4096 /dev/zero >"$STATE/fill" || :
	before=$(snapshot)
	bundle
	run tare create -b "$B" "$ID"
	fails
	has 'no space left on device'
	[ "${#lines[@]}" -eq 1 ]
	diff <(echo "$before") <(snapshot)
	umount "$STATE"
}
