# Runs inside the container: reads its limits, then tries to exceed the number of processes.
set -eu

show() {
  for file in "$@"; do
    if [ -r "/sys/fs/cgroup/$file" ]; then
      echo "  /sys/fs/cgroup/$file: $(cat "/sys/fs/cgroup/$file")"
    fi
  done
}

echo "Limits of this container's cgroup:"
show memory.max memory/memory.limit_in_bytes
show cpu.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us
show pids.max pids/pids.max
echo "Limits of this process (setrlimit(2)):"
echo "  open files: $(ulimit -n)"

# A shell that cannot fork ends with an error: it tries that in a shell of its own.
if sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1 & done' 2>/dev/null; then
  echo "twenty processes could be started"
else
  echo "twenty processes could not be started: the limit holds"
fi
