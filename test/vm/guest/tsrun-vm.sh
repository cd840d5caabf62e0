#!/bin/bash
# Runs in the VM: mounts what the host shares, runs its job with the output on the second serial line, leaves the status
# and powers off.
#
#   share   a folder of the host for this run: `project` (a path), `job` (a script); `status` is written there
#   project the host's checkout, at the same path; what is written there stays in the VM
share=/run/tsrun-vm/share
layers=/run/tsrun-vm/layers
mkdir -p "$share" "$layers"

# mount_host NAME PATH MOUNTPOINT: user-mode Linux reaches any path; an emulated machine has a share by NAME.
mount_host() {
  if grep -q 'User Mode Linux' /proc/cpuinfo; then
    mount -t hostfs -o "hostfs=$2" none "$3"
  else
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose "$1" "$3"
  fi
}

# The executables are copied: a program whose pages come from the host starts four times slower.
mount_project() {
  mount -t tmpfs -o mode=755 tmpfs "$layers"
  mkdir -p "$layers"/{host,upper,work,dist} "$project"
  mount_host project "$project" "$layers/host"
  mount -t overlay -o "lowerdir=$layers/host,upperdir=$layers/upper,workdir=$layers/work" project "$project"
  if [ -d "$project/dist" ]; then
    cp -a "$layers/host/dist/." "$layers/dist"
    mount --bind "$layers/dist" "$project/dist"
  fi
}

run_job() {
  cd "$project" || return
  # shellcheck disable=SC1091
  source "$share/job"
}

mount_host share "$(sed -n 's/.*tsrun\.share=\([^ ]*\).*/\1/p' /proc/cmdline)" "$share"
project=$(cat "$share/project")
mount_project
stty -F /dev/ttyS1 raw -echo
# Bind mounts of the tests begin with no flags.
mount -o remount,suid,dev /tmp
# io_uring's mappings, which Node's libuv makes, are the end of user-mode Linux 7.2 at the next fork ("Bad page map").
sysctl -q kernel.io_uring_disabled=2
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb
exec 3> >(exec cat >/dev/ttyS1)
writer=$!
echo "tsrun-vm: up" >&3
(run_job) </dev/null >&3 2>&1 3>&-
status=$?
exec 3>&-
# Until the last line is out; a process that outlived its test may still hold the stream.
timeout 5 tail -f /dev/null --pid="$writer"
echo "$status" >"$share/status"
sync
systemctl poweroff -ff
