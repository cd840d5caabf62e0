# Runs inside the container: what a program sees there.
set -eu

echo "Hello from a container. Seen from inside:"
echo "  process id        $$"
echo "  host name         $(cat /proc/sys/kernel/hostname)"
echo "  user              $(id -u), with the capabilities $(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)"

echo "  network           $(sed -n '3,$s/^ *\([^:]*\):.*/\1/p' /proc/net/dev | tr '\n' ' ')"

for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
  if [ -r "$file" ]; then
    echo "  memory limit      $(($(cat "$file") / 1048576)) MiB ($file)"
  fi
done

echo "  processes         $(for process in /proc/[0-9]*; do [ -r "$process/comm" ] && printf '%s=%s ' "${process#/proc/}" "$(cat "$process/comm")"; done)"

if (: >/usr/tsrun-was-here) 2>/dev/null; then
  echo "  /usr              can be written"
else
  echo "  /usr              the host's, read-only"
fi
echo "a note" >/tmp/note
echo "  /tmp              scratch: $(cat /tmp/note)"
