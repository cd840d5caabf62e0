#!/bin/sh
# Runs the command given after a scratch directory in a view of its own of the machine: a tmpfs over that directory, and,
# where controllers are spread over cgroup v1 and the unified hierarchy, v1 alone: crun refuses to work with both ("cgroups
# in hybrid mode not supported"). Run in new mount and pid namespaces: with the command ends what it has mounted or started.
set -eu
scratch=$1
shift
mount -t tmpfs -o mode=711 tmpfs "$scratch"
unified=/sys/fs/cgroup/unified
if grep -q . $unified/cgroup.controllers 2>/dev/null; then
  umount $unified
fi
exec "$@"
