#!/bin/sh
# Holds a mount namespace in which the cgroup v1 hierarchies are complete: where v1 controllers are in use, hugetlb is
# mounted too (two programs need it, and crun refuses a machine on which cgroup2 owns a controller). The namespace
# lives as long as this process, which ends when its standard input does.
set -eu
folder=/sys/fs/cgroup

# The tmpfs that holds the mount points is everyone's: hugetlb's goes into one of our own, to which the hierarchies
# are moved.
complete_hierarchies() {
  mount -t tmpfs tmpfs /run
  mkdir /run/cgroup
  mount --move "$folder" /run/cgroup
  mount -t tmpfs -o mode=755 cgroup "$folder"
  for old in /run/cgroup/*; do
    new=$folder/${old##*/}
    if [ -L "$old" ]; then
      cp -P "$old" "$new"
    elif mountpoint -q "$old"; then
      mkdir "$new"
      mount --move "$old" "$new"
    fi
  done
  umount /run/cgroup /run
  mkdir "$folder/hugetlb"
  mount_hugetlb || rmdir "$folder/hugetlb"
}

# A controller that cgroup2 has just given back cannot be mounted (EBUSY) before the last removed cgroup's share of it
# is gone, which the kernel sees to in the background.
mount_hugetlb() {
  for _ in 1 2 3 4 5; do
    mount -t cgroup -o hugetlb cgroup "$folder/hugetlb" 2>/dev/null && return
    sleep 1
  done
  mount -t cgroup -o hugetlb cgroup "$folder/hugetlb"
}

if grep -q ' - cgroup .*\bmemory\b' /proc/self/mountinfo && ! grep -q ' - cgroup .*\bhugetlb\b' /proc/self/mountinfo; then
  complete_hierarchies
fi
echo ready
read -r _ || :
