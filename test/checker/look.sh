# Runs inside the container, by busybox's shell: prints what it sees of the topics given as arguments, one
# "topic.name=value" per line, and fails when it cannot look. What the values should be is the test's to say.
set -eu

# /proc/PID/status of this shell, which the runtime executed: ids, groups, capabilities, umask, signals, seccomp.
look_status() {
  sed -n 's/^\([A-Za-z_]*\):[[:space:]]*\(.*\)$/status.\1=\2/p' /proc/$$/status
}

look_limits() {
  sed -n '2,$s/^\(Max [a-z -]*[a-z]\)  *\([^ ]*\)  *\([^ ]*\) .*$/limits.\1=\2 \3/p' /proc/$$/limits
}

look_env() {
  tr '\0' '\n' </proc/$$/environ | sed 's/^/env./'
}

# No substitution and no pipe here: while they last, this shell has descriptors of its own. It does keep one on its
# script, which the reader leaves out.
look_fds() {
  number=0
  while [ "$number" -lt 256 ]; do
    if [ -L "/proc/$$/fd/$number" ]; then
      printf 'fd.%s=' "$number"
      readlink "/proc/$$/fd/$number"
    fi
    number=$((number + 1))
  done
}

look_mounts() {
  number=0
  while read -r line; do
    number=$((number + 1))
    echo "mount.$number=$line"
  done </proc/self/mountinfo
}

look_devices() {
  for path in /dev/*; do
    if [ -L "$path" ]; then
      echo "link.$path=$(readlink "$path")"
    else
      echo "device.$path=$(stat -c '%F %t:%T %a %u:%g' "$path")"
    fi
  done
}

look_namespaces() {
  for path in /proc/self/ns/*; do
    echo "namespace.${path##*/}=$(readlink "$path")"
  done
}

look_names() {
  echo "name.host=$(cat /proc/sys/kernel/hostname)"
  echo "name.domain=$(cat /proc/sys/kernel/domainname)"
}

look_cgroup() {
  sed -n 's/^[0-9]*:\(name=\)*\([^:]*\):\(.*\)$/cgroup.\2=\3/p' /proc/$$/cgroup
}

look_misc() {
  echo "misc.pid=$$"
  echo "misc.cwd=$(readlink /proc/$$/cwd)"
  echo "misc.exe=$(readlink /proc/$$/exe)"
  echo "misc.umask=$(umask)"
  echo "misc.oom_score_adj=$(cat /proc/$$/oom_score_adj)"
}

for topic in "$@"; do
  "look_$topic"
done
