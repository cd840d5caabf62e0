// Stands in a runtime's place: executes real/NAME beside itself, NAME being its own, with what it was given, ends as that
// ends, and writes down in calls/ what was asked and answered; recording.ts describes the file.
//
// Callers are not to notice. The runtime is a child here, so
// - it has the caller's descriptors and no other, the caller's signal mask and dispositions; LISTEN_PID names its pid;
// - it dies with the recorder, which dies with its caller if that wants it to (PR_SET_PDEATHSIG);
// - signals are passed on, but for those from a terminal, which come to the whole process group by themselves;
// - what it orphans goes to the caller's subreaper as before: the recorder is none, and is gone soon after.
// A container keeps the standard streams that its runtime was given. Calls that make a process in a container therefore
// get the caller's own; of a pipe to which such a call has written before it failed, a copy is taken (tee(2)), which
// finds what the caller has not read yet. For all other calls standard output and error lead through the recorder.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "json.h"

// One of the runtime's output streams.
struct stream {
  int to;        // the caller's
  int from;      // the end of a pipe from which it is read, -1 where it goes to the caller directly
  int write_end; // the runtime's end of that pipe
  const char *seen; // how its text came here, NULL where it did not
  char *text;
  size_t length;
};

// What a command line says, as far as the recorder has to understand it.
struct call {
  const char *command; // "" where there is none
  const char *log;
  const char *pid_file;
  int makes_process; // in a container, which keeps the standard streams
  int reads_stdin;   // resources of update
};

extern char **environ;
static char folder[PATH_MAX], real[PATH_MAX];

static void die(const char *what) {
  dprintf(2, "recorder: %s: %s\n", what, strerror(errno));
  _exit(125);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// The value of a flag `name` at argument *i, which may be the next argument; NULL where it is another flag.
static const char *flag_value(char **argv, int *i, const char *name) {
  const char *flag = argv[*i] + strspn(argv[*i], "-");
  size_t length = strlen(name);
  if (flag == argv[*i] || strncmp(flag, name, length)) return NULL;
  if (flag[length] == '=') return flag + length + 1;
  if (flag[length] || !argv[*i + 1]) return NULL;
  return argv[++*i];
}

static int is_one_of(const char *word, const char *const *list) {
  while (*list && strcmp(word, *list)) list++;
  return *list != NULL;
}

static struct call read_command_line(char **argv) {
  static const char *const making[] = {"create", "run", "exec", "restore", NULL};
  struct call call = {.command = ""};
  const char *value;
  int i = 1;
  for (; argv[i] && argv[i][0] == '-'; i++) {
    if ((value = flag_value(argv, &i, "log"))) call.log = value;
    else if (!flag_value(argv, &i, "root") && !flag_value(argv, &i, "log-format")) flag_value(argv, &i, "rootless");
  }
  if (!argv[i]) return call;
  call.command = argv[i];
  call.makes_process = is_one_of(call.command, making) && !(argv[i + 1] && !strcmp(argv[i + 1], "--help"));
  for (i++; argv[i]; i++) {
    if ((value = flag_value(argv, &i, "pid-file"))) call.pid_file = value;
    else if ((value = flag_value(argv, &i, "resources")) || (value = flag_value(argv, &i, "r")))
      call.reads_stdin |= !strcmp(call.command, "update") && !strcmp(value, "-");
  }
  return call;
}

// Beside the recorder, wherever it was called from.
static void find_places(void) {
  char own[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  if (length < 0) die("/proc/self/exe");
  own[length] = 0;
  char *name = strrchr(own, '/');
  *name++ = 0;
  if (snprintf(real, sizeof real, "%s/real/%s", own, name) >= (int)sizeof real ||
      snprintf(folder, sizeof folder, "%s/calls", own) >= (int)sizeof folder)
    die(own);
}

static void put_descriptors(FILE *out) {
  DIR *list = opendir("/proc/self/fd");
  const char *comma = "";
  if (!list) die("/proc/self/fd");
  fprintf(out, ",\"descriptors\":{");
  for (struct dirent *entry; (entry = readdir(list));) {
    char target[PATH_MAX];
    if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(list)) continue;
    ssize_t length = readlinkat(dirfd(list), entry->d_name, target, sizeof target);
    if (length < 0) continue;
    fprintf(out, "%s\"%s\":", comma, entry->d_name);
    put_text(out, target, length);
    comma = ",";
  }
  putc('}', out);
  closedir(list);
}

static void put_caller(FILE *out) {
  char path[64];
  size_t length;
  snprintf(path, sizeof path, "/proc/%d/comm", getppid());
  char *name = read_file(path, 0, &length);
  if (!name) return; // of another pid namespace
  fprintf(out, ",\"caller\":");
  put_text(out, name, length > 0 ? length - 1 : 0);
  free(name);
}

// Reads standard input to its end, and gives the runtime a pipe with the same.
static void take_stdin(FILE *out) {
  char *text = malloc(KEPT);
  size_t length = 0;
  int ends[2];
  for (ssize_t n; length < KEPT && (n = read(0, text + length, KEPT - length)) > 0;) length += n;
  if (pipe2(ends, O_CLOEXEC) || fcntl(ends[1], F_SETPIPE_SZ, KEPT) < 0) die("pipe");
  if (write(ends[1], text, length) != (ssize_t)length || dup2(ends[0], 0) < 0) die("standard input");
  close(ends[0]);
  close(ends[1]);
  fprintf(out, ",\"stdin\":");
  put_text(out, text, length);
  free(text);
}

// A line of its own, in one piece.
static void write_line(int fd, FILE *out, char **text, size_t *length) {
  fputs("}\n", out);
  fclose(out);
  if (write(fd, *text, *length) != (ssize_t)*length) die(folder);
  free(*text);
}

// Notes what was asked. Returns the descriptor of the record.
static int note_call(const struct call *call, char **argv) {
  char *text, path[PATH_MAX + 64];
  size_t length;
  FILE *out = open_memstream(&text, &length);
  int64_t started = now();
  fprintf(out, "{\"started\":%lld,\"uid\":%d", (long long)started, getuid());
  put_descriptors(out); // before there are any of the recorder's own
  put_caller(out);
  put_strings(out, "argv", argv);
  put_strings(out, "env", environ);
  char *cwd = getcwd(NULL, 0);
  put_string(out, "cwd", cwd ? cwd : "");
  if (call->reads_stdin) take_stdin(out);
  snprintf(path, sizeof path, "%s/%020lld-%d", folder, (long long)started, getpid());
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) die(path);
  write_line(fd, out, &text, &length);
  return fd;
}

static struct stream open_stream(const struct call *call, int to) {
  struct stream stream = {.to = to, .from = -1, .write_end = -1};
  int ends[2];
  if (call->makes_process || isatty(to) || fcntl(to, F_GETFD) < 0) return stream;
  if (pipe2(ends, O_CLOEXEC)) die("pipe");
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  stream.from = ends[0];
  stream.write_end = ends[1];
  stream.seen = "relayed";
  return stream;
}

static void keep(struct stream *stream, const char *text, size_t length) {
  if (length > KEPT - stream->length) length = KEPT - stream->length;
  if (!stream->text) stream->text = malloc(KEPT);
  memcpy(stream->text + stream->length, text, length);
  stream->length += length;
}

// To the caller; a caller that is gone is shown to the runtime as it would be without a recorder: by EPIPE.
static void pass_on(struct stream *stream, const char *text, size_t length) {
  while (length > 0) {
    ssize_t n = write(stream->to, text, length);
    if (n < 0 && errno == EAGAIN) {
      struct pollfd wait = {stream->to, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (n < 0) {
      close(stream->from);
      stream->from = -1;
      return;
    } else {
      text += n;
      length -= n;
    }
  }
}

static void relay(struct stream *stream) {
  char buffer[65536];
  while (stream->from >= 0) {
    ssize_t n = read(stream->from, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      close(stream->from);
      stream->from = -1;
      return;
    }
    keep(stream, buffer, n);
    pass_on(stream, buffer, n);
  }
}

// Copies what lies in the caller's pipe unread.
static void peek(struct stream *stream) {
  char path[64], target[64] = "", buffer[65536];
  int copy[2];
  snprintf(path, sizeof path, "/proc/self/fd/%d", stream->to);
  if (readlink(path, target, sizeof target - 1) < 0 || strncmp(target, "pipe:", 5)) return;
  int source = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (source < 0 || pipe2(copy, O_CLOEXEC)) return;
  stream->seen = "peeked";
  ssize_t n = tee(source, copy[1], sizeof buffer, SPLICE_F_NONBLOCK);
  if (n > 0 && (n = read(copy[0], buffer, n)) > 0) keep(stream, buffer, n);
}

static void execute(char **argv, const struct stream *streams, const sigset_t *mask, pid_t recorder) {
  const char *listener = getenv("LISTEN_PID");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != recorder) _exit(125);
  if (listener && atoi(listener) == recorder) {
    char own[16];
    snprintf(own, sizeof own, "%d", getpid());
    setenv("LISTEN_PID", own, 1);
  }
  for (int i = 0; i < 2; i++)
    if (streams[i].write_end >= 0) dup2(streams[i].write_end, streams[i].to);
  sigprocmask(SIG_SETMASK, mask, NULL);
  execv(real, argv);
  die(real);
}

// Closes the recorder's copies of what the caller has opened for the runtime, whose end somebody may wait for: all that
// came through execve. Its own are close-on-exec.
static void close_inherited(void) {
  DIR *list = opendir("/proc/self/fd");
  if (!list) die("/proc/self/fd");
  for (struct dirent *entry; (entry = readdir(list));) {
    int fd = atoi(entry->d_name);
    if (fd > 2 && fcntl(fd, F_GETFD) == 0) close(fd);
  }
  closedir(list);
}

// Passes a signal on to the runtime.
static void forward(int signals, pid_t runtime) {
  struct signalfd_siginfo info;
  if (read(signals, &info, sizeof info) != sizeof info) return;
  // A kernel's SIGPIPE is for what the recorder itself has written.
  int is_own = info.ssi_signo == SIGCHLD || (info.ssi_signo == SIGPIPE && info.ssi_pid == (uint32_t)getpid());
  if (!is_own && info.ssi_code <= 0) kill(runtime, info.ssi_signo);
}

// Relays streams and signals until the runtime's end. Returns its status as of waitpid(2).
static int accompany(pid_t runtime, struct stream *streams, int signals) {
  int status;
  for (;;) {
    struct pollfd wait[] = {{signals, POLLIN, 0}, {streams[0].from, POLLIN, 0}, {streams[1].from, POLLIN, 0}};
    if (poll(wait, 3, -1) < 0 && errno != EINTR) die("poll");
    if (wait[0].revents) forward(signals, runtime);
    // In this order: what it writes before its end is there when the end is seen.
    int ended = waitpid(runtime, &status, WNOHANG) == runtime;
    for (int i = 0; i < 2; i++) relay(&streams[i]);
    if (ended) return status;
  }
}

static void put_stream(FILE *out, const char *key, const struct stream *stream) {
  if (!stream->seen) return;
  fprintf(out, ",\"%s\":{\"seen\":\"%s\",\"text\":", key, stream->seen);
  put_text(out, stream->text, stream->length);
  putc('}', out);
}

static void note_end(int record, const struct call *call, const struct stream *streams, int status, off_t log_start) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  fprintf(out, "{\"ended\":%lld,", (long long)now());
  if (WIFSIGNALED(status)) fprintf(out, "\"signal\":%d", WTERMSIG(status));
  else fprintf(out, "\"status\":%d", WEXITSTATUS(status));
  put_stream(out, "stdout", &streams[0]);
  put_stream(out, "stderr", &streams[1]);
  put_file(out, "log", call->log, log_start);
  put_file(out, "pidFile", call->pid_file, 0);
  write_line(record, out, &text, &length);
}

static void end_alike(int status) {
  if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
  sigset_t none;
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  _exit(128 + WTERMSIG(status));
}

int main(int argc, char **argv) {
  struct sigaction children, by_default = {.sa_handler = SIG_DFL};
  struct stat log;
  sigset_t all, mask;
  (void)argc;
  find_places();
  struct call call = read_command_line(argv);
  off_t log_start = call.log && stat(call.log, &log) == 0 && S_ISREG(log.st_mode) ? log.st_size : 0;
  int record = note_call(&call, argv);
  struct stream streams[] = {open_stream(&call, 1), open_stream(&call, 2)};
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &mask);
  sigaction(SIGCHLD, &by_default, &children); // who ignores it cannot wait
  pid_t recorder = getpid(), runtime = fork();
  if (runtime < 0) die("fork");
  if (runtime == 0) {
    sigaction(SIGCHLD, &children, NULL);
    execute(argv, streams, &mask, recorder);
  }
  for (int i = 0; i < 2; i++)
    if (streams[i].write_end >= 0) close(streams[i].write_end);
  close_inherited();
  int status = accompany(runtime, streams, signalfd(-1, &all, SFD_CLOEXEC));
  if (call.makes_process && status != 0) peek(&streams[1]);
  note_end(record, &call, streams, status, log_start);
  end_alike(status);
}
