#!/bin/sh
# Runs the command given after a scratch directory in a view of its own of the machine: a tmpfs over that directory, and,
# where controllers are v1's, all v1 hierarchies and no cgroup2: crun wants each that /proc/self/cgroup lists to be mounted,
# and refuses to work with both ("cgroups in hybrid mode not supported"). Run in new mount and pid namespaces: with the
# command ends what it has mounted or started.
set -eu
scratch=$1
shift
cgroups=/sys/fs/cgroup

# What /proc/self/cgroup lists, as "4:memory:/", "9:name=systemd:/"; cgroup2 is "0::/".
mount_v1_hierarchies() {
  while IFS=: read -r _ controllers _; do
    case $controllers in
    '') continue ;;
    name=*) options=none,$controllers ;;
    *) options=$controllers ;;
    esac
    place=$cgroups/${controllers#name=}
    mkdir "$place"
    mount -t cgroup -o "$options" cgroup "$place"
  done </proc/self/cgroup
}

mount -t tmpfs -o mode=711 tmpfs "$scratch"
if grep -q ' - cgroup .*\bmemory\b' /proc/self/mountinfo; then
  mount -t tmpfs -o mode=755 cgroup "$cgroups"
  mount_v1_hierarchies
fi
exec "$@"
