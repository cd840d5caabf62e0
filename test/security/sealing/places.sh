# places.sh EXECUTABLE ROOT BUNDLE DIRECTORY [WRAPPER]: executes a copy of the runtime from places of many kinds, in a mount namespace
# of its own, to create a container; holds on to what init executes, ends it, and writes there (CVE-2019-5736). Prints a line
# for each place: "PLACE intact", or what has happened.
set -u
log=$4/create.log
executable=$1 root=$2 bundle=$3 directory=$4 wrapper=${5:-}
mkdir -p "$directory/mount" "$directory/lower"
mount -t tmpfs tmpfs "$directory/mount"
cd "$directory/mount" || exit 1

# attempt PLACE FILE COMMAND...: FILE is what must stay, COMMAND how it is executed
attempt() {
  place=$1 file=$2
  shift 2
  rm -f "$log"
  id=$(basename "$root")-$place
  if ! $wrapper "$@" --root "$root" create --bundle "$bundle" "$id" </dev/null >"$log" 2>&1; then
    echo "$place fails: $(cat "$log")"
    return
  fi
  pid=$("$executable" --root "$root" state "$id" | sed -n 's/^ *"pid": \([0-9]*\),$/\1/p')
  exec 8<"$file" 9<"/proc/$pid/exe"
  "$executable" --root "$root" delete --force "$id"
  printf overwritten 2>/dev/null 1<>/proc/self/fd/9
  exec 9<&-
  if cmp -s "$executable" /proc/self/fd/8; then echo "$place intact"; else echo "$place overwritten"; fi
  exec 8<&-
}

cp "$executable" tsrun
attempt tmpfs tsrun ./tsrun

cp "$executable" tsrun
chown 1000:1000 tsrun && chmod 777 tsrun
attempt of-a-user tsrun ./tsrun

cp "$executable" tsrun
ln -s tsrun link
attempt symlink tsrun ./link

cp "$executable" tsrun
attempt descriptor tsrun sh -c 'exec 7<tsrun; exec /proc/self/fd/7 "$@"' sh

cp "$executable" tsrun
mkdir upper work merged
mount -t overlay -o "lowerdir=$directory/lower,upperdir=$PWD/upper,workdir=$PWD/work" overlay merged
cp "$executable" merged/tsrun
attempt overlay merged/tsrun merged/tsrun
umount merged

cp "$executable" tsrun
mkdir bound
mount --bind . bound && mount -o remount,bind,ro bound
attempt read-only tsrun bound/tsrun
umount bound

cp "$executable" tsrun
echo "rm $PWD/tsrun" >"$directory/hook"
exec 6<tsrun
attempt deleted /proc/self/fd/6 ./tsrun
exec 6<&-

cp "$executable" tsrun
echo "mount -o remount,noexec $PWD" >"$directory/hook"
attempt noexec tsrun ./tsrun

cd / && umount "$directory/mount"
