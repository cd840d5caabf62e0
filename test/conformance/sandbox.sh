#!/bin/sh
# Runs one validation program as the child of the first process of its own pid and mount namespaces, clears away
# what it left, and reports on descriptor 3, one fact a line:
#
#   status N              how the program ended (timeout's 124 or 137 when it was stopped)
#   container ID          it never deleted this one; it is deleted here, so that the runtime shows what it leaves
#   process PID NAME      alive after that
#   mount PATH            mounted after that
#
# usage: RUNTIME=PATH sandbox.sh FOLDER PROGRAM SECONDS
set -u
folder=$1
program=$2
seconds=$3
cd "$folder" || exit

# A /run of its own keeps the runtime's state from everyone else's, and holds the bundles: it is world-readable on
# the whole way, which a container with a user namespace needs.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 1777 /run/bundles
cut -d ' ' -f 5 /proc/self/mountinfo | sort >/run/mounts

TMPDIR=/run/bundles timeout -k 5 "$seconds" "./$program" 3>&-
echo "status $?" >&3

for id in $("$RUNTIME" list --quiet 3>&-); do
  echo "container $id" >&3
  "$RUNTIME" delete --force "$id" >/dev/null 2>&1 3>&-
done

# Killed processes take a moment to go; zombies are reaped by this shell, the namespace's init, while it waits.
left=process
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.1
  left=
  for directory in /proc/[0-9]*; do
    if [ "$directory" != /proc/$$ ] && read -r name 2>/dev/null <"$directory/comm"; then
      left="${left}process ${directory#/proc/} $name
"
    fi
  done
  [ -n "$left" ] || break
done
printf '%s' "$left" >&3

cut -d ' ' -f 5 /proc/self/mountinfo | sort | comm -13 /run/mounts - | sed 's/^/mount /' >&3
