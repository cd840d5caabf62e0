#!/bin/sh
# Holds a mount namespace in which the cgroup v1 hierarchies are complete: where v1 controllers are in use, hugetlb is
# mounted too (two programs need it, and crun refuses a machine on which cgroup2 owns a controller). The hierarchy
# lives as long as this process, which ends when its standard input does.
folder=/sys/fs/cgroup/hugetlb
mounted=
if grep -q ' - cgroup .*,memory' /proc/self/mountinfo && [ ! -e "$folder" ]; then
  mkdir "$folder" && mount -t cgroup -o hugetlb cgroup "$folder" && mounted=yes
fi
echo ready
read -r _
[ -z "$mounted" ] || umount "$folder"
[ -z "$mounted" ] || rmdir "$folder"
