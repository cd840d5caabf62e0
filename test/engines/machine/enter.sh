#!/bin/sh
# Makes an engine machine: a Debian tree as the root, in namespaces of its own (mount, pid, net, ipc, uts, cgroup), with
# every cgroup hierarchy that this kernel has: an engine that reads of one in /proc/self/cgroup and finds it mounted nowhere
# does without statistics, and Podman makes no pods.
#
#   unshare --mount --propagation private sh enter.sh outside TREE FOLDER NAME
#
# FOLDER takes all that is written, NAME names the machine's cgroups. Prints the pid of its first process, as this machine
# counts, once commands may be run in it. It ends, and all in it, with standard input.
set -eu

mount_hierarchy() {
  place=$1
  shift
  mkdir "$place"
  mount -t "$@" "$place"
}

# What /proc/self/cgroup lists, each below the folder $1: "4:memory:/", "9:name=systemd:/", "0::/".
mount_hierarchies() {
  while IFS=: read -r number controllers _; do
    case $number:$controllers in
    0:) mount_hierarchy "$1/unified" cgroup2 cgroup2 ;;
    *:name=*) mount_hierarchy "$1/${controllers#name=}" cgroup -o "none,$controllers" cgroup ;;
    *) mount_hierarchy "$1/$controllers" cgroup -o "$controllers" cgroup ;;
    esac
  done <"$2"
}

outside() {
  tree=$1
  folder=$2
  name=$3
  root=$folder/root
  hierarchies=$folder/hierarchies
  mkdir "$root" "$hierarchies" "$folder/upper" "$folder/work" "$folder/lib"
  mount -t tmpfs -o mode=755 tmpfs "$hierarchies"
  cat /proc/self/cgroup >"$folder/cgroup"
  mount_hierarchies "$hierarchies" "$folder/cgroup"
  for hierarchy in "$hierarchies"/*; do
    enter_cgroup "$hierarchy" "$hierarchy/$name"
  done
  mount -t overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
  cp -a "$tree/var/lib/." "$folder/lib"
  mount --bind "$folder/lib" "$root/var/lib" # overlays of the engines' own do not stack on an overlay
  exec unshare --cgroup --pid --net --ipc --uts --fork --kill-child sh "$0" inside "$root" "$folder/cgroup"
}

# What is to be the root of this hierarchy in the machine.
enter_cgroup() {
  mkdir "$2"
  if [ -e "$2/cpuset.mems" ] && [ -e "$2/cgroup.clone_children" ]; then
    cat "$1/cpuset.cpus" >"$2/cpuset.cpus"
    cat "$1/cpuset.mems" >"$2/cpuset.mems"
    echo 1 >"$2/cgroup.clone_children"
  fi
  echo $$ >"$2/cgroup.procs"
}

inside() {
  root=$1
  # Of the /proc that is still the host's, which counts as the tests do.
  read -r pid _ </proc/self/stat
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup"
  mount_hierarchies "$root/sys/fs/cgroup" "$2"
  mount_devices "$root/dev"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mkdir "$root/run/lock" "$root/run/host"
  hostname engines
  ip link set lo up
  printf '127.0.0.1 localhost engines\n' >"$root/etc/hosts"
  : >"$root/etc/resolv.conf"
  cd "$root"
  mount --rbind . . && cd "$root"
  pivot_root . run/host
  umount -l /run/host
  rmdir /run/host
  # bash reaps what is orphaned while it waits for the end of its input.
  exec bash -c 'echo "$1"; read -r' bash "$pid"
}

mount_devices() {
  mount -t tmpfs -o mode=755 tmpfs "$1"
  mkdir "$1/pts" "$1/shm" "$1/mqueue" "$1/net"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$1/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$1/shm"
  mount -t mqueue mqueue "$1/mqueue"
  ln -s pts/ptmx "$1/ptmx"
  ln -s /proc/self/fd "$1/fd"
  ln -s fd/0 "$1/stdin"
  ln -s fd/1 "$1/stdout"
  ln -s fd/2 "$1/stderr"
  mknod -m 666 "$1/null" c 1 3
  mknod -m 666 "$1/zero" c 1 5
  mknod -m 666 "$1/full" c 1 7
  mknod -m 666 "$1/random" c 1 8
  mknod -m 666 "$1/urandom" c 1 9
  mknod -m 666 "$1/tty" c 5 0
  mknod -m 666 "$1/fuse" c 10 229
  mknod -m 666 "$1/net/tun" c 10 200
}

step=$1
shift
"$step" "$@"
